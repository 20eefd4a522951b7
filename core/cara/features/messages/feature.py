"""Describe messages: the outbox, letters, calendar entries, feedback about the course."""

from cara.feature import Feature, Job

FEATURE = Feature(
    "messages",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    problem_pages={"/feedback": "link_problem.html"},
    jobs=(
        Job(
            "feedback",
            "feedback_release:release_in",
            "{done:,} answers about the course were released without a name.",
            60,
            unseals=True,
        ),
    ),
    models=("models",),
    services={"writer": "services:make_writer", "outbox": "services:make_outbox"},
    lifespans=("services:sending",),
    linked_messages=("feedback:MESSAGE",),
    message_types=("feedback_invitation",),
)
