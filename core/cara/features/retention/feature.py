"""Describe retention: reviews of records that are due, legal holds, erasure."""

from cara.feature import Feature, Job, Placed

FEATURE = Feature(
    "retention",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    case_panels=(Placed("case_panel:part", 60),),
    task_lists=(Placed("pages:needs_me", 60),),
    jobs=(Job("reviews", "open_due_reviews:open_reviews_of", "{done:,} reviews of records were opened.", 50),),
    models=("models",),
)
