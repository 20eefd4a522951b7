"""The ledger holds: what was written stays, sealing never stops anybody's work, and what does not fit is said."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cara import clock
from cara.errors import Misconfigured, WallBreached
from cara.platform.database.engine import Use
from cara.platform.ledger.seals import seal
from cara.platform.ledger.verifier import BLIND, Verdict, verify
from cara.platform.ledger.writer import Act, append
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

ON_POSTGRESQL = pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
TABLES = ("ledger_entry", "ledger_seal", "ledger_sealed", "case_digest")
ON_SQLITE = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture
def store(empty_database):
    with empty_database.writing() as session:
        for number in range(5):
            append(session, at=clock.now(), actor=("operator", "t", "", "", ""), act=Act.ACCESS, verb=f"test.{number}")
    return empty_database.store()


def sealed(database: Any, *, whole: bool = True) -> Any:
    with work_as(database.store("ledger"), operator(), "ledger", "seal", use=Use.SEALING) as w:
        return seal(w.session, whole=whole)


def verified(database: Any) -> Verdict:
    with work_as(database.store("ledger"), operator(), "ledger", "verify", use=Use.VERIFYING) as w:
        return verify(w.session, keys=database.ledger_keys)


def whole(**counts: int) -> Verdict:
    return Verdict(**counts, unseen=[BLIND])


def tamper(database: Any, statement: str) -> None:
    """Change what is append-only, as somebody who holds the machine can."""
    with database.admin().begin() as connection:
        if database.kind == "sqlite":
            for table in TABLES:
                for verb in ("update", "delete", "replace"):
                    connection.execute(text(f"drop trigger if exists {table}_no_{verb}"))
        else:
            for table in TABLES:
                connection.execute(text(f"alter table {table} disable trigger all"))
        connection.execute(text(statement))


@ON_POSTGRESQL
def test_a_seal_covers_what_is_committed_and_waits_for_nobody(empty_database, store):
    """A transaction that began before, has its number and ends later is covered by a later seal, though its number is lower."""
    with work_as(store, operator(), "account", "long") as long:
        long.record("test.long", Act.ACCESS)
        with work_as(store, operator(), "account", "short") as short:
            short.record("test.short", Act.ACCESS)
        assert sealed(empty_database).count == 6
    assert sealed(empty_database).count == 7
    assert verified(empty_database) == whole(entries=7, seals=2)


@ON_POSTGRESQL
def test_twenty_four_writers_on_a_pool_of_eight_and_each_seal_succeeds(empty_database, store, record_count):
    """Before, a seal took a lock that every writer shared, and under load it never came to its turn: 0 of 6."""
    enough, together = threading.Event(), threading.Barrier(25)
    busy = empty_database.store(pool_size=8)
    busy.engine.pool._timeout = 30
    written = []

    def write() -> int:
        together.wait(30)
        done = 0
        while not enough.is_set():
            with work_as(busy, operator(), "account", "busy") as w:
                w.record("test.busy", Act.ACCESS)
                w.session.execute(text("select pg_sleep(0.02)"))  # a writer is open nearly all the time
            done += 1
        return done

    with ThreadPoolExecutor(24) as pool:
        writers = [pool.submit(write) for _ in range(24)]
        together.wait(30)
        failed, counts = [], [0]
        try:
            for number in range(6):
                time.sleep(0.3)
                try:
                    counts.append(sealed(empty_database, whole=False).count)
                except Exception as error:
                    failed.append((number, type(error).__name__))
        finally:
            enough.set()
        written = [done.result(60) for done in writers]
    record_count("seals among 24 writers on a pool of 8", 6, failed)
    assert counts == sorted(set(counts))
    assert sealed(empty_database).count == 5 + sum(written)
    assert verified(empty_database) == whole(entries=5 + sum(written), seals=verified(empty_database).seals)


@ON_POSTGRESQL
def test_an_open_write_in_another_database_holds_no_seal_back(empty_database, store, postgresql):
    other = create_engine(postgresql._url("postgres", "postgres"))
    with other.connect() as connection:
        connection.execute(text("create temporary table open_write (x int)"))
        assert sealed(empty_database).count == 5
    other.dispose()
    assert verified(empty_database) == whole(entries=5, seals=1)


@ON_POSTGRESQL
def test_two_that_seal_at_once_take_turns(empty_database, store):
    together, sealing = threading.Barrier(2), empty_database.store("ledger")

    def one() -> int:
        with work_as(sealing, operator(), "ledger", "seal", use=Use.SEALING) as w:
            together.wait(10)  # both have begun
            return seal(w.session).count

    with ThreadPoolExecutor(2) as pool:
        assert [done.result(30) for done in [pool.submit(one), pool.submit(one)]] == [5, 5]
    assert verified(empty_database) == whole(entries=5, seals=1)


@ON_POSTGRESQL
def test_whoever_does_not_see_every_entry_neither_seals_nor_verifies(empty_database, store):
    with (
        pytest.raises(Misconfigured, match="does not see all"),
        work_as(store, operator(), "ledger", "seal", use=Use.SEALING) as w,
    ):
        seal(w.session)
    with (
        pytest.raises(Misconfigured, match="does not see all"),
        work_as(store, operator(), "ledger", "x", use=Use.VERIFYING) as w,
    ):
        verify(w.session)


@ON_POSTGRESQL
def test_only_a_session_for_sealing_seals(empty_database, store):
    with pytest.raises(WallBreached), work_as(store, operator(), "ledger", "seal") as w:
        seal(w.session)


def test_what_reads_for_long_keeps_nobody_waiting(empty_database, store):
    with work_as(empty_database.store("ledger"), operator(), "ledger", "verify", use=Use.VERIFYING) as reading:
        assert verify(reading.session).unsealed == 5
        with work_as(store, operator(), "account", "short") as w:
            if store.sqlite:
                w.session.execute(text("pragma busy_timeout = 10"))
            w.record("test.more", Act.ACCESS)
        assert sealed(empty_database).count == 6
        assert verify(reading.session).unsealed == 5  # one moment's view throughout
    assert verified(empty_database) == whole(entries=6, seals=1)


@ON_SQLITE
@pytest.mark.parametrize("pragma", ["on", "off"])
@pytest.mark.parametrize("who", ["application", "owner"])
def test_nothing_is_replaced(store, empty_database, who, pragma):
    sealed(empty_database)
    engine = empty_database.bare() if who == "application" else empty_database.admin()
    for table in ("ledger_entry", "ledger_seal", "ledger_sealed"):
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
    assert verified(empty_database).faults == []


@ON_SQLITE
def test_every_connection_minds_what_replace_removes(store, empty_database):
    for engine in (store.engine, empty_database.admin()):
        with engine.connect() as connection:
            assert connection.execute(text("pragma recursive_triggers")).scalar() == 1


def test_a_seal_s_own_time_is_sealed(store, empty_database):
    sealed(empty_database)
    assert verified(empty_database).faults == []
    tamper(empty_database, "update ledger_seal set at = '2020-01-01 00:00:00.000000'")
    assert verified(empty_database).faults == ["the entries of seal 1 do not hash to it"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("column", "value"),
    [("at", "'garbage'"), ("at", "5"), ("verb", "cast(x'ff' as text)"), ("digest", "x'ff'")],
)
def test_a_row_that_cannot_be_read_is_a_fault(store, empty_database, column, value):
    tamper(empty_database, f"update ledger_entry set {column} = {value} where id = 2")
    verdict = verified(empty_database)
    assert (verdict.faults, verdict.entries) == (["entry 2 cannot be read"], 5)


@ON_SQLITE
def test_a_seal_that_cannot_be_read_is_a_fault(store, empty_database):
    sealed(empty_database)
    tamper(empty_database, "update ledger_seal set at = 'garbage'")
    verdict = verified(empty_database)
    assert (verdict.faults, verdict.unsealed) == (["seal 1 cannot be read"], 0)


def test_the_application_seals_when_it_starts_and_when_it_stops(database):
    from cara.operations.app import create_app
    from litestar.testing import TestClient
    from synthetic import world

    app = create_app(database.settings(), forces=world.forces())
    store = database.store()
    with TestClient(app):
        before = verified(database)
        assert (before.seals, before.unsealed) == (1, 0)
        with work_as(store, operator(), "account", "test") as w:
            w.record("test.more", Act.ACCESS)
    assert (verified(database).seals, verified(database).unsealed) == (2, 0)
