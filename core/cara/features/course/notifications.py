"""What somebody is told when something happens in the course: the bridge to correspondence, and to whoever speaks with the
victim, who is told days and attendance through the victims' door.

An action says what happened, in the transaction in which it happened. Here it becomes messages of the outbox, or none: not
everything is a letter, and somebody whose case has ended, whatever the cause, is not written to about workshops any more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from cara import clock
from cara.errors import WallBreached
from cara.features.course.records.models import Place, Venue, Workshop, WorkshopChange
from cara.features.course.records.rules import FOLLOW_UP_DAYS
from cara.features.messages.actions import post, recall
from cara.features.messages.queries import entries_held
from cara.features.victims.wall import hold_gate
from cara.platform.unit_of_work import Work

if TYPE_CHECKING:
    from cara.features.referrals.models import Referral

Fact = str | int | bool | date | None
Facts = Mapping[str, Any]

REMIND_BEFORE = timedelta(days=3)
REMIND_AT = time(9)
"""When a reminder goes out before a workshop, and what waits for a day, by the clock in London [our default]."""
ANSWER_WITHIN = timedelta(days=7)
"""How long a place that is offered is kept, and how soon somebody who missed a workshop is asked to ring [our default]."""
WHICH = {"A": "first", "B": "second"}
WRITTEN_OF = frozenset({"moved", "asked", "put_off", "telephone", "cancelled", "other"})
"""Reasons of `places.RELEASES` for which somebody is told that a place was taken back; of a missed workshop they are told as
such, and of an ended case nothing."""

_OF_PLACES = ("place_offered", "place_booked", "workshop_entry", "date_changed", "reminder")

_w: Any = Workshop
_v: Any = Venue
_p: Any = Place
_h: Any = WorkshopChange
_WORKSHOPS = (
    select(_w.id, _w.part, _w.day, _w.starts, _w.ends, _w.sequence, _v.name, _v.address)
    .join(_v, _v.id == _w.venue_id)
    .where(_w.cohort_id == bindparam("cohort_number"))
    .order_by(_w.part)
)
_PLACE = (
    select(_p.id, _p.only_b, _p.booked_at, _p.offered_at)
    .where(_p.referral_id == bindparam("case_number"), _p.cohort_id == bindparam("cohort_number"))
    .order_by(_p.id.desc())
    .limit(1)
)
_BEFORE = select(_h.day).where(_h.workshop_id == bindparam("workshop_number")).order_by(_h.id.desc()).limit(1)


def tell(w: Work, kind: str, referral: "Referral", **facts: Fact) -> None:
    """Say what happened to a case; `facts` are ids, days and codes. Raises `WallBreached` for a kind that has no meaning."""
    if kind not in _SAY:
        raise WallBreached(f"nobody knows what to tell of {kind}")
    _SAY[kind](w, referral, facts)
    for what, day in _NEWS.get(kind, _no_news)(w, referral, facts):
        hold_gate.tell(w, referral, what, day)


def remind_at(day: date) -> datetime:
    """The instant of the reminder of a workshop on `day`: by the clock in London, whatever that clock does meanwhile."""
    return _at_nine(day - REMIND_BEFORE)


def _offered(w: Work, referral: "Referral", facts: Facts) -> None:
    place, (first, second) = _place(w, referral, facts), _pair(w, referral, facts)
    said = _where(first) | _then(second) | {"answer_by": min(w.today + ANSWER_WITHIN, first.day)}
    post(w, "place_offered", referral, said, about=f"place:{place.id}")


def _booked(w: Work, referral: "Referral", facts: Facts) -> None:
    place, (first, second) = _place(w, referral, facts), _pair(w, referral, facts)
    post(w, "place_booked", referral, _where(first) | _then(second), about=f"place:{place.id}")
    for room in dict.fromkeys((first, second)):
        post(w, "workshop_entry", referral, _where(room) | _entry(place, room), about=_about(place, room))
        _remind(w, referral, place, room)


def _withdrawn(w: Work, referral: "Referral", facts: Facts) -> None:
    recall(w, referral, _OF_PLACES)
    place = _place(w, referral, facts)
    if facts["reason"] == "refused":
        _strike_out(w, referral, place, _rooms(w, facts))
    if facts["reason"] not in WRITTEN_OF or not (place.booked_at or place.offered_at):
        return
    # Whoever is sent away from a workshop need not be told of that one.
    since = w.today + timedelta(facts["reason"] == "put_off")
    for room in _rooms(w, facts):
        if room.day >= since and not (place.only_b and room.part == "A"):
            post(w, "place_cancelled", referral, _where(room) | _entry(place, room, 1), about=_about(place, room))


def _date_changed(w: Work, referral: "Referral", facts: Facts) -> None:
    place = _place(w, referral, facts)
    if not place.booked_at and not place.offered_at:
        return  # who only waits for a seat was told no day
    room = next(one for one in _rooms(w, facts) if one.part == facts["part"])
    recall(w, referral, ("reminder",), which=WHICH[room.part])
    before = w.run(_BEFORE, workshop_number=room.id).scalar_one()
    said = _where(room) | _entry(place, room) | {"old_date": before, "which": WHICH[room.part]}
    post(w, "date_changed", referral, said, about=f"{_about(place, room)}:{room.sequence}")
    if place.booked_at:
        _remind(w, referral, place, room)


def _missed(w: Work, referral: "Referral", facts: Facts) -> None:
    recall(w, referral, ("reminder", "date_changed", "workshop_entry"))
    place = _place(w, referral, facts)
    room = next(one for one in _rooms(w, facts) if one.part == facts["part"])
    said = {"date": room.day, "which": WHICH[room.part], "answer_by": w.today + ANSWER_WITHIN}
    post(w, "missed_workshop", referral, said, about=_about(place, room))
    post(w, "no_show", referral, about=_about(place, room))
    _strike_out(w, referral, place, [one for one in _rooms(w, facts) if one.part != room.part])


def _not_missed(w: Work, referral: "Referral", _facts: Facts) -> None:
    """A register said wrongly that somebody was away. The place that it ended stays ended, and out of their calendar: whoever
    sits there again has another."""
    recall(w, referral, ("missed_workshop", "place_cancelled"), but=("calendar",))


def _strike_out(w: Work, referral: "Referral", place: Any, rooms: Sequence[Any]) -> None:
    """Take out of somebody's calendar what was handed over and is still to come, where a letter need not say it."""
    held = entries_held(w, referral)
    for room in rooms:
        entry = _entry(place, room, 1)
        if room.day >= w.today and entry["place"] in held:
            post(
                w, "place_cancelled", referral, _where(room) | entry, about=_about(place, room), channels=("calendar",)
            )


def _seated_again(w: Work, referral: "Referral", facts: Facts) -> None:
    """Who has their place back has what is still to come told once more."""
    place = _place(w, referral, facts)
    for room in _rooms(w, facts):
        if room.day > w.today:
            post(w, "workshop_entry", referral, _where(room) | _entry(place, room), about=_about(place, room))
            _remind(w, referral, place, room)


def _completed(w: Work, referral: "Referral", _facts: Facts) -> None:
    recall(w, referral, _OF_PLACES)
    post(w, "completion_certificate", referral, {"date": referral.b_on})
    asked_on = (referral.b_on or w.today) + timedelta(FOLLOW_UP_DAYS)
    post(w, "follow_up_due", referral, due_at=_at_nine(asked_on))


def _ended(w: Work, referral: "Referral", _facts: Facts) -> None:
    recall(w, referral)


def _reported(w: Work, referral: "Referral", facts: Facts) -> None:
    post(w, "breach_reported", referral, about=f"report:{facts['report']}")


def _decided(w: Work, referral: "Referral", facts: Facts) -> None:
    if facts["decision"] == "prosecute":
        _ended(w, referral, facts)


def _nothing(w: Work, referral: "Referral", facts: Facts) -> None:
    """Staff say it in person, and the timeline shows it."""


News = list[tuple[str, date | None]]


def _no_news(_w: Work, _referral: "Referral", _facts: Facts) -> News:
    return []


def _days(w: Work, referral: "Referral", facts: Facts) -> News:
    first, second = _pair(w, referral, facts)
    return [*([("booked", first.day)] if first.part == "A" else []), ("booked_b", second.day)]


def _moved(w: Work, referral: "Referral", facts: Facts) -> News:
    if not _place(w, referral, facts).booked_at:
        return []
    return [(f"moved_{one.part.lower()}", one.day) for one in _rooms(w, facts) if one.part == facts["part"]]


def _away(w: Work, _referral: "Referral", facts: Facts) -> News:
    return [(f"missed_{one.part.lower()}", one.day) for one in _rooms(w, facts) if one.part == facts["part"]]


def _counted(_w: Work, referral: "Referral", _facts: Facts) -> News:
    """What counts now that a register was put right: no more and no less than the case itself says."""
    days = {"attended_a": referral.a_on, "attended_b": referral.b_on}
    return [("corrected", None), *((what, day) for what, day in days.items() if day)]


_NEWS: Mapping[str, Callable[[Work, "Referral", Facts], News]] = {
    "place_booked": _days,
    "place_withdrawn": lambda _w, _r, _f: [("place_withdrawn", None)],
    "date_changed": _moved,
    "no_show": _away,
    "corrected": _counted,
    "seated_again": _days,
    "attended": lambda _w, _r, f: [(f"attended_{f['part'].lower()}", f["day"])],
    "telephone_begun": lambda _w, _r, _f: [("by_telephone", None)],
    "breach_reported": lambda _w, _r, _f: [("reported", None)],
    "breach_decided": lambda _w, _r, f: [("prosecuted" if f["decision"] == "prosecute" else "excused", None)],
    "deadline_varied": lambda _w, _r, f: [("varied", f["complete_by"])],
    "completed": lambda _w, r, _f: [("completed", r.b_on)],
    "closed": lambda _w, _r, _f: [("ended", None)],
}
"""What happened → the news of it behind the victims' door. Why a case ended, and what was said, stays here."""
_SAY: Mapping[str, Callable[[Work, "Referral", Facts], None]] = {
    "place_offered": _offered,
    "place_booked": _booked,
    "place_withdrawn": _withdrawn,
    "date_changed": _date_changed,
    "no_show": _missed,
    "not_missed": _not_missed,
    "corrected": _nothing,
    "seated_again": _seated_again,
    "telephone_begun": _nothing,
    "breach_reported": _reported,
    "deadline_varied": _nothing,
    "breach_decided": _decided,
    "attended": _nothing,
    "completed": _completed,
    "closed": _ended,
}
"""What happened → who is told what."""


def _rooms(w: Work, facts: Facts) -> list[Any]:
    return list(w.run(_WORKSHOPS, cohort_number=facts["cohort"]))


def _pair(w: Work, referral: "Referral", facts: Facts) -> tuple[Any, Any]:
    """The workshops that somebody comes to: A and B, or B alone where A still counts."""
    first, second = _rooms(w, facts)
    return (second, second) if _place(w, referral, facts).only_b else (first, second)


def _place(w: Work, referral: "Referral", facts: Facts) -> Any:
    return w.run(_PLACE, case_number=referral.id, cohort_number=facts["cohort"]).one()


def _where(room: Any) -> dict[str, Any]:
    return {
        "date": room.day, "time": _clock(room.starts), "ends": _clock(room.ends), "venue": room.name,
        "venue_address": room.address,
    }  # fmt: skip


def _then(room: Any) -> dict[str, Any]:
    return {"second_date": room.day, "second_time": _clock(room.starts), "second_ends": _clock(room.ends)}


def _entry(place: Any, room: Any, later: int = 0) -> dict[str, Any]:
    """A calendar entry's own: one number for ever for one place in one workshop, and how often it has changed."""
    return {"place": f"{place.id}/{room.part}", "sequence": room.sequence + later}


def _about(place: Any, room: Any) -> str:
    return f"place:{place.id}:{room.part}"


def _clock(of_day: time) -> str:
    return of_day.strftime("%H:%M")


def _at_nine(day: date) -> datetime:
    """The instant at which mail of a day goes out."""
    return datetime.combine(day, REMIND_AT, clock.LONDON).astimezone(UTC)


def _remind(w: Work, referral: "Referral", place: Any, room: Any) -> None:
    due = remind_at(room.day)
    if due > w.now:
        said = _where(room) | {"which": WHICH[room.part]}
        post(w, "reminder", referral, said, about=_about(place, room) + f":{room.sequence}", due_at=due)
