"""Nothing lost, nothing doubled: a change and its ledger entry together or not at all, one row for one form, no typing wasted."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from cara.platform.ledger.models import LedgerEntry
from litestar.testing import TestClient
from sqlalchemy import Engine, event, func, select, text
from sqlmodel import Session, SQLModel
from synthetic.browser import Browser
from synthetic.deeds import DEEDS, NO_DEED, Deed
from synthetic.people import PEOPLE
from synthetic.routes import routes_of

PASSING = {"browser_session", "ledger_seal", "offence_code"}
"""Tables that say nothing of what was done: when a browser was last seen, seals, which a timer makes, and reference data that
no form touches."""


LEAVES_AN_ENTRY = {"/victims/{reference}/show", "/earlier-answers-seen"}
"""Routes of deeds that are done once their entry stands in the ledger: somebody has looked."""


class Injected(Exception):
    """The fault that a test makes."""


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))
            for name, table in SQLModel.metadata.tables.items()
            if name not in PASSING
        }


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@contextmanager
def failing(engine: Engine, when: str) -> Iterator[list[str]]:
    """Let the ledger's insert, or the commit, fail. Gives what was done before that."""
    done: list[str] = []

    def statement(connection: Any, cursor: Any, sql: str, *rest: Any) -> None:
        done.append(sql)
        if when == "entry" and sql.startswith("INSERT INTO ledger_entry"):
            raise Injected

    def commit(connection: Any) -> None:
        if when == "commit" and any(sql.startswith("INSERT INTO ledger_entry") for sql in done):
            raise Injected

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield done
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


def test_every_form_has_its_deed(app):
    forms = {route.path for route in routes_of(app) if route.method == "POST"}
    assert forms == {deed.route for deed in DEEDS} | set(NO_DEED)


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Calling it makes every unit of work from now on leave nothing behind."""

    def undo(session: Session) -> None:
        session.flush()
        session.expunge_all()
        session.rollback()

    return lambda: monkeypatch.setattr(Session, "commit", undo)


def test_change_and_entry_commit_together_or_not_at_all(app, client, database, record_count):
    """The ledger fails, then the commit: nothing is left of either. What is sent again then goes through."""
    admin, engine = database.admin(), app.state.store.engine
    before = contents(admin)
    wrong: list[Any] = []
    tried = 0
    for deed in DEEDS:
        browser = Browser(client, PEOPLE[deed.who])
        browser.token()
        for when in ("entry", "commit"):
            with failing(engine, when) as done:
                answer = deed.do(browser)
            tried += 1
            if not any(sql.startswith("INSERT INTO ledger_entry") for sql in done):
                wrong.append((str(deed), "never came to the ledger", answer.status_code))
            if answer.status_code < 500:
                wrong.append((str(deed), when, "was told that it worked", answer.status_code))
            wrong += [(str(deed), when, "left something behind", t) for t in changed(before, contents(admin))]
    record_count("faults between change and ledger entry", tried, wrong)


@pytest.mark.parametrize("deed", DEEDS, ids=str)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_deed_is_done_once(deed: Deed, client: TestClient, database: Any, record_count: Any) -> None:
    """It works, with its entry; the same again leads to the same place and does nothing; the key with another body is refused."""
    once_only(deed, client, database, record_count)


@pytest.mark.full
@pytest.mark.parametrize("deed", DEEDS, ids=str)
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_each_deed_is_done_once_there_too(deed: Deed, client: TestClient, database: Any, record_count: Any) -> None:
    once_only(deed, client, database, record_count)


def once_only(deed: Deed, client: TestClient, database: Any, record_count: Any) -> None:
    admin = database.admin()
    browser = Browser(client, PEOPLE[deed.who])
    browser.token()
    before, entries, sent = contents(admin), count(admin), secrets.token_urlsafe(24)
    first = deed.do(browser, sent_key=sent)
    assert first.status_code == deed.status, (first.status_code, first.text[:2000])
    after = contents(admin)
    expected = {"idempotency_key"} if deed.route in LEAVES_AN_ENTRY else {"idempotency_key", "ledger_entry"}
    assert changed(before, after) - expected, "nothing was changed"
    assert count(admin) > entries
    again = deed.do(browser, sent_key=sent)
    other = (
        deed.do(browser, sent_key=sent, _version="2") if not deed.file else deed_of_another_file(deed, browser, sent)
    )
    wrong = []
    if deed.status == 303 and (again.status_code, again.headers.get("location")) != (303, first.headers["location"]):
        wrong.append((str(deed), "sent twice", again.status_code, again.headers.get("location")))
    if other.status_code != 422:
        wrong.append((str(deed), "same key, other body", other.status_code))
    wrong += [(str(deed), "done twice", table) for table in changed(after, contents(admin)) - {"ledger_entry"}]
    record_count("forms sent twice, and keys used twice", 2, wrong)


def deed_of_another_file(deed: Deed, browser: Browser, sent: str) -> Any:
    from dataclasses import replace

    return replace(deed, file=deed.file + b"x").do(browser, sent_key=sent)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(LedgerEntry)).scalar_one()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_page_waits_for_another_page_of_the_same_person(client, database):
    """One that is long under way holds the row of their session: what it says of when they were last seen is as good."""
    officer = Browser(client, PEOPLE["kent_police.referring_officer"])
    officer.get("/account")
    admin = database.admin()
    with admin.begin() as connection:
        connection.execute(text("update browser_session set seen_at = seen_at - interval '10 minutes'"))
    with admin.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("select token_hash from browser_session for update"))
        page = pool.submit(officer.get, "/account")
        try:
            assert page.result(timeout=5).status_code == 200
        finally:
            other.rollback()
    seen = "select max(seen_at) from browser_session where person_id = :id"
    with admin.connect() as connection:
        before = connection.scalar(text(seen), {"id": officer.somebody.number})
    officer.get("/account")
    with admin.connect() as connection:
        assert connection.scalar(text(seen), {"id": officer.somebody.number}) > before


def test_a_form_without_a_key_or_with_a_strange_one_is_refused(client, database, record_count):
    admin = database.admin()
    before, wrong, tried = contents(admin), [], 0
    for deed in DEEDS:
        browser = Browser(client, PEOPLE[deed.who])
        for bad in ("", "short", "x" * 65, "sp ace-sp ace-sp ace", "né" * 10):
            tried += 1
            answer = deed.do(browser, _key=bad)
            if answer.status_code != 422:
                wrong.append((str(deed), bad, answer.status_code))
    wrong += [("changed", t) for t in changed(before, contents(admin)) - {"ledger_entry"}]
    record_count("forms with no key or a bad one", tried, wrong)


def test_somebody_else_s_key_is_their_own(as_person, database):
    sent = secrets.token_urlsafe(24)
    first = as_person("kent_police.referring_officer").post("/drafts", {"_key": sent})
    second = as_person("kent_police.supervisor").post("/drafts", {"_key": sent})
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] != second.headers["location"]
