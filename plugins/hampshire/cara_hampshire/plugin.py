"""Hampshire and the Isle of Wight: medium risk and family members by instrument, JUNO, and the questions asked here.

S0 is the commissioner's decision PCCDJ 000693 2023, S2 the 2021 overview, S4 the 2017 scrutiny report. What no source
says is a default, to be confirmed by the force.
"""

from datetime import date
from typing import Final

from cara.api import (
    CaseView,
    ForceProfile,
    Instrument,
    Loosen,
    OnwardService,
    Option,
    Question,
    SourceNote,
    VictimContact,
    hookimpl,
)

SLUG: Final = "hampshire"
JUNO: Final = "juno"

# The contract and its extension, to which S0 ties the dispensation. A renewal is entered as data, not released as code.
CONTRACT_STARTS: Final = date(2021, 4, 1)
EXTENSION_ENDS: Final = date(2025, 3, 31)

AREAS: Final = (
    Option("county", "Hampshire County"),
    Option("southampton", "Southampton"),
    Option("portsmouth", "Portsmouth"),
    Option("isle_of_wight", "Isle of Wight"),
)

MEDIUM_RISK: Final = Instrument(
    force=SLUG,
    rule="E09",
    admits="medium",
    kind="dpp_dispensation",
    authority="Director of Public Prosecutions",
    reference="Pilot dispensation for medium risk, as described in PCCDJ 000693 2023",
    starts=CONTRACT_STARTS,
    until=EXTENSION_ENDS,
)
FAMILY: Final = Instrument(
    force=SLUG,
    rule="E03",
    admits="family",
    kind="commissioned_provision",
    authority="Police and Crime Commissioner, under the DPP's pre-conditions",
    reference="Provision for non-intimate cases, as described in PCCDJ 000693 2023",
    starts=CONTRACT_STARTS,
    until=EXTENSION_ENDS,
)

SERVICES: Final = (
    OnwardService("adapt", "offender", "ADAPT", ("behaviour_programme",), access="A programme of the Hampton Trust.", source="S4"),
    OnwardService(
        "trust_programmes", "offender", "Other programmes of the Hampton Trust", ("behaviour_programme",),
        access="Ask the Trust which of them suits.", source="S4",
    ),
    OnwardService(
        "up2u", "offender", "Up2U", ("behaviour_programme",), ("portsmouth",), access="A programme for those who are abusive.",
        source="S4",
    ),
    OnwardService(
        "dapp", "offender", "Domestic Abuse Prevention Partnership (DAPP)", ("behaviour_programme",), ("county", "southampton"),
        access="For serial and priority perpetrators: a step up, not a routine one.", escalation=True, source="S4",
    ),
    OnwardService(
        "idash", "victim", "Integrated Domestic Abuse Service for Hampshire (IDASH)", ("domestic_abuse_support",),
        access="Medium and standard risk too.", source="S4",
    ),
    OnwardService(
        "pippa", "victim", "PIPPA", ("domestic_abuse_support",), ("southampton",),
        access="An alliance of Southampton’s specialist services, with one point of contact.", source="S4",
    ),
)  # fmt: skip
"""Without telephone numbers or addresses: no source has any, and the force enters its own."""

PROFILE: Final = ForceProfile(
    slug=SLUG,
    name="Hampshire and Isle of Wight Constabulary",
    areas=AREAS,
    instruments=(MEDIUM_RISK, FAMILY),
    pathways=(Option(JUNO, "JUNO", "For women whose offence was against a family member"),),
    victim_contact=VictimContact(
        who="trust_victim_service",
        extent=("before_a", "midpoint", "after_b"),
        reassess_at=("midpoint",),
        provider_learns="proceed_or_hold",
        source="S2: a linked victim contact service; S4: a neighbourhood officer visits between the workshops",
        mash_first=("southampton",),
    ),
    services=SERVICES,
    notes=(
        SourceNote("instruments", "First force allowed standard and medium risk, as a pilot that may be ended", "S0"),
        SourceNote("pathways", "Women with a non-intimate case do JUNO, which the pre-conditions permit", "S0"),
        SourceNote("areas", "Services for both people differ between the county, the two cities and the island", "S4"),
        SourceNote(
            "victim_contact", "In Southampton all high risk goes to the MASH, which passes some of it on to MARAC", "S4"
        ),
        SourceNote("disposals", "Two tiers of out-of-court disposal have been in use here since 2017", "S0"),
    ),
)

QUESTIONS: Final = (
    Question(
        name="service_area",
        label="Which area does the person live in?",
        kind="choice",
        hint="It decides which services they can be sent on to.",
        options=AREAS,
        source="S4",
    ),
    Question(
        name="neighbourhood_team",
        label="Which neighbourhood team will visit between the workshops?",
        kind="text",
        hint="The name of the team, not of a person.",
        required=False,
        max_length=80,
        source="S4",
        force_only=True,
    ),
)


@hookimpl
def force_profile() -> ForceProfile:
    """What Hampshire has settled."""
    return PROFILE


@hookimpl
def extra_questions() -> tuple[Question, ...]:
    """Where the person lives, and who visits."""
    return QUESTIONS


@hookimpl
def eligibility(view: CaseView) -> tuple[Loosen, ...]:  # noqa: ARG001 - the claims are the same for every case
    """The two claims, each as good as the instrument that is in force on the day."""
    return (
        Loosen("E09", "medium", "Hampshire may take medium risk under a dispensation"),
        Loosen("E03", "family", "Hampshire has provision for cases between family members"),
    )


@hookimpl
def pathways(view: CaseView) -> str | None:
    """JUNO for women whose case is not between intimate partners (S0)."""
    return JUNO if view.sex == "female" and view.relationship in {"family", "other"} else None
