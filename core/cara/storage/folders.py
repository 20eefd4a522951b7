"""Folders and files that are nobody else's: what is kept in them is read through the platform or not at all."""

import os
from pathlib import Path


def private(folder: Path) -> None:
    """Make a folder that is nobody else's, and each above it that is not there yet: `mkdir` would leave those open."""
    for one in (*reversed([above for above in folder.parents if not above.exists()]), folder):
        one.mkdir(exist_ok=True, mode=0o700)


def private_file(path: Path) -> None:
    """Have a file begin empty and nobody else's; one that is there stays as it is."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
