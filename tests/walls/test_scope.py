"""The scope wall: what reaches for a case table without its scope is refused, whoever wrote it and however."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from cara import clock
from cara.errors import WallBreached
from cara.features.referrals.models import Draft, Offender, Referral
from cara.platform.database.column_types import Instant
from cara.platform.database.engine import narrow
from cara.platform.database.migrations.versions import core_0001_the_first_schema as first_schema
from cara.platform.database.migrations.versions import core_0002_the_course as the_course
from cara.platform.database.migrations.versions import core_0003_correspondence as correspondence
from cara.platform.database.migrations.versions import core_0004_proposals as proposals
from cara.platform.database.migrations.versions import core_0005_victims as victims
from cara.platform.database.migrations.versions import core_0006_onward as onward
from cara.platform.database.migrations.versions import core_0007_keeping as keeping
from cara.platform.database.migrations.versions import core_0009_survey as survey
from cara.platform.database.migrations.versions import core_0011_risen_risk as risen_risk
from cara.platform.database.migrations.versions import core_0012_refused_contact as refused_contact
from cara.platform.database.migrations.versions import core_0013_feedback_without_a_way_back as feedback
from cara.platform.database.row_scope import Scope, _models, walled_tables
from cara.platform.database.table_guards import guarded_tables
from sqlalchemy import Column, bindparam, delete, exists, func, insert, literal, select, text, union, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session, aliased
from sqlmodel import SQLModel
from synthetic.cases import CASE_ROWS, CASES
from synthetic.messages import MESSAGE_ROWS
from synthetic.people import FORCES

MIGRATIONS = (
    first_schema, the_course, correspondence, proposals, victims, onward, keeping, survey, risen_risk, refused_contact, feedback,
)  # fmt: skip
UNWALLED = {
    "force_arrangement": "what a force's plugin says of the force: no case",
    "force_contact": "an office’s number or address at which a force is reached: no case, and nobody's name",
    "force_decision": "that a plugin is retired, or who contacts victims in a force: no case",
    "group_work_pause": "that a provider, or a whole force, holds no groups for a while: no case",
    "funder": "who pays for places, and for whom: no case",
    "funder_budget": "places and money for a period, and how much is drawn: no case",
    "onward_service": "a service that people are sent on to, public by its nature: no case",
    "instrument": "a paper that loosens a rule, published by its nature: no case",
    "encompass_agreement": "that a local authority takes part in Operation Encompass: no case, and nobody's name",
    "licence": "which provider may deliver in which force",
    "organisation": "the force that an organisation is, or commissions for",
    "retention_period": "how long a force keeps a class of records: policy, no case",
}
"""Tables that name a force or provider and stand behind no wall, each with its reason."""
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""Row-level security: SQLite has no second wall, being one process whose walls are those of the application."""
SECOND = {"case": "provider_id", "victim": "keeper_id"}
"""Beside the force, whose rows a wall lets through."""
HAMPSHIRE = Scope(force="hampshire", victims=True)
NORTH = Scope(provider="north_provider")
TRUST = Scope(keeper="hampton_trust", victims=True)


@pytest.fixture
def store(database):
    return database.store()


def model_of(table: str) -> type[SQLModel]:
    return next(one for one in _models() if one.__tablename__ == table)


def row_of(table: str, force: str = "kent") -> dict[str, object]:
    """A row that the table would take, were it not for the wall."""
    known = (CASE_ROWS | MESSAGE_ROWS).get(table)
    made = dict(known[0]) if known else {c.name: _anything(c) for c in SQLModel.metadata.tables[table].c}
    for name in ("id", "referral_id", "reference", "question"):
        if name in made:
            made[name] = 7777 if "id" in name else "x"
    return made | {"force_id": force, SECOND[walled_tables()[table]]: None}


def _anything(column: Column[Any]) -> object:
    """What fits a column behind the victim wall."""
    if column.nullable:
        return None
    if isinstance(column.type, Instant):
        return clock.now()
    samples: dict[type, object] = {int: 7777, bool: False, bytes: b"x", date: clock.today()}
    return samples.get(column.type.python_type, "x")


ATTACKS = (
    "update {table} set force_id = 'kent'",
    "truncate {table} cascade",
    "alter table {table} disable row level security",
    "drop policy scope on {table}",
    "set row_security = off",
    "set session authorization cara_owner",
)


Statement = tuple[str, Callable[[Session], object]]


def forgetful(table: str) -> Iterator[Statement]:
    """Ways to reach for a table while forgetting the scope, beneath the ORM or beside it."""
    core, model = SQLModel.metadata.tables[table], model_of(table)
    yield "core select", lambda s: s.execute(select(core)).all()
    yield "core count", lambda s: s.execute(select(func.count()).select_from(core)).all()
    yield "core alias", lambda s: s.execute(select(core.alias("a"))).all()
    yield "core by connection", lambda s: s.connection().execute(select(core)).all()
    yield "orm by connection", lambda s: s.connection().execute(select(model)).all()
    yield "text", lambda s: s.execute(text(f"select * from {table}")).all()
    yield "text, odd spelling", lambda s: s.execute(text(f'SELECT * FROM "{table}" /* x */')).all()
    yield (
        "text, own force written in",
        lambda s: s.execute(text(f"select * from {table} where force_id = 'hampshire'")).all(),
    )
    yield "driver", lambda s: s.connection().exec_driver_sql(f"select * from {table}").all()
    yield (
        "driver, own force written in",
        lambda s: s.connection().exec_driver_sql(f"select * from {table} where force_id = 'hampshire'").all(),
    )
    yield "core update", lambda s: s.execute(update(core).values(force_id="hampshire"))
    yield "core delete", lambda s: s.execute(delete(core))
    yield "core insert", lambda s: s.connection().execute(insert(core), row_of(table))
    yield (
        "core insert of many",
        lambda s: s.connection().execute(insert(core), [row_of(table, "hampshire"), row_of(table)]),
    )
    yield (
        "core insert of many, in order",
        lambda s: s.connection().execute(
            insert(core).returning(core.c.force_id, sort_by_parameter_order=True), [row_of(table, "hampshire"), row_of(table)]
        ).all(),
    )  # fmt: skip
    yield (
        "insert of values beside a table",
        lambda s: s.execute(
            text(f"insert into {table} (force_id) select c.force_id from (values ('kent')) v, {table} c"),
            {"force_id": "hampshire"},
        ),
    )
    yield "orm insert", lambda s: s.execute(insert(model), [row_of(table)])
    yield "orm add", lambda s: (s.add(model(**row_of(table))), s.flush())
    yield "text insert", lambda s: s.execute(text(f"insert into {table} (force_id) values ('kent')"))
    yield "insert from select", lambda s: s.execute(insert(core).from_select([c.name for c in core.c], select(core)))
    yield "subquery", lambda s: s.execute(select(literal(1)).where(exists(select(core.c.force_id)))).all()
    yield "cte", lambda s: s.execute(select(select(core).cte("c"))).all()
    yield "union", lambda s: s.execute(union(select(core.c.force_id), select(literal("x")))).all()
    yield (
        "bulk update by key",
        lambda s: s.execute(
            update(model),
            [{c.name: row_of(table).get(c.name, 1) for c in core.primary_key} | {"force_id": "hampshire"}],
        ),
    )


def half_scoped(table: str) -> Iterator[Statement]:
    """Ways to scope one table of a statement and forget another."""
    core, model = SQLModel.metadata.tables[table], model_of(table)
    other = aliased(model)
    own = Draft.__table__ if table != "draft" else Referral.__table__
    scoped = Draft if table != "draft" else Referral
    bind = bindparam("scope_force", "hampshire")
    yield "orm joined to core", lambda s: s.execute(select(scoped.id, core.c.force_id).join(core, literal(True))).all()
    differs = scoped.force_id != core.c.force_id
    yield "orm beside core", lambda s: s.execute(select(scoped.id, core.c.force_id).where(differs)).all()
    yield (
        "core, one of two",
        lambda s: s.execute(
            select(own.c.id, core.c.force_id).select_from(own.join(core, literal(True))).where(own.c.force_id == bind)
        ).all(),
    )
    # SQLAlchemy puts the criteria of an alias that is joined to its own table on the table, twice.
    yield (
        "alias joined to its own table",
        lambda s: s.execute(select(other.force_id).join_from(model, other, literal(True))).all(),
    )
    yield (
        "bound twice to one of two",
        lambda s: s.execute(
            text(
                f"select 1 from {own.name} d, {table} x where d.force_id = :scope_force and d.force_id = :scope_force"
            ),
            {"scope_force": "hampshire"},
        ).all(),
    )
    yield (
        "text, one of two",
        lambda s: s.execute(
            text(f"select 1 from {own.name} d, {table} x where d.force_id = :scope_force"), {"scope_force": "hampshire"}
        ).all(),
    )
    yield "subquery of core", lambda s: s.execute(select(scoped.id).where(exists(select(core.c.force_id)))).all()
    yield (
        "spelt to hide",
        lambda s: s.execute(
            text(f"select * from/**/{table} where :scope_force = :scope_force"), {"scope_force": "hampshire"}
        ).all(),
    )
    yield (
        "another force's bind",
        lambda s: s.execute(
            text(f"select * from {table} where force_id = :scope_force"), {"scope_force": "kent"}
        ).all(),
    )
    yield (
        "a bind of another name",
        lambda s: s.execute(text(f"select * from {table} where force_id = :force"), {"force": "hampshire"}).all(),
    )
    yield "row moved to another force", lambda s: s.execute(update(model).values(force_id="kent"))
    yield "row of another force added", lambda s: (s.add(model(**row_of(table))), s.flush())


def refused(store, scope: Scope | None, act: Callable[[Session], object]) -> bool:
    session = store.session(scope)
    try:
        act(session)
    except WallBreached:
        return True
    except Exception as error:
        return isinstance(error.__context__, WallBreached) or isinstance(error.__cause__, WallBreached)
    finally:
        session.rollback()
        session.close()
    return False


def test_an_unscoped_statement_is_refused(store, record_count):
    tried, through = 0, []
    for table in walled_tables():
        for scope in (None, HAMPSHIRE, NORTH, TRUST):
            for name, act in forgetful(table):
                tried += 1
                if not refused(store, scope, act):
                    through.append((table, scope, name))
        for name, act in half_scoped(table):
            tried += 1
            if not refused(store, HAMPSHIRE, act):
                through.append((table, name))
    record_count("statements without their scope", tried, through)


def test_the_orm_without_a_scope_is_refused(store, record_count):
    through = []
    acts: list[tuple[str, Callable[[Session, type[SQLModel]], object]]] = [
        ("select", lambda s, m: s.execute(select(m)).all()),
        ("columns", lambda s, m: s.execute(select(m.force_id)).all()),
        ("count", lambda s, m: s.execute(select(func.count(m.force_id))).all()),
        (
            "get",
            lambda s, m: s.get(m, {c.name: 1 if c.type.python_type is int else "x" for c in m.__table__.primary_key}),
        ),
        ("update", lambda s, m: s.execute(update(m).values(force_id="kent"))),
        ("delete", lambda s, m: s.execute(delete(m))),
        ("aliased", lambda s, m: s.execute(select(aliased(m))).all()),
    ]
    for model in _models():
        through += [
            (model.__tablename__, name)
            for name, act in acts
            if not refused(store, None, lambda s, a=act, m=model: a(s, m))
        ]
    record_count("ORM statements in a session without scope", len(acts) * len(_models()), through)


def test_the_orm_sees_its_own_rows_alone(store, record_count):
    tried, strangers = 0, []
    for model in _models():
        wall = walled_tables()[model.__tablename__]
        for scope in [*(Scope(force=f, victims=True) for f in FORCES), NORTH if wall == "case" else TRUST]:
            with store.session(scope) as session:
                other, second = aliased(model), SECOND[wall]
                found = [
                    *session.execute(select(model.force_id, getattr(model, second))).all(),
                    *session.execute(select(other.force_id, getattr(other, second))).all(),
                    *[(r.force_id, getattr(r, second)) for r in session.execute(select(model)).scalars()],
                ]
                tried += len(found)
                assert found or scope.provider, (model, scope)  # a sweep over an empty table would prove nothing
                strangers += [
                    (model.__tablename__, scope, row) for row in found
                    if (scope.force and row[0] != scope.force) or row[1] != (scope.provider or scope.keeper or row[1])
                ]  # fmt: skip
    record_count("rows that ORM statements returned", tried, strangers)


def test_a_stranger_s_row_cannot_be_had_by_its_id(store, record_count):
    strangers = [case for case in CASES if case.force != "hampshire"]
    with store.session(HAMPSHIRE) as session:
        got = [session.get(Referral, c.id) or session.get(Offender, c.id) for c in strangers]
        touched = [
            session.execute(update(Referral).where(Referral.id == c.id).values(version=9)).rowcount for c in strangers
        ]
        gone = [session.execute(delete(Offender).where(Offender.referral_id == c.id)).rowcount for c in strangers]
        session.rollback()
    record_count(
        "another force's rows by id: read, change, delete",
        3 * len(strangers),
        [x for x in [*got, *touched, *gone] if x],
    )


def test_a_session_keeps_its_scope(store):
    with store.session() as session:
        narrow(session, Scope(force="kent"))
        narrow(session, Scope(force="kent"))
        for other in (Scope(force="hampshire"), Scope(provider="north_provider"), Scope(force="kent", victims=True)):
            with pytest.raises(WallBreached):
                narrow(session, other)
        assert {row.force_id for row in session.execute(select(Referral)).scalars()} == {"kent"}
        session.rollback()
        # A new transaction of the session is as narrow as the last.
        assert {row.force_id for row in session.execute(select(Referral)).scalars()} == {"kent"}


def test_a_connection_forgets_the_scope_of_the_last_session(store):
    for _ in range(3):
        with store.session(Scope(force="kent")) as session:
            session.execute(select(Referral)).all()
    with store.session() as session, pytest.raises(WallBreached):
        session.execute(text("select * from referral where force_id = :scope_force"), {"scope_force": "kent"})


def test_a_scope_names_somebody():
    for empty in (
        {},
        {"force": ""},
        {"provider": ""},
        {"victims": True},
        {"provider": "x", "victims": True},
        {"provider": "x", "keeper": "x"},
    ):
        with pytest.raises(WallBreached):
            Scope(**empty)


def test_every_table_that_names_a_force_or_provider_is_walled_or_says_why(store):
    named = {
        n for n, t in SQLModel.metadata.tables.items() if {"force_id", "provider_id", "keeper_id"} & set(t.c.keys())
    }
    assert named - set(walled_tables()) - set(guarded_tables()) <= set(UNWALLED)
    assert not set(UNWALLED) & set(walled_tables())
    assert {m.__tablename__ for m in _models()} == set(walled_tables())
    for table, wall in walled_tables().items():
        assert {"force_id", SECOND[wall]} <= set(SQLModel.metadata.tables[table].c.keys())
        assert not set(SECOND.values()) - {SECOND[wall]} & set(SQLModel.metadata.tables[table].c.keys())
    keyed = {
        t.name
        for t in SQLModel.metadata.tables.values()
        for c in t.c
        for k in c.foreign_keys
        if k.column.table.name in walled_tables()
    }
    assert keyed <= set(walled_tables())  # what hangs on a case stands behind its wall
    assert walled_tables() == {name: wall for one in MIGRATIONS for name, wall in one.WALLS.items()}


@ON_POSTGRESQL
def test_the_database_refuses_by_itself(database, record_count):
    """The application's own role, and nothing of the application between."""
    tried, through = 0, []
    engine = database.bare()
    settings = {
        "nothing": {}, "no force": {"force": ""}, "a force that is none": {"force": "x"}, "own": {"force": "hampshire", "victims": "on"},
        "own, no victims": {"force": "hampshire"}, "provider": {"provider": "north_provider"},
        "provider, victims": {"provider": "south_provider", "victims": "on"},
        "keeper": {"keeper": "hampton_trust", "victims": "on"}, "keeper, no victims": {"keeper": "hampton_trust"},
    }  # fmt: skip
    for table, wall in walled_tables().items():
        for name, given in settings.items():
            with engine.connect() as connection:
                for key, value in given.items():
                    connection.execute(text("select set_config(:k, :v, true)"), {"k": f"app.{key}", "v": value})
                rows = connection.execute(text(f"select force_id, {SECOND[wall]} from {table}")).all()
                opens = (
                    ("own", "keeper")
                    if wall == "victim"
                    else ("own", "own, no victims", "provider", "provider, victims")
                )
                whose = given.get("keeper" if wall == "victim" else "provider", "-")
                own = [r for r in rows if name in opens and (r[0] == given.get("force") or r[1] == whose)]
                tried += 1
                through += [(table, name, row) for row in rows if row not in own]
                if name == "own" or (name, wall) == ("keeper", "victim"):
                    assert rows  # the policy lets the owner of the rows in
                if not name.startswith(("provider", "keeper")):
                    tried += 1
                    act = text(f"update {table} set force_id = force_id where force_id <> 'hampshire'")
                    if any(table in one.APPEND_ONLY for one in MIGRATIONS):
                        with pytest.raises(ProgrammingError, match="permission denied"):
                            connection.execute(act)
                    else:
                        through += [(table, name, "update")] * bool(connection.execute(act).rowcount)
                connection.rollback()
        acts = [insert(SQLModel.metadata.tables[table]).values(row_of(table))]
        for act in [*acts, *(text(one.format(table=table)) for one in ATTACKS)]:
            tried += 1
            with engine.connect() as connection:
                connection.execute(text("select set_config('app.force', 'hampshire', true)"))
                connection.execute(text("select set_config('app.victims', 'on', true)"))
                try:
                    connection.execute(act)
                    if "row_security" in str(act):
                        connection.execute(text(f"select * from {table}"))
                    through.append((table, str(act)[:60]))
                except (ProgrammingError, DBAPIError):
                    pass
    record_count("row-level security alone", tried, through)


@ON_POSTGRESQL
def test_the_database_keeps_a_provider_from_every_victim_of_thames_valley(database, record_count):
    """That force keeps its victims' records itself. Should a defect open the wall in a provider's session, the database reads and
    writes nothing for it, whatever else the session says of itself; the force's own session shows that there was something."""
    tried, through = 0, []
    tables = [table for table, wall in walled_tables().items() if wall == "victim"]
    mistakes: list[dict[str, str]] = [{}, {"keeper": ""}, {"force": ""}, {"keeper": "south_provider"}]

    def opened(connection: Any, **given: str) -> None:
        for key, value in {"victims": "on", **given}.items():
            connection.execute(text("select set_config(:k, :v, true)"), {"k": f"app.{key}", "v": value})

    acts = ("select * from {t}", "update {t} set force_id = force_id", "delete from {t}")
    with database.bare().connect() as connection:
        for table in tables:
            opened(connection, force="thames_valley")
            assert connection.execute(text(f"select * from {table}")).all(), table
            connection.rollback()
            for mistake in mistakes:
                writes = insert(SQLModel.metadata.tables[table]).values(row_of(table, "thames_valley"))
                for act in (*(text(one.format(t=table)) for one in acts), writes):
                    tried += 1
                    opened(connection, provider="south_provider", **mistake)
                    try:
                        done = connection.execute(act)
                        touched = len(done.all()) if done.returns_rows else done.rowcount
                        through += [(table, mistake, str(act)[:40])] * bool(touched)
                    except DBAPIError as refusal:
                        if not re.search("row-level security|permission denied", str(refusal)):
                            through.append((table, mistake, str(act)[:40]))
                    connection.rollback()
    record_count("a provider's reach for victims of Thames Valley", tried, through)


def test_several_rows_of_one_s_own_are_written_at_once(store):
    """PostgreSQL is sent them as a SELECT from their values: that is no reading."""
    with store.session(HAMPSHIRE) as session:
        rows = [{**row_of("draft", "hampshire"), "reference": f"SCOPE-{number}"} for number in range(3)]
        session.add_all(Draft(**{name: one for name, one in row.items() if name != "id"}) for row in rows)
        session.flush()
        session.rollback()


@ON_POSTGRESQL
def test_every_walled_table_is_forced_in_the_database(database):
    with database.admin().connect() as connection:
        secured = {
            r[0]
            for r in connection.execute(
                text("select relname from pg_class where relrowsecurity and relforcerowsecurity")
            )
        }
        owned = connection.execute(text("select count(*) from pg_class where relowner = 'cara_test'::regrole")).scalar()
        role = connection.execute(
            text("select rolsuper or rolbypassrls from pg_roles where rolname = 'cara_test'")
        ).scalar()
    assert secured == set(walled_tables()) | set(guarded_tables())
    assert (owned, role) == (0, False)


def test_what_the_database_says_holds_no_value(store, caplog):
    with caplog.at_level(logging.DEBUG), store.session(HAMPSHIRE) as session:
        wrong = row_of("draft", "hampshire") | {"reference": None, "started_by": "cny-secret"}
        with pytest.raises(DBAPIError) as failed:
            session.connection().execute(insert(Draft.__table__), wrong)
        assert "cny-secret" not in str(failed.value) + caplog.text
        session.rollback()
