"""`cara import referrals --force SLUG FILE`: drafts from a records system's export."""

import contextlib
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cara.errors import BadInput, Fault
from cara.platform.reference_data.forces import FORCES

if TYPE_CHECKING:
    from cara.features.referrals.csv_import.actions import Rows, Watch
    from cara.features.referrals.csv_import.plan import Plan

_SHOWN = 20


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("what", choices=["referrals"], help="what the file holds")
    parser.add_argument("--force", required=True, metavar="SLUG", help="the force whose cases they are")
    parser.add_argument("file", metavar="FILE", help="the export, as CSV")
    parser.add_argument("--dry-run", action="store_true", help="say what an import would do, and do nothing")
    parser.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are, for the ledger")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Imports, or tries to. 0 done, 1 the file cannot be read or rows were rejected, 2 no such force."""
    if args.force not in FORCES:
        print("There is no such force. Slugs are like thames_valley.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        # What a plugin prints while it loads must not get into the document.
        with contextlib.redirect_stdout(sys.stderr), _open(args.file) as file, _watched(args.dry_run) as watch:
            answer = _import(args, file, watch).answer()
    except BadInput as error:
        if not args.json:
            raise
        answer = {"read": 0, "accepted": 0, "rejected": 0, "duplicates": 0, "findings": [_row(f) for f in error.faults]}
        print(json.dumps(answer))  # noqa: T201
        return 1
    print(json.dumps(answer) if args.json else "\n".join(_lines(answer, dry=args.dry_run)))  # noqa: T201
    return 1 if answer["rejected"] else 0


def _import(args: Namespace, file: BinaryIO, watch: "Watch") -> "Plan":
    from cara.features.referrals.csv_import.actions import column_map, import_rows, try_rows
    from cara.platform.bootstrap import open_store
    from cara.platform.database.row_scope import Scope
    from cara.platform.plugins import load_forces
    from cara.platform.plugins.force_settings import read_standings
    from cara.platform.unit_of_work import operator, work_as
    from cara.settings import Settings

    forces = load_forces(only={args.force})
    store = open_store(Settings.load())
    do = try_rows if args.dry_run else import_rows
    try:
        with work_as(store, operator(args.name), "import", "run", Scope(force=args.force)) as w:
            forces.heed(read_standings(w.connection))
            return do(w, args.force, file, column_map(w, forces, args.force), watch=watch)
    finally:
        store.engine.dispose()


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except (OSError, ValueError):
        message = "The file cannot be read: is it there, and may you read it?"
        raise BadInput(message, [Fault("file", "unreadable", message)]) from None


@contextlib.contextmanager
def _watched(dry: bool) -> Iterator["Watch"]:
    """Shows on a terminal how many rows were read; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield iter
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Trying" if dry else "Importing", total=None)

        def watch(rows: "Rows") -> "Rows":
            for row in rows:
                progress.advance(task)
                yield row

        yield watch


def _row(fault: Fault) -> dict[str, Any]:
    return {"row": 1, "field": fault.field, "code": fault.code, "message": fault.message}


def _lines(answer: dict[str, Any], *, dry: bool) -> Iterator[str]:
    if dry:
        yield "Tried only: nothing was imported."
    yield f"{answer['read']:>8,} rows read"
    yield f"{answer['accepted']:>8,} {'would become' if dry else 'became'} drafts"
    yield f"{answer['duplicates']:>8,} are here already"
    yield f"{answer['rejected']:>8,} have faults and were left out"
    findings = answer["findings"]
    if findings:
        yield ""
    for one in findings[:_SHOWN]:
        yield f"row {one['row']}{', ' + one['field'] if one['field'] else ''}: {one['message']}"
    if len(findings) > _SHOWN:
        yield f"… and {len(findings) - _SHOWN:,} more: --json lists them all."
