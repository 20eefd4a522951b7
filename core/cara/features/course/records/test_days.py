"""The days of the course, on every day from 2020 to 2040, over both changes of the clock."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cara.clock import LONDON, london_day
from cara.features.course.records import rules

EVERY_DAY = [date(2020, 1, 1) + timedelta(n) for n in range((date(2040, 12, 31) - date(2020, 1, 1)).days + 1)]
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def test_the_last_safe_days_of_every_caution() -> None:
    for day in EVERY_DAY:
        complete_by = day + timedelta(112)
        last = rules.last_days(day, complete_by)
        assert last.complete_by == complete_by
        for first, gap in zip(last.last_first_workshop, (28, 35), strict=True):
            assert rules.gap_fits(first, first + timedelta(gap))
            assert rules.safe(first + timedelta(gap), complete_by).fits
            assert not rules.safe(first + timedelta(gap + 1), complete_by).fits
        for first, gap in zip(last.repeat_first_workshop, (28, 35), strict=True):
            # B is missed; both are done again, at the same gap, and a day later would be too late.
            again = first + timedelta(gap)
            assert rules.safe(again + timedelta(gap), complete_by).fits
            assert not rules.safe(again + timedelta(gap + 1), complete_by).fits
        shortest = last.repeat_first_workshop[0] + timedelta(28)
        assert rules.safe(shortest, complete_by).repeat
        assert not rules.safe(shortest + timedelta(1), complete_by).repeat


@given(DAYS, st.integers(0, 400))
def test_a_varied_last_day_moves_each_of_them_as_far(day: date, limit: int) -> None:
    last, usual = rules.last_days(day, day + timedelta(limit)), rules.last_days(day, day + timedelta(112))
    assert last.complete_by == day + timedelta(limit)
    for varied, plain in (
        (last.last_first_workshop, usual.last_first_workshop),
        (last.repeat_first_workshop, usual.repeat_first_workshop),
    ):
        assert [(v - p).days for v, p in zip(varied, plain, strict=True)] == [limit - 112] * 2


@given(DAYS, st.integers(0, 24 * 60 * 60 - 1), st.integers(-60, 200))
def test_the_last_day_lasts_until_midnight_in_london(day: date, second: int, left: int) -> None:
    """Whatever the hour and whatever the clock: on the last day itself nothing has passed; a minute later it has."""
    complete_by = day + timedelta(112)
    starts = datetime.combine(complete_by, datetime.min.time(), LONDON).astimezone(UTC)
    ends = datetime.combine(complete_by + timedelta(1), datetime.min.time(), LONDON).astimezone(UTC)
    assert (ends - starts).total_seconds() / 3600 in (23, 24, 25)
    at = starts + min(timedelta(seconds=second), ends - starts - timedelta(seconds=1))
    assert rules.risk(london_day(at), complete_by, a_on=None, b_on=None, next_b=day) == ""
    assert rules.risk(london_day(ends), complete_by, a_on=None, b_on=None, next_b=day) == "passed"
    today = complete_by - timedelta(left)
    assert (rules.risk(today, complete_by, a_on=None, b_on=None, next_b=day) == "passed") == (left < 0)
