"""Describe the course: venues, cohorts, places, registers, telephone, deadlines, outcomes."""

from cara.feature import Feature, Job, Placed

FEATURE = Feature(
    "course",
    __package__,
    routes=("routes:ROUTES",),
    templates=("templates",),
    case_panels=(Placed("case_steps.pages:part", 10),),
    jobs=(Job("reminders", "deadlines.staff_reminders:remind", "{done:,} reminders to staff were queued.", 10),),
    services={"planner": "proposals.planner_service:make_planner"},
    lifespans=("proposals.planner_service:planning",),
    models=("records.models", "records.event_models", "proposals.models"),
    message_types=(
        "place_offered", "place_booked", "workshop_entry", "date_changed", "place_cancelled", "reminder", "missed_workshop",
        "telephone_appointment", "completion_certificate", "no_show", "breach_reported", "follow_up_due", "last_day_near",
        "last_day_near_here",
    ),
)  # fmt: skip
