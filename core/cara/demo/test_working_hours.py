"""Nothing in the demonstration happens at night, however little time is left for it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cara.bank_holidays import is_working_day
from cara.clock import LONDON
from cara.demo import working_hours

MOMENTS = st.integers(0, 600_000).map(lambda minutes: datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minutes))


@given(st.randoms(use_true_random=False), MOMENTS, st.integers(10, 40))
def test_what_comes_before_a_distant_end_is_on_a_working_day_in_working_hours(rng, after, days):
    found = working_hours.before(rng, after, after + timedelta(days))
    there = found.astimezone(LONDON)
    assert after < found < after + timedelta(days)
    assert is_working_day(there.date())
    assert 8 <= there.hour < 18


@given(st.randoms(use_true_random=False), MOMENTS, st.integers(1, 5000))
def test_what_comes_before_a_near_end_still_comes_between(rng, after, minutes):
    assert (
        after
        < working_hours.before(rng, after, after + timedelta(minutes=minutes))
        < after + timedelta(minutes=minutes)
    )
