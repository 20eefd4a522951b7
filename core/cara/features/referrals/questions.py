"""The question pages of a referral, as data. A force's own questions come as one more step, between needs and the check.

Questions name the national course's facts (DOMAIN §3); none asks who the victim is, or for DASH's wording.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cara.api import Option, Question
from cara.i18n import lazy as _


@dataclass(frozen=True, slots=True)
class Step:
    """One page of questions."""

    slug: str
    title: str
    questions: tuple[Question, ...]
    intro: str = ""


SCREENING = Step(
    "screening",
    _("Can this case go to CARA?"),
    (
        Question("admits_offence", _("Has the person admitted the offence?"), "yes_no_unknown",
                 _("A conditional caution needs an admission.")),
        Question("bail_or_investigation", _("Is the person on bail or under investigation for another offence?"), "yes_no_unknown"),
        Question("coercive_control_evidence", _("Is there evidence of controlling or coercive behaviour?"), "yes_no_unknown"),
        Question("earlier_disposals", _("Has the person any earlier conviction or caution for domestic abuse?"), "yes_no_unknown"),
        Question("da_disposals", _("Dates of those convictions and cautions"), "dates",
                 _("One date a line, for example 27 3 2024."), when=("earlier_disposals", "yes")),
    ),
    _("Answer what you know. Anything not known can be added later, but the case cannot be referred until it is."),
)  # fmt: skip

OFFENDER = Step(
    "offender",
    _("Who is being referred?"),
    (
        Question("surname", _("Surname"), "text", max_length=100),
        Question("forenames", _("Forenames"), "text", max_length=150),
        Question("date_of_birth", _("Date of birth"), "date", _("For example, 31 3 1990.")),
        Question("sex", _("Sex"), "choice",
                 options=(Option("male", _("Male")), Option("female", _("Female")), Option("other", _("Other")))),
        Question("phone", _("Telephone number"), "text", _("The provider rings this number to book workshops."),
                 required=False, width="20", max_length=40),
        Question("email", _("Email address"), "text", required=False, max_length=200),
        Question("address", _("Address"), "long_text", required=False, max_length=300),
        Question("postcode", _("Postcode"), "text", required=False, width="10", max_length=10),
    ),
)  # fmt: skip

OFFENCE = Step(
    "offence",
    _("What is the offence?"),
    (
        Question("crime_reference", _("Crime reference"), "text", _("As in your records system."), width="20", max_length=40),
        Question("offence_code", _("Offence code"), "text",
                 _("If you know it, for example CJ88116. Or type words of the title and choose “Find the offence”."),
                 required=False, width="20", max_length=80),
        Question("offence_category", _("Kind of offence"), "choice",
                 _("If the code says another kind than you choose, your choice stands and is recorded."),
                 options=(
                     Option("common_assault", _("Common assault")),
                     Option("battery", _("Battery (assault by beating)")),
                     Option("criminal_damage", _("Criminal damage")),
                     Option("harassment", _("Harassment")),
                     Option("domestic_theft", _("Domestic theft")),
                     Option("threatening_behaviour", _("Threatening behaviour")),
                     Option("other", _("Something else")),
                 )),
        Question("offence_date", _("Date of the offence"), "date", _("For example, 14 10 2026.")),
    ),
)  # fmt: skip

RISK = Step(
    "relationship-and-risk",
    _("Relationship and risk"),
    (
        Question("relationship", _("What is the relationship between the people involved?"), "choice",
                 options=(
                     Option("intimate", _("Partners, now or in the past")),
                     Option("family", _("Family members")),
                     Option("other", _("Something else")),
                 )),
        Question("risk", _("Risk to the victim"), "choice", _("The grade that the risk assessment came to."),
                 options=(Option("standard", _("Standard")), Option("medium", _("Medium")), Option("high", _("High")))),
        Question("risk_tool", _("Which risk assessment was used?"), "text", _("Its name only, not its questions."), width="20",
                 max_length=60),
        Question("risk_count", _("Number of risk factors found"), "whole_number", required=False, width="3"),
        Question("risk_assessor", _("Who assessed it?"), "text", _("Rank or role and collar number."), width="20", max_length=100),
        Question("risk_assessed_on", _("When was it assessed?"), "date"),
    ),
)  # fmt: skip

VICTIM = Step(
    "victims-views",
    _("What did the victim decide?"),
    (
        Question("victim_contacted", _("Has the victim been asked?"), "yes_no_unknown"),
        Question("victim_agrees", _("Does the victim agree to the workshops?"), "yes_no_unknown", when=("victim_contacted", "yes")),
        Question("victim_overridden", _("Should the case go ahead in the public interest without their agreement?"), "yes_no",
                 _("Only an authorising officer can decide this. Their name and reason are kept with the decision.")),
        Question("override_officer", _("Officer who decided"), "text", _("Rank and collar number."), max_length=100,
                 when=("victim_overridden", "yes")),
        Question("override_reason", _("Reason"), "long_text",
                 _("Why it is in the public interest. Do not write anything the victim said, and no name or address."),
                 max_length=1000, when=("victim_overridden", "yes")),
    ),
    _("Record the decision only. Never write the victim’s name, address or words here: the provider reads this case."),
)  # fmt: skip

CAUTION = Step(
    "caution",
    _("Caution and conditions"),
    (
        Question("caution_date", _("Date of the conditional caution"), "date", _("Both workshops must be done within 16 weeks of it.")),
        Question("conditions", _("Conditions"), "choices",
                 options=(
                     Option("cara", _("CARA workshops")),
                     Option("juno", _("JUNO")),
                     Option("signposting", _("Signposting to other services")),
                     Option("compensation", _("Compensation")),
                     Option("anger_management", _("Anger management")),
                     Option("restorative_justice", _("Restorative justice")),
                     Option("financial_penalty", _("Financial penalty")),
                 )),
    ),
)  # fmt: skip

NEEDS = Step(
    "needs",
    _("Needs and format"),
    (
        Question("needs", _("Does the person need any of these?"), "choices",
                 _("Any of them may mean the telephone intervention instead of a group."), required=False,
                 options=(
                     Option("interpreter", _("An interpreter")),
                     Option("learning_disability", _("Help because of a learning disability")),
                     Option("gender_identity", _("A setting that fits their gender identity")),
                     Option("health", _("Protection because of their health")),
                 )),
        Question("interpreter_language", _("Which language?"), "text", width="20", max_length=60, when=("needs", "interpreter")),
        Question("access_needs", _("Anything else the provider should prepare for"), "long_text",
                 _("Access to the building, hearing, sight, childcare, work."), required=False, max_length=500),
        Question("format_proposed", _("Which format do you propose?"), "choice", _("The provider confirms it."),
                 options=(
                     Option("as_the_rules", _("What the rules propose")),
                     Option("group", _("Group workshops")),
                     Option("cti", _("CARA Telephone Intervention")),
                 )),
    ),
)  # fmt: skip

NATIONAL_STEPS: tuple[Step, ...] = (SCREENING, OFFENDER, OFFENCE, RISK, VICTIM, CAUTION, NEEDS)


def steps(local: Sequence[Question] = ()) -> tuple[Step, ...]:
    """All steps of a referral in one force, its own questions last."""
    if not local:
        return NATIONAL_STEPS
    return (*NATIONAL_STEPS, Step("local", _("Questions of your force"), tuple(local)))


def find(slug: str, local: Sequence[Question] = ()) -> Step | None:
    """The step with this slug, or None."""
    return next((step for step in steps(local) if step.slug == slug), None)
