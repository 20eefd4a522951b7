"""Describe subject access: a copy of what is held of a person."""

from cara.feature import Feature

FEATURE = Feature(
    "subject_access",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
)
