"""The sixteen weeks, on every day from 2020 to 2040."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.bank_holidays import bank_holidays
from cara.clock import london_day
from cara.features.referrals.deadlines import accept_by, deadlines

EVERY_DAY = [date(2020, 1, 1) + timedelta(n) for n in range((date(2040, 12, 31) - date(2020, 1, 1)).days + 1)]


def test_every_day_of_twenty_one_years():
    for day in EVERY_DAY:
        found = deadlines(day)
        assert found.complete_by.weekday() == day.weekday()  # whole weeks
        assert found.complete_by.toordinal() - day.toordinal() == 112
        assert [(d - day).days for d in found.last_first_workshop] == [84, 77]
        assert [(d - day).days for d in found.repeat_first_workshop] == [56, 42]
        assert (found.days_left(day), found.days_left(found.complete_by)) == (112, 0)
        # A first workshop on the last day, its second at that gap: in time to the day, and not a day later.
        for first, gap in zip(found.last_first_workshop, (28, 35), strict=True):
            second = first + timedelta(gap)
            assert found.second_workshop_in_time(second)
            assert not found.second_workshop_in_time(second + timedelta(1))
    assert len(EVERY_DAY) == 7671


def test_every_day_a_provider_has_five_working_days():
    for day in EVERY_DAY[:-31]:
        due = accept_by(day)
        assert due.weekday() < 5
        assert due not in bank_holidays(due.year)
        assert 5 <= (due - day).days <= 13  # 5 from a Sunday; 13 over Christmas and the New Year


@pytest.mark.parametrize(
    ("caution", "last"),
    [
        (date(2026, 1, 5), date(2026, 4, 27)),  # over the change to summer time
        (date(2026, 9, 1), date(2026, 12, 22)),  # and back
        (date(2028, 2, 29), date(2028, 6, 20)),
        (date(2027, 12, 1), date(2028, 3, 22)),  # 29 February within
    ],
)
def test_known_dates(caution, last):
    assert deadlines(caution).complete_by == last


def test_the_day_is_londons_on_both_clock_changes():
    # Half past midnight in London on a summer's day is still the day before in UTC.
    assert deadlines(london_day(datetime(2026, 3, 29, 23, 30, tzinfo=UTC))).caution_date == date(2026, 3, 30)
    assert deadlines(london_day(datetime(2026, 10, 25, 23, 30, tzinfo=UTC))).caution_date == date(2026, 10, 25)


def test_easter_lengthens_the_time_to_answer():
    # Thursday before Good Friday 2026; Friday and Monday are holidays
    assert accept_by(date(2026, 4, 2)) == date(2026, 4, 13)
    assert accept_by(date(2026, 4, 2), extra_holidays={date(2026, 4, 8)}) == date(2026, 4, 14)
    assert accept_by(date(2026, 4, 2), removed_holidays={date(2026, 4, 6)}) == date(2026, 4, 10)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 60), st.integers(0, 30), st.integers(0, 300))
def test_other_settings_keep_their_order(day, shortest, spread, room):
    longest = shortest + spread
    found = deadlines(day, limit_days=longest + room, gap_days=(shortest, longest))
    assert day <= found.last_first_workshop[1] <= found.last_first_workshop[0] < found.complete_by
    assert all(r < last for r, last in zip(found.repeat_first_workshop, found.last_first_workshop, strict=True))


@pytest.mark.parametrize(("limit", "gaps"), [(112, (0, 35)), (112, (35, 28)), (30, (28, 35))])
def test_settings_that_leave_no_room_are_refused(limit, gaps):
    with pytest.raises(ValueError, match="Gaps"):
        deadlines(date(2026, 1, 5), limit_days=limit, gap_days=gaps)
