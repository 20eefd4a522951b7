"""Where the cases in the course stand, and why each may not end in time: the board of deadlines.

Whatever a row says, the database answers within one statement, as columns; only the victims' door is asked apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Label, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from cara.features.course.records import rules
from cara.features.course.records.event_models import Attendance, BreachDecision
from cara.features.course.records.models import Place, Workshop
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.queries import served
from cara.features.referrals.states import OVER, STATES, state_column
from cara.features.victims.wall import hold_gate
from cara.platform.ledger.writer import Act
from cara.platform.plugins.models import ForceArrangement
from cara.platform.unit_of_work import Work

PAGE = 25
SOON = 7
"""Days within which a last day counts as due."""
_WITHIN = {"today": 0, "soon": SOON, "seat_wanted": rules.SEAT_WANTED, "telephone_needs": rules.TELEPHONE_NEEDS}
"""Days that the filters count from today, by the names of their binds."""

_r: Any = Referral
_o: Any = Offender
_p: Any = Place
_w: Any = Workshop
_a: Any = Attendance
_later: Any = aliased(Attendance)
_d: Any = BreachDecision
_f: Any = ForceArrangement

_RUNNING = and_(
    _r.accepted_at.is_not(None),
    _r.completed_at.is_(None),
    _r.breached_at.is_(None),
    _r.closed_at.is_(None),
    *(getattr(_r, dict(STATES)[state] or "").is_(None) for state in OVER if state not in ("breached", "closed")),
)
_NO_B = _r.b_on.is_(None)
_NO_SEAT = and_(_NO_B, _r.booked_at.is_(None), _r.telephone_at.is_(None))
_B_TOO_LATE = exists().where(
    _p.referral_id == _r.id, _p.booked_at.is_not(None), _p.refused_at.is_(None), _p.released_at.is_(None), _NO_B,
    _w.cohort_id == _p.cohort_id, _w.part == "B", _w.day > _r.complete_by,
)  # fmt: skip


def _booked(part: str, *more: Any) -> Label[Any]:
    """The day of the workshop for which somebody has a booked place now."""
    seat = and_(_p.referral_id == _r.id, _p.booked_at.is_not(None), _p.refused_at.is_(None), _p.released_at.is_(None))
    day = select(_w.day).join(_p, _p.cohort_id == _w.cohort_id).where(seat, _w.part == part, *more)
    return day.scalar_subquery().label(f"next_{part.lower()}")


_MISSED = and_(
    or_(*(_a.outcome == outcome for outcome, one in rules.OUTCOMES.items() if not one.present)),
    *(_a.reason_code != reason for reason in sorted(rules.NOT_THEIR_DOING)),
)
"""What `rules.missed` says of a line, as SQL. One `==` for each: a list would be written out anew at every execution."""
_MISSED_A = (
    select(func.count(_a.id))
    .where(_a.referral_id == _r.id, _a.part == "A", _MISSED, ~exists().where(_later.corrects == _a.id))
    .scalar_subquery()
)
_SETTLED = func.coalesce(
    select(_f.profile["chances_at_a"].as_integer()).where(_f.force_id == _r.force_id).scalar_subquery(), 1
)
_GIVEN = (
    select(func.count(_d.id))
    .where(_d.referral_id == _r.id, _d.report_id.is_not(None), _d.decision != "prosecute")
    .scalar_subquery()
)
_CHANCES = (_MISSED_A.label("missed_a"), _SETTLED.label("settled"), _GIVEN.label("given"))
"""What a case's chances at workshop A come from: how often it was missed, as registers now stand; the force's setting; and
what its officers gave more."""
FILTERS: Mapping[str, Any] = {
    "due": _r.complete_by.between(bindparam("today"), bindparam("soon")),
    "risk": or_(
        and_(_r.complete_by < bindparam("today"), or_(_NO_B, _r.b_on > _r.complete_by)),
        _r.reported_at.is_not(None),
        and_(_NO_B, _r.id.in_(bindparam("held", expanding=True))),
        and_(_NO_SEAT, or_(_r.a_on.is_not(None), _r.complete_by <= bindparam("seat_wanted"), _MISSED_A > _SETTLED + _GIVEN)),
        and_(_NO_B, _r.telephone_at.is_not(None), _r.complete_by <= bindparam("telephone_needs")),
        _B_TOO_LATE,
    ),
    "passed": _r.complete_by < bindparam("today"),
    "all": _r.id > 0,
}  # fmt: skip
"""What the board can be narrowed to. `risk`: every case of which `rules.risk` names a reason, and no other."""
_BOARD = (
    select(
        _r.id, _r.reference, _r.force_id, _r.complete_by, _r.a_on, _r.b_on, state_column(), _o.surname, _o.forenames,
        _r.telephone_at.is_not(None).label("telephone"), _r.reported_at.is_not(None).label("reported"),
        _booked("A", _p.only_b.is_(False)), _booked("B"), *_CHANCES,
    )
    .join(_o, _o.referral_id == _r.id)
    .where(_RUNNING)
    .order_by(_r.complete_by, _r.id)
    .limit(PAGE + 1)
)  # fmt: skip
_AFTER = or_(_r.complete_by > bindparam("day"), and_(_r.complete_by == bindparam("day"), _r.id > bindparam("number")))
_BOARDS = {
    (name, paged): _BOARD.where(narrowed, *([_AFTER] if paged else []))
    for name, narrowed in FILTERS.items()
    for paged in (False, True)
}
_PRESSING = _BOARD.where(_r.complete_by <= bindparam("until")).limit(None)
_CHANCES_OF = select(_r.id, *_CHANCES).where(_r.id.in_(bindparam("numbers", expanding=True)))


def board(w: Work, narrowed: str, after: tuple[date, int] | None = None) -> tuple[Sequence[tuple[Row[Any], str]], str]:
    """One page of the actor's cases in the course, those whose last day is nearest first, each with why it may not end in time
    (a key of `rules.RISKS`, or nothing); and the key of the next page."""
    sent: dict[str, Any] = {name: w.today + timedelta(days) for name, days in _WITHIN.items()}
    if after:
        sent |= {"day": after[0], "number": after[1]}
    held = hold_gate.held_in(w, [w.actor.force] if w.actor.force else served(w))
    sent["held"] = sorted(held)
    rows = w.cases(_BOARDS[narrowed, after is not None], **sent)
    shown, more = rows[:PAGE], len(rows) > PAGE
    w.record("course.listed", Act.CONSULTATION, shown=[row.id for row in shown], codes={"found": len(shown)})
    last = shown[-1] if more else None
    return [
        (row, _risk(row, w.today, row.id in held)) for row in shown
    ], f"{last.complete_by}.{last.id}" if last else ""


def pressing(w: Work, days: int) -> list[Row[Any]]:
    """The actor's cases in the course whose last day is at most `days` away, or has passed, and that may not end in time."""
    rows = w.cases(_PRESSING, until=w.today + timedelta(days))
    held = hold_gate.held_among(w, rows)
    return [row for row in rows if _risk(row, w.today, row.id in held)]


def _risk(row: Row[Any], today: date, held: bool) -> str:
    return rules.risk(
        today, row.complete_by, a_on=row.a_on, b_on=row.b_on, next_a=row.next_a, next_b=row.next_b, telephone=row.telephone,
        held=held, reported=row.reported, chances=_left(row),
    )  # fmt: skip


def chances_among(w: Work, referrals: Iterable[Referral]) -> dict[int, int]:
    """Case → how often workshop A may still be booked, in one statement."""
    return {row.id: _left(row) for row in w.run(_CHANCES_OF, numbers=[one.id for one in referrals])}


def _left(row: Row[Any]) -> int:
    return rules.chances_left(row.missed_a, row.settled, row.given)
