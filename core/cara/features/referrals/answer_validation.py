"""What the questions alone do not show: dates in the future or out of order, and whether somebody can be reached. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cara.api import Question
from cara.errors import Fault
from cara.features.referrals import contact_validation
from cara.i18n import gettext as _
from cara.i18n import lazy

_NOT_LATER = {
    "date_of_birth": lazy("Date of birth must be today or in the past"),
    "offence_date": lazy("Date of the offence must be today or in the past"),
    "risk_assessed_on": lazy("The date of the risk assessment must be today or in the past"),
    "caution_date": lazy("Date of the caution must be today or in the past: refer once the caution has been given"),
}


def contradictions(
    questions: Sequence[Question], values: Mapping[str, Any], answers: Mapping[str, Any], today: date
) -> Iterator[Fault]:
    """Faults of one page's `values` against the day, and against the `answers` of the other pages.

    `questions` are all that the page asks: nothing is demanded that it has no field for.
    """
    for name, message in _NOT_LATER.items():
        if name in values and date.fromisoformat(values[name]) > today:
            yield Fault(name, "in_future", str(message))
    for day in values.get("da_disposals") or ():
        if date.fromisoformat(day) > today:
            yield Fault("da_disposals", "in_future", _("Dates of earlier convictions and cautions must be in the past"))
            break
    yield from contact_validation.faults(values)
    if {question.name for question in questions} >= set(contact_validation.WAYS) and not contact_validation.reachable(
        values
    ):
        yield contact_validation.unreachable()
    both = {**answers, **values}
    if {"offence_date", "caution_date"} <= both.keys() and both["caution_date"] < both["offence_date"]:
        name = "caution_date" if "caution_date" in values else "offence_date"
        if name in values:
            yield Fault(name, "out_of_order", _("The caution cannot be before the offence. Check both dates"))
    if {"offence_date", "date_of_birth"} <= both.keys() and both["date_of_birth"] > both["offence_date"]:
        name = "date_of_birth" if "date_of_birth" in values else "offence_date"
        if name in values:
            yield Fault(name, "out_of_order", _("The person cannot be born after the offence. Check both dates"))
