"""The ledger holds: what was written stays, sealing never stops anybody's work, and what does not fit is said."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cara import clock
from cara.errors import Unavailable, WallBreached
from cara.ledger.record import Act, append
from cara.ledger.seals import Verdict, seal, verify
from cara.storage.engine import Use
from cara.work import operator, work_as
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

ON_POSTGRESQL = pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture
def store(empty_database):
    with Session(empty_database.admin()) as session, session.begin():
        for number in range(5):
            append(session, at=clock.now(), actor=("operator", "t", "", "", ""), act=Act.ACCESS, verb=f"test.{number}")
    return empty_database.store()


def sealed(store: Any, wait: int = 0) -> Any:
    with work_as(store, operator(), "ledger", "seal", use=Use.SEALING) as w:
        return seal(w.session, wait=wait)


def verified(store: Any) -> Verdict:
    with work_as(store, operator(), "ledger", "verify", use=Use.READING) as w:
        return verify(w.session)


def tamper(database: Any, statement: str) -> None:
    """Change what is append-only, as somebody who holds the machine can."""
    with database.admin().begin() as connection:
        if database.kind == "sqlite":
            for table in ("ledger_entry", "ledger_seal"):
                for verb in ("update", "delete", "replace"):
                    connection.execute(text(f"drop trigger if exists {table}_no_{verb}"))
        else:
            connection.execute(text("alter table ledger_entry disable trigger all"))
            connection.execute(text("alter table ledger_seal disable trigger all"))
        connection.execute(text(statement))


@ON_POSTGRESQL
def test_a_seal_does_not_wait_for_work_and_nobody_waits_for_it(store):
    with work_as(store, operator(), "account", "long") as long:
        long.record("test.long", Act.ACCESS)
        with pytest.raises(Unavailable):
            sealed(store)
        with work_as(store, operator(), "account", "short") as short:  # as a request that comes meanwhile
            short.session.execute(text("set local lock_timeout = '2s'"))
    assert sealed(store).count == 6


@ON_POSTGRESQL
def test_a_seal_that_waits_gives_up_and_says_what_to_do(store):
    with work_as(store, operator(), "account", "long") as long:
        long.record("test.long", Act.ACCESS)
        with pytest.raises(Unavailable, match="Try again once"):
            sealed(store, wait=1)
    assert sealed(store, wait=1).count == 6


@ON_POSTGRESQL
def test_a_seal_that_waits_comes_to_its_turn_among_writers_without_a_pause(store):
    enough, together = threading.Event(), threading.Barrier(4)

    def write() -> None:
        together.wait(10)
        while not enough.is_set():
            with work_as(store, operator(), "account", "busy") as w:
                w.record("test.busy", Act.ACCESS)

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(3)]
        together.wait(10)
        try:
            assert sealed(store, wait=5).count >= 5
        finally:
            enough.set()
        assert [done.result(30) for done in writers] == [None] * 3


@ON_POSTGRESQL
def test_two_that_seal_at_once_take_turns(store):
    together = threading.Barrier(2)

    def one() -> int:
        with work_as(store, operator(), "ledger", "seal", use=Use.SEALING) as w:
            together.wait(10)  # both have begun
            return seal(w.session, wait=5).count

    with ThreadPoolExecutor(2) as pool:
        assert [done.result(30) for done in [pool.submit(one), pool.submit(one)]] == [5, 5]
    assert verified(store) == Verdict(entries=5, seals=1)


@ON_POSTGRESQL
def test_only_a_session_for_sealing_seals(store):
    with pytest.raises(WallBreached), work_as(store, operator(), "ledger", "seal") as w:
        seal(w.session)


def test_what_reads_for_long_keeps_nobody_waiting(store):
    with work_as(store, operator(), "ledger", "verify", use=Use.READING) as reading:
        assert verify(reading.session).unsealed == 5
        with work_as(store, operator(), "account", "short") as w:
            if store.sqlite:
                w.session.execute(text("pragma busy_timeout = 10"))
            w.record("test.more", Act.ACCESS)
        assert sealed(store).count == 6
        assert verify(reading.session).unsealed == 5  # one moment's view throughout
    assert verified(store) == Verdict(entries=6, seals=1)


@ON_SQLITE
@pytest.mark.parametrize("pragma", ["on", "off"])
@pytest.mark.parametrize("who", ["application", "owner"])
def test_nothing_is_replaced(store, empty_database, who, pragma):
    sealed(store)
    engine = store.engine if who == "application" else empty_database.admin()
    for table in ("ledger_entry", "ledger_seal"):
        with engine.connect() as connection:
            if pragma == "off":
                connection.rollback()
                connection.connection.execute("pragma recursive_triggers = off")
            columns = [row.name for row in connection.execute(text(f"pragma table_info({table})"))]
            same = ", ".join("id" if name == "id" else f"'x' as {name}" for name in columns)
            with pytest.raises(DBAPIError, match="append-only"):
                connection.execute(text(f"insert or replace into {table} select {same} from {table} where id = 1"))
            connection.rollback()
            connection.invalidate()
    assert verified(store).faults == []


@ON_SQLITE
def test_every_connection_minds_what_replace_removes(store, empty_database):
    for engine in (store.engine, empty_database.admin()):
        with engine.connect() as connection:
            assert connection.execute(text("pragma recursive_triggers")).scalar() == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("gone", "said"), [("id = 3", "entry 3 is missing"), ("id < 3", "entries 1 to 2 are missing")], ids=["one", "two"]
)
def test_an_entry_removed_before_any_seal_is_missed(store, empty_database, gone, said):
    tamper(empty_database, f"delete from ledger_entry where {gone}")
    assert verified(store).faults == [said]


def test_a_seal_s_own_time_is_sealed(store, empty_database):
    sealed(store)
    assert verified(store).faults == []
    tamper(empty_database, "update ledger_seal set at = '2020-01-01 00:00:00.000000'")
    assert verified(store).faults == ["entries 1 to 5 do not hash to seal 1"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("column", "value"),
    [("at", "'garbage'"), ("at", "5"), ("verb", "cast(x'ff' as text)"), ("digest", "x'ff'")],
)
def test_a_row_that_cannot_be_read_is_a_fault(store, empty_database, column, value):
    tamper(empty_database, f"update ledger_entry set {column} = {value} where id = 2")
    verdict = verified(store)
    assert (verdict.faults, verdict.entries) == (["entry 2 cannot be read"], 5)


@ON_SQLITE
def test_a_seal_that_cannot_be_read_is_a_fault(store, empty_database):
    sealed(store)
    tamper(empty_database, "update ledger_seal set at = 'garbage'")
    verdict = verified(store)
    assert (verdict.faults, verdict.unsealed) == (["seal 1 cannot be read"], 5)


def test_the_application_seals_when_it_starts_and_when_it_stops(database):
    from cara.app import create_app
    from litestar.testing import TestClient
    from synthetic import world

    app = create_app(database.settings(), forces=world.forces())
    store = database.store()
    with TestClient(app):
        before = verified(store)
        assert (before.seals, before.unsealed) == (1, 0)
        with work_as(store, operator(), "account", "test") as w:
            w.record("test.more", Act.ACCESS)
    assert (verified(store).seals, verified(store).unsealed) == (2, 0)
