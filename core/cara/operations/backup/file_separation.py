"""Which folder holds what: a backup of the keys and one of the database never lie in one place, or the one opens the other."""

from pathlib import Path

from cara.errors import BadInput, Fault

KEYS = b"CARA-KEYS"
"""Begins a backup of keys."""
DATABASE = b"CARA-BACKUP"
"""Name of the first member of a backup of the database, so that it stands near the file's beginning."""
_NEAR = 80


def kind(file: Path) -> bytes:
    """What a file is a backup of, `KEYS` or `DATABASE`; empty for any other file."""
    try:
        with file.open("rb") as opened:
            start = opened.read(_NEAR)
    except OSError:
        return b""
    if start.startswith(KEYS):
        return KEYS
    return DATABASE if start.startswith(b"PK") and DATABASE in start else b""


def keep_apart(folder: Path, key_folder: Path, *, other: bytes) -> None:
    """Refuse a folder in which a backup of this kind may not lie.

    Raises:
        BadInput: there are backups of the other kind in it, or it is the key folder.
    """
    where = folder.resolve()
    if where.is_relative_to(key_folder.resolve()):
        raise _refused("That is the key folder, or inside it. Choose a folder elsewhere, best on another machine.")
    if where.is_dir() and any(kind(one) == other for one in where.iterdir() if one.is_file()):
        what = "keys" if other == KEYS else "the database"
        raise _refused(
            f"Backups of {what} are in that folder. Whoever has both reads everything, and an erased person could come back: "
            "keep them in two places."
        )


def _refused(message: str) -> BadInput:
    return BadInput(message, [Fault("folder", "not_apart", message)])
