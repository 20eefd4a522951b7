"""`cara serve`: the platform in one process, by the settings of this installation. Also how the demonstration is served."""

import fcntl
import os
import signal
import socket
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cara.errors import Misconfigured
from cara.platform.crypto.private_files import private
from cara.settings import Settings

if TYPE_CHECKING:
    import uvicorn
    from litestar import Litestar

LARGEST_PORT = 65_535
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE = 3
"""Seconds that requests under way get to finish once the process is asked to stop."""


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--port", type=port, help="the port to listen on (CARA_PORT, else 8000)")


def run(args: Namespace) -> int:
    """Serves until it is stopped.

    Raises:
        Misconfigured: the port is taken, another process serves this database, or practice data would be served under a
            real address.
    """
    from cara.operations.practice_guard import refuse_practice_address

    settings = Settings.load()
    settings = replace(settings, port=args.port or settings.port)
    settings.check()
    refuse_practice_address(settings)  # before anything is made
    with stoppable(), listen(settings.host, settings.port) as listening, alone(settings):
        from cara.operations.app import create_app

        app = create_app(settings)
        print(f"CARA is at {settings.address}. Stop it with Ctrl-C.", flush=True)  # noqa: T201
        serve(app, listening)
    return 0


def port(text: str) -> int:
    """A port as typed on the command line."""
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        raise ArgumentTypeError("a port is a whole number from 1 to 65535")
    return int(text)


def listen(host: str, number: int) -> socket.socket:
    """A listening socket. Taken at once, so that a taken port is known before anything else is done.

    Raises:
        Misconfigured: the port is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, number), family=family)
    except OSError:
        raise Misconfigured(
            f"Port {number} cannot be used: something else listens there. Choose another with --port."
        ) from None


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold an SQLite database as the one process that serves it. The lock goes with the process, however it ends; its
    file stays, so that two that come at once see the same one. On PostgreSQL there is nothing to hold.

    Raises:
        Misconfigured: another process serves this database.
    """
    file = settings.database_file
    if file is None:
        yield
        return
    private(file.parent)
    held = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(
                f"Another process serves {file} already, and SQLite means one: stop that one, or use PostgreSQL."
            ) from None
        yield
    finally:
        os.close(held)


@contextmanager
def stoppable() -> Iterator[None]:
    """Being asked to terminate is the same as Ctrl-C, and both end quietly what is inside."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def server(app: "Litestar") -> "uvicorn.Server":
    """The server as it is always run. Addresses that were asked for are not logged: references stand in them."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, proxy_headers=False, server_header=False, lifespan="on", ws="none",
        timeout_graceful_shutdown=PATIENCE,
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(app: "Litestar", listening: socket.socket) -> None:
    """Serve until a signal comes."""
    server(app).run(sockets=[listening])
