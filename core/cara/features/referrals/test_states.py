"""The states of a referral: derived alike in Python and in SQL, and every transition leads somewhere that exists."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select
from sqlalchemy.pool import StaticPool

from cara.errors import NotNow
from cara.features.referrals.models import Referral
from cara.features.referrals.states import (
    IN_COURSE,
    LABELS,
    OVER,
    STATES,
    TRANSITIONS,
    in_state,
    open_to,
    state_column,
    state_of,
    transition,
)
from cara.features.referrals.timeline import NEXT, WORDS
from cara.platform.access.policy import pairs

COLUMNS = [column for _state, column in STATES if column]
THEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def case(**times: datetime) -> SimpleNamespace:
    return SimpleNamespace(**(dict.fromkeys(COLUMNS) | times))


@settings(deadline=None)  # each example makes a table
@given(st.sets(st.sampled_from(COLUMNS)))
def test_python_and_sql_agree_on_the_state(given_times: set[str]) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    table = Referral.__table__  # type: ignore[attr-defined]
    with engine.begin() as connection:
        table.create(connection)
        row = {column.name: "" for column in table.columns if not column.nullable}
        row |= {
            "id": 1, "version": 1, "category_corrected": False, "victim_overridden": False, "authorisation_needed": False,
            "offence_date": THEN.date(), "caution_date": THEN.date(), "complete_by": THEN.date(), "conditions": [], "needs": [],
            "created_at": THEN,
        }  # fmt: skip
        connection.execute(insert(table), row | dict.fromkeys(given_times, THEN))
        listed = connection.scalar(select(state_column()))
        found = [state for state in LABELS if connection.execute(select(table.c.id).where(in_state(state))).first()]
    engine.dispose()
    assert found == [listed] == [state_of(case(**dict.fromkeys(given_times, THEN)))]


def test_every_transition_joins_states_that_exist() -> None:
    for one in TRANSITIONS:
        assert {*one.sources, one.to} <= LABELS.keys()
        assert one.verb in WORDS, "the timeline has no words for it"
        assert (one.resource, one.may) in pairs(), "nobody may ever do it"


def test_every_state_says_what_is_next_to_those_who_see_it() -> None:
    for state in LABELS:
        assert NEXT.get((state, "force")), state
        if state not in ("awaiting_authorisation", "declined"):
            assert NEXT.get((state, "provider")), state


def test_what_cannot_be_done_now_is_refused_in_words() -> None:
    accepted = case(referred_at=THEN, accepted_at=THEN)
    with pytest.raises(NotNow, match="Accepted"):
        transition("withdraw", accepted)
    assert {one.resource for one in open_to("provider", accepted)} == {
        "place",
        "register",
        "telephone",
        "breach",
        "course",
    }
    assert {one.action for one in open_to("provider", case(referred_at=THEN))} == {"accept", "return", "ask"}


def test_a_case_that_came_back_can_be_closed_or_started_again() -> None:
    for column in ("returned_at", "declined_at"):
        assert {one.action for one in open_to("force", case(**{column: THEN}))} == {"withdraw", "amend"}


def test_a_case_is_before_the_course_in_it_or_over() -> None:
    before = {"awaiting_authorisation", "referred", "information_requested"}
    parts = [before, set(IN_COURSE), {"completed"}, set(OVER)]
    assert set().union(*parts) == LABELS.keys()
    assert sum(map(len, parts)) == len(LABELS)


def test_nothing_leads_out_of_an_end() -> None:
    ends = {"completed", "breached", "closed", "superseded", "withdrawn"}
    assert not [one for one in TRANSITIONS if ends & set(one.sources)]
