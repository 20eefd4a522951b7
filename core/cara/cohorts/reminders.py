"""Reminders to staff, by rule: a case whose last day comes near while something may keep it from ending in time.

The officer who referred and the coordinator who accepted are written to when the last day is four weeks, two weeks and one week
away, and once it has passed; each time once, however often the rule is applied. A last day that an officer varied counts anew.
"""

from typing import Any

from sqlalchemy import bindparam, select

from cara.cohorts import standing
from cara.correspondence.actions import post
from cara.referrals.models import Referral
from cara.storage.engine import Store
from cara.storage.scope import Scope
from cara.work import operator, work_as

MARKS = (28, 14, 7)
"""Days before the last day at which staff are reminded [our default]."""
KINDS = ("last_day_near", "last_day_near_here")

_r: Any = Referral
_CASES = select(Referral).where(_r.id.in_(bindparam("numbers", expanding=True))).order_by(_r.id)


def mark(days_left: int) -> int | None:
    """Which of the reminders is due with so many days left: the last one whose day has come, -1 once the day has passed, None
    while it is far away."""
    return -1 if days_left < 0 else min((one for one in MARKS if days_left <= one), default=None)


def remind(store: Store, force: str) -> int:
    """Queue what is due in one force, and say how many messages that were. Safe to repeat, and to run twice at once."""
    with work_as(store, operator("reminders"), "reminder", "queue", Scope(force=force)) as w:
        due = {
            row.id: found
            for row in standing.pressing(w, max(MARKS))
            if (found := mark((row.complete_by - w.today).days)) is not None
        }
        cases = w.session.scalars(_CASES, {"numbers": [*due]}).all() if due else ()
        return sum(
            len(post(w, kind, one, about=f"last day:{one.complete_by}:{due[one.id or 0]}"))
            for one in cases
            for kind in KINDS
        )
