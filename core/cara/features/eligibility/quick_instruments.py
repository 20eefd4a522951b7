"""Instruments, and how a force stands, as the quick command reads them: straight from the database's file or server, without the
ORM's start-up.

One look at three tables that hold no case. Everything else goes through `cara.platform.unit_of_work`.
"""

import json
import sqlite3  # noqa: TID251 - one look at tables that hold no case, for a command that must be quick
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from cara.api import Instrument
from cara.errors import Misconfigured, Unavailable
from cara.platform.plugins import Forces
from cara.platform.plugins.plugin_lifecycle import Standing
from cara.platform.plugins.profile_serializer import settled
from cara.settings import Settings

_ARRANGED: Final = "select distribution, version, profile from force_arrangement where force_id = {0}"
_DECIDED: Final = (
    "select confirmed_at is not null from force_decision"
    " where force_id = {0} and kind = 'retirement' and ended_at is null order by 1"
)
_INSTRUMENTS: Final = (
    "select force_id, rule, admits, kind, authority, reference, starts, until from instrument"
    " where force_id = {0} and confirmed_at is not null and revoked_at is null"
)
_TABLES: Final = ("force_arrangement", "force_decision", "instrument")
Ask = Callable[[str], list[Any]]


def stored_instruments(force: str, settings: Settings | None = None) -> tuple[Instrument, ...] | None:
    """The instruments of a force that count: shipped or confirmed, and not revoked. None where no database has yet seen
    this force's plugin; then what the plugin ships is all there is.

    Raises:
        Unavailable: the database does not answer.
        Misconfigured: it is no database, or not this version's.
    """
    with _asking(force, settings or Settings.load()) as ask:
        if ask is None or not ask(_ARRANGED):
            return None
        return tuple(_instrument(row) for row in ask(_INSTRUMENTS))


def instruments_in_force(force: str, forces: Forces) -> tuple[Instrument, ...]:
    """Return the force's instruments as the database has them or, before there is one, as its plugin ships them."""
    stored = stored_instruments(force)
    return forces.profile(force).instruments if stored is None else stored


def stored_standings(force: str, settings: Settings | None = None) -> dict[str, Standing] | None:
    """How the force stands by the installation's database: empty if it never had a plugin there. None where there is no
    database; then the reference data is all there is.

    Raises:
        Unavailable: the database does not answer.
        Misconfigured: it is no database, or not this version's.
    """
    with _asking(force, settings or Settings.load()) as ask:
        if ask is None:
            return None
        arranged, decided = ask(_ARRANGED), [bool(row[0]) for row in ask(_DECIDED)]
    if not arranged and not decided:
        return {}
    distribution, version, profile = arranged[0] if arranged else ("", "", None)
    retired = any(decided)
    kept = settled(force, _data(profile)) if retired else None
    return {
        force: Standing(
            distribution, version, ran=bool(arranged), proposed=not all(decided), retired=retired, settled=kept
        )
    }


def _data(profile: Any) -> Any:
    """JSON as the driver gives it: SQLite's as text, PostgreSQL's read. What is none cannot be read."""
    try:
        return json.loads(profile) if isinstance(profile, str) else profile
    except ValueError:
        return None


def _instrument(row: Any) -> Instrument:
    force, rule, admits, kind, authority, reference, starts, until = row
    return Instrument(force, rule, admits, kind, authority, reference, _day(starts), _day(until) if until else None)


@contextmanager
def _asking(force: str, settings: Settings) -> Iterator[Ask | None]:
    """A way to ask the installation's database about a force; None where there is none yet."""
    with _sqlite(settings, force) if settings.sqlite else _postgresql(settings, force) as ask:
        yield ask


@contextmanager
def _sqlite(settings: Settings, force: str) -> Iterator[Ask | None]:
    path = Path(settings.url.removeprefix("sqlite:///"))
    if not path.exists():
        yield None
        return
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            there = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
            if not there:
                yield None  # a file that was not set up holds nothing
            elif not there.issuperset(_TABLES):
                raise Misconfigured(_LATE)
            else:
                yield lambda query: connection.execute(query.format("?1"), (force,)).fetchall()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        raise Unavailable("CARA’s database cannot be read, or is busy, so nothing is answered. Try again.") from None
    except sqlite3.DatabaseError:
        raise Misconfigured(
            "The file of CARA’s database is no database, or is damaged. Restore it from a backup, or name another by CARA_HOME."
        ) from None


@contextmanager
def _postgresql(settings: Settings, force: str) -> Iterator[Ask | None]:
    import psycopg  # noqa: TID251 - only where it is used; as above

    try:
        url = settings.url.replace("postgresql+psycopg", "postgresql", 1)
        with psycopg.connect(url, connect_timeout=3) as connection:
            yield lambda query: connection.execute(query.format("%(force)s").encode(), {"force": force}).fetchall()
    except psycopg.errors.UndefinedTable:
        raise Misconfigured(_LATE) from None
    except psycopg.OperationalError:
        raise Unavailable(
            "CARA’s database does not answer, so renewals cannot be read. Check CARA_DATABASE_URL."
        ) from None


_LATE: Final = "The database’s schema is not this version’s. Run `cara db upgrade` first."


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
