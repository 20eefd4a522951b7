"""What the page of a register shows: a workshop, who belongs on its register, and what is written there. Columns, no objects."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, union

from cara import clock
from cara.errors import NotFound
from cara.features.course.records.event_models import Attendance
from cara.features.course.records.models import Cohort, Place, Venue, Workshop
from cara.features.course.records.queries import standing
from cara.features.referrals.models import Offender, Referral
from cara.platform.unit_of_work import Work

_c: Any = Cohort
_w: Any = Workshop
_v: Any = Venue
_p: Any = Place
_a: Any = Attendance
_r: Any = Referral
_o: Any = Offender

_WORKSHOP = (
    select(
        _w.id, _w.part, _w.day, _w.starts, _v.name.label("venue"), _c.id.label("cohort_id"), _c.reference, _c.force_id, _c.provider_id,
        _c.cancelled_at,
    )
    .join(_c, _c.id == _w.cohort_id)
    .join(_v, _v.id == _w.venue_id)
    .where(_c.reference == bindparam("reference"), _w.part == bindparam("part"))
)  # fmt: skip
_NAMED = select(_a.referral_id).where(_a.workshop_id == bindparam("number"))
"""Whoever stands in a register."""
_WRITTEN = (
    select(_a.id, _a.corrects, _a.referral_id, _a.outcome, _a.reason_code, _a.gap_reason, _a.recorded_at)
    .where(_a.workshop_id == bindparam("number"))
    .order_by(_a.id)
)
_BOOKED = select(_p.referral_id).where(
    _p.cohort_id == bindparam("cohort_id"), _p.booked_at.is_not(None), _p.refused_at.is_(None), _p.released_at.is_(None)
)
_PEOPLE = {
    part: select(_r.id, _r.force_id, _r.reference, _o.surname, _o.forenames, _o.phone)
    .join(_o, _o.referral_id == _r.id)
    .where(_r.id.in_(union(booked, _NAMED)))
    for part, booked in (("A", _BOOKED.where(_p.only_b.is_(False))), ("B", _BOOKED))
}


def workshop(w: Work, reference: str, part: str) -> Row[Any]:
    """Workshop A or B of a cohort, with its cohort and its venue's name. Raises `NotFound`."""
    found = w.run(_WORKSHOP, reference=reference, part=part).one_or_none()
    if found is None:
        raise NotFound
    return found


def began(room: Row[Any] | Workshop) -> datetime:
    """The instant at which a workshop begins, by the clock in London."""
    return datetime.combine(room.day, room.starts, clock.LONDON)


def people(w: Work, room: Row[Any] | Workshop) -> Sequence[Row[Any]]:
    """Who belongs on a register, by name: whoever has a booked place, and whoever is written there without having one now."""
    found = w.cases(_PEOPLE[room.part], cohort_id=room.cohort_id, number=room.id)
    return sorted(found, key=lambda row: (row.surname.casefold(), row.forenames.casefold(), row.id))


def written(w: Work, workshop_id: int | None) -> Mapping[int, Row[Any]]:
    """Case → the line of a register that stands now."""
    return {line.referral_id: line for line in standing(w.run(_WRITTEN, number=workshop_id).all())}
