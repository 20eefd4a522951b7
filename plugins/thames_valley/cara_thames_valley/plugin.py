"""Thames Valley: the national rules, with victim contact made by the force itself.

S2 is the 2021 overview. What it does not say is a default, to be confirmed by the force.
"""

from typing import Final

from cara.api import Authorisation, ForceProfile, Option, Question, SourceNote, VictimContact, hookimpl

AREAS: Final = (
    Option("berkshire", "Berkshire"),
    Option("buckinghamshire", "Buckinghamshire"),
    Option("milton_keynes", "Milton Keynes"),
    Option("oxfordshire", "Oxfordshire"),
)

PROFILE: Final = ForceProfile(
    slug="thames_valley",
    name="Thames Valley Police",
    areas=AREAS,
    authorisation=Authorisation(required=True),
    victim_contact=VictimContact(
        who="force",
        provider_learns="proceed_or_hold",
        provider_is_asked=False,
        source="S2: the force makes contact with victims itself",
    ),
    notes=(
        SourceNote("victim_contact", "The provider holds no victim record: it is told to proceed or hold", "S2"),
        SourceNote("authorisation", "A supervisor authorises each referral", "default, to be confirmed by the force"),
    ),
)

QUESTIONS: Final = (
    Question(
        name="local_policing_area",
        label="Which local policing area has the case?",
        kind="choice",
        options=AREAS,
    ),
    Question(
        name="contact_team_informed",
        label="Has the force's victim contact team been told of this referral?",
        kind="yes_no",
        hint="The team makes contact itself. Do not write anything about the victim here.",
        source="S2",
        force_only=True,
    ),
)


@hookimpl
def force_profile() -> ForceProfile:
    """What Thames Valley has settled."""
    return PROFILE


@hookimpl
def extra_questions() -> tuple[Question, ...]:
    """Where the case is, and whether the force's own contact team knows."""
    return QUESTIONS
