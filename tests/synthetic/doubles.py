"""The same form, sent several times at once: as many threads, one application, and how slow the first of them is."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from cara.operations.app import create_app
from cara.platform.ledger.models import LedgerEntry
from cara.platform.oidc.discovery import Providers
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine, event, select
from sqlmodel import SQLModel

from synthetic import world
from synthetic.browser import Browser, key
from synthetic.databases import Database
from synthetic.deeds import Deed
from synthetic.people import PEOPLE

ANSWERED = "UPDATE idempotency_key"
"""How the statement begins that keeps the answer: all that was asked is done then, and nothing is committed."""


@contextmanager
def running(
    database: Database, pool_size: int, providers: Providers | None = None
) -> Iterator[tuple[Litestar, TestClient[Any]]]:
    """An application of its own with so many connections and threads; a second one is a second process."""
    app = create_app(replace(database.settings(), pool_size=pool_size), forces=world.forces(), providers=providers)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield app, client
    app.state.store.engine.dispose()


@contextmanager
def slow(engine: Engine, seconds: float) -> Iterator[threading.Event]:
    """Let whoever has done what a form asks take so long until the commit. The event is set once somebody does."""
    there = threading.Event()

    def wait(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(ANSWERED):
            there.set()
            time.sleep(seconds)

    event.listen(engine, "before_cursor_execute", wait)
    try:
        yield there
    finally:
        event.remove(engine, "before_cursor_execute", wait)


@contextmanager
def held_up(engine: Engine) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let whoever has done what a form asks wait before the commit: the first event says that they do, the second lets them go on."""
    there, go_on = threading.Event(), threading.Event()

    def wait(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(ANSWERED):
            there.set()
            assert go_on.wait(120)

    event.listen(engine, "before_cursor_execute", wait)
    try:
        yield there, go_on
    finally:
        go_on.set()
        event.remove(engine, "before_cursor_execute", wait)


@dataclass(frozen=True, slots=True)
class Form:
    """A good form: who sends it (nobody: by a link), where, with which fields; `verb` is what the ledger then says once."""

    who: str
    path: str
    fields: Mapping[str, Any]
    verb: str

    def send(self, client: TestClient[Any], given: Mapping[str, str], sent_key: str, **changes: Any) -> httpx.Response:
        """Send it in a browser that has these cookies."""
        browser = Browser(client)
        browser.cookies = dict(given)
        return browser.post(self.path, {**self.fields, "_key": sent_key, **changes})

    def cookies(self, client: TestClient[Any]) -> dict[str, str]:
        """The cookies of whoever sends it, once they have seen a page."""
        browser = Browser(client, PEOPLE[self.who] if self.who else None)
        browser.token()
        return browser.cookies


def at_once(client: TestClient[Any], form: Form, times: int, sent_key: str) -> list[httpx.Response]:
    """Send a form so often at the same moment."""
    cookies, together = form.cookies(client), threading.Barrier(times)

    def send(_number: int) -> httpx.Response:
        together.wait(30)
        return form.send(client, cookies, sent_key)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def deed_at_once(client: TestClient[Any], deed: Deed, times: int, sent_key: str) -> list[httpx.Response]:
    """The same with a deed of the sweeps, which may hold a file."""
    first = Browser(client, PEOPLE[deed.who])
    first.token()
    together = threading.Barrier(times)

    def send(_number: int) -> httpx.Response:
        browser = Browser(client)
        browser.cookies = dict(first.cookies)
        together.wait(30)
        return deed.do(browser, sent_key=sent_key)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def said(engine: Engine) -> Counter[tuple[Any, ...]]:
    """What the ledger says was done, and how often; that a form was repeated or a page read is not
    counted, nor a message: one act may queue two that the ledger tells by the same codes."""
    columns: Any = LedgerEntry
    wanted = select(
        columns.verb, columns.subject_kind, columns.subject_id, columns.codes, columns.shown
    ).where(columns.act != "consultation", columns.verb != "message.queued")  # fmt: skip
    with engine.connect() as connection:
        return Counter(tuple(row) for row in connection.execute(wanted))


def verbs(engine: Engine) -> Counter[str]:
    """How often the ledger says what."""
    columns: Any = LedgerEntry
    with engine.connect() as connection:
        return Counter(connection.scalars(select(columns.verb)))


def keys_kept(engine: Engine) -> int:
    """How many keys are kept."""
    with engine.connect() as connection:
        return len(connection.execute(SQLModel.metadata.tables["idempotency_key"].select()).all())


def fresh_key() -> str:
    """A key as a page would make it."""
    return key()
