"""Describe help: pages that everyone may read."""

from cara.feature import Feature

FEATURE = Feature(
    "help",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
)
