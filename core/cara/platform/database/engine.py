"""Engines and sessions: SQLite with its journal and durability set, PostgreSQL with the scope told to the database."""

import asyncio
import sqlite3  # noqa: TID251 - the wall itself: types and pragmas of a new connection
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InternalError, PendingRollbackError
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from cara.errors import WallBreached
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.crypto.private_files import private, private_file
from cara.platform.database.row_scope import Scope, guard

_SET = (
    "select set_config('app.force', :force, true), set_config('app.provider', :provider, true),"
    " set_config('app.keeper', :keeper, true), set_config('app.victims', :victims, true)"
)
_SET_SCOPE = text(_SET)
CONNECT_SECONDS: Final = 5
"""Seconds that connecting to PostgreSQL may take: as long as a unit of work waits for a connection of the pool."""
T = TypeVar("T")
_TELL = text("select set_config(:name, :value, true)")


class Use(StrEnum):
    """What a session is for. It decides how it begins, and which guarded tables it passes."""

    WRITING = "writing"
    """Reads and writes."""
    SEALING = "sealing"
    """Seals the ledger, beside whoever writes."""
    READING = "reading"
    """Reads alone, for as long as it likes, and keeps nobody waiting."""
    VERIFYING = "verifying"
    """Reads the ledger as a whole, and the cases that it is held against; keeps nobody waiting."""
    PRUNING = "pruning"
    """Deletes what has expired, whosever it was."""


_READS = frozenset({Use.READING, Use.VERIFYING})


def prepare_sqlite(dbapi: sqlite3.Connection, _record: Any) -> None:
    """Durability and order on each new SQLite connection."""
    # The driver must not begin transactions by itself: a deferred one fails when it comes to write.
    dbapi.isolation_level = None
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON",
        "recursive_triggers=ON",  # else what REPLACE removes passes by the triggers against deleting
    ):  # fmt: skip
        dbapi.execute(f"PRAGMA {pragma}")


def prepared(engine: Engine) -> Engine:
    """An SQLite engine whose file and folder are nobody else's, and whose connections are durable and write in order."""
    file = Path(engine.url.database or "")
    private(file.parent)

    def begins(*_connecting: Any) -> None:
        with suppress(OSError):  # what cannot be made cannot be opened either, and the driver says so
            private_file(file)

    event.listen(engine, "do_connect", begins)
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a unit of work that reads first must still be able to write. One that only reads takes
    none."""
    connection.exec_driver_sql("BEGIN" if _use(connection) in _READS else "BEGIN IMMEDIATE")


def _use(connection: Connection) -> Use:
    return Use(connection.get_execution_options().get("cara_use", Use.WRITING))


def open_engine(url: str, *, pool_size: int = 16) -> Engine:
    """An engine with the walls on. Parameters never appear in its errors.

    `url`: `sqlite:///…` or `postgresql+psycopg://…`; `pool_size` counts PostgreSQL connections.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
        prepared(engine)
    else:
        engine = create_engine(
            url, hide_parameters=True, pool_size=pool_size, max_overflow=0, pool_timeout=5, pool_pre_ping=False,
            connect_args=patience(url),
        )  # fmt: skip
    guard(engine)
    return engine


def patience(url: str) -> dict[str, int]:
    """Return arguments that end a PostgreSQL connection's attempt in time; none where the address says how long that may take."""
    return {} if "connect_timeout" in make_url(url).query else {"connect_timeout": CONNECT_SECONDS}


def _enter(connection: Connection, scope: Scope | None) -> None:
    connection.execution_options(cara_scope=scope)
    if scope is not None and connection.dialect.name == "postgresql":
        sent = {name: getattr(scope, name) or "" for name in ("force", "provider", "keeper")}
        sent["victims"] = "on" if scope.victims else ""
        connection.execute(_SET_SCOPE, sent)


@event.listens_for(Session, "after_begin")
def _begin(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Each transaction tells connection and database its scope anew: PostgreSQL has forgotten the last one at its end, and
    shows no case while it knows of none; what the pool's connection remembers is overwritten, with none if there is none."""
    if _use(connection) in _READS and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
    connection.execution_options(cara_told={}, cara_session=session)
    _enter(connection, session.info.get("scope"))


def tell(session: Session, /, **given: str) -> None:
    """Tell the database, for this transaction, by what a guarded table may be read
    (`cara.platform.database.table_guards`): `session` or `token`,
    the hash of which somebody holds the secret; `organisation`, whose people an administrator looks after; `trust`, that the
    Trust answers what it is asked. Called before the table's first use."""
    connection = session.connection()
    told = connection.get_execution_options().get("cara_told") or {}
    connection.execution_options(cara_told={**told, **given})
    if connection.dialect.name == "postgresql":
        for name, value in given.items():
            connection.execute(_TELL, {"name": f"app.{name}", "value": value})


@dataclass(frozen=True, slots=True)
class Store:
    """The database of one installation. `cara.platform.unit_of_work` is the only caller of `session`."""

    engine: Engine
    ledger_keys: LedgerKeys | None = None
    """The ledger's secrets; without them nothing is written that leaves an entry."""

    @property
    def sqlite(self) -> bool:
        """True on SQLite."""
        return self.engine.dialect.name == "sqlite"

    async def run(self, act: Callable[[], T]) -> T:
        """Run a short piece of database work beside pages: in the loop on SQLite, whose one writer is the loop, else in a thread.
        However long a connection is waited for there, the loop goes on. A caller that is cancelled waits until the thread has given its
        connection back, so that nothing is closed under it."""
        if self.sqlite:
            return act()
        running = asyncio.ensure_future(anyio.to_thread.run_sync(act))
        try:
            return await asyncio.shield(running)
        finally:
            if not running.done():
                await asyncio.wait({running})

    def session(self, scope: Scope | None = None, use: Use = Use.WRITING) -> Session:
        """A session for one unit of work. Without a scope it can reach no case table until `narrow` gives it one."""
        engine = self.engine if use == Use.WRITING else self.engine.execution_options(cara_use=use)
        session = Session(engine, expire_on_commit=False, autoflush=False)
        session.info["scope"] = scope
        session.info["ledger_keys"] = self.ledger_keys
        return session


@contextmanager
def behind_the_wall(session: Session, force: str) -> Iterator[Session]:
    """The same transaction, for one call, within the victim wall of one force; for whoever keeps records, within what they
    keep. For `cara.features.victims` alone.

    However the call ends, the session is afterwards as narrow as before, and nothing read behind the wall stays in it.

    Raises:
        WallBreached: the session has no scope, or is another force's.
    """
    own = session.info.get("scope")
    if not isinstance(own, Scope) or own.force not in (None, force):
        raise WallBreached("the victim wall opens only to a scope of its own force")
    session.flush()
    _widen(session, Scope(force=None if own.keeper else force, keeper=own.keeper, victims=True))
    known = [*session.identity_map.values()]
    try:
        yield session
        session.flush()
    finally:
        for row in [*session.identity_map.values(), *session.new]:
            if not any(row is one for one in known):
                session.expunge(row)
        _widen(session, own)


def _widen(session: Session, scope: Scope) -> None:
    session.info["scope"] = scope
    # After a failure nothing is answered until the rollback, which makes the session forget all this by itself.
    with suppress(InternalError, PendingRollbackError):
        _enter(session.connection(), scope)


def narrow(session: Session, scope: Scope) -> None:
    """Give a session, begun to find out who is asking, its one and only scope."""
    if session.info.get("scope") not in (None, scope):
        raise WallBreached("a session's scope cannot change")
    session.info["scope"] = scope
    _enter(session.connection(), scope)
