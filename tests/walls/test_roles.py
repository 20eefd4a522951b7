"""Who reads what without a scope: nobody as the application, and each job by a login of its own, on both engines."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import Misconfigured, WallBreached
from cara.operations.cli import main
from cara.platform.bootstrap import open_store
from cara.platform.database import postgresql_roles
from cara.platform.database.engine import Use, narrow
from cara.platform.database.row_scope import Scope
from cara.platform.database.table_guards import guarded_tables
from cara.platform.ledger.models import FAMILIES
from cara.platform.ledger.writer import Act, append
from cara.platform.unit_of_work import operator, work_as
from cara.settings import LOGINS
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

OPEN = {
    "case_digest": "keyed hashes of cases, and no word of what is in them",
    "force_arrangement": "what a force's plugin says of the force",
    "funder": "who pays for places",
    "funder_budget": "places and money for a period",
    "group_work_pause": "that groups are held nowhere for a while",
    "idempotency_key": "keyed hashes of forms that were sent, and sealed answers: no person, no record, no address",
    "encompass_agreement": "that a local authority takes part in Operation Encompass",
    "force_contact": "an office’s number or address at which a force is reached",
    "force_decision": "what the Trust and a force's administrator settled about its plugin",
    "instrument": "a paper that loosens a rule, published by its nature",
    "kept_typing": "sealed under a token that only its browser has, with a time",
    "ledger_seal": "counts and hashes",
    "ledger_sealed": "numbers",
    "licence": "which provider may deliver in which force",
    "membership": "roles of people at work",
    "offence_code": "standing data",
    "onward_service": "a service that people are sent on to, public by its nature",
    "organisation": "who works with the platform",
    "organisation_capacity": "who works with the platform",
    "person": "people at work, and no act of theirs",
    "retention_period": "how long a force keeps a class of records",
}
"""Tables that stand behind no wall and under no guard, each with its reason."""
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
VICTIM_SIDE = (
    "victim.spoken_with",
    "hold.placed",
    "review.opened",
    "concern.raised",
    "feedback.given",
    "consultation.answered",
)


def write_acts(database: Any, provider: str = "north_provider", force: str = "hampshire") -> None:
    """Acts of either side on one case, one of every kind."""
    with database.writing() as session:
        for verb in (*VICTIM_SIDE, *(f"{family}.tried" for family in FAMILIES)):
            append(
                session, at=clock.now(), actor=("person", "1", "", "", ""), act=Act.COLLECTION, verb=verb,
                subject=("referral", "1"), force=force, provider=provider,
            )  # fmt: skip


def test_every_table_has_a_wall_or_a_guard_or_says_why_it_has_none(database):
    database.store()
    tables = SQLModel.metadata.tables
    bare = {name for name, table in tables.items() if not postgresql_roles.described(table)}
    assert bare == set(OPEN) & set(tables)
    if database.kind == "postgresql":
        with database.admin().connect() as connection:
            policies: dict[str, set[str]] = {}
            for table, name in connection.execute(text("select tablename, policyname from pg_policies")):
                policies.setdefault(table, set()).add(name)
            assert set(policies) == set(postgresql_roles.secured(connection)) == set(tables) - bare
        for name, found in policies.items():
            own = postgresql_roles.APPLICATION if "guard" in tables[name].info else "scope"
            jobs = {role for role, given in postgresql_roles.GRANTS.items() if name in given}
            assert found == {own, "cara_backup"} | jobs, name


@ON_POSTGRESQL
def test_the_application_reads_nothing_of_a_guarded_table_without_saying_why(database, record_count):
    """The database by itself: a slip in any statement of the application shows no act, whoever's."""
    write_acts(database)
    told = {"nothing": {}, "another token": {"token": "x", "session": "x"}, "keeper": {"keeper": "hampton_trust"}}
    tried, through = 0, []
    for table in guarded_tables():
        with database.admin().connect() as connection:
            assert connection.execute(text(f"select count(*) from {table}")).scalar(), table
        for name, given in told.items():
            with database.bare().connect() as connection:
                for key, value in given.items():
                    connection.execute(text("select set_config(:k, :v, true)"), {"k": f"app.{key}", "v": value})
                tried += 2
                through += [(table, name)] * bool(connection.execute(text(f"select count(*) from {table}")).scalar())
                if table != "ledger_entry":  # which it may not delete from at all
                    gone = connection.execute(text(f"delete from {table}")).rowcount
                    through += [(table, name, "delete")] * bool(gone)
                connection.rollback()
    record_count("guarded tables read by nobody in particular", tried, through)


@ON_POSTGRESQL
@pytest.mark.parametrize("own", [{"provider": "north_provider"}, {"force": "hampshire"}], ids=["provider", "force"])
def test_a_scope_shows_its_own_entries_and_none_of_a_victim(database, own):
    write_acts(database)
    write_acts(database, provider="south_provider", force="kent")
    with database.bare().connect() as connection:
        for key, value in own.items():
            connection.execute(text("select set_config(:k, :v, true)"), {"k": f"app.{key}", "v": value})
        rows = connection.execute(text("select verb, force_id, provider_id from ledger_entry")).all()
    assert {row.verb for row in rows} >= {f"{family}.tried" for family in FAMILIES}
    assert {row.verb.split(".")[0] for row in rows} <= set(FAMILIES)
    assert {row.force_id if "force" in own else row.provider_id for row in rows} == {*own.values()}


def test_the_tripwire_knows_the_same_tables(database, record_count):
    """On SQLite, which has no roles, it stands alone."""
    write_acts(database)
    store, tried, through = database.store(), 0, []
    for table in guarded_tables():
        for scope in (
            None,
            Scope(force="hampshire"),
            Scope(provider="north_provider"),
            Scope(keeper="hampton_trust", victims=True),
        ):
            for sql in (
                f"select * from {table}",
                f"delete from {table}",
                f"select count(*) from {table} as x where 1 = :one",
            ):
                if table == "trust_consultation" and scope is not None and scope.keeper:
                    continue  # whoever keeps a review's record reads what the Trust said of it
                tried += 1
                with store.session() as session:
                    if scope:
                        narrow(session, scope)
                    try:
                        session.execute(text(sql), {"one": 1} if ":one" in sql else {})
                        through.append((table, scope, sql))
                    except WallBreached:
                        pass
                    session.rollback()
    record_count("guarded tables in plain SQL", tried, through)


def test_within_a_scope_the_ledger_is_its_own(database):
    from cara.platform.ledger.models import LedgerEntry
    from sqlmodel import select

    write_acts(database)
    write_acts(database, provider="south_provider", force="kent")
    store = database.store()
    for scope in (Scope(force="hampshire"), Scope(provider="north_provider")):
        with work_as(store, operator(), "ledger", "try", scope) as w:
            rows = w.session.exec(select(LedgerEntry)).all()
        assert rows
        assert {row.verb.split(".")[0] for row in rows} <= set(FAMILIES)
        assert {row.force_id if scope.force else row.provider_id for row in rows} == {scope.force or scope.provider}
    with store.session() as session, pytest.raises(WallBreached):
        session.exec(select(LedgerEntry)).all()


@ON_POSTGRESQL
def test_a_job_without_its_login_says_which_it_needs(database):
    settings = database.settings(**dict.fromkeys((f"{login}_database_url" for login in LOGINS), ""))
    for login in LOGINS:
        with pytest.raises(Misconfigured, match=rf"cara_{login}.*CARA_{login.upper()}_DATABASE_URL"):
            open_store(settings, login)


@ON_POSTGRESQL
def test_a_login_without_its_role_is_refused_before_it_sees_nothing(database, tmp_path):
    settings = database.settings(**dict.fromkeys((f"{login}_database_url" for login in LOGINS), database.url))
    for login in LOGINS:
        with pytest.raises(Misconfigured, match=f"not in the role cara_{login}"):
            open_store(settings, login)
    from cara.operations.backup.write import write

    with pytest.raises(Misconfigured, match="not in the role cara_backup"):
        write(settings, tmp_path / "x.cara")
    assert not [*tmp_path.glob("x.cara*")]


@ON_POSTGRESQL
def test_a_login_does_its_job_and_no_more(database, record_count):
    may = {
        "ledger": ("select 1 from ledger_entry", "select 1 from referral"),
        "backup": tuple(f"select 1 from {name}" for name in SQLModel.metadata.tables),
        "pruning": tuple(f"delete from {name} where false" for name in postgresql_roles.PRUNED),
    }
    may_not = {
        "ledger": ("select 1 from victim", "select 1 from offender", "update referral set version = 0", "delete from ledger_entry",
                   "select 1 from browser_session"),
        "backup": tuple(f"delete from {name}" for name in SQLModel.metadata.tables),
        "pruning": ("select 1 from victim", "select 1 from ledger_entry", "select 1 from referral", "delete from ledger_entry"),
    }  # fmt: skip
    through: list[Any] = []
    for login in LOGINS:
        engine = database._keep(create_engine(database.logins[login], poolclass=NullPool))
        for sql in may[login]:
            with engine.connect() as connection:
                connection.execute(text(sql))
        for sql in may_not[login]:
            with engine.connect() as connection:
                try:
                    connection.execute(text(sql))
                    through.append((login, sql))
                except DBAPIError:
                    pass
    record_count("what a job's login may not", sum(map(len, may_not.values())), through)


def test_what_expires_is_pruned_by_its_own_login_and_not_by_the_application(database):
    from cara.platform.access.models import BrowserSession
    from sqlalchemy import delete
    from sqlmodel import col, select

    late = clock.now() + timedelta(days=1000)
    gone = delete(BrowserSession).where(col(BrowserSession.ends_at) < late).execution_options(synchronize_session=False)
    with pytest.raises(WallBreached), work_as(database.store(), operator(), "sessions", "prune") as w:
        w.session.execute(gone)
    with work_as(database.store("pruning"), operator(), "sessions", "prune", use=Use.PRUNING) as w:
        there = len(w.session.scalars(select(BrowserSession.token_hash)).all())
        assert w.session.execute(gone).rowcount == there > 0  # type: ignore[attr-defined]


@ON_POSTGRESQL
def test_the_doctor_finds_a_login_that_may_too_much(database, postgresql, monkeypatch, capsys):
    def logins() -> list[str]:
        main(["doctor", "--json"])
        return [
            one["message"]
            for one in json.loads(capsys.readouterr().out)["checks"]
            if one["name"] == "logins" and one["status"] == "fail"
        ]

    for name, value in database.environment().items():
        monkeypatch.setenv(name, value)
    assert logins() == []
    with postgresql.login_in(database, "cara_application", "cara_backup") as login:
        monkeypatch.setenv("CARA_DATABASE_URL", login)
        assert logins() == ["The application’s login can see or do too much: it is in the role cara_backup."]
    for name in ("admin_url", "owner_url"):
        monkeypatch.setenv("CARA_DATABASE_URL", getattr(database, name))
        assert any(("superuser" if name == "admin_url" else "owns the tables") in one for one in logins())
    monkeypatch.setenv("CARA_DATABASE_URL", database.url)
    monkeypatch.delenv("CARA_LEDGER_DATABASE_URL")
    assert len(logins()) == 1


def test_a_backup_that_would_miss_entries_is_refused(database, tmp_path):
    from cara.operations.backup.write import write
    from cara.platform.ledger.seals import seal

    with work_as(database.store("ledger"), operator(), "ledger", "seal", use=Use.SEALING) as w:
        seal(w.session)
    with database.admin().begin() as connection:
        if database.kind == "sqlite":
            connection.execute(text("drop trigger ledger_entry_no_delete"))
        else:
            connection.execute(text("alter table ledger_entry disable trigger all"))
        connection.execute(text("delete from ledger_entry where id = 2"))
    with pytest.raises(Misconfigured, match="newest seal counts"):
        write(database.settings(), tmp_path / "x.cara")
    assert not [*tmp_path.glob("x.cara*")]


def test_an_administrator_ends_sessions_of_their_own_people_alone(database):
    from cara.platform.access.models import BrowserSession
    from cara.platform.database.engine import tell
    from sqlalchemy import update
    from sqlmodel import col
    from synthetic.people import PEOPLE

    one = next(person for person in PEOPLE.values() if person.body.id == "kent_police")
    end = update(BrowserSession).where(col(BrowserSession.person_id) == one.number).values(ended_at=clock.now())
    end = end.execution_options(synchronize_session=False)
    with database.store().session() as session:
        if database.kind == "postgresql":
            tell(session, organisation="hampshire_police")
            assert session.execute(end).rowcount == 0  # type: ignore[attr-defined]
        tell(session, organisation="kent_police")
        assert session.execute(end).rowcount == 1  # type: ignore[attr-defined]
        session.rollback()
