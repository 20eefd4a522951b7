"""Classes of records and how long they are kept before somebody looks at them: rules as data. Pure.

The periods here are defaults of ours until the force has set its own; no seed names one.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cara.i18n import lazy as _

SOURCE = "[D] set by the force"
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


def after(day: date, months: int) -> date:
    """The day so many months later; the last of its month where that has no such day."""
    years, month = divmod(day.month - 1 + months, YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def before(day: date, months: int) -> date:
    """The latest day of which `after` is no later than this one: what ended then, or earlier, falls due."""
    years, month = divmod(day.month - 1 - months, YEAR)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    found = date(year, month + 1, min(day.day, last))
    # On the last of a short month, what ended on the later days of a longer one is due as well.
    if day.day == calendar.monthrange(day.year, day.month)[1]:
        found = found.replace(day=last)
    return found
