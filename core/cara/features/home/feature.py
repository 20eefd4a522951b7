"""Describe everyone’s first page: what waits for them."""

from cara.feature import Feature, Placed

FEATURE = Feature(
    "home",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    task_lists=(Placed("pages:needs_me", 40),),
)
