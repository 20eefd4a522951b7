"""`cara backup FILE`: the whole database as it stands at one instant, while people work. Keys are not in it."""

import json
import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cara.errors import BadInput, Fault, Misconfigured, Unavailable
from cara.operations.console import progress, say
from cara.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cara.operations.backup.archive import Manifest


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="where to; must not be there yet")
    parser.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are, for the ledger")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Writes it. 0 done."""
    from cara.operations.backup import file_separation
    from cara.operations.backup.key_commands import database
    from cara.platform.ledger.writer import Act
    from cara.platform.unit_of_work import operator, work_as

    settings, began = Settings.load(), time.perf_counter()
    file_separation.keep_apart(args.file.parent, settings.key_folder, other=file_separation.KEYS)
    if args.file.exists():
        message = f"There is a file {args.file} already. Backups are never written over each other."
        raise BadInput(message, [Fault("file", "exists", message)])
    with database(settings) as store:
        seal_first(settings, args.name)
        with progress("Rows", None, silent=args.json) as step:
            manifest = write(settings, args.file, step)
        codes: dict[str, str | int] = {"rows": manifest.rows, "entries": manifest.ledger["entries"]}
        with work_as(store, operator(args.name), "database", "backup") as w:
            w.record("database.backed_up", Act.DISCLOSURE, codes=codes)
    taken = round(time.perf_counter() - began, 1)
    if args.json:
        told = {"file": str(args.file), "rows": manifest.rows, "seconds": taken, "bytes": args.file.stat().st_size}
        say(json.dumps(told | {"schema": manifest.schema, "ledger": manifest.ledger}))
    else:
        say(
            f"{manifest.rows:,} rows of {len(manifest.tables)} tables are in {args.file} ({args.file.stat().st_size:,} bytes).",
            f"Its ledger: {manifest.ledger['count']} {manifest.ledger['root']}. Keep this line elsewhere.",
            "It holds personal data, and no keys. Back those up apart: `cara keys backup`.",
        )
    return 0


def write(settings: Settings, path: Path, step: Callable[[int], None] = lambda _done: None) -> "Manifest":
    """Write a backup, whole or not at all. Returns what is in it.

    Raises:
        Misconfigured: some row belongs to no force that this version knows, or entries of the ledger are not seen.
    """
    from cara import clock
    from cara.operations.backup import archive, snapshot
    from cara.platform.crypto.private_files import private
    from cara.platform.database.revisions import newest
    from cara.platform.database.schema import locations

    private(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        made = archive.create(part)
        part.chmod(0o600)
        engine = "sqlite" if settings.sqlite else "postgresql"
        manifest = archive.Manifest(clock.now().isoformat(), sorted(newest(locations())), engine)
        with snapshot.snapshot(settings) as connection:
            done = 0
            for table in snapshot.tables():
                with made.open(archive.member(table.name), "w", force_zip64=True) as into:
                    lines = archive.lines(snapshot.rows(connection, table))
                    found = archive.hashed(lines, into, lambda more, done=done: step(done + more))  # type: ignore[misc]
                if extra := snapshot.left_out(connection, table, found.rows):
                    raise Misconfigured(f"{extra} rows of {table.name} belong to no force that this version knows.")
                manifest.tables[table.name] = found
                done += found.rows
            manifest.ledger = ledger_of(connection)
            if manifest.ledger["entries"] < manifest.ledger["count"]:
                raise Misconfigured(
                    f"The backup would hold {manifest.ledger['entries']:,} entries of the ledger, and its newest seal counts "
                    f"{manifest.ledger['count']:,}: whoever reads it does not see every row, or entries are missing. Nothing was kept."
                )
        archive.close(made, manifest)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def ledger_of(connection: "Connection") -> "dict[str, Any]":
    """How many entries a ledger has, and its newest seal: what a restored one must have too."""
    from sqlalchemy import func, select
    from sqlmodel import SQLModel

    entry, seal = (SQLModel.metadata.tables[name] for name in ("ledger_entry", "ledger_seal"))
    entries = connection.execute(select(func.count()).select_from(entry)).scalar_one()
    last = connection.execute(select(seal.c["count"], seal.c.root).order_by(seal.c.id.desc()).limit(1)).one_or_none()
    return {"entries": entries, "count": last[0] if last else 0, "root": last[1] if last else ""}


def seal_first(settings: Settings, name: str) -> None:
    """Seal the ledger, so that the backup can be held against a root."""
    from cara.platform.bootstrap import open_store
    from cara.platform.database.engine import Use
    from cara.platform.ledger.seals import seal
    from cara.platform.unit_of_work import operator, work_as

    store = open_store(settings, "ledger")
    try:
        with suppress(Unavailable), work_as(store, operator(name), "ledger", "seal", use=Use.SEALING) as w:
            seal(w.session, whole=True)
    finally:
        store.engine.dispose()
