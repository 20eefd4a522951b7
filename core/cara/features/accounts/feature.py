"""Describe accounts: signing in, people and their roles, organisations, the policy to read."""

from cara.feature import Command, Feature

FEATURE = Feature(
    "accounts",
    __package__,
    routes=("pages:ROUTES", "organisation_pages:ROUTES"),
    templates=("templates",),
    commands=(
        Command("organisation", "add the first organisation, or a force's own system", "organisation_command", 30),
    ),
)
