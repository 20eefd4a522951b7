"""Leicestershire: the national rules, with the way on to the Jenkins Centre's voluntary programme.

S1 is the commissioner's decision of 21 November 2016. What it does not say is a default, to be confirmed by the force.
"""

from typing import Final

from cara.api import ForceProfile, Funder, OnwardService, Option, Question, SourceNote, VictimContact, hookimpl

AREAS: Final = (
    Option("city", "Leicester City"),
    Option("county", "Leicestershire County"),
    Option("rutland", "Rutland"),
)

JENKINS_CENTRE: Final = OnwardService(
    key="jenkins_centre",
    audience="offender",
    name="Jenkins Centre",
    needs=("behaviour_programme",),
    areas=("city", "county", "rutland"),
    access="An intensive programme that people take up by their own choice.",
    paid=True,
    source="S1",
)
FUNDERS: Final = tuple(
    Funder(f"{area.value}_partnership", "offender", f"Community Safety Partnership, {area.label}", (area.value,), "S1")
    for area in AREAS
)
"""S1 names the partnerships of the city, the county and Rutland; that each pays for its own people is a default."""

PROFILE: Final = ForceProfile(
    slug="leicestershire",
    name="Leicestershire Police",
    areas=AREAS,
    victim_contact=VictimContact(
        who="trust_victim_service",
        extent=("before_referral", "between_workshops", "midpoint", "after_completion"),
        source="S1: victims are engaged with all the way through; who does it is a default",
    ),
    services=(JENKINS_CENTRE,),
    funders=FUNDERS,
    notes=(
        SourceNote("onward", "The disposal should lead people on to the Jenkins Centre by their own choice", "S1"),
        SourceNote("areas", "City, county and Rutland fund that programme through their partnerships", "S1"),
    ),
)

QUESTIONS: Final = (
    Question(
        name="local_authority",
        label="Which local authority does the person live in?",
        kind="choice",
        hint="It decides who would fund a place on the voluntary programme.",
        options=AREAS,
        source="S1",
    ),
    Question(
        name="told_of_jenkins_centre",
        label="Has the person been told about the Jenkins Centre's voluntary programme?",
        kind="yes_no",
        source="S1",
    ),
)


@hookimpl
def force_profile() -> ForceProfile:
    """What Leicestershire has settled."""
    return PROFILE


@hookimpl
def extra_questions() -> tuple[Question, ...]:
    """Who would fund the next step, and whether the person knows of it."""
    return QUESTIONS
