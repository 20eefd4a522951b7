"""Leicestershire: the national rules, with the way on to the Jenkins Centre's voluntary programme.

S1 is the commissioner's decision of 21 November 2016. What it does not say is a default, to be confirmed by the force.
"""

from typing import Final

from cara.api import ForceProfile, Option, Question, SourceNote, VictimContact, hookimpl

AREAS: Final = (
    Option("city", "Leicester City"),
    Option("county", "Leicestershire County"),
    Option("rutland", "Rutland"),
)

PROFILE: Final = ForceProfile(
    slug="leicestershire",
    name="Leicestershire Police",
    areas=AREAS,
    victim_contact=VictimContact(
        who="trust_victim_service",
        extent=("before_a", "midpoint", "after_b", "throughout"),
        source="S1: victims are engaged with all the way through; who does it is a default",
    ),
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
