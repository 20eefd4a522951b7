"""Who is due to be contacted at which point, and by when: from what this side was told of the course. Pure.

No source gives days. They are our own: before A by the day before it, or within a week of the referral; between the workshops
within two weeks of A and before B; afterwards within two weeks; where a force wants contact throughout, every three weeks.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from cara.features.victims.wall.vocabulary import OVER, POINTS

FIRST: Final = timedelta(days=7)
AFTER_A: Final = timedelta(days=14)
AFTER_THE_END: Final = timedelta(days=14)
EVERY: Final = timedelta(days=21)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """What this side knows of a course: when the workshops are, or were, and when all was over."""

    a: date | None = None
    b: date | None = None
    a_done: bool = False
    b_done: bool = False
    over: date | None = None

    def ahead(self, today: date) -> date | None:
        """The day of the workshop that comes next, as far as one was told: A until its day has passed, though nobody may have
        written its register yet, then B."""
        if self.over:
            return None
        a = self.a if self.a and not self.a_done and self.a >= today else None
        return a or (None if self.b_done else self.b)


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody is to be contacted at a point (a word of `POINTS`), by a day."""

    point: str
    by: date


def course(news: Iterable[tuple[str, date | None, date]]) -> Course:
    """The course as its news tell it, the oldest first: (word of `NEWS`, day that it is about, day on which it was told)."""
    known = Course()
    for what, day, told in news:
        if what in ("booked", "moved_a"):
            known = replace(known, a=day)
        elif what in ("booked_b", "moved_b"):
            known = replace(known, b=day)
        elif what == "attended_a":
            known = replace(known, a=day or known.a, a_done=True)
        elif what == "attended_b":
            known = replace(known, b=day or known.b, b_done=True)
        elif what == "missed_a":
            known = replace(known, a=None, b=None, a_done=False)
        elif what == "missed_b":
            known = Course()
        elif what == "corrected":  # what counts is told anew after it
            known = Course(None if known.a_done else known.a, None if known.b_done else known.b, over=known.over)
        elif what == "place_withdrawn":
            known = replace(known, a=known.a if known.a_done else None, b=known.b if known.b_done else None)
        elif what in OVER:
            known = replace(known, over=told)
    return known


def due(
    extent: Collection[str],
    known: Course,
    added: date,
    reached: Collection[str],
    last: date | None,
    again: date | None = None,
) -> Due | None:
    """What is due next, or nothing. `again`: the day on which somebody who had refused contact wanted it again: what fell due meanwhile
    is due within a week of it, and before the next workshop [our default].

    `extent`: the points that the force wants; `added`: the day on which the record was made; `reached`: the points at which
    somebody spoke with them; `last`: the last day on which anybody did.
    """
    found = [one for one in (_at(point, known, added, last) for point in POINTS if point in extent) if one]
    open_ = [one for one in found if one.point == "throughout" or one.point not in reached]
    first = min(open_, key=lambda one: one.by, default=None)
    if first is None or again is None:
        return first
    ahead = known.ahead(again)
    soon = min(again + FIRST, ahead - _DAY) if ahead and ahead > again else again + FIRST
    return Due(first.point, max(first.by, soon))


def police_risk_due(known: Course, refused_on: date) -> date | None:
    """The day by which police grade the risk from their own information, where a victim refuses contact: between the workshops, within
    two weeks of A or two days of a later refusal, and before B [our default]. None: it is not the time for it."""
    if known.over or known.b_done or not (known.a_done and known.a):
        return None
    by = max(known.a + AFTER_A, refused_on + timedelta(days=2))
    return min(by, known.b - _DAY) if known.b else by


def _at(point: str, known: Course, added: date, last: date | None) -> Due | None:
    if point == "after_b":
        ended = known.over or (known.b if known.b_done else None)
        return Due(point, ended + AFTER_THE_END) if ended else None
    if known.over or known.b_done:
        return None
    if point == "before_a":
        return None if known.a_done else Due(point, min(added + FIRST, known.a - _DAY) if known.a else added + FIRST)
    if point == "midpoint":
        if not (known.a_done and known.a):
            return None
        by = known.a + AFTER_A
        return Due(point, min(by, known.b - _DAY) if known.b else by)
    return Due(point, (last or added) + EVERY)


def now_at(known: Course) -> str:
    """The point of the course that today belongs to."""
    if known.over or known.b_done:
        return "after_b"
    return "midpoint" if known.a_done else "before_a"


def must_reassess(wanted: Collection[str], spoken: Iterable[tuple[str, date]], assessed: Sequence[date]) -> date | None:
    """The day of the conversation or visit after which a new assessment of risk is still to be made, if there is one.

    `wanted`: the points after which the force's arrangement wants one.
    """
    newest = max(assessed, default=None)
    days = [on for point, on in spoken if point in wanted and (newest is None or newest < on)]
    return max(days, default=None)
