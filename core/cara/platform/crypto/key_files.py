"""Files that hold keys: written whole or not at all, put in each other's place at once, and made unreadable before they go.

Locks are the system's own (`flock`): one goes with the process that holds it, however that ends.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cara.platform.crypto.private_files import private

PART = ".part"
GONE = ".gone"
PASSING = (PART, GONE, ".lock")
"""Endings of what is no key: being written, being destroyed, or locked by."""


def read(path: Path) -> bytes | None:
    """What a file holds; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def write_once(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Write a key so that a crash leaves either none or the whole of it, and of several that write it at once the first wins:
    a key that was used may never be replaced. `synced`: return once it is on the disk; else whoever calls sees to that."""
    part = _part(path, f"{path.stem}.{secrets.token_hex(8)}{PART}", content, synced=synced)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    if synced:
        settle(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put other content in a file's place: a reader sees the one or the other. For whoever holds `alone`."""
    _part(path, f"{path.stem}{PART}", content).replace(path)


def _part(path: Path, name: str, content: bytes, *, synced: bool = True) -> Path:
    private(path.parent)
    part = path.with_name(name)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if synced:
            os.fsync(file.fileno())
    return part


def shred(path: Path) -> bool:
    """Overwrite a file and remove it. It is taken out of everybody's sight first, so that nobody reads what is left of it.
    Safe to repeat; says whether there was one."""
    gone = path.with_name(f"{path.name}.{secrets.token_hex(8)}{GONE}")
    try:
        path.rename(gone)
    except FileNotFoundError:
        return False
    _overwrite(gone)
    settle(path.parent)
    return True


def sweep(folder: Path, stem: str) -> None:
    """Make unreadable what a crash left of a key: parts of it, and remains of its destruction."""
    for left in folder.glob(f"{stem}.*"):
        if left.name.endswith((PART, GONE)):
            _overwrite(left)


def _overwrite(path: Path) -> None:
    with suppress(FileNotFoundError):  # somebody else was as thorough
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()


def settle(folder: Path) -> None:
    """Return once a folder's names are on the disk as they are."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def together(lock: Path) -> Iterator[None]:
    """Hold a lock with any others that hold it so; whoever wants to be alone waits."""
    with _held(lock, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock alone.

    Raises:
        BlockingIOError: others hold it, and it was not to be waited for.
    """
    with _held(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)):
        yield


@contextmanager
def _held(lock: Path, how: int) -> Iterator[None]:
    private(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
