"""Describe licensing: who may deliver CARA, and until when."""

from cara.feature import Feature

FEATURE = Feature(
    "licensing",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    models=("models",),
    demo_seeds=("demo:grant_licences",),
)
