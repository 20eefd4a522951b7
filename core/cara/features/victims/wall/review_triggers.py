"""Which recorded answers open a disclosure review with its hold, as data. Pure: no session, no clock.

Abuse that goes on, a further incident, a disclosure, a grade of High, or one above the referral's. The recorder of such an answer
can say why they think that it is no disclosure. They cannot keep it from holding the case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from cara.features.victims.wall.review_rules import RISKS, worst
from cara.features.victims.wall.vocabulary import GRADES
from cara.i18n import gettext
from cara.i18n import lazy as _

Form = Literal["conversation", "risk"]
"""Where an answer is given: in what somebody said, or in an assessment of risk."""
Answers = Mapping[str, Any]
LEAST: Final = next(iter(GRADES))
"""The grade with which a case counts as referred where none is known."""


@dataclass(frozen=True, slots=True)
class Cause:
    """An answer that holds the case. `raised` says so from the answers of the form and the grade of the referral."""

    form: Form
    label: str
    raised: Callable[[Answers, str], bool]
    disclosure: bool = False
    """Whether the answer says that the victim disclosed something. Then a supervisor does not decide about it alone."""


CAUSES: Final[Mapping[str, Cause]] = {
    "incident": Cause("conversation", _("There was a further incident"), lambda a, _r: a.get("incident") is True),
    "abuse": Cause("conversation", _("Abuse goes on"), lambda a, _r: a.get("abuse") in ("ongoing", "both")),
    "disclosed": Cause(
        "conversation", _("The victim told something that should be reviewed"), lambda a, _r: a.get("disclosed") is True, disclosure=True,
    ),
    "high": Cause("risk", _("The risk is high"), lambda a, _r: a.get("grade") == "high"),
    "risen": Cause(
        "risk", _("The risk is above that of the referral"),
        lambda a, referred: a.get("grade") in GRADES and above(a["grade"], referred),
    ),
}  # fmt: skip


def above(grade: str, referred: str) -> bool:
    """Whether a grade is graver than that of the referral."""
    known = referred if referred in GRADES else LEAST
    return grade != known and worst(grade, known) == grade


def causes(form: Form, answers: Answers, referred: str) -> tuple[str, ...]:
    """Which of these answers hold the case; `referred` is the grade of the referral."""
    return tuple(name for name, one in CAUSES.items() if one.form == form and one.raised(answers, referred))


def alone(raised: Sequence[str]) -> bool:
    """Say whether nothing but these recorded answers made an account: there are some, and none says that something was disclosed."""
    return bool(raised) and not any(CAUSES[name].disclosure for name in raised)


def risk_of(form: Form, answers: Answers, graded: str) -> str:
    """The grade with which a review begins. What somebody says gives none: it stays unassessed, unless the last assessment,
    `graded`, was high already."""
    if form == "risk":
        return str(answers["grade"]) if answers.get("grade") in RISKS else "unknown"
    return "high" if graded == "high" else "unknown"


def told(form: Form) -> Sequence[str]:
    """What a page says of these answers before it is sent, line by line."""
    return [str(one.label) for one in CAUSES.values() if one.form == form]


def unprotected(number: str) -> str:
    """What a hold does not do, and whom to call; `number` is that of the force's duty supervisor, empty where it gave none."""
    if number:
        return gettext(
            "This hold does not protect the victim now. Call 999, or the duty supervisor on {number}."
        ).format(number=number)
    return gettext("This hold does not protect the victim now. Call 999, or the duty supervisor of the police.")
