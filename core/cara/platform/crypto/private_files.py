"""Folders and files that are nobody else's: what is kept in them is read through the platform or not at all."""

import secrets
from contextlib import suppress
from pathlib import Path


def private(folder: Path) -> None:
    """Make a folder that is nobody else's, and each above it that is not there yet: `mkdir` would leave those open."""
    for one in (*reversed([above for above in folder.parents if not above.exists()]), folder):
        one.mkdir(exist_ok=True, mode=0o700)


def private_file(path: Path) -> None:
    """Have a file begin empty and nobody else's; one that is there stays as it is.

    It is made under another name and never opened by its own: whoever closes a database's file, however it was opened, drops
    every lock that its process holds on it.
    """
    if path.exists():
        return
    made = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    try:
        made.touch(mode=0o600)
        with suppress(FileExistsError):
            path.hardlink_to(made)
    finally:
        made.unlink(missing_ok=True)
