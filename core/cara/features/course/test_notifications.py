"""The hours of reminders, on every day from 2020 to 2040, over both changes of the clock."""

from datetime import UTC, date, timedelta
from itertools import pairwise

from cara.clock import LONDON
from cara.features.course.notifications import REMIND_BEFORE, remind_at

EVERY_DAY = [date(2020, 1, 1) + timedelta(n) for n in range((date(2040, 12, 31) - date(2020, 1, 1)).days + 1)]


def test_every_reminder_goes_three_days_before_at_nine_in_london() -> None:
    summer = 0
    for day in EVERY_DAY:
        due = remind_at(day)
        there = due.astimezone(LONDON)
        assert due.tzinfo is UTC
        assert (there.date(), there.hour, there.minute) == (day - timedelta(3), 9, 0)
        assert due.hour == (8 if there.dst() else 9)
        summer += bool(there.dst())
    assert len(EVERY_DAY) == 7671
    assert 0.56 < summer / len(EVERY_DAY) < 0.61  # 30 or 31 weeks of each year


def test_reminders_keep_the_order_of_workshops_and_a_clock_change_moves_one_day_alone() -> None:
    """A day between two reminders has 24 hours, but on the two days of a year on which the clock changes, 23 and 25."""
    between = [(remind_at(after) - remind_at(day)).total_seconds() / 3600 for day, after in pairwise(EVERY_DAY)]
    assert sorted(set(between)) == [23, 24, 25]
    assert between.count(23) == between.count(25) == 21
    changed = [day for day, hours in zip(EVERY_DAY[1:], between, strict=True) if hours != 24]
    assert {(day - REMIND_BEFORE).weekday() for day in changed} == {6}
