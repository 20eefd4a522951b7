"""The ledger's timer: it keeps no page waiting, waits longer after each failure, and takes up a login that came late."""

import asyncio
import shlex
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cara import clock
from cara.operations import jobs, ledger_seal_loop
from cara.platform.access.models import KeptTyping
from cara.platform.crypto.keyring import Keyring
from cara.platform.database import postgresql_roles
from cara.platform.database.engine import Use
from cara.platform.ledger.verifier import verify
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import insert, text
from synthetic.people import PEOPLE

ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def command(script: str) -> str:
    return shlex.join([sys.executable, "-c", script])


def failing(attempts: Path) -> str:
    """A command that fails, and says in a file that it was run."""
    return command(f"open({str(attempts)!r}, 'a').write('x'); raise SystemExit(1)")


async def until(there: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not there():
            await asyncio.sleep(0.05)


def test_a_slow_export_keeps_no_page_waiting(database, monkeypatch, tmp_path):
    monkeypatch.setattr(ledger_seal_loop, "SEAL_EVERY", 0.05)
    done = tmp_path / "done"
    slow = command(f"import time; time.sleep(1.5); open({str(done)!r}, 'w').close()")
    store, settings = database.store(), database.settings(root_command=slow)

    async def run() -> float:
        longest, before = 0.0, 0.0
        async with ledger_seal_loop.keep_sealing(settings, store):
            before = time.monotonic()

            def waited() -> bool:
                nonlocal longest, before
                longest, before = max(longest, time.monotonic() - before), time.monotonic()
                return done.exists()

            await until(waited, 30)
        return longest

    assert asyncio.run(run()) < 1.2


def test_an_export_that_fails_is_tried_again_after_longer_and_longer(database, monkeypatch, tmp_path):
    attempts, tried = tmp_path / "attempts", []
    timer = ledger_seal_loop.LedgerTimer(database.settings(root_command=failing(attempts)), database.store())
    begun = clock.now()
    for minute in range(200):
        with clock.at(begun + timedelta(minutes=minute)):
            before = len(attempts.read_text()) if attempts.exists() else 0
            asyncio.run(timer.turn())
            tried += [minute] * (len(attempts.read_text()) - before)
    timer.close()
    assert tried == [0, 2, 6, 14, 30, 62, 122, 182]


def test_a_failing_export_is_not_tried_at_every_turn(database, monkeypatch, tmp_path):
    monkeypatch.setattr(ledger_seal_loop, "SEAL_EVERY", 0.05)
    attempts = tmp_path / "attempts"
    store, settings = database.store(), database.settings(root_command=failing(attempts))

    async def run() -> None:
        async with ledger_seal_loop.keep_sealing(settings, store):
            await until(attempts.exists)
            await asyncio.sleep(1.5)

    asyncio.run(run())
    assert attempts.read_text() == "x"


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A job's login that has no rights until this has something in it."""
    granted: list[bool] = []
    has_role = postgresql_roles.has_role
    monkeypatch.setattr(postgresql_roles, "has_role", lambda *given: bool(granted) and has_role(*given))
    return granted


@ON_POSTGRESQL
def test_a_login_for_sealing_that_comes_late_is_taken_up(database, monkeypatch, late):
    monkeypatch.setattr(ledger_seal_loop, "SEAL_EVERY", 0.05)
    store = database.store()

    def unsealed() -> int:
        with work_as(database.store("ledger"), operator(), "ledger", "verify", use=Use.VERIFYING) as w:
            return verify(w.session, keys=database.ledger_keys).unsealed

    async def run() -> None:
        async with ledger_seal_loop.keep_sealing(database.settings(), store):
            with work_as(store, operator(), "account", "try") as w:
                w.record("test.more", Act.ACCESS)
            await asyncio.sleep(0.3)
            assert unsealed() > 0
            late.append(True)
            await until(lambda: unsealed() == 0)

    asyncio.run(run())


@ON_POSTGRESQL
def test_a_login_for_deleting_that_comes_late_is_taken_up(database, monkeypatch, late):
    for name, value in {"FIRST": 0, "EVERY": 0.05, "jobs": lambda _keys: (), "FORCES": {}}.items():
        monkeypatch.setattr(jobs, name, value)
    store, admin = database.store(), database.admin()
    old = clock.now() - timedelta(days=400)
    with admin.begin() as connection:
        row = {
            "token_hash": "x",
            "person_id": PEOPLE["kent_police.referring_officer"].number,
            "sealed": b"x",
            "at": old,
        }
        connection.execute(insert(KeptTyping), row)

    def left() -> int:
        with admin.connect() as connection:
            return connection.execute(text("select count(*) from kept_typing where token_hash = 'x'")).scalar_one()

    async def run() -> None:
        async with jobs.keep_time(database.settings(), store, Keyring(database.settings().key_folder)):
            await asyncio.sleep(0.3)
            assert left() == 1
            late.append(True)
            await until(lambda: left() == 0)

    asyncio.run(run())
