"""Classes of records and how long they are kept before somebody looks at them: rules as data. Pure.

The periods here are defaults of ours until the force has set its own; no seed names one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cara.clock import months_after
from cara.i18n import lazy as _

SOURCE = _("CARA’s default, until the force sets its own")
YEAR = 12


@dataclass(frozen=True, slots=True)
class RecordClass:
    """One class of records. `of_a_case`: each case has a review of its own, else all that is old enough has one together."""

    label: str
    hint: str
    months: int
    of_a_case: bool = True
    may_go: bool = True


CLASSES: Mapping[str, RecordClass] = {
    "case": RecordClass(
        _("Referral and course"), _("The person’s details and what was written of them. Counts, days and codes stay."), 6 * YEAR
    ),
    "victim": RecordClass(_("Victim’s record"), _("Their key is destroyed: no backup can be read either."), 6 * YEAR),
    "correspondence": RecordClass(_("Correspondence"), _("Messages of a case. That they went stays on record."), 2 * YEAR),
    "feedback": RecordClass(_("Feedback"), _("Forms without a name."), 6 * YEAR, of_a_case=False),
    "drafts": RecordClass(_("Drafts and imports"), _("What was begun and never referred."), 6, of_a_case=False),
    "ledger": RecordClass(
        _("Ledger"), _("Who did what, without names or words. It cannot be erased: look whether it is still needed."),
        10 * YEAR, of_a_case=False, may_go=False,
    ),
}  # fmt: skip
LONGEST = 100 * YEAR
"""Months. A person born when a case ended is not likely to need more."""


def months_in_force(rows: Iterable[Any], name: str, on: date) -> tuple[int, str]:
    """How many months a class is kept on a day, and what that rests on: the newest of a force's rows that has begun, else ours."""
    begun = [one for one in rows if one.record_class == name and one.starts <= on]
    newest = max(begun, key=lambda one: (one.starts, one.id or 0), default=None)
    return (newest.months, newest.source) if newest else (CLASSES[name].months, SOURCE)


def before(day: date, months: int) -> date:
    """The latest day that is so many months back: what ended then, or earlier, falls due."""
    found = months_after(day, -months)
    # On the last of a short month, what ended on the later days of a longer one is due as well.
    if (day + timedelta(1)).day == 1:
        return months_after(found.replace(day=1), 1) - timedelta(1)
    return found
