"""What the course's pages show. Lists take a constant number of statements, however many cases stand in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import bindparam, exists, func, or_, select

from cara.bank_holidays import bank_holidays
from cara.features.course.records import rules
from cara.features.course.records.event_models import Attendance, BreachDecision, EngagementNote
from cara.features.course.records.models import Cohort, Place, Venue, Workshop, WorkshopChange
from cara.features.course.records.rules import OUTCOMES
from cara.features.referrals.models import Offender, Referral
from cara.i18n import gettext, language
from cara.platform.access.models import Person
from cara.platform.unit_of_work import Work

_c: Any = Cohort
_v: Any = Venue
_w: Any = Workshop
_p: Any = Place
_r: Any = Referral
_o: Any = Offender
_a: Any = Attendance
_d: Any = BreachDecision
_e: Any = EngagementNote
_h: Any = WorkshopChange
_n: Any = Person


@dataclass(slots=True)
class Room:
    """A cohort with both its days, as lists show it."""

    cohort: Cohort
    workshops: dict[str, Workshop] = field(default_factory=dict)
    venues: dict[str, str] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Seats that are free."""
        return self.cohort.capacity - self.cohort.taken


_ROOMS = (
    select(Cohort, Workshop, _v.name)
    .join(_w, _w.cohort_id == _c.id)
    .join(_v, _v.id == _w.venue_id)
    .order_by(_w.day, _c.id)
)
_VENUES = select(Venue).where(_v.ended_at.is_(None)).order_by(_v.force_id, _v.name, _v.id)
_PLANNED_IN = (
    select(func.count())
    .select_from(Workshop)
    .join(_c, _c.id == _w.cohort_id)
    .where(_w.venue_id == bindparam("number"), _w.day >= bindparam("today"), _c.cancelled_at.is_(None))
)
_COMING = _ROOMS.where(_c.cancelled_at.is_(None), _w.day >= bindparam("since"))


def planned_in(w: Work, venue: Venue) -> int:
    """How many workshops are still to be held in a venue."""
    return int(w.run(_PLANNED_IN, number=venue.id, today=w.today).scalar_one())


def venues(w: Work) -> Sequence[Venue]:
    """The actor's venues in use."""
    return w.session.scalars(_VENUES).all()


def rooms(w: Work, *, since: date | None = None, force: str = "") -> list[Room]:
    """The actor's cohorts of which a workshop falls on `since` or later, the nearest first."""
    day = since or w.today
    found: dict[int | None, Room] = {}
    for cohort, workshop, venue in w.session.execute(_COMING, {"since": day - timedelta(70)}):
        room = found.setdefault(cohort.id, Room(cohort))
        room.workshops[workshop.part], room.venues[workshop.part] = workshop, venue
    return [
        room
        for room in found.values()
        if len(room.workshops) == 2 and room.workshops["B"].day >= day and force in ("", room.cohort.force_id)
    ]


def whole_room(w: Work, cohort: Cohort) -> Room:
    """One cohort, cancelled or long past as it may be."""
    room = Room(cohort)
    for _cohort, workshop, venue in w.session.execute(_ROOMS.where(_c.id == cohort.id)):
        room.workshops[workshop.part], room.venues[workshop.part] = workshop, venue
    return room


_UNWRITTEN = (
    select(_c.reference, _w.part, _w.day, _v.name, func.count().label("people"))
    .join(_c, _c.id == _w.cohort_id)
    .join(_v, _v.id == _w.venue_id)
    .join(_p, _p.cohort_id == _c.id)
    .where(
        _c.cancelled_at.is_(None), _w.day.between(bindparam("since"), bindparam("today")), _p.booked_at.is_not(None),
        _p.refused_at.is_(None), _p.released_at.is_(None), or_(_w.part == "B", _p.only_b.is_(False)),
        ~exists().where(_a.workshop_id == _w.id, _a.referral_id == _p.referral_id),
    )
    .group_by(_c.reference, _w.part, _w.day, _v.name, _w.id)
    .order_by(_w.day, _w.id)
)  # fmt: skip


def unwritten(w: Work) -> Sequence[Any]:
    """Workshops of the last ten weeks, today's too, at which somebody was expected of whom no register says anything:
    cohort, part, day, venue, how many people."""
    return w.run(_UNWRITTEN, since=w.today - timedelta(70), today=w.today).all()


_SITTING = (
    select(Place, Referral, _o.surname, _o.forenames, _o.phone)
    .join(_r, _r.id == _p.referral_id)
    .join(_o, _o.referral_id == _r.id)
    .where(_p.cohort_id == bindparam("number"), _p.refused_at.is_(None), _p.released_at.is_(None))
    .order_by(_o.surname, _o.forenames, _r.id)
)


def sitting(w: Work, cohort: Cohort) -> Sequence[tuple[Place, Referral, str, str, str]]:
    """Who has a seat in a cohort, or waits for one: place, case, surname, forenames, phone."""
    return [
        (p, r, surname, forenames, phone)
        for p, r, surname, forenames, phone in w.session.execute(_SITTING, {"number": cohort.id})
    ]


def changes(w: Work, room: Room) -> Sequence[WorkshopChange]:
    """What the workshops of a cohort were before each change, the latest first."""
    numbers = [one.id for one in room.workshops.values()]
    return w.session.scalars(select(WorkshopChange).where(_h.workshop_id.in_(numbers)).order_by(_h.id.desc())).all()


def decisions(w: Work, referral: Referral) -> Sequence[BreachDecision]:
    """What officers decided of a case, the latest first: both sides read it."""
    return w.session.scalars(select(BreachDecision).where(_d.referral_id == referral.id).order_by(_d.id.desc())).all()


def notes(w: Work, referral: Referral) -> Sequence[EngagementNote]:
    """The provider's notes of how somebody took part, the latest first."""
    return w.session.scalars(select(EngagementNote).where(_e.referral_id == referral.id).order_by(_e.id.desc())).all()


def people(w: Work, numbers: Sequence[int | None]) -> dict[int, str]:
    """Colleagues by number."""
    wanted = [one for one in numbers if one]
    rows = w.session.execute(
        select(_n.id, _n.name).where(_n.id.in_(wanted), _n.organisation_id == w.actor.organisation)
    )
    return {row.id: row.name for row in rows}


def warnings(w: Work, days: Mapping[str, tuple[date, Any, Any, int]], but: int | None = None) -> list[tuple[str, str]]:
    """What a coordinator should know of days, and may pass over: (part, `holiday` or `clash`). `days` is part → day, start,
    end, venue."""
    found = [(part, "holiday") for part, (day, *_rest) in days.items() if day in bank_holidays(day.year)]
    busy = select(_w.day, _w.starts, _w.ends, _w.venue_id).join(_c, _c.id == _w.cohort_id).where(
        _w.day.in_([day for day, *_rest in days.values()]), _c.cancelled_at.is_(None), _c.id != (but or 0)
    )  # fmt: skip
    for row in w.session.execute(busy):
        found += [
            (part, "clash")
            for part, (day, starts, ends, venue) in days.items()
            if (row.day, row.venue_id) == (day, venue) and row.starts < ends and starts < row.ends
        ]
    return found


def attended(line: Any) -> str:
    """A line of a register as the field of a form: `absent.ill`, or empty."""
    return "" if line is None else f"{line.outcome}.{line.reason_code}" if line.reason_code else line.outcome


def options(chosen: str) -> Markup:
    """What may be chosen in a line of a register, as the options of a `select`. Those drawn once are kept: a register has one
    `select` a person, and nearly all of them are the same."""
    return _options(chosen if chosen in _VALUES else "", language())


@lru_cache(maxsize=256)
def _options(chosen: str, _locale: str) -> Markup:
    one = Markup('<option value="{}"{}>{}</option>')
    drawn = [one.format("", "", gettext("Not recorded"))]
    for heading, some in choices():
        lines = Markup("\n").join(
            one.format(
                value, Markup(" selected") if value == chosen else "", f"{heading}: {label}" if heading else label
            )
            for value, label in some
        )
        drawn.append(Markup('<optgroup label="{}">{}</optgroup>').format(heading, lines) if heading else lines)
    return Markup("\n").join(drawn)


_VALUES = frozenset(
    f"{key}.{reason}" if reason else key for key, one in OUTCOMES.items() for reason in one.reasons or ("",)
)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """What may be chosen in a register, in groups: heading, and (value, label)."""
    plain = [(key, str(one.label)) for key, one in OUTCOMES.items() if not one.reasons]
    return [("", plain)] + [
        (str(one.label), [(f"{key}.{reason}", str(rules.REASONS[reason])) for reason in one.reasons])
        for key, one in OUTCOMES.items() if one.reasons
    ]  # fmt: skip
