"""The scope wall: which rows one session may ever touch.

A session has one scope for life. Two layers hold it inside the application: criteria added to every ORM statement, and a
tripwire on the engine that refuses any SQL naming a case table without the scope's own bind, whoever wrote it. On
PostgreSQL row-level security is a third that does not depend on this module.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, ForeignKeyConstraint, Table, bindparam, event, or_
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql.util import find_tables
from sqlmodel import SQLModel

from cara.errors import WallBreached
from cara.platform.database import table_guards

CASE = {"info": {"wall": "case"}}
"""`__table_args__` of a table whose rows belong to a case: they carry `force_id` and `provider_id`."""
VICTIM = {"info": {"wall": "victim"}}
"""`__table_args__` of a table behind the victim wall as well; see `cara.features.victims`."""


def of_its_case() -> ForeignKeyConstraint:
    """A row belongs to a case of its own force: the database takes none that says otherwise."""
    return ForeignKeyConstraint(["referral_id", "force_id"], ["referral.id", "referral.force_id"])


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows a session may touch: those of one force, of one provider, of one provider in one force, or of whoever keeps
    victims' records.

    `victims` opens the tables behind the victim wall; only `cara.features.victims` asks for it. A `keeper` reaches the records that it
    keeps and no case; a provider's scope opens nothing behind that wall.
    """

    force: str | None = None
    provider: str | None = None
    keeper: str | None = None
    victims: bool = False

    def __post_init__(self) -> None:
        if not self.force and not self.provider and not self.keeper:
            raise WallBreached("a scope needs a force, a provider, or a keeper of victims' records")
        if self.provider and (self.keeper or self.victims):
            raise WallBreached("a provider's scope opens nothing behind the victim wall")

    @property
    def binds(self) -> dict[str, str]:
        """Bind names that scoped SQL must carry, with their values."""
        pairs = {"scope_force": self.force, "scope_provider": self.provider, "scope_keeper": self.keeper}
        return {name: value for name, value in pairs.items() if value}


@lru_cache
def walled_tables() -> dict[str, str]:
    """Table name → wall (`case` or `victim`) for every table behind one. Call it once all models are imported."""
    return {name: table.info["wall"] for name, table in SQLModel.metadata.tables.items() if "wall" in table.info}


@lru_cache
def _models() -> tuple[type[SQLModel], ...]:
    mappers = (mapper for mapper in SQLModel._sa_registry.mappers)  # noqa: SLF001 - the registry has no public name
    return tuple(m.class_ for m in mappers if isinstance(m.local_table, Table) and "wall" in m.local_table.info)


@lru_cache
def _guarded_models() -> tuple[type[SQLModel], ...]:
    mappers = (mapper for mapper in SQLModel._sa_registry.mappers)  # noqa: SLF001 - the registry has no public name
    return tuple(m.class_ for m in mappers if isinstance(m.local_table, Table) and "guard" in m.local_table.info)


def _guard_criteria(scope: Scope, tables: Iterable[str]) -> Iterable[ORMOption]:
    """Within a scope the ledger shows its own rows, and of the acts on them those that no victim had a part in."""
    for model in _guarded_models():
        columns: Any = model
        guard: table_guards.Guard = columns.__table__.info["guard"]
        if columns.__tablename__ not in tables or guard.kind not in ("ledger", "consultation"):
            continue
        if scope.force:
            yield _only(model, columns.force_id == bindparam("scope_force", scope.force))
        if scope.provider and guard.kind == "ledger":
            yield _only(model, columns.provider_id == bindparam("scope_provider", scope.provider))
        if guard.families:
            yield _only(model, or_(*(columns.verb.startswith(f"{one}.", autoescape=True) for one in guard.families)))


def _criteria(scope: Scope, tables: Iterable[str]) -> tuple[ORMOption, ...]:
    options: list[ORMOption] = [*_guard_criteria(scope, tables)]
    for model in _models():
        columns: Any = model
        if columns.__tablename__ not in tables:
            continue
        if scope.force:
            options.append(_only(model, columns.force_id == bindparam("scope_force", scope.force)))
        if scope.provider and hasattr(model, "provider_id"):
            options.append(_only(model, columns.provider_id == bindparam("scope_provider", scope.provider)))
        if scope.keeper and hasattr(model, "keeper_id"):
            options.append(_only(model, columns.keeper_id == bindparam("scope_keeper", scope.keeper)))
    return tuple(options)


def _only(model: type[SQLModel], rows: ColumnElement[bool]) -> ORMOption:
    return with_loader_criteria(model, rows, include_aliases=True)


@lru_cache(maxsize=1024)
def scoped(statement: Any, scope: Scope) -> Any:
    """A statement with the scope's criteria. Kept, so that one at module level is made ready once for each scope.

    Only the tables that it names get criteria: each one costs at every execution. What should be missed here is refused
    by the tripwire.
    """
    found = find_tables(
        statement, check_columns=True, include_aliases=True, include_joins=True, include_selects=True, include_crud=True
    )
    return statement.options(*_criteria(scope, {one.name for one in found if isinstance(one, Table)}))


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Add the scope's criteria to whatever the ORM is about to run."""
    scope = state.session.info.get("scope")
    if scope is not None and not state.is_column_load:
        state.statement = scoped(state.statement, scope)


@lru_cache(maxsize=4096)
def _walls_named(statement: str) -> frozenset[str]:
    """The walls behind which the tables named in some SQL stand."""
    return frozenset(
        wall for table, wall in walled_tables().items() if re.search(rf"\b{table}\b", statement, re.IGNORECASE)
    )


@lru_cache(maxsize=4096)
def _aliases(statement: str, table: str = "") -> tuple[str, ...]:
    """Every name under which SQL reads or changes a walled table, or this one, one for each time."""
    names = table or "|".join(walled_tables())
    # `%(name)s` is a bind of PostgreSQL's driver, whatever it is called.
    where = (
        rf'(?:\bfrom|\bjoin|\bupdate|\binto|,|(?<!%)\()\s*(?:only\s+)?"?({names})"?(?:\s+as\s+"?(\w+)"?)?(?=[\s,;)]|$)'
    )
    return tuple(alias or table for table, alias in re.findall(where, statement, re.IGNORECASE))


@lru_cache(maxsize=4096)
def _confined(statement: str, column: str, table: str = "") -> bool:
    """Whether each walled table that SQL names, or this one, has under each of its names its column held against something
    bound."""
    aliases = _aliases(statement, table)
    if not aliases:
        return False  # named in a way that is not understood here
    if len(aliases) == 1 and re.search(rf"(?<![\w.]){column} = (?:\?|%\()", statement):
        return True
    return all(re.search(rf'"?\b{alias}"?\.{column} = (?:\?|%\()', statement) for alias in aliases)


def _times_bound(compiled: Any, statement: str, name: str) -> int:
    """How often SQL uses a bind: by position on SQLite, by name on PostgreSQL."""
    positions = compiled.positiontup
    return list(positions).count(name) if positions is not None else statement.count(f"%({name})s")


@lru_cache(maxsize=4096)
def _has_its_own_values(statement: str) -> bool:
    """Whether an INSERT takes what it writes from no table. PostgreSQL is sent several new rows as a SELECT from their values."""
    if not re.search(r"\bselect\b", statement, re.IGNORECASE):
        return True
    named = re.findall(rf"\b(?:{'|'.join(walled_tables())})\b(?!\.)", statement, re.IGNORECASE)
    return "FROM (VALUES " in statement and len(named) == 1


def tripwire(
    connection: Connection,
    cursor: DBAPICursor,  # noqa: ARG001 - the event's signature
    statement: str,
    parameters: Any,  # noqa: ARG001
    context: ExecutionContext | None,
    executemany: bool,  # noqa: ARG001
) -> None:
    """Refuse SQL that names a walled table without the scope's bind, or a guarded one as it may not be read; see `guard`."""
    options = connection.get_execution_options()
    if table_guards.guards_named(statement):
        _refuse_unguarded(statement, options, context)
    walls = _walls_named(statement)
    if not walls or _verifies(statement, walls, options):
        return
    scope = options.get("cara_scope")
    if not isinstance(scope, Scope):
        raise WallBreached("a case table was named in a session without a scope")
    if "victim" in walls and not scope.victims:
        raise WallBreached("a victim table was named outside the victim room")
    if "case" in walls and scope.keeper:
        raise WallBreached("a case table was named by whoever keeps victims' records")
    compiled: Any = getattr(context, "compiled", None)
    if context is None or compiled is None:
        raise WallBreached("a case table was named in SQL that carries no named parameters")
    sent: list[dict[str, Any]] = getattr(context, "compiled_parameters", None) or []
    if context.isinsert and _has_its_own_values(statement):
        wanted = {name.replace("scope_", "") + "_id": value for name, value in scope.binds.items()}
    else:
        wanted = scope.binds
        for name in wanted:
            often = _times_bound(compiled, statement, name) >= len(_aliases(statement))
            if not often or not _confined(statement, name.replace("scope_", "") + "_id"):
                raise WallBreached("SQL named a case table more often than it bound the scope")
    if not sent or any(row.get(name) != value for row in sent for name, value in wanted.items()):
        raise WallBreached("a case table was named in SQL without the scope's bind")
    if context.isupdate and any(_moves(row, scope) for row in sent):
        raise WallBreached("a row was to be moved out of its scope")


def _refuse_unguarded(statement: str, options: Mapping[str, Any], context: ExecutionContext | None) -> None:
    compiled: Any = getattr(context, "compiled", None)
    sent: list[dict[str, Any]] = getattr(context, "compiled_parameters", None) or []
    scope = options.get("cara_scope")

    def bound(table: str) -> bool:
        """Whether SQL holds a guarded table within the scope, under each name that it has there."""
        binds = scope.binds if isinstance(scope, Scope) else {}
        names = {name: value for name, value in binds.items() if name != "scope_keeper"}
        return bool(names and compiled and sent) and all(
            _confined(statement, name.replace("scope_", "") + "_id", table)
            and all(row.get(name) == value for row in sent)
            for name, value in names.items()
        )

    if why := table_guards.refusal(statement, options, bound, sent):
        raise WallBreached(why)


def _verifies(statement: str, walls: frozenset[str], options: Mapping[str, Any]) -> bool:
    """Whether SQL only reads cases to hold the ledger against them, in a session that is for that."""
    reads = statement.lstrip()[:6].lower() == "select"
    return reads and walls == {"case"} and str(options.get("cara_use", "")) == "verifying"


def _moves(row: dict[str, Any], scope: Scope) -> bool:
    """Whether an update takes a row to another force, or a provider or keeper hands it on. A force may hand it over."""
    leaves_force = "force_id" in row and row["force_id"] != scope.force
    handed_on = scope.provider is not None and row.get("provider_id", scope.provider) != scope.provider
    return (
        leaves_force or handed_on or (scope.keeper is not None and row.get("keeper_id", scope.keeper) != scope.keeper)
    )


def guard(engine: Engine) -> None:
    """Put the tripwire on every statement of an engine."""
    event.listen(engine, "before_cursor_execute", tripwire)
