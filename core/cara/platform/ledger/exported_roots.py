"""Exported roots: what the ledger hashes to, put where the operator says, so that this machine cannot rewrite the past unseen."""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from cara.errors import Misconfigured
from cara.platform.ledger.models import LedgerEntry
from cara.platform.ledger.seals import Root
from cara.settings import Settings

EXPORTED: Final = "ledger.root_exported"
"""The verb of the entry that an export leaves."""
PATIENCE: Final = 60
"""Seconds that the operator's command may take."""


def has_place(settings: Settings) -> bool:
    """Whether the operator has said where roots go."""
    return bool(settings.root_file or settings.root_command)


def last_export(session: Session) -> datetime | None:
    """When a root was exported last, as the ledger says."""
    return session.execute(select(func.max(LedgerEntry.at)).where(col(LedgerEntry.verb) == EXPORTED)).scalar()


def is_due(settings: Settings, last: datetime | None, now: datetime) -> bool:
    """Whether it is time for another."""
    return has_place(settings) and (last is None or now - last >= timedelta(hours=settings.root_hours))


def export(settings: Settings, root: Root, now: datetime) -> None:
    """Put a root where the operator says: a line is added to a file, and given to a command on its standard input.

    Raises:
        Misconfigured: the file cannot be written, or the command fails.
    """
    line = json.dumps({"at": now.isoformat(), "count": root.count, "root": root.root})
    if settings.root_file:
        try:
            with Path(settings.root_file).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            raise Misconfigured("The file of CARA_ROOT_FILE cannot be written. Mend that, or name another.") from None
    if settings.root_command:
        try:
            subprocess.run(  # noqa: S603 - the operator's own words, and no shell reads them
                shlex.split(settings.root_command),
                input=line.encode(),
                timeout=PATIENCE,
                check=True,
                capture_output=True,
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            raise Misconfigured(
                "The command of CARA_ROOT_COMMAND failed. Run it by hand with a line of text."
            ) from None


def read(path: Path) -> Sequence[Root]:
    """The roots of a file: one document, or one a line.

    Raises:
        ValueError: the file holds something else.
        OSError: it cannot be read.
    """
    text = path.read_text("utf-8")
    try:
        found = [json.loads(text)]
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    try:
        return [Root(int(one["count"]), str(one["root"])) for one in found]
    except (KeyError, TypeError):
        raise ValueError("no root") from None
