"""Bank holidays and working days in England and Wales."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cara.bank_holidays import add_working_days, bank_holidays, is_working_day

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 1))


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 5, 8),  # the early May holiday moved to VE Day
        date(2021, 12, 27),  # Christmas Day 2021 fell on a Saturday
        date(2021, 12, 28),
        date(2022, 6, 3),  # Platinum Jubilee
        date(2022, 9, 19),  # state funeral
        date(2022, 12, 27),  # Christmas Day 2022 fell on a Sunday
        date(2023, 5, 8),  # coronation
        date(2027, 12, 28),
        date(2028, 1, 3),
    ],
)
def test_official_and_substitute_days(day):
    assert day in bank_holidays(day.year)
    assert not is_working_day(day)


def test_the_moved_may_holiday_is_a_working_day():
    assert is_working_day(date(2020, 5, 4))


def test_scottish_and_irish_holidays_are_not_ours():
    assert is_working_day(date(2026, 1, 2))
    assert is_working_day(date(2026, 3, 17))


def test_five_working_days_over_christmas_and_new_year():
    # Tue 22 Dec 2026 → 23, 24, 29, 30, 31 December: 25 is Christmas, 28 stands in for Boxing Day
    assert add_working_days(date(2026, 12, 22), 5) == date(2026, 12, 31)


def test_days_proclaimed_later_and_days_taken_back_are_data():
    friday = date(2031, 6, 6)
    assert is_working_day(friday)
    assert not is_working_day(friday, extra={friday})
    assert add_working_days(date(2031, 6, 5), 1, extra={friday}) == date(2031, 6, 9)
    monday = date(2031, 5, 5)
    assert is_working_day(monday, removed={monday})


@pytest.mark.parametrize("year", range(2020, 2041))
def test_every_year_has_at_least_eight_on_weekdays(year):
    weekdays = [day for day in bank_holidays(year) if day.weekday() < 5]
    # New Year's Day of 2022 and the like has its substitute in the same year, so no year falls short
    assert len(weekdays) >= 8


@settings(deadline=None)  # the first day loads the library
@given(DAYS, st.integers(0, 30))
def test_adding_working_days(day, count):
    end = add_working_days(day, count)
    between = [day + timedelta(n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(d) for d in between) == count
    assert count == 0 or is_working_day(end)


def test_counting_back_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        add_working_days(date(2026, 1, 1), -1)
