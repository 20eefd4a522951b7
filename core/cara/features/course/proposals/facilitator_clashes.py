"""Who leads a cohort at a time at which a cohort of a plan would be held: nobody leads two at once."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from cara.features.course.proposals.constraints import Terms
from cara.features.course.records.models import Cohort, Workshop
from cara.platform.unit_of_work import Work

_cohort: Any = Cohort
_workshop: Any = Workshop
_LED = (
    select(_workshop.day, _workshop.starts, _workshop.ends, _cohort.reference, _cohort.lead_id, _cohort.second_id)
    .join(_cohort, _cohort.id == _workshop.cohort_id)
    .where(
        _cohort.cancelled_at.is_(None), _cohort.lead_id.is_not(None), _workshop.day.in_(bindparam("days", expanding=True))
    )
    .order_by(_workshop.day, _cohort.reference)
)  # fmt: skip


class Leads(NamedTuple):
    """A facilitator who leads a cohort on a day."""

    person: int
    day: date
    cohort: str
    """Its reference."""


def leading(w: Work, days: Collection[date], terms: Terms) -> list[Leads]:
    """Who leads what on these days while cohorts of the plan would be held."""
    rows = w.run(_LED, days=sorted(days)) if days else ()
    return [
        Leads(person, row.day, row.reference)
        for row in rows
        if row.starts < terms.ends and terms.starts < row.ends
        for person in (row.lead_id, row.second_id)
        if person is not None
    ]


def shared_by_one_pair(
    cohorts: Iterable[tuple[str, frozenset[date]]], facilitators: Collection[int], led: Collection[Leads]
) -> set[str]:
    """Cohorts, each with its days, that the same two people could all lead: the first that comes is taken first.

    A provider with fewer than two facilitators names them later, so theirs are held back for nobody.
    """
    free, taken, days = set(facilitators), set[str](), set[date]()
    for name, own in cohorts:
        still = free - {one.person for one in led if one.day in own}
        if own & days or len(still) < min(2, len(facilitators)):
            continue
        taken.add(name)
        days |= own
        free = still
    return taken
