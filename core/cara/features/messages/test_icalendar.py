"""Calendar entries, read by a real parser: the right instant on every day, one UID, and nothing that tells."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from cara.clock import LONDON
from cara.features.messages.icalendar import Appointment, entry, uid

MADE = datetime(2026, 11, 22, 12, tzinfo=UTC)


def appointment(
    day: date, at: time = time(10), sequence: int = 0, *, cancelled: bool = False, place: str = "kent/1/A"
) -> Appointment:
    text, where = "Ring us; or, write.", "Invented Hall, 1 Way"
    return Appointment(place, sequence, day, at, time(23, 30), "Appointment", text, where, MADE, cancelled)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.times(time(3), time(23)))
def test_it_is_the_instant_that_london_s_clock_shows(day: date, at: time) -> None:
    at = at.replace(microsecond=0)
    event = Calendar.from_ical(entry(appointment(day, at))).walk("VEVENT")[0]
    assert event.decoded("dtstart").astimezone(UTC) == datetime.combine(day, at, LONDON).astimezone(UTC)


@pytest.mark.parametrize("year", range(2020, 2041))
def test_the_rules_in_the_file_are_those_of_the_clock(year: int) -> None:
    """For a reader that knows no zone by name: computed from the file's own rules, on every day of both changes' weeks."""
    zone = Calendar.from_ical(entry(appointment(date(year, 6, 1)))).walk("VTIMEZONE")[0]
    changes, first, last = [], datetime(year, 1, 1), datetime(year, 12, 31)  # noqa: DTZ001
    for rule in zone.subcomponents:
        begins = rule.decoded("dtstart")
        days = rrule.rrulestr(rule["rrule"].to_ical().decode(), dtstart=begins).between(first, last)
        before, after = rule.decoded("tzoffsetfrom"), rule.decoded("tzoffsetto")
        changes += [((at - before).replace(tzinfo=UTC), after) for at in days]
    assert len(changes) == 2
    for instant, after in changes:
        assert instant.astimezone(LONDON).utcoffset() == after
        assert (instant - timedelta(seconds=1)).astimezone(LONDON).utcoffset() != after


def test_one_place_keeps_its_uid_and_counts_its_changes() -> None:
    first, second, gone = (
        Calendar.from_ical(entry(one))
        for one in (
            appointment(date(2026, 3, 28)),
            appointment(date(2026, 3, 29), sequence=1),
            appointment(date(2026, 3, 29), sequence=2, cancelled=True),
        )
    )
    events = [one.walk("VEVENT")[0] for one in (first, second, gone)]
    assert len({str(one["uid"]) for one in events}) == 1
    assert [int(one["sequence"]) for one in events] == [0, 1, 2]
    assert [str(one["method"]) for one in (first, second, gone)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert str(events[2]["status"]) == "CANCELLED"
    assert uid("kent/1/A") != uid("kent/1/B")


def test_it_shows_nothing_of_the_place_s_number_and_is_private() -> None:
    raw = entry(appointment(date(2026, 12, 5), place="kent/918273/A"))
    assert b"918273" not in raw
    assert b"kent" not in raw
    event = Calendar.from_ical(raw).walk("VEVENT")[0]
    assert str(event["class"]) == "PRIVATE"
    assert str(event["summary"]) == "Appointment"
    assert str(event["description"]) == "Ring us; or, write."
