"""Making an installation ready: its schema, and the reference data that stands in it."""

from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from cara.errors import Misconfigured, Unavailable
from cara.reference import catalogue
from cara.reference.models import OffenceCode
from cara.settings import Settings
from cara.storage import schema
from cara.storage.engine import Store, open_engine


def open_store(settings: Settings) -> Store:
    """The database of these settings, ready: on SQLite made or upgraded by itself, on PostgreSQL checked.

    Raises:
        Misconfigured: PostgreSQL has not been upgraded.
        Unavailable: the database does not answer.
    """
    schema.import_models()
    store = Store(open_engine(settings.url, pool_size=settings.pool_size))
    try:
        if store.sqlite:
            upgrade(settings)
        else:
            with store.engine.connect() as connection:
                late = schema.behind(connection)
            if late:
                store.engine.dispose()
                raise Misconfigured("The database’s schema is not this version’s. Run `cara db upgrade` first.")
    except OperationalError:
        raise Unavailable(
            "CARA’s database does not answer. Check CARA_DATABASE_URL and that the server runs."
        ) from None
    return store


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
