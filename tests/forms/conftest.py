"""A world that is put back after each form, and pages that are opened without leaving anything behind."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Engine, Integer, insert, select
from sqlmodel import Session, SQLModel
from synthetic.databases import Database
from synthetic.people import PEOPLE

Rows = dict[str, frozenset[str]]
LARGE = 1000
"""A table with so many rows is reference data, which no form changes."""


def lot_of(database: Database) -> int:
    """Which part of a sample is tried on this engine."""
    return 0 if database.kind == "sqlite" else 1


@contextmanager
def undone() -> Iterator[None]:
    """Every unit of work is undone at its end: a page that is looked at leaves the world as it was."""

    def undo(session: Session) -> None:
        session.flush()
        session.expunge_all()  # a rollback would empty what the page is about to show
        session.rollback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "commit", undo)
        yield


class Putting:
    """Looks at a database's rows, and puts them back as they were."""

    def __init__(self, engine: Engine, file: Path | None, wait: Callable[[], None]) -> None:
        self.engine, self.file, self.wait = engine, file, wait
        self.names = [table.name for table in SQLModel.metadata.sorted_tables]
        if file is not None:
            _copy(file, file.with_suffix(".as_made"))
        else:
            with engine.begin() as connection:
                connection.exec_driver_sql("create schema as_made")
                for name in self.names:
                    connection.exec_driver_sql(f'create table as_made."{name}" as table public."{name}"')
        with engine.connect() as connection:
            count = {
                name: connection.exec_driver_sql(f'select count(*) from "{name}"').scalar_one() for name in self.names
            }
        self.names = [name for name in self.names if count[name] < LARGE]
        self.made = self.rows()

    def rows(self) -> Rows:
        """Every row of every table, as text."""
        with self.engine.connect() as connection:
            read = connection.exec_driver_sql
            return {name: frozenset(repr(tuple(row)) for row in read(f'select * from "{name}"')) for name in self.names}

    def back(self) -> None:
        """Put every row back, once nobody plans beside the pages any more."""
        self.wait()
        if self.file is not None:
            _copy(self.file.with_suffix(".as_made"), self.file)
            return
        now = self.rows()
        with self.engine.begin() as connection:
            connection.exec_driver_sql("set local session_replication_role = replica")
            for name in (one for one in self.names if now[one] != self.made[one]):
                connection.exec_driver_sql(f'delete from public."{name}"')
                connection.exec_driver_sql(f'insert into public."{name}" table as_made."{name}"')
                if isinstance(getattr(SQLModel.metadata.tables[name].c.get("id"), "type", None), Integer):
                    count_on = f"pg_get_serial_sequence('{name}', 'id'), coalesce((select max(id) from {name}), 1)"
                    connection.exec_driver_sql(f"select setval({count_on})")


def _copy(source: Path, target: Path) -> None:
    """Copy a database of SQLite, whoever has it open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


@pytest.fixture
def putting(database: Database, client: TestClient[Any]) -> Putting:
    """The way back to what this test's database was when the application had started. Somebody has two capacities, so that the
    form to change between them is there."""
    with database.admin().begin() as connection:
        somebody = PEOPLE["hampton_trust.national.administrator"]
        table = SQLModel.metadata.tables["membership"]
        row = dict(connection.execute(select(table).where(table.c.person_id == somebody.number)).mappings().one())
        second = {"id": 9000, "capacity": "provider", "role": "coordinator"}
        connection.execute(insert(table), row | second)
    file = database.home / "cara.db" if database.kind == "sqlite" else None
    return Putting(database.admin(), file, client.app.state.planner.wait)
