"""The whole database, table by table, in one order on either engine: what a backup writes and what a restored one is held against.

It stands outside the scope wall on purpose, and leads nowhere but into a file. On PostgreSQL a login of its own reads it, in the
role `cara_backup`, which a policy lets see every row: no role passes row-level security, and the owner sees nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Select, Table, select, text
from sqlmodel import SQLModel

from cara.errors import Misconfigured
from cara.operations.backup.archive import BATCH
from cara.platform.database import postgresql_roles
from cara.platform.database.engine import Use
from cara.platform.database.schema import import_models, owner_engine
from cara.platform.reference_data.forces import FORCES
from cara.settings import Settings


def tables() -> Sequence[Table]:
    """Every table, those that others refer to first."""
    import_models()
    return SQLModel.metadata.sorted_tables


@contextmanager
def snapshot(settings: Settings) -> Iterator[Connection]:
    """One instant of the database: whoever writes meanwhile is neither seen nor kept waiting."""
    engine = owner_engine(settings.url_of("backup")).execution_options(cara_use=Use.READING)
    try:
        with engine.connect() as connection, connection.begin():
            if not settings.sqlite:
                connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
                if not postgresql_roles.has_role(connection, "backup"):
                    raise Misconfigured(
                        "The login of CARA_BACKUP_DATABASE_URL is not in the role cara_backup, so it would see nothing. "
                        "As the server’s administrator run: grant cara_backup to LOGIN."
                    )
            yield connection
    finally:
        engine.dispose()


def forces(connection: Connection) -> Sequence[str]:
    """Every force that rows can belong to."""
    found = connection.execute(text("select distinct force_id from organisation where force_id is not null")).scalars()
    return sorted({*FORCES, *found})


def rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """All rows of a table by their keys; of a case table one force after the other."""
    for wanted in _parts(connection, table):
        yield from connection.execute(wanted.execution_options(yield_per=BATCH))


def bare(connection: Connection, table: Table) -> bool:
    """Whether a table has no row."""
    return all(connection.execute(wanted.limit(1)).first() is None for wanted in _parts(connection, table))


def _parts(connection: Connection, table: Table) -> Iterator[Select[Any]]:
    wanted = select(table).order_by(*table.primary_key.columns)
    if "wall" not in table.info:
        yield wanted
        return
    for force in forces(connection):
        yield wanted.where(table.c.force_id == force)


def left_out(connection: Connection, table: Table, read: int) -> int:
    """Rows of a case table that belong to no force that is known."""
    if "wall" not in table.info:
        return 0
    return int(connection.execute(text(f'select count(*) from "{table.name}"')).scalar_one()) - read  # noqa: S608 - our own names
