"""`cara restore FILE`: a backup brought back into an empty installation, and held against what it was, row for row."""

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cara.errors import Misconfigured, NotNow
from cara.operations.console import progress, say
from cara.settings import Settings

if TYPE_CHECKING:
    from zipfile import ZipFile

    from sqlalchemy import Connection, Table

    from cara.operations.backup.archive import Manifest

OURS = ("offence_code", "force_arrangement")
"""Tables that an installation fills by itself: they count as empty, and give way to what is in the backup."""


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that `cara backup` wrote")
    parser.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are, for the ledger")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Restores it. 0 done, and everything is as it was."""
    from cara.operations.backup import archive, reapply_erasures
    from cara.operations.backup.key_commands import database
    from cara.operations.serve import alone
    from cara.platform.crypto.keyring import Keyring
    from cara.platform.ledger.writer import Act
    from cara.platform.unit_of_work import operator, work_as

    settings, began = Settings.load(), time.perf_counter()
    found, manifest = archive.opened(args.file)
    with found, alone(settings), progress("Rows", 2 * manifest.rows, silent=args.json) as step:
        restore(settings, found, manifest, step)
    keys = Keyring(settings.key_folder)
    with database(settings) as store:
        again = reapply_erasures.apply(store, keys, args.name)
        missing = sum(one.missing for one in reapply_erasures.compare(store, keys, args.name))
        codes = {"rows": manifest.rows, "destroyed": again}
        with work_as(store, operator(args.name), "database", "restore") as w:
            w.record("database.restored", Act.ALTERATION, codes=codes)
    taken = round(time.perf_counter() - began, 1)
    if args.json:
        told = {"rows": manifest.rows, "seconds": taken, "made_at": manifest.made_at, "destroyed": again}
        say(json.dumps(told | {"keys_missing": missing, "ledger": manifest.ledger}))
    else:
        say(
            f"{manifest.rows:,} rows are back as they were at {manifest.made_at}; every hash and the ledger’s root agree."
        )
        if again:
            say(f"{again:,} keys of people erased before then had come back, and were destroyed again.")
        if missing:
            say(f"{missing:,} people’s keys are not here. Restore them: `cara keys restore`.")
    return 0


def restore(
    settings: Settings, found: "ZipFile", manifest: "Manifest", step: Callable[[int], None] = lambda _done: None
) -> None:
    """Bring back every row, or none.

    Raises:
        BadInput: the backup is damaged, or another version's.
        NotNow: the installation is not empty.
        Misconfigured: what was restored is not what the backup says.
    """
    from cara.operations.backup import archive, snapshot

    fits(manifest)
    with _database(settings) as connection:
        empty(connection)
        done = 0
        for table in snapshot.tables():
            with found.open(archive.member(table.name)) as lines:
                _fill(connection, table, iter(lines))
            done += manifest.tables[table.name].rows
            step(done)
        if connection.dialect.name == "postgresql":
            _count_on(connection)
        for table in snapshot.tables():
            now = archive.hashed(archive.lines(snapshot.rows(connection, table)))
            if now != manifest.tables[table.name]:
                raise archive.bad(
                    f"The backup is damaged: {table.name} is not what the manifest says. Nothing was restored."
                )
            done += now.rows
            step(done)
        _ledger(connection, manifest)


def fits(manifest: "Manifest") -> None:
    """Refuse a backup of another schema.

    Raises:
        BadInput: says which.
    """
    from cara.operations.backup import archive, snapshot
    from cara.platform.database.revisions import newest
    from cara.platform.database.schema import locations

    here = sorted(newest(locations()))
    if manifest.schema != here:
        raise archive.bad(
            f"The backup’s schema is {', '.join(manifest.schema)}, and this version’s {', '.join(here)}. Restore it with the "
            "version that made it, then upgrade."
        )
    if unknown := set(manifest.tables) ^ {table.name for table in snapshot.tables()}:
        raise archive.bad(f"The backup and this version do not have the same tables: {', '.join(sorted(unknown))}.")


def empty(connection: "Connection") -> None:
    """Make sure that nothing is in the database but what an installation puts there, and remove that.

    Raises:
        NotNow: there is more.
    """
    from sqlalchemy import delete

    from cara.operations.backup import snapshot

    for table in snapshot.tables():
        if table.name not in OURS and not snapshot.bare(connection, table):
            raise NotNow(
                f"There are rows in {table.name} already. A backup is restored into an empty installation only."
            )
    for table in snapshot.tables():
        if table.name in OURS:
            connection.execute(delete(table))


def _fill(connection: "Connection", table: "Table", lines: Iterator[bytes]) -> None:
    from sqlalchemy import insert
    from sqlalchemy.exc import DatabaseError, StatementError

    from cara.operations.backup import archive

    try:
        rows = archive.values(table, lines)
        while batch := list(islice(rows, archive.BATCH)):
            connection.execute(insert(table), batch)
    except (ValueError, TypeError, EOFError, OSError, StatementError, DatabaseError):
        raise archive.bad(
            f"The backup is damaged: its rows of {table.name} cannot be read. Nothing was restored."
        ) from None


def _count_on(connection: "Connection") -> None:
    """Rows kept their numbers, so sequences are told where to go on."""
    from sqlalchemy import Integer, text

    from cara.operations.backup import snapshot

    for table in snapshot.tables():
        column = table.c.get("id")
        if column is None or not isinstance(column.type, Integer):
            continue
        named = connection.execute(text("select pg_get_serial_sequence(:name, 'id')"), {"name": table.name}).scalar()
        if not named:
            continue
        last = max((row[table.c.keys().index("id")] for row in snapshot.rows(connection, table)), default=0)
        if last:
            connection.execute(text("select setval(:sequence, :last)"), {"sequence": named, "last": last})


def _ledger(connection: "Connection", manifest: "Manifest") -> None:
    from sqlmodel import Session

    from cara.operations.backup.write import ledger_of
    from cara.platform.ledger.seals import Root
    from cara.platform.ledger.verifier import verify

    kept = manifest.ledger
    with Session(connection) as session:
        verdict = verify(session, [Root(int(kept["count"]), str(kept["root"]))] if kept["root"] else ())
    if verdict.faults or ledger_of(connection) != kept:
        told = "; ".join(verdict.faults[:3]) or "it is another one than the manifest says"
        raise Misconfigured(f"The ledger in the backup does not verify ({told}). Nothing was restored.")


@contextmanager
def _database(settings: Settings) -> "Iterator[Connection]":
    """The database to restore into, with its schema, in one transaction. An SQLite file that was made for it goes again if
    that fails."""
    from cara.platform.bootstrap import answering
    from cara.platform.database import postgresql_roles, schema

    schema.import_models()
    file = settings.database_file
    made = file is not None and not file.exists()
    engine = schema.owner_engine(settings.url if settings.sqlite else settings.database_owner_url or settings.url)
    try:
        with answering(settings):
            if settings.sqlite:
                schema.upgrade(engine)
            with engine.connect() as looking:
                late = schema.behind(looking)
        if late:
            raise Misconfigured("The database’s schema is not this version’s. Run `cara db upgrade` first.")
        with engine.begin() as connection:
            if settings.sqlite:
                yield connection
            else:
                # Forced security binds the owner too, and shows it nothing, which would look like an empty database.
                postgresql_roles.let_owner_in(connection, into=True)
                yield connection
                postgresql_roles.let_owner_in(connection, into=False)
    except BaseException:
        if made and file:
            engine.dispose()
            for left in file.parent.glob(f"{file.name}*"):
                if not left.name.endswith(".lock"):
                    left.unlink()
        raise
    finally:
        engine.dispose()
