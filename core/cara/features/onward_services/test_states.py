"""States follow from times, and transitions from states."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.errors import NotNow
from cara.features.onward_services.states import LABELS, STATES, TRANSITIONS, state_of, transition

COLUMNS = [column for _state, column in STATES if column]
ROWS = st.fixed_dictionaries({column: st.none() | st.just(1) for column in COLUMNS}).map(
    lambda given: SimpleNamespace(**given)
)


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
