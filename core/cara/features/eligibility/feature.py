"""Describe eligibility: whether CARA may deal with a case, the forces’ instruments and their plugins."""

from cara.feature import Command, Feature

FEATURE = Feature(
    "eligibility",
    __package__,
    routes=("pages:ROUTES", "force_pages:ROUTES", "api:ROUTES"),
    templates=("templates",),
    commands=(
        Command("eligibility", "say whether a case may be dealt with by CARA, and why", "eligibility_command", 50),
    ),
)
