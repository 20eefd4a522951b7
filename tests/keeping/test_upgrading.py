"""An installation of before: what was sealed and exported then still verifies, and from now on a change by hand is found."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from cara import clock
from cara.errors import Misconfigured
from cara.installation import open_store, upgrade
from cara.ledger.record import Act, digest
from cara.ledger.seals import FIRST, Root, chain, seal
from cara.ledger.verifying import verify
from cara.settings import LOGINS, Settings
from cara.storage import schema
from cara.storage.engine import Use
from cara.storage.ledger_keys import LedgerKeys
from cara.work import operator, work_as
from sqlalchemy import create_engine, text
from synthetic.cases import CASE_ROWS
from synthetic.databases import ENGINES

BEFORE = "core_0010"


@pytest.fixture(params=ENGINES)
def old(request, tmp_path):
    """Settings of an installation whose schema is of before, and an engine without walls."""
    schema.import_models()
    home = tmp_path / "home"
    if request.param == "sqlite":
        settings = Settings(home=home)
        home.mkdir(mode=0o700)
        admin = schema.owner_engine(settings.url)
    else:
        server = request.getfixturevalue("postgresql")
        server.template("empty", None)  # the cluster's roles
        server._run("drop database if exists of_before with (force)", "create database of_before owner cara_owner")
        settings = Settings(
            home=home, database_url=server._url("cara_test", "of_before"), pool_size=2,
            database_owner_url=server._url("cara_owner", "of_before"),
            **{f"{login}_database_url": server._url(f"cara_test_{login}", "of_before") for login in LOGINS},
        )  # fmt: skip
        admin = create_engine(server._url("postgres", "of_before"))
    owner = schema.owner_engine(settings.database_owner_url or settings.url)
    config = schema.configuration()
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        if connection.dialect.name == "postgresql":
            connection.execute(text("grant select on alembic_version to cara_application"))
    owner.dispose()
    yield settings, admin
    admin.dispose()


def fill(admin: Any) -> Root:
    """Cases and entries as they were written before; the older half is sealed by a range. Gives the root exported then."""
    tables = sa.MetaData()
    tables.reflect(admin, only=("referral", "ledger_entry", "ledger_seal", "browser_session"))
    at = clock.now() - timedelta(days=3)
    made = []
    for number in range(1, 21):
        entry = {
            "at": at + timedelta(minutes=number), "actor_kind": "person", "actor_id": "1", "organisation_id": "", "capacity": "",
            "roles": "", "act": "collection", "verb": "referral.referred", "subject_kind": "referral", "subject_id": "1",
            "force_id": "kent", "provider_id": "", "shown": "[]", "codes": "{}", "reason": "",
        }  # fmt: skip
        made.append({"id": number, **entry, "digest": digest(entry)})
    sealed_at = at + timedelta(hours=1)
    root = chain(FIRST, [one["digest"] for one in made[:10]], 10, sealed_at)
    plain = [row | {"at": row["at"].replace(tzinfo=None)} for row in made]
    with admin.begin() as connection:
        cases = [{name: _bare(value) for name, value in row.items()} for row in CASE_ROWS["referral"]]
        connection.execute(sa.insert(tables.tables["referral"]).inline(), cases)
        connection.execute(sa.insert(tables.tables["ledger_entry"]).inline(), plain)
        seal_row = {"id": 1, "at": sealed_at.replace(tzinfo=None), "last_entry": 10, "count": 10, "root": root}
        connection.execute(sa.insert(tables.tables["ledger_seal"]).inline(), seal_row)
        if connection.dialect.name == "postgresql":
            connection.execute(text("select setval(pg_get_serial_sequence('ledger_entry', 'id'), 20)"))
    return Root(10, root)


def _bare(value: Any) -> Any:
    return value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value


def verdict(settings: Settings, *roots: Root) -> Any:
    store = open_store(settings, "ledger")
    with work_as(store, operator(), "ledger", "verify", use=Use.VERIFYING) as w:
        found = verify(w.session, roots, keys=LedgerKeys(settings.key_folder))
    store.engine.dispose()
    return found


def test_a_populated_installation_of_before(old):
    settings, admin = old
    exported = fill(admin)
    if not settings.sqlite:
        with pytest.raises(Misconfigured, match="cara db upgrade"):
            open_store(settings)
    assert upgrade(settings)
    found = verdict(settings, exported)
    assert (found.faults, found.entries, found.seals, found.unsealed) == ([], 20, 2, 0)
    with admin.connect() as connection:
        salts = connection.execute(text("select salt from referral")).scalars().all()
        count = connection.execute(text("select count(*) from case_digest")).scalar()
    assert len(set(salts)) == len(salts) == count == len(CASE_ROWS["referral"])
    store = open_store(settings)
    with work_as(store, operator(), "account", "try") as w:
        w.record("test.more", Act.ACCESS)
    store.engine.dispose()
    sealing = open_store(settings, "ledger")
    with work_as(sealing, operator(), "ledger", "seal", use=Use.SEALING) as w:
        later = seal(w.session)
    sealing.engine.dispose()
    assert later.count == 21
    assert verdict(settings, exported, later).faults == []
    with admin.begin() as connection:
        connection.execute(
            text("update referral set complete_by = '2031-01-01' where id = (select min(id) from referral)")
        )
    assert [one.split(" ", 2)[2] for one in verdict(settings, exported).faults] == ["was changed by hand"]
    assert hashlib.sha256(b"CARA ledger").hexdigest() == FIRST


def test_an_upgrade_that_may_make_no_roles_says_what_to_run(old):
    settings, admin = old
    if settings.sqlite:
        return
    from cara.storage import roles

    with admin.connect() as connection:
        connection.execute(text("create role told_nothing login"))
        connection.execute(text("alter role cara_backup rename to told_backup"))
        connection.execute(text("set session authorization told_nothing"))
        with pytest.raises(Misconfigured, match="create role cara_backup nologin nobypassrls"):
            roles.make(connection)
        connection.rollback()
