"""Making an installation ready: its schema, and the reference data that stands in it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, inspect, literal
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlmodel import Session, SQLModel, select

from cara.errors import CaraError, Misconfigured, Unavailable
from cara.platform.crypto.keyring import Keyring
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database import postgresql_roles, schema
from cara.platform.database.engine import Store, open_engine
from cara.platform.ledger import untagged_seals
from cara.platform.ledger.case_digests import baseline, watch
from cara.platform.reference_data import offence_codes
from cara.platform.reference_data.models import OffenceCode
from cara.settings import Settings

_log = logging.getLogger("cara.platform.bootstrap")
_UNWRITABLE = "Check that CARA_HOME names a folder that this user may write, and that its disk is not full."


def open_store(settings: Settings, login: str = "") -> Store:
    """The database of these settings, ready: on SQLite made or upgraded by itself, on PostgreSQL checked.

    `login` is one of `LOGINS` for a job that does not run as the application: it seals, backs up or prunes, and reads no page.

    Raises:
        Misconfigured: PostgreSQL has not been upgraded, or the job's login is not set or has not its role.
        Unavailable: the database does not answer.
    """
    schema.import_models()
    url, size = (settings.url_of(login), 2) if login else (settings.url, settings.pool_size)
    with answering(settings, setting_of(login)):
        engine = open_engine(url, pool_size=size)
        watch(engine)
        store = Store(engine, LedgerKeys(settings.key_folder))
        if store.sqlite:
            upgrade(settings)
        else:
            with store.engine.connect() as connection:
                late = schema.behind(connection) if postgresql_roles.may_look(connection) else None
                fit = late is not False or not login or postgresql_roles.has_role(connection, login)
            if late is not False or not fit:
                store.engine.dispose()
            if late:
                raise Misconfigured("The database’s schema is not this version’s. Run `cara db upgrade` first.")
            if late is None or not fit:
                role = f"cara_{login or 'application'}"
                raise Misconfigured(
                    f"The login of {setting_of(login)} is not in the role {role}, so it would see nothing. "
                    f"As the server’s administrator run: grant {role} to LOGIN."
                )
    return store


class JobStore:
    """The database by a job's own login, opened when that can be: one that does not answer yet, or has no rights yet, is asked again each
    time. On SQLite it is the application's. `without` says what this process does not do meanwhile."""

    def __init__(self, settings: Settings, store: Store, login: str, without: str) -> None:
        self._settings, self._login, self._without = settings, login, without
        self._own = not store.sqlite
        self._opened = None if self._own else store
        self._told = ""

    def open(self) -> Store | None:
        """Return the database; None, and a line in the log, as long as it cannot be opened."""
        if self._opened is None:
            try:
                self._opened, self._told = open_store(self._settings, self._login), ""
            except (CaraError, SQLAlchemyError) as error:
                why = error.message if isinstance(error, CaraError) else type(error).__name__
                if why != self._told:
                    self._told = why
                    _log.error("%s %s", self._without, why)  # noqa: TRY400, RUF100
        return self._opened

    def close(self) -> None:
        """Let go of it, unless it is the application's."""
        if self._own and self._opened is not None:
            self._opened.engine.dispose()


def setting_of(login: str) -> str:
    """The setting that names a login's URL."""
    return f"CARA_{login.upper()}_DATABASE_URL" if login else "CARA_DATABASE_URL"


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
    """Bring schema and reference data up to date, as the database's owner; says whether the schema changed.

    Raises:
        Misconfigured: the key folder is not this database's. Nothing was changed.
    """
    schema.import_models()
    engine = schema.owner_engine(settings.url if settings.sqlite else settings.database_owner_url or settings.url)
    try:
        with engine.connect() as connection:
            late = schema.behind(connection)
            keyed = inspect(connection).has_table("case_digest")
        keys = LedgerKeys(settings.key_folder)
        if late or not settings.sqlite:
            schema.upgrade(engine, _unchanged if keyed else partial(_begin_keyed, settings, keys))
        with engine.connect() as connection:
            untagged_seals.settle(connection, keys)
        with Session(engine) as session, session.begin():
            columns: Any = OffenceCode
            if session.exec(select(columns.code).limit(1)).first() is None:
                offence_codes.refresh(session)
    finally:
        engine.dispose()
    return late


def _unchanged(_connection: Connection) -> None:
    """Leave a database that has keyed digests already as it is."""


def _begin_keyed(settings: Settings, keys: LedgerKeys, connection: Connection) -> None:
    """Begin keyed digests, in the transaction of the upgrade that makes their table: end the seals without a tag, and leave a first digest
    of every case."""
    postgresql_roles.let_owner_in(connection, into=True)
    _refuse_other_keys(settings, connection)
    untagged_seals.announce(connection, keys)
    baseline(connection, keys)
    postgresql_roles.let_owner_in(connection, into=False)


def _refuse_other_keys(settings: Settings, connection: Connection) -> None:
    """Make sure that first digests are made in the key folder that the application will use.

    Raises:
        Misconfigured: nothing of this database's keys is there.
    """
    tables, folder = SQLModel.metadata.tables, settings.key_folder

    def has(name: str) -> bool:
        return connection.execute(select(literal(1)).select_from(tables[name]).limit(1)).first() is not None

    people = has("victim") and not Keyring(folder).forces()
    empty = not settings.secret and has("referral") and not (folder.is_dir() and any(folder.rglob("*")))
    if people or empty:
        raise Misconfigured(
            f"This database has cases, and the key folder {folder} has no keys of theirs. Run `cara db upgrade` where the key folder is "
            "and set CARA_KEYS to it, or bring it back with `cara keys restore`. Nothing was changed."
        )
