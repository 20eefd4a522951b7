"""Writing the rows of the start into a database of either side: the same statements, as its owner, past all walls."""

from typing import Any

import cara.operations.features  # noqa: F401 - which tables there are
from cara.platform.database import schema
from cara.platform.reference_data import offence_codes
from cases import Rows
from sqlalchemy import Engine, create_engine, insert, text
from sqlmodel import Session, SQLModel

_AT_ONCE = 2000


def fill(url: str, rows: Rows) -> None:
    """Insert `rows`, and the offence codes where they are missing, at an owner's SQLAlchemy URL."""
    schema.import_models()
    engine = create_engine(url, connect_args={} if url.startswith("sqlite") else {"options": "-c timezone=UTC"})
    try:
        with Session(engine) as session, session.begin():
            if session.connection().scalar(text("select count(*) from offence_code")) == 0:
                offence_codes.refresh(session)
            for name, some in rows.items():
                _insert(session, name, some)
        _settle(engine, rows)
    finally:
        engine.dispose()


def _insert(session: Session, name: str, rows: list[dict[str, Any]]) -> None:
    table = SQLModel.metadata.tables[name]
    for start in range(0, len(rows), _AT_ONCE):
        session.connection().execute(insert(table), rows[start : start + _AT_ONCE])


def _settle(engine: Engine, rows: Rows) -> None:
    """Let number sequences go on after the rows, and the planner know of them."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for name, some in rows.items():
                if some and "id" in some[0] and isinstance(some[0]["id"], int):
                    connection.execute(text(f"select setval(pg_get_serial_sequence('{name}', 'id'), {len(some)})"))
        connection.execute(text("analyze"))
