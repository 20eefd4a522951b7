"""Periods run by the calendar, and what falls due today is what a period that ends today began with."""

from datetime import date, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from cara.clock import months_after
from cara.features.retention.periods import CLASSES, LONGEST, SOURCE, before, months_in_force

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(DAYS, st.integers(1, LONGEST))
def test_what_ended_by_then_is_due_and_nothing_later(today: date, months: int) -> None:
    latest = before(today, months)
    assert months_after(latest, months) <= today
    assert months_after(latest + timedelta(1), months) > today


def test_the_newest_period_that_has_begun_counts() -> None:
    day = date(2026, 11, 22)
    rows = [
        SimpleNamespace(id=n, record_class="case", months=n, source=f"Synthetic {n}", starts=day + timedelta(ahead))
        for n, ahead in ((1, -9), (2, 0), (3, 0), (4, 1))
    ]
    assert months_in_force(rows, "case", day) == (3, "Synthetic 3")
    assert months_in_force(rows, "case", day - timedelta(1)) == (1, "Synthetic 1")
    assert months_in_force(rows, "victim", day) == (CLASSES["victim"].months, SOURCE)
