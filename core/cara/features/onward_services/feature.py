"""Describe onward services: the directory, signposting, onward referrals, budgets."""

from cara.feature import Feature, Placed

FEATURE = Feature(
    "onward_services",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    case_panels=(Placed("case_pages:part", 40),),
    task_lists=(Placed("referral_pages:needs_me", 50),),
    problem_pages={"/onward": "link_problem.html"},
    models=("models",),
    message_types=("onward_referral",),
    linked_messages=("service_link:MESSAGE",),
    on_start=("plugin_defaults:take_up",),
)
