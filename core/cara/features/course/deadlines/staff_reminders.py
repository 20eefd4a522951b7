"""Reminders to staff, by rule: a case whose last day comes near while something may keep it from ending in time.

The officer who referred and the coordinator who accepted are written to when the last day is four weeks, two weeks and one week
away, and once it has passed; each time once, however often the rule is applied. A last day that an officer varied counts anew.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from cara.features.course.deadlines import queries
from cara.features.messages.actions import post, queued_among
from cara.features.referrals.models import Referral
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import operator, work_as

MARKS = (28, 14, 7)
"""Days before the last day at which staff are reminded [our default]."""
KINDS = ("last_day_near", "last_day_near_here")
AT_ONCE = 25
"""Cases in one transaction: between two, pages have their turn."""

_r: Any = Referral
_CASES = select(Referral).where(_r.id.in_(bindparam("numbers", expanding=True))).order_by(_r.id)


def mark(days_left: int) -> int | None:
    """Which of the reminders is due with so many days left: the last one whose day has come, -1 once the day has passed, None
    while it is far away."""
    return -1 if days_left < 0 else min((one for one in MARKS if days_left <= one), default=None)


def remind(store: Store, force: str) -> Iterator[int]:
    """Queue what is due in one force, some cases at a time, and say of each time how many messages that were. Safe to repeat,
    and to run twice at once."""
    due = [*_due(store, force).items()]
    for start in range(0, len(due), AT_ONCE):
        some = dict(due[start : start + AT_ONCE])
        with work_as(store, operator("reminders"), "reminder", "queue", Scope(force=force)) as w:
            cases = w.session.scalars(_CASES, {"numbers": [*some]}).all()
            queued = sum(len(post(w, kind, one, about=some[one.id or 0])) for one in cases for kind in KINDS)
        yield queued


def _due(store: Store, force: str) -> Mapping[int, str]:
    """Case → what its reminder is about, for each that has not been reminded of just that."""
    with work_as(store, operator("reminders"), "reminder", "queue", Scope(force=force)) as w:
        about = {
            row.id: f"last day:{row.complete_by}:{found}"
            for row in queries.pressing(w, max(MARKS))
            if (found := mark((row.complete_by - w.today).days)) is not None
        }
        told = [queued_among(w, kind, about) for kind in KINDS]
    return {case: what for case, what in about.items() if not all(case in some for some in told)}
