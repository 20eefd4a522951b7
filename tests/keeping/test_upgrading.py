"""An installation of before: what was sealed and exported then still verifies, and from now on a change by hand is found."""

import hashlib
import shutil
import uuid
from datetime import UTC, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from cara import clock
from cara.errors import Misconfigured
from cara.operations.backup import key_archive
from cara.platform.bootstrap import open_store, upgrade
from cara.platform.crypto.keyring import installation_secret
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database import schema
from cara.platform.database.engine import Use
from cara.platform.ledger.seals import FIRST, Root, chain, seal
from cara.platform.ledger.verifier import verify
from cara.platform.ledger.writer import Act, digest
from cara.platform.unit_of_work import operator, work_as
from cara.settings import LOGINS, Settings
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
        name = f"of_before_{uuid.uuid4().hex[:12]}"
        server._run(f"create database {name} owner cara_owner")
        settings = Settings(
            home=home, database_url=server._url("cara_test", name), pool_size=2,
            database_owner_url=server._url("cara_owner", name),
            **{f"{login}_database_url": server._url(f"cara_test_{login}", name) for login in LOGINS},
        )  # fmt: skip
        admin = create_engine(server._url("postgres", name))
    owner = schema.owner_engine(settings.database_owner_url or settings.url)
    config = schema.configuration()
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        if connection.dialect.name == "postgresql":
            connection.execute(text("grant select on alembic_version to cara_application"))
    owner.dispose()
    installation_secret(settings.key_folder)  # every version has one
    yield settings, admin
    admin.dispose()
    if request.param == "postgresql":
        server._run(f"drop database {name} with (force)")


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


def verdict(settings: Settings, *roots: Root, keys: LedgerKeys | None = None) -> Any:
    store = open_store(settings, "ledger")
    with work_as(store, operator(), "ledger", "verify", use=Use.VERIFYING) as w:
        found = verify(w.session, roots, keys=keys or LedgerKeys(settings.key_folder))
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


def forge_untagged(admin: Any) -> None:
    """Put another past in the ledger's place, as before there were secrets: plain digests, and a seal without a tag."""
    tables = sa.MetaData()
    tables.reflect(admin, only=("ledger_entry", "ledger_seal", "ledger_sealed"))
    entry, seals, covered = (tables.tables[name] for name in ("ledger_entry", "ledger_seal", "ledger_sealed"))
    with admin.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("set session_replication_role = replica"))
        else:
            for table in (entry, seals, covered):
                for verb in ("update", "delete", "replace"):
                    connection.execute(text(f"drop trigger {table.name}_no_{verb}"))
        rows = [dict(row) for row in connection.execute(sa.select(entry).order_by(entry.c.id)).mappings()]
        for row in rows:
            row["verb"] = "test.forged"
            row["digest"] = digest(row | {"at": row["at"].replace(tzinfo=UTC)})
        for table in (entry, seals, covered):
            connection.execute(sa.delete(table))
        connection.execute(sa.insert(entry), rows)
        at = clock.now()
        root = chain(FIRST, [row["digest"] for row in rows], len(rows), at)
        made = {"id": 1, "at": at.replace(tzinfo=None), "last_entry": rows[-1]["id"], "count": len(rows), "root": root}
        connection.execute(sa.insert(seals), made | {"tag": ""})


@pytest.mark.parametrize("populated", [True, False], ids=["upgraded", "new"])
def test_a_past_of_seals_without_a_tag_is_found_out(old, populated):
    settings, admin = old
    if populated:
        fill(admin)
    assert upgrade(settings)
    store = open_store(settings)
    for _number in range(3):
        with work_as(store, operator(), "account", "try") as w:
            w.record("test.more", Act.ACCESS)
    store.engine.dispose()
    assert verdict(settings).faults == []
    forge_untagged(admin)
    assert len(verdict(settings).faults) == 1
    assert "does not know the seals without a tag" in verdict(settings).faults[0]


def test_the_end_of_seals_without_a_tag_is_in_the_key_backup(old, tmp_path):
    settings, admin = old
    fill(admin)
    upgrade(settings)
    assert verdict(settings).faults == []
    key_archive.write(settings.key_folder, tmp_path / "backup", b"a passphrase of this test")
    key_archive.restore(tmp_path / "backup", tmp_path / "again", b"a passphrase of this test")
    assert verdict(settings, keys=LedgerKeys(tmp_path / "again")).faults == []


def test_an_upgrade_that_ends_in_the_middle_leaves_all_as_it_was(old, monkeypatch):
    """The tables and the first digests come together: else every case would seem to have been put in by hand."""
    settings, admin = old
    fill(admin)

    def ended(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cara.platform.bootstrap.baseline", ended)
        with pytest.raises(KeyboardInterrupt):
            upgrade(settings)
    with admin.connect() as connection:
        assert not sa.inspect(connection).has_table("case_digest")
    assert upgrade(settings)
    assert verdict(settings).faults == []


def test_an_upgrade_that_ends_before_its_note_is_settled_is_finished_later(old, monkeypatch):
    settings, admin = old
    fill(admin)

    def ended(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cara.platform.ledger.untagged_seals.settle", ended)
        with pytest.raises(KeyboardInterrupt):
            upgrade(settings)
    assert not upgrade(settings)
    assert verdict(settings).faults == []


@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_an_upgrade_without_the_keys_is_refused_and_says_what_to_do(old, there):
    settings, admin = old
    fill(admin)
    shutil.rmtree(settings.key_folder)
    if there:
        settings.key_folder.mkdir(mode=0o700)
    with pytest.raises(Misconfigured, match=r"set CARA_KEYS to it.*Nothing was changed"):
        upgrade(settings)
    with admin.connect() as connection:
        assert not sa.inspect(connection).has_table("case_digest")
    installation_secret(settings.key_folder)
    assert upgrade(settings)


def test_a_past_from_before_the_secrets_is_not_upgraded_a_second_time(old):
    """Else whoever holds the database puts it back to the old schema, and writes what they like."""
    settings, admin = old
    fill(admin)
    keys = LedgerKeys(settings.key_folder)
    assert keys.current  # this installation has written by its secrets
    with pytest.raises(Misconfigured, match="a ledger from before them"):
        upgrade(settings)
    with admin.connect() as connection:
        assert not sa.inspect(connection).has_table("case_digest")


def test_an_upgrade_that_may_make_no_roles_says_what_to_run(old):
    settings, admin = old
    if settings.sqlite:
        return
    from cara.platform.database import postgresql_roles

    with admin.connect() as connection:
        connection.execute(text("create role told_nothing login"))
        connection.execute(text("alter role cara_backup rename to told_backup"))
        connection.execute(text("set session authorization told_nothing"))
        with pytest.raises(Misconfigured, match="create role cara_backup nologin nobypassrls"):
            postgresql_roles.make(connection)
        connection.rollback()
