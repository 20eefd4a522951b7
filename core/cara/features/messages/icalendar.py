"""Calendar entries, RFC 5545: one UID for one place in one workshop, for ever; a change counts SEQUENCE up. Pure."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cara.clock import LONDON

_SPACE = uuid.UUID("6f0d4b53-6c0e-5b8e-9a86-4f2f6f0c9d11")
"""Any number would do, as long as it stays: UIDs are computed from it."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment. Times are of the clock in London; `made_at` is an instant. `place` is never shown: the UID is its hash."""

    place: str
    sequence: int
    day: date
    starts: time
    ends: time
    title: str
    text: str
    where: str
    made_at: datetime
    cancelled: bool = False


def entry(one: Appointment) -> bytes:
    """The entry as an `.ics` file, with London's rules of summer time."""
    from icalendar import Calendar, Event  # slow to load, and few processes need it

    calendar = Calendar()
    method = "CANCEL" if one.cancelled else "REQUEST"
    for name, value in (
        ("prodid", "-//Appointments//EN"),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", method),
    ):
        calendar.add(name, value)
    starts = datetime.combine(one.day, one.starts, LONDON)
    calendar.add_component(_london())
    event = Event()
    fields: dict[str, Any] = {
        "uid": uid(one.place), "sequence": one.sequence, "dtstamp": one.made_at.astimezone(UTC),
        "dtstart": starts, "dtend": datetime.combine(one.day, one.ends, LONDON), "summary": one.title,
        "description": one.text, "status": "CANCELLED" if one.cancelled else "CONFIRMED", "class": "PRIVATE",
    }  # fmt: skip
    for name, value in fields.items():
        event.add(name, value)
    if one.where:
        event.add("location", one.where)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _london() -> Any:
    """London's clock since 1996, as rules without end. Made here: what the library derives from the zone's data begins summer
    an hour late."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

    zone = Timezone()
    zone.add("tzid", "Europe/London")
    winter, summer = timedelta(), timedelta(hours=1)
    for kind, name, begins, month, before, after in (
        (TimezoneDaylight, "BST", datetime(1996, 3, 31, 1), 3, winter, summer),  # noqa: DTZ001 - local by definition
        (TimezoneStandard, "GMT", datetime(1996, 10, 27, 2), 10, summer, winter),  # noqa: DTZ001
    ):
        rule = kind()
        rule.add("dtstart", begins)
        rule.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday="-1SU"))
        for field, value in (("tzoffsetfrom", before), ("tzoffsetto", after), ("tzname", name)):
            rule.add(field, value)
        zone.add_component(rule)
    return zone


def uid(place: str) -> str:
    """The UID of a place: the same for ever, and nothing can be read from it."""
    return f"{uuid.uuid5(_SPACE, place)}@appointments"
