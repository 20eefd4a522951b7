"""States follow from times, transitions from states, and months from the calendar."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.errors import NotNow
from cara.onward.states import LABELS, STATES, TRANSITIONS, months_after, state_of, transition

COLUMNS = [column for _state, column in STATES if column]
ROWS = st.fixed_dictionaries({column: st.none() | st.just(1) for column in COLUMNS}).map(
    lambda given: SimpleNamespace(**given)
)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(ROWS)
def test_every_row_has_one_state_and_what_is_over_stays_over(row: SimpleNamespace) -> None:
    state = state_of(row)
    assert state in LABELS
    if row.withdrawn_at:
        assert state == "withdrawn"
    for one in {each.action for each in TRANSITIONS}:
        if row.withdrawn_at or row.declined_at:
            with pytest.raises(NotNow):
                transition(one, row)


@given(ROWS)
def test_a_service_answers_once(row: SimpleNamespace) -> None:
    """After acceptance it can neither decline nor accept again, and only the provider goes on."""
    row.accepted_at, row.declined_at, row.withdrawn_at = 1, None, None
    possible = {one.action for one in TRANSITIONS if state_of(row) in one.sources}
    assert possible == {"send", "withdraw"}


def test_states_and_labels_are_the_same_and_every_one_is_reached() -> None:
    assert {state for state, _column in STATES} == set(LABELS)
    assert {one.to for one in TRANSITIONS} == set(LABELS)


@given(DAYS, st.integers(1, 24))
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
