"""Describe the victims’ walled room: records, disclosure reviews, holds, emergency access, the survey."""

from cara.feature import Feature, Job, Placed

FEATURE = Feature(
    "victims",
    __package__,
    routes=("pages.records:ROUTES", "disclosure_reviews.pages:ROUTES"),
    templates=("templates", "disclosure_reviews/templates"),
    case_panels=(
        Placed("disclosure_reviews.provider_pages:part", 20),
        Placed("disclosure_reviews.hold_pages:part", 30),
        Placed("pages.officer:part", 50),
    ),
    task_lists=(
        Placed("disclosure_reviews.pages:needs_me", 10),
        Placed("contact.refusal_worklists:needs_me", 20),
        Placed("pages.second_officer:needs_me", 30),
    ),
    notices=("emergency_access:told",),
    problem_pages={
        "/views": "victims/views_problem.html",
        "/leave": "victims/views_problem.html",
        "/information": "victims/views_problem.html",
    },
    jobs=(
        Job(
            "refusals",
            "contact.refusal_notifications:tell_other_keepers",
            "{done:,} keepers of records were told that a victim of their case refuses contact.",
            20,
        ),
        Job(
            "escalations",
            "disclosure_reviews.escalation:escalate",
            "{done:,} messages about reviews that wait were queued.",
            40,
        ),
    ),
    services={"held_among": "wall.hold_gate:make_held_among"},
    models=("wall.models", "wall.contact_models", "wall.review_models"),
    message_types=(
        "record_opened", "second_named", "second_asked", "second_answered", "record_opened_dpo", "review_waits", "review_overdue",
        "review_uncovered",
    ),
)  # fmt: skip
