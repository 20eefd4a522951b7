"""Reads what a plan starts from: cases without a place, cohorts with free seats, and days that can be used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from cara.bank_holidays import bank_holidays
from cara.features.course.bookings import separation
from cara.features.course.cohorts import actions
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.cohorts.actions import areas
from cara.features.course.deadlines import queries as deadline_queries
from cara.features.course.proposals.constraints import Hall, Terms, candidates
from cara.features.course.proposals.facilitator_clashes import leading
from cara.features.course.proposals.result import Gathered
from cara.features.course.records import queries, rules
from cara.features.course.records.models import Cohort, Venue, Workshop
from cara.features.referrals.deadlines import GAP_DAYS, LIMIT_DAYS
from cara.features.referrals.models import LocalAnswer, Offender, Referral
from cara.features.referrals.states import in_state
from cara.features.scheduling import Candidate, Person, Problem
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext as _
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work

_r: Any = Referral
_o: Any = Offender
_l: Any = LocalAnswer
_v: Any = Venue
_w: Any = Workshop
_c: Any = Cohort
_WAITING = (
    select(Referral, _o.sex)
    .join(_o, _o.referral_id == _r.id)
    .where(_r.force_id == bindparam("force"), in_state("accepted"))
    .order_by(_r.id)
)
_LIVES = select(_l.referral_id, _l.answer).where(
    _l.referral_id.in_(bindparam("numbers", expanding=True)), _l.question == bindparam("question")
)
_BUSY = (
    select(_v.reference, _w.day, _w.starts, _w.ends)
    .join(_w, _w.venue_id == _v.id)
    .join(_c, _c.id == _w.cohort_id)
    .where(_c.cancelled_at.is_(None), _w.day.between(bindparam("first"), bindparam("last")))
)

Shut = Callable[[Hall | None, cohort_queries.Room | None, date], bool]
"""Whether a workshop in a venue, or of a cohort that exists, cannot be held on a day: what is tried in a "what if"."""


def nothing_shut(_hall: Hall | None, _room: cohort_queries.Room | None, _day: date) -> bool:
    """Everything is as it is."""
    return False


@dataclass(frozen=True, slots=True)
class _Case:
    referral: Referral
    group: str

    @property
    def id(self) -> str:
        return str(self.referral.id)


def gather(w: Work, forces: Forces, force: str, terms: Terms, shut: Shut = nothing_shut) -> Gathered:
    """Everything that a plan for one force starts from, as it is now. The caller leaves the ledger entry."""
    labels = areas(w, force)
    open_, moved = _rooms(w, force, shut)
    waiting = [
        _Case(referral, rules.group_of(sex, referral.relationship, referral.format_confirmed))
        for referral, sex in w.session.execute(_WAITING, {"force": force})
    ]
    cases = [one for one in waiting if one.group != "cti"] + moved
    beforehand = _beforehand(w, cases, terms, {one.id for one in moved})
    planned = [one for one in cases if one.id not in beforehand]

    made, refused = candidates(terms, _halls(w, force, terms, labels), _refuses(w, forces, force, terms, shut))
    rooms = {name: _new_room(one, hall) for name, (one, hall) in made.items()}
    cohorts = {name: one for name, (one, _hall) in made.items()}
    kept = {f"cohort.{room.cohort.reference}": room for room in open_}
    kept = {name: room for name, room in kept.items() if name not in terms.cohorts_out}
    days = max([LIMIT_DAYS, *((one.referral.complete_by - w.today).days for one in planned)])

    together = {name: queries.members(w, room.cohort.id) for name, room in kept.items()}
    everybody = [one.referral for one in planned] + [one for members in together.values() for one in members]
    pairs = separation.pairs_among(w, everybody)
    seated: list[Person] = []
    pinned: dict[str, str] = {}
    for name, room in kept.items():
        there = [one for one in together[name] if any(one.id in pair for pair in pairs)]
        cohorts[name] = _existing(name, room, labels, len(there))
        rooms[name] = _kept_room(room, labels)
        for one in there:
            seated.append(_seated(f"seated.{one.id}", cohorts[name], days))
            pinned[f"seated.{one.id}"] = name
    known = {one.id for one in planned} | {one.id for one in seated}
    everywhere = sorted({one.area for one in cohorts.values()})
    lives = _lives(w, forces, force, [one.referral for one in planned], labels)
    people = [
        Person(
            one.id, one.referral.complete_by - timedelta(days), one.group,
            terms.travels(one.group, lives.get(one.referral.id or 0, ""), everywhere), _apart(one.referral.id, pairs, known),
        )
        for one in planned
    ]  # fmt: skip
    problem = Problem(
        tuple(people + seated),
        tuple(cohorts.values()),
        fixed=tuple(kept),
        deadline_days=days,
        gap_days=GAP_DAYS,
        pinned=pinned,
    )
    return Gathered(_pin(problem, terms.pins), rooms, beforehand, refused, frozenset(pinned))


def _rooms(w: Work, force: str, shut: Shut) -> tuple[list[cohort_queries.Room], list[_Case]]:
    """Cohorts that still begin, and whoever sits in one that cannot be held."""
    open_, moved = [], []
    for room in cohort_queries.rooms(w, force=force):
        a, b = room.workshops["A"].day, room.workshops["B"].day
        if a <= w.today or not rules.gap_fits(a, b):
            continue
        if shut(None, room, a) or shut(None, room, b):
            moved += [_Case(one, room.cohort.group) for one in queries.members(w, room.cohort.id)]
        elif room.left:
            open_.append(room)
    return open_, moved


def _beforehand(w: Work, cases: Sequence[_Case], terms: Terms, moved: set[str]) -> dict[str, str]:
    """Who cannot be planned, whatever cohorts there are."""
    referrals = [one.referral for one in cases]
    held, chances = hold_gate.held_among(w, referrals), deadline_queries.chances_among(w, referrals)
    told = {}
    for one in cases:
        number = one.referral.id or 0
        if one.id in terms.people_out:
            told[one.id] = _("left out of this plan by a coordinator")
        elif number in held:
            told[one.id] = _("the case is on hold, so no place can be booked now")
        elif one.id not in moved and not chances[number]:
            told[one.id] = _("no chance is left at workshop A: report it to the officer, who decides")
        elif not one.group:
            told[one.id] = _("a coordinator chooses this person’s group: find a place from the case")
    return told


def _halls(w: Work, force: str, terms: Terms, labels: Mapping[str, str]) -> list[Hall]:
    found = (one for one in cohort_queries.venues(w) if one.force_id == force and one.reference in terms.venues)
    return [Hall(one.reference, one.name, labels.get(one.area, one.area), one.capacity) for one in found]


def _refuses(w: Work, forces: Forces, force: str, terms: Terms, shut: Shut) -> Callable[[Hall, date], str]:
    """Why a workshop is not proposed in a venue on a day."""
    licensed: dict[date, bool] = {}
    last = terms.last + timedelta(max(terms.gaps))
    busy = {
        (row.reference, row.day)
        for row in w.run(_BUSY, first=terms.first, last=last)
        if row.starts < terms.ends and terms.starts < row.ends
    }
    nobody = _days_without_two_facilitators(w, terms, last)

    def why(hall: Hall, day: date) -> str:
        if day <= w.today:
            return "past"
        if day in bank_holidays(day.year):
            return "holiday"
        if (hall.reference, day) in busy:
            return "taken"
        if day in nobody:
            return "unled"
        if day not in licensed:
            licensed[day] = forces.clearance(force, w.actor.organisation, day, w.session).cleared
        return "licence" if not licensed[day] else "shut" if shut(hall, None, day) else ""

    return why


def _days_without_two_facilitators(w: Work, terms: Terms, last: date) -> set[date]:
    """Days on which all facilitators but one lead other cohorts. A provider who has not named two yet names them later."""
    facilitators = {*actions.facilitators(w)}
    if len(facilitators) < 2:
        return set()
    days = {terms.first + timedelta(off) for off in range((last - terms.first).days + 1)}
    led: dict[date, set[int]] = {}
    for one in leading(w, days, terms):
        led.setdefault(one.day, set()).add(one.person)
    return {day for day, people in led.items() if len(facilitators - people) < 2}


def _new_room(one: Candidate, hall: Hall) -> dict[str, Any]:
    return {"new": True, "reference": hall.reference, "group": one.group, "area": one.area, "venue": hall.name,
            "a": one.a.isoformat(), "b": one.b.isoformat(), "seats": one.capacity, "taken": 0}  # fmt: skip


def _kept_room(room: cohort_queries.Room, labels: Mapping[str, str]) -> dict[str, Any]:
    cohort = room.cohort
    return {"new": False, "reference": cohort.reference, "group": cohort.group, "area": labels.get(cohort.area, cohort.area),
            "venue": room.venues["A"], "a": room.workshops["A"].day.isoformat(), "b": room.workshops["B"].day.isoformat(),
            "seats": cohort.capacity, "taken": cohort.taken}  # fmt: skip


def _existing(name: str, room: cohort_queries.Room, labels: Mapping[str, str], there: int) -> Candidate:
    """A cohort that runs anyway and costs nothing more; `there` of its seats are those of people in the problem."""
    cohort, days = room.cohort, room.workshops
    area = labels.get(cohort.area, cohort.area)
    return Candidate(name, cohort.group, area, days["A"].day, days["B"].day, room.left + there, Decimal(0))


def _seated(name: str, cohort: Candidate, days: int) -> Person:
    """Somebody who sits in a cohort already, so described that they fit there and count as nothing else."""
    return Person(name, cohort.b - timedelta(days), cohort.group, (cohort.area,))


def _apart(number: int | None, pairs: frozenset[frozenset[int]], known: set[str]) -> tuple[str, ...]:
    others = [other for pair in pairs if number in pair for other in pair if other != number]
    named = [name for other in sorted(others) for name in (str(other), f"seated.{other}")]
    return tuple(name for name in named if name in known)


def _lives(w: Work, forces: Forces, force: str, cases: Sequence[Referral], labels: Mapping[str, str]) -> dict[int, str]:
    """Case → label of the area that the answer to the force's own question names. Nobody else's area is known."""
    asked = next(
        (q for q in forces.extra_questions(force) if labels and {one.value for one in q.options} == labels.keys()), None
    )
    if asked is None or not cases:
        return {}
    words = {**labels, **{str(one.label): labels[one.value] for one in asked.options}}
    found = w.run(_LIVES, numbers=[one.id for one in cases], question=asked.name)
    return {row.referral_id: words[row.answer] for row in found if row.answer in words}


def _pin(problem: Problem, pins: Mapping[str, str]) -> Problem:
    """The problem with those pins that still make sense; the others have been overtaken by what happened since."""
    people = {one.id: one for one in problem.people}
    cohorts = {one.id: one for one in problem.cohorts}
    kept = {
        who: room
        for who, room in pins.items()
        if who in people and room in cohorts and problem.fits(people[who], cohorts[room])
    }
    return replace(problem, pinned={**problem.pinned, **kept})
