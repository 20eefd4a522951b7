"""Where a licence stands on a day. Pure: days in, words out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WARN = timedelta(days=60)
"""How long before its last day a licence is said to be running out."""


class Standing(StrEnum):
    """A licence on a day."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    RUNNING_OUT = "running_out"
    """In force, within `WARN` of its last day, and nothing follows it."""
    LAPSED = "lapsed"
    ENDED = "ended"
    """Ended before its time."""


@dataclass(frozen=True, slots=True)
class Term:
    """The days of a licence: from `starts` to `until`, both included, or to the day before it was `ended`."""

    starts: date
    until: date | None = None
    ended: date | None = None

    @property
    def last(self) -> date | None:
        """The last day in force; None without an end. Before `starts` if it was ended before it was ever in force."""
        if self.ended is None:
            return self.until
        eve = self.ended - timedelta(days=1)
        return eve if self.until is None else min(eve, self.until)

    def covers(self, day: date) -> bool:
        """Whether the licence is in force on this day."""
        return self.starts <= day and (self.last is None or day <= self.last)

    def overlaps(self, other: "Term") -> bool:
        """Whether both are in force on some one day."""
        first = max(self.starts, other.starts)
        return self.covers(first) and other.covers(first)


def standing(term: Term, today: date, others: Iterable[Term] = ()) -> Standing:
    """Where a licence stands today. `others` are those of the same provider and force: one that follows on is a renewal."""
    if term.ended is not None and term.ended <= today:
        return Standing.ENDED
    if today < term.starts:
        return Standing.TO_COME
    last = term.last
    if last is None:
        return Standing.IN_FORCE
    if last < today:
        return Standing.LAPSED
    near = last - today <= WARN
    return Standing.RUNNING_OUT if near and not _followed(last, others) else Standing.IN_FORCE


def _followed(last: date, others: Iterable[Term]) -> bool:
    return any(other.covers(last + timedelta(days=1)) for other in others)
