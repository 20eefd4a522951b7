"""The file of a backup: a ZIP with a table's rows in each member, a JSON list a line, and a manifest with their hashes.

Values are written as either engine means them, so that what was taken from SQLite can be restored into PostgreSQL.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sqlalchemy import JSON, Date, LargeBinary, Numeric, Table, Time, null
from sqlalchemy.types import TypeEngine

from cara.errors import BadInput, Fault
from cara.operations.backup.file_separation import DATABASE
from cara.platform.database.column_types import Instant, Money

FORMAT = 1
BATCH = 1000
_MARK = DATABASE.decode()


@dataclass(frozen=True, slots=True)
class Rows:
    """One table in a backup: how many rows, and the hash of their lines."""

    rows: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `ledger`: entries, and the newest seal (`count`, `root`) as `cara ledger root` exports it."""

    made_at: str
    schema: list[str]
    engine: str
    ledger: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(one.rows for one in self.tables.values())


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A line for each row, its columns in the table's order."""
    for row in rows:
        yield json.dumps([_out(one) for one in row], separators=(",", ":")).encode() + b"\n"


def values(table: Table, found: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Rows out of their lines, to be inserted."""
    columns = [(column.name, _reader(column.type)) for column in table.c]
    for line in found:
        given = json.loads(line)
        yield {name: read(one) for (name, read), one in zip(columns, given, strict=True)}


def hashed(
    found: Iterable[bytes], into: IO[bytes] | None = None, step: Callable[[int], None] = lambda _n: None
) -> Rows:
    """How many lines there are and what they hash to; they are written on their way if `into` is given."""
    hasher, number = hashlib.sha256(), 0
    for number, line in enumerate(found, start=1):
        hasher.update(line)
        if into:
            into.write(line)
        if not number % BATCH:
            step(number)
    return Rows(number, hasher.hexdigest())


def create(path: Path) -> zipfile.ZipFile:
    """A new backup, marked as one in its first bytes."""
    made = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=6)
    made.writestr(zipfile.ZipInfo(_MARK), b"", zipfile.ZIP_STORED)
    return made


def member(table: str) -> str:
    """Where a table's rows are."""
    return f"tables/{table}.jsonl"


def close(made: zipfile.ZipFile, manifest: Manifest) -> None:
    """Write the manifest, which comes last: without it a file is no backup."""
    made.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    made.close()


def opened(path: Path) -> tuple[zipfile.ZipFile, Manifest]:
    """A backup and its manifest.

    Raises:
        BadInput: it cannot be read, is no backup, or was not finished.
    """
    try:
        found = zipfile.ZipFile(path)
        told = json.loads(found.read("manifest.json"))
        told["tables"] = {name: Rows(**one) for name, one in told["tables"].items()}
        manifest = Manifest(**told)
    except OSError:
        raise bad("The backup cannot be read: is it there, and may you read it?") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise bad("That file is no backup of CARA’s database, or is not whole.") from None
    if manifest.format != FORMAT:
        raise bad(f"The backup’s format is {manifest.format}, and this version reads {FORMAT}.")
    return found, manifest


def bad(message: str) -> BadInput:
    """The file will not do."""
    return BadInput(message, [Fault("file", "unusable", message)])


def _out(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal) else value


_READERS: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Any]], ...] = (
    (Instant, datetime.fromisoformat),
    (Date, date.fromisoformat),
    (Time, time.fromisoformat),
    (LargeBinary, base64.b64decode),
    (Numeric, Decimal),
    (Money, Decimal),
)


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, JSON):
        return lambda one: null() if one is None else one
    read = next((read for of, read in _READERS if isinstance(kind, of)), None)
    return (lambda one: one if one is None else read(one)) if read else (lambda one: one)
