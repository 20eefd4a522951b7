"""An installation of 0.1.0, with cases in every force, is upgraded: nothing is lost and everybody goes on."""

from collections.abc import Iterator

import pytest
from cara.operations.app import create_app
from cara.platform.bootstrap import upgrade
from cara.platform.database.engine import Use
from cara.platform.ledger.seals import Root
from cara.platform.ledger.verifier import Verdict, verify
from cara.platform.unit_of_work import operator, work_as
from litestar.testing import TestClient
from sqlalchemy import func, inspect, select, table, text
from synthetic import past_versions, world
from synthetic.browser import Browser
from synthetic.cases import CASES, DRAFTS
from synthetic.databases import Database
from synthetic.people import PEOPLE

GONE = {"sent_form", "sign_in_attempt", "kept_typing"}
"""Tables of which an upgrade may drop rows: forms on their way, and people who were signing in."""


@pytest.fixture
def upgraded(bare_database: Database) -> tuple[Database, dict[str, int], Root]:
    """A database of 0.1.0 brought to this version, its rows then, and a root that was exported then."""
    rows, (count, root) = past_versions.make_0_1_0(bare_database)
    assert upgrade(bare_database.settings())
    assert not upgrade(bare_database.settings()), "a second upgrade has nothing to do"
    return bare_database, rows, Root(count, root)


def _counts(database: Database, names: set[str]) -> dict[str, int]:
    with database.admin().connect() as connection:
        there = set(inspect(connection).get_table_names())
        return {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in names & there
        }


def _verified(database: Database, root: Root) -> Verdict:
    with work_as(database.store("ledger"), operator("test"), "ledger", "verify", use=Use.VERIFYING) as w:
        return verify(w.session, [root], keys=database.ledger_keys)


def test_no_row_of_0_1_0_is_lost(upgraded, record_count):
    database, before, _root = upgraded
    kept = {name: count for name, count in before.items() if name not in GONE}
    after = _counts(database, set(kept))
    lost = [
        f"{name}: {count} rows before, {after.get(name)} after"
        for name, count in kept.items()
        if after.get(name, 0) < count
    ]
    record_count("rows of 0.1.0 after an upgrade", sum(kept.values()), lost)


def test_the_ledger_of_0_1_0_still_verifies_against_a_root_exported_then(upgraded):
    database, _rows, root = upgraded
    verdict = _verified(database, root)
    assert verdict.faults == []
    assert verdict.entries >= past_versions.ENTRIES


def test_a_change_of_an_old_entry_is_still_found(upgraded):
    database, _rows, root = upgraded
    with database.admin().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("set session_replication_role = replica"))
        else:
            connection.execute(text("drop trigger ledger_entry_no_update"))
        connection.execute(text("update ledger_entry set verb = 'referral.listed' where id = 5"))
    assert _verified(database, root).faults


def test_everybody_of_0_1_0_goes_on(upgraded, record_count):
    """Whoever was signed in is so still, and opens their cases, drafts and lists."""
    database, _rows, _root = upgraded
    app = create_app(database.settings(), forces=world.forces())
    tried, faults = 0, []
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        for key, path in _visits():
            answer = Browser(client, PEOPLE[key]).get(path)
            tried += 1
            if answer.status_code != 200 and (
                path != "/home" or "sign-in" in answer.headers.get("location", "sign-in")
            ):
                faults.append(f"{key} at {path.rpartition('/')[0]}: {answer.status_code}")
    app.state.store.engine.dispose()
    record_count("pages of people of 0.1.0 after an upgrade", tried, faults)


def _visits() -> Iterator[tuple[str, str]]:
    for draft in DRAFTS:
        yield f"{draft.force}_police.referring_officer", f"/drafts/{draft.reference}"
    for case in CASES:
        yield f"{case.force}_police.supervisor", f"/cases/{case.reference}"
        if case.open_to:
            key = f"{case.provider}.coordinator"
            yield key if key in PEOPLE else f"{case.provider}.provider.coordinator", f"/cases/{case.reference}"
    for person in PEOPLE:
        yield person, "/home"
