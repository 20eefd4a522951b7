"""Granting and ending, and what the core is told."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import BadInput, NotFound, NotNow
from cara.platform.access.models import Organisation
from cara.platform.database.engine import Store, Use
from cara.platform.ledger.models import LedgerEntry
from cara.platform.plugins import load_forces
from cara.platform.unit_of_work import operator, work_as
from sqlmodel import Session, select

from cara_licensing import actions, queries
from cara_licensing.plugin import clearance

APRIL, MARCH = date(2026, 4, 1), date(2027, 3, 31)


def grant(
    store: Store, provider: str = "steps_example", force: str = "kent", starts: date = APRIL, until: date | None = MARCH,
    reference: str = "SYN-1",
) -> int:  # fmt: skip
    with work_as(store, operator("licensing"), "licence", "grant") as w:
        return actions.grant(w, provider, force, starts, until, reference)


def end(store: Store, licence: int) -> None:
    with work_as(store, operator("licensing"), "licence", "end") as w:
        actions.end(w, licence)


def cleared(store: Store, on: date, provider: str = "steps_example", force: str = "kent") -> bool:
    """As the core asks: through the facade, in a unit of work."""
    forces = load_forces(only={"licensing"})
    with work_as(store, operator(), "licence", "list") as w:
        return forces.clearance(force, provider, on, w.session).cleared


def faults(error: pytest.ExceptionInfo[BadInput]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_a_licence_clears_its_provider_in_its_force_on_its_days(store: Store) -> None:
    grant(store)
    assert [cleared(store, day) for day in (APRIL - timedelta(1), APRIL, MARCH, MARCH + timedelta(1))] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not cleared(store, APRIL, provider="paths_example")
    assert not cleared(store, APRIL, force="surrey")
    assert not cleared(store, APRIL, force="nowhere")


def test_clearance_tells_which_licence_and_until_when(store: Store) -> None:
    grant(store)
    with work_as(store, operator(), "licence", "list") as w:
        yes = clearance(force="kent", on=MARCH, session=w.session)
        no = clearance(force="kent", on=MARCH + timedelta(1), session=w.session)
    assert yes
    assert no
    yes, no = yes["steps_example"], no["steps_example"]
    assert (yes.reference, "31 March 2027" in yes.reason) == ("SYN-1", True)
    assert (no.cleared, "1 April 2027" in no.reason) == (False, True)


def test_without_a_register_to_look_in_there_is_no_answer(store: Store) -> None:
    grant(store)
    assert clearance(force="kent", on=APRIL, session=None) is None
    assert not load_forces(only={"licensing"}).clearance("kent", "steps_example", APRIL).cleared
    assert not load_forces(only={"licensing"}).clearance("kent", "steps_example", APRIL, object()).cleared


def test_the_answer_belongs_to_the_asking_transaction(store: Store) -> None:
    forces = load_forces(only={"licensing"})
    with work_as(store, operator(), "licence", "grant") as w:
        actions.grant(w, "steps_example", "kent", APRIL, None, "SYN-1")
        assert forces.clearance("kent", "steps_example", APRIL, w.session).cleared


def test_an_organisation_that_has_ended_is_not_cleared(store: Store) -> None:
    grant(store, provider="paths_example")
    try:
        with Session(store.engine) as session, session.begin():
            session.get_one(Organisation, "paths_example").ended_at = clock.now()
        assert not cleared(store, APRIL, provider="paths_example")
        with pytest.raises(BadInput) as refused:
            grant(store, provider="paths_example", force="surrey")
        assert faults(refused) == [("provider", "not_a_provider")]
    finally:
        with Session(store.engine) as session, session.begin():
            session.get_one(Organisation, "paths_example").ended_at = None


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"provider": "force_example"}, ("provider", "not_a_provider")),
        ({"provider": "nobody"}, ("provider", "not_a_provider")),
        ({"force": "nowhere"}, ("force", "unknown")),
        ({"until": APRIL - timedelta(1)}, ("until", "order")),
        ({"reference": " "}, ("reference", "length")),
        ({"reference": "x" * 121}, ("reference", "length")),
    ],
)
def test_what_cannot_be_granted(store: Store, given: dict[str, object], found: tuple[str, str]) -> None:
    with pytest.raises(BadInput) as refused:
        grant(store, **given)  # type: ignore[arg-type]
    assert faults(refused) == [found]
    with work_as(store, operator(), "licence", "list") as w:
        assert queries.licences(w.session, APRIL) == []


def test_no_two_licences_for_one_day(store: Store) -> None:
    grant(store)
    for starts, until in ((MARCH, None), (APRIL - timedelta(9), APRIL), (APRIL, MARCH), (date(2020, 1, 1), None)):
        with pytest.raises(BadInput) as refused:
            grant(store, starts=starts, until=until)
        assert faults(refused) == [("starts", "overlap")]
    grant(store, starts=MARCH + timedelta(1), until=None, reference="SYN-2")
    grant(store, provider="paths_example")
    grant(store, force="surrey")


def test_an_ended_licence_makes_room(store: Store) -> None:
    today = clock.today()
    first = grant(store, starts=today - timedelta(30), until=None)
    end(store, first)
    assert not cleared(store, today)
    assert cleared(store, today - timedelta(1))
    grant(store, starts=today, until=None)
    assert cleared(store, today)


def test_nothing_is_ended_twice(store: Store) -> None:
    with pytest.raises(NotFound):
        end(store, 4711)
    licence = grant(store, until=None)
    end(store, licence)
    with pytest.raises(NotNow):
        end(store, licence)
    with pytest.raises(NotNow):
        end(store, grant(store, starts=date(2020, 1, 1), until=date(2020, 12, 31)))


def test_the_ledger_says_who_licensed_whom_but_not_what_was_typed(store: Store) -> None:
    licence = grant(store, reference="CANARY", until=None)
    end(store, licence)
    with work_as(store, operator("test"), "ledger", "look", use=Use.VERIFYING) as w:
        columns: Any = LedgerEntry
        statement = select(LedgerEntry).where(columns.subject_kind == "licence").order_by(columns.id)
        entries = w.session.exec(statement).all()[-2:]
        w.session.expunge_all()
    assert [entry.verb for entry in entries] == ["licence.granted", "licence.ended"]
    for entry in entries:
        assert (entry.actor_id, entry.subject_id) == ("licensing", str(licence))
        assert (entry.force_id, entry.provider_id) == ("kent", "steps_example")
        assert "CANARY" not in entry.model_dump_json()
    assert json.loads(entries[0].codes) == {"starts": "2026-04-01", "until": ""}


def test_lists_go_by_force_then_provider_and_take_one_statement(store: Store) -> None:
    for force in ("surrey", "kent"):
        for provider in ("steps_example", "paths_example"):
            grant(store, provider, force)
    grant(store, "paths_example", "kent", MARCH + timedelta(1), None)
    with work_as(store, operator(), "licence", "list") as w:
        held = queries.licences(w.session, MARCH)
    assert [(one.force, one.provider, one.standing) for one in held] == [
        ("Kent", "Paths Example", "to_come"), ("Kent", "Paths Example", "in_force"), ("Kent", "Steps Example", "running_out"),
        ("Surrey", "Paths Example", "running_out"), ("Surrey", "Steps Example", "running_out"),
    ]  # fmt: skip
