"""The clock runs on, stands still, or runs ahead, as it is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara import clock
from cara.clock import months_after

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def test_it_runs_ahead_and_then_no_more() -> None:
    with clock.ahead(timedelta(days=29)):
        assert timedelta(days=28, hours=23) < clock.now() - datetime.now(UTC) <= timedelta(days=29)
    assert clock.now() - datetime.now(UTC) < timedelta(hours=1)


def test_where_it_stands_it_is_not_moved() -> None:
    night = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    with clock.ahead(timedelta(days=29)), clock.at(night):
        assert clock.now() == night
        assert clock.today().isoformat() == "2026-07-01"


@given(DAYS, st.integers(-24, 24))
def test_months_after_keeps_the_day_or_takes_the_last_one(day: date, months: int) -> None:
    then = months_after(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and (then + timedelta(1)).day == 1)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
    ],
)
def test_known_months(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
