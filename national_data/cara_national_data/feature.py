"""Describe national data: what comes back from delivery."""

from cara.feature import Feature

FEATURE = Feature(
    "national_data",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
)
