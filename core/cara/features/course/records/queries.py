"""What actions read before they act: one cohort, one place, the events of a case. Leaves no entry: whoever calls does."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, func, select

from cara.errors import NotFound
from cara.features.course.records.event_models import (
    Attendance,
    BreachDecision,
    TelephoneIntervention,
    TelephoneSession,
)
from cara.features.course.records.models import Cohort, GroupWorkPause, Place, Venue, Workshop
from cara.features.course.records.rules import OUTCOMES as REGISTER
from cara.features.course.records.rules import Event, Progress, chances_left, missed, progress
from cara.features.referrals.models import Referral
from cara.platform.plugins.force_settings import kept
from cara.platform.unit_of_work import Work

_c: Any = Cohort
_v: Any = Venue
_w: Any = Workshop
_p: Any = Place
_r: Any = Referral
_a: Any = Attendance
_t: Any = TelephoneIntervention
_s: Any = TelephoneSession
_d: Any = BreachDecision
_g: Any = GroupWorkPause

T = TypeVar("T", bound=Any)

FRESH = {"populate_existing": True}
"""Read what stands in the database, even where the session has read the row before."""
_LINES = (
    select(_a.id, _a.corrects, _a.part, _a.happened_on, _a.outcome, _a.reason_code, _a.gap_reason, _a.recorded_at)
    .where(_a.referral_id == bindparam("number"))
    .order_by(_a.id)
)
_CALLS = (
    select(_s.covers, _s.outcome, _s.happened_on, _s.recorded_at)
    .where(_s.referral_id == bindparam("number"))
    .order_by(_s.id)
)
_GIVEN = select(func.count(_d.id)).where(
    _d.referral_id == bindparam("number"), _d.report_id.is_not(None), _d.decision != "prosecute"
)
_MEMBERS = (
    select(Referral)
    .join(_p, _p.referral_id == _r.id)
    .where(
        _p.cohort_id == bindparam("number"),
        _p.refused_at.is_(None),
        _p.released_at.is_(None),
        (_p.offered_at.is_not(None)) | (_p.booked_at.is_not(None)),
    )
    .order_by(_r.id)
)
_EVERYBODY = (
    select(Referral)
    .join(_p, _p.referral_id == _r.id)
    .where(_p.cohort_id == bindparam("number"), _p.refused_at.is_(None), _p.released_at.is_(None))
    .order_by(_r.id)
)
_PAUSED = (
    select(_g.id)
    .where(
        _g.ended_at.is_(None),
        _g.force_id == bindparam("force"),
        (_g.provider_id.is_(None)) | (_g.provider_id == bindparam("provider")),
    )
    .limit(1)
)


def venue(w: Work, reference: str) -> Venue:
    """One venue. Raises `NotFound`."""
    found = w.session.scalars(select(Venue).where(_v.reference == reference).execution_options(**FRESH)).one_or_none()
    if found is None:
        raise NotFound
    return found


def cohort(w: Work, reference: str) -> Cohort:
    """One cohort. Raises `NotFound`."""
    found = w.session.scalars(select(Cohort).where(_c.reference == reference).execution_options(**FRESH)).one_or_none()
    if found is None:
        raise NotFound
    return found


def cohort_by_id(w: Work, number: int) -> Cohort:
    """One cohort, by what a place says. Raises `NotFound`."""
    found = w.session.scalars(select(Cohort).where(_c.id == number).execution_options(**FRESH)).one_or_none()
    if found is None:
        raise NotFound
    return found


def workshops(w: Work, cohort_id: int | None) -> dict[str, Workshop]:
    """Part → workshop of a cohort."""
    found = w.session.scalars(select(Workshop).where(_w.cohort_id == cohort_id).execution_options(**FRESH))
    return {one.part: one for one in found}


def active_place(w: Work, referral: Referral) -> Place | None:
    """The place that somebody has now, or waits for."""
    return w.session.scalars(
        select(Place)
        .where(_p.referral_id == referral.id, _p.refused_at.is_(None), _p.released_at.is_(None))
        .execution_options(**FRESH)
    ).one_or_none()


def seated(place: Place) -> bool:
    """Whether a place counts as a seat: offered or booked, and not given back."""
    given_back = place.refused_at or place.released_at
    return not given_back and bool(place.offered_at or place.booked_at)


def members(w: Work, cohort_id: int | None) -> Sequence[Referral]:
    """The cases that have a seat in a cohort."""
    return w.session.scalars(_MEMBERS, {"number": cohort_id}).all()


def everybody(w: Work, cohort_id: int | None) -> Sequence[Referral]:
    """The cases that have a seat in a cohort, or wait for one."""
    return w.session.scalars(_EVERYBODY, {"number": cohort_id}).all()


def telephone(w: Work, referral: Referral) -> TelephoneIntervention | None:
    """The telephone intervention that goes on now."""
    return w.session.scalars(
        select(TelephoneIntervention)
        .where(_t.referral_id == referral.id, _t.ended_at.is_(None))
        .execution_options(**FRESH)
    ).one_or_none()


def events(w: Work, referral: Referral) -> list[Event]:
    """What happened to somebody: registers as they now stand, and calls that covered a workshop."""
    covered = [
        Event(one.covers, one.happened_on, present=True, any_gap=True) for one in calls(w, referral) if one.covers
    ]
    return [_event(line) for line in lines(w, referral)] + covered


def lines(w: Work, referral: Referral) -> Sequence[Row[Any]]:
    """What registers say of somebody now, in the order in which it was written."""
    return standing(w.run(_LINES, number=referral.id).all())


def calls(w: Work, referral: Referral) -> Sequence[Row[Any]]:
    """Every call with somebody, answered or not, in the order in which it was recorded."""
    return w.run(_CALLS, number=referral.id).all()


def standing(written: Sequence[T]) -> list[T]:
    """The lines of registers that no later one corrects."""
    corrected = {line.corrects for line in written}
    return [line for line in written if line.id not in corrected]


def _event(row: Row[Any]) -> Event:
    return Event(
        row.part,
        row.happened_on,
        REGISTER[row.outcome].present,
        missed(row.outcome, row.reason_code),
        bool(row.gap_reason),
    )


def progress_of(w: Work, referral: Referral) -> Progress:
    """Where somebody stands, from all that happened."""
    return progress(events(w, referral))


def chances(w: Work, referral: Referral) -> int:
    """How often workshop A may still be booked: the force's setting, and what its officers gave more."""
    return chances_left(progress_of(w, referral).missed_a, *_allowed(w, referral))


def chances_in_all(w: Work, referral: Referral) -> int:
    """How often workshop A may be missed before none is left: the first time, rebookings, and what officers gave more."""
    return chances_left(0, *_allowed(w, referral))


def _allowed(w: Work, referral: Referral) -> tuple[int, int]:
    settled = int(kept(w.session, referral.force_id).get("chances_at_a", 1))
    return settled, w.run(_GIVEN, number=referral.id).scalar_one()


def paused(w: Work, force: str, provider: str) -> bool:
    """Whether group work is suspended for this provider in this force."""
    return w.session.execute(_PAUSED, {"force": force, "provider": provider}).first() is not None
