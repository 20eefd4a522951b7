"""Making an installation ready: its schema, and the reference data that stands in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlmodel import Session, select

from cara.errors import Misconfigured, Unavailable
from cara.reference import catalogue
from cara.reference.models import OffenceCode
from cara.settings import Settings
from cara.storage import schema
from cara.storage.engine import Store, open_engine

_UNWRITABLE = "Check that CARA_HOME names a folder that this user may write, and that its disk is not full."


def open_store(settings: Settings) -> Store:
    """The database of these settings, ready: on SQLite made or upgraded by itself, on PostgreSQL checked.

    Raises:
        Misconfigured: PostgreSQL has not been upgraded.
        Unavailable: the database does not answer.
    """
    schema.import_models()
    with answering(settings):
        store = Store(open_engine(settings.url, pool_size=settings.pool_size))
        if store.sqlite:
            upgrade(settings)
        else:
            with store.engine.connect() as connection:
                late = schema.behind(connection)
            if late:
                store.engine.dispose()
                raise Misconfigured("The database’s schema is not this version’s. Run `cara db upgrade` first.")
    return store


@contextmanager
def answering(settings: Settings, setting: str = "CARA_DATABASE_URL") -> Iterator[None]:
    """Says what to do about a database that does not answer, or is none. `setting` is the one that named it.

    Raises:
        Misconfigured: the folder cannot be written, the file is no database, or the setting is no address of one.
        Unavailable: the database does not answer.
    """
    try:
        yield
    except OSError:
        raise Misconfigured(_UNWRITABLE) from None
    except ArgumentError:
        raise Misconfigured(
            f"{setting} is no address of a database. Correct it, or leave it empty for SQLite."
        ) from None
    except OperationalError:
        if settings.sqlite:
            raise Unavailable(f"CARA’s database cannot be opened, or is busy. {_UNWRITABLE}") from None
        raise Unavailable(f"CARA’s database does not answer. Check {setting} and that the server runs.") from None
    except DatabaseError:
        if not settings.sqlite:
            raise
        raise Misconfigured(
            "The file of CARA’s database is no database, or is damaged. Restore it from a backup, or name another by CARA_HOME."
        ) from None


def upgrade(settings: Settings) -> bool:
    """Bring schema and reference data up to date, as the database's owner; says whether the schema changed."""
    schema.import_models()
    engine = schema.owner_engine(settings.url if settings.sqlite else settings.database_owner_url or settings.url)
    try:
        with engine.connect() as connection:
            late = schema.behind(connection)
        if late:
            schema.upgrade(engine)
        with Session(engine) as session, session.begin():
            columns: Any = OffenceCode
            if session.exec(select(columns.code).limit(1)).first() is None:
                catalogue.refresh(session)
    finally:
        engine.dispose()
    return late
