"""Instruments as the quick command reads them: straight from the database's file or server, without the ORM's start-up.

One read of one table that holds no case. Everything else goes through `cara.work`.
"""

import sqlite3  # noqa: TID251 - one read of a table that holds no case, for a command that must be quick
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cara.api import Instrument
from cara.errors import Misconfigured, Unavailable
from cara.settings import Settings

_KNOWN = "select count(*) from force_arrangement where force_id = {0}"
_QUERY = (
    "select force_id, rule, admits, kind, authority, reference, starts, until from instrument"
    " where force_id = {0} and confirmed_at is not null and revoked_at is null"
)


def stored_instruments(force: str, settings: Settings | None = None) -> tuple[Instrument, ...] | None:
    """The instruments of a force that count: shipped or confirmed, and not revoked. None where no database has yet seen
    this force's plugin; then what the plugin ships is all there is.

    Raises:
        Unavailable: the database does not answer.
    """
    settings = settings or Settings.load()
    rows = _sqlite(settings, force) if settings.sqlite else _postgresql(settings, force)
    return None if rows is None else tuple(_instrument(row) for row in rows)


def _instrument(row: Any) -> Instrument:
    force, rule, admits, kind, authority, reference, starts, until = row
    return Instrument(force, rule, admits, kind, authority, reference, _day(starts), _day(until) if until else None)


def _sqlite(settings: Settings, force: str) -> Iterable[Any] | None:
    path = Path(settings.url.removeprefix("sqlite:///"))
    if not path.exists():
        return None
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return _read(connection, "?1", (force,))
    except sqlite3.OperationalError:
        return None  # a database that has not been set up holds no instrument
    except sqlite3.DatabaseError:
        raise Misconfigured(
            "The file of CARA’s database is no database, or is damaged. Restore it from a backup, or name another by CARA_HOME."
        ) from None


def _postgresql(settings: Settings, force: str) -> Iterable[Any] | None:
    import psycopg  # noqa: TID251 - only where it is used; as above

    try:
        with psycopg.connect(
            settings.url.replace("postgresql+psycopg", "postgresql", 1), connect_timeout=3
        ) as connection:
            return _read(connection, "%(force)s", {"force": force})
    except psycopg.OperationalError:
        raise Unavailable(
            "CARA’s database does not answer, so renewals cannot be read. Check CARA_DATABASE_URL."
        ) from None


def _read(connection: Any, mark: str, sent: Any) -> Iterable[Any] | None:
    known = connection.execute(_KNOWN.format(mark), sent).fetchone()
    return connection.execute(_QUERY.format(mark), sent).fetchall() if known[0] else None


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
