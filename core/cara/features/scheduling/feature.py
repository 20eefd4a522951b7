"""Describe scheduling: planning cohorts, pure and without pages."""

from cara.feature import Command, Feature

FEATURE = Feature(
    "scheduling",
    __package__,
    commands=(Command("schedule", "plan which cohorts to run, and who sits where", "schedule_command", 70),),
)
