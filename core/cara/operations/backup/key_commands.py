"""`cara keys`: change a force's key, look whether the keys fit the database, and keep a copy of the keys elsewhere."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cara.errors import Misconfigured
from cara.operations.console import progress, say
from cara.settings import Settings

if TYPE_CHECKING:
    from cara.platform.database.engine import Store


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    rotate = actions.add_parser("rotate", help="change a force's key; may be ended at any point and run again")
    rotate.add_argument("--force", required=True, metavar="SLUG", help="whose key")
    check = actions.add_parser("check", help="say whether the keys fit the database")
    kept = actions.add_parser("backup", help="write all keys, encrypted, into one file in a folder of its own")
    kept.add_argument("folder", type=Path, metavar="DIR", help="where to; never where the database's backups are")
    again = actions.add_parser("restore", help="bring keys back into an empty key folder")
    again.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup; its newest file is taken")
    for one in (kept, again):
        one.add_argument(
            "--passphrase-file",
            type=Path,
            required=True,
            metavar="FILE",
            help="a file whose first line opens the backup",
        )
    for one in (rotate, check, kept, again):
        one.add_argument("--as", dest="name", default="system", metavar="NAME", help="who you are, for the ledger")
        one.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """0 done and well; 1 something does not fit."""
    return {"rotate": _rotate, "check": _check, "backup": _backup, "restore": _restore}[args.action](args)


def _rotate(args: Namespace) -> int:
    from cara.platform.crypto.key_rotation import rotate
    from cara.platform.crypto.keyring import Keyring
    from cara.platform.ledger.writer import Act
    from cara.platform.reference_data.forces import force
    from cara.platform.unit_of_work import operator, work_as

    settings, slug = Settings.load(), force(args.force).slug
    keys = Keyring(settings.key_folder)
    with database(settings) as store:
        with work_as(store, operator(args.name), "keys", "rotate") as w:
            w.record("keys.rotation_begun", Act.ALTERATION, subject=("force", slug), force=slug)
        with progress(f"Keys of {slug}", sum(1 for _one in keys.people(slug)), silent=args.json) as step:
            done = rotate(keys, slug, step)
        codes: dict[str, str | int] = {
            "key": done.key,
            "people": done.people,
            "wrapped": done.wrapped,
            "destroyed": done.destroyed,
        }
        with work_as(store, operator(args.name), "keys", "rotate") as w:
            w.record("keys.rotated", Act.ALTERATION, subject=("force", slug), force=slug, codes=codes)
    if args.json:
        say(json.dumps(asdict(done)))
        return 0
    begun = "The change that was interrupted is finished" if done.finished else f"{slug} has a new key"
    say(
        f"{begun}: {done.wrapped:,} of {done.people:,} people’s keys wrapped anew, {done.destroyed} old force key destroyed."
    )
    say("Back the keys up now (`cara keys backup`), and destroy older backups of them: they hold the old key.")
    return 0


def _check(args: Namespace) -> int:
    from cara.operations.backup.reapply_erasures import compare
    from cara.platform.crypto.keyring import Keyring

    settings = Settings.load()
    keys = Keyring(settings.key_folder)
    with database(settings) as store:
        compared = list(compare(store, keys, args.name))
    found: list[dict[str, str | int]] = [
        {
            "force": one.force, "people": sum(1 for _key in keys.people(one.force)), "rows": one.rows, "missing": one.missing,
            "returned": len(one.returned), "unknown": one.unknown, "unopened": keys.unopened(one.force),
            "old_force_keys": len(keys.retired(one.force)), "answers": one.answers, "answers_unreadable": one.unreadable,
        }
        for one in compared if one.rows or one.answers or one.unknown or one.force in keys.forces()
    ]  # fmt: skip
    faults = list(_faults(found))
    if args.json:
        say(json.dumps({"fit": not faults, "forces": found, "faults": faults}))
    else:
        say("The keys fit the database." if not faults else "The keys do not fit the database:")
        say(*(f"  {one}" for one in faults), f"{sum(int(one['people']) for one in found):,} keys of people, "
              f"{len(found)} forces.")  # fmt: skip
    return 1 if faults else 0


def _faults(found: list[dict[str, str | int]]) -> Iterator[str]:
    for one in found:
        force = one["force"]
        if one["missing"]:
            yield f"{force}: {one['missing']} people’s keys are missing. Restore the key folder."
        if one["returned"]:
            yield f"{force}: {one['returned']} keys of erased people came back. `cara keys restore` or `cara restore` destroys them."
        if one["unopened"]:
            yield f"{force}: {one['unopened']} keys are opened by no key of the force. Restore the key folder."
        if one["old_force_keys"]:
            yield f"{force}: a change of keys was interrupted. Run `cara keys rotate --force {force}` again."


def _backup(args: Namespace) -> int:
    from cara.operations.backup import key_archive
    from cara.platform.ledger.writer import Act
    from cara.platform.unit_of_work import operator, work_as

    settings = Settings.load()
    passphrase = key_archive.passphrase(args.passphrase_file)
    file, count = key_archive.write(settings.key_folder, args.folder, passphrase)
    with database(settings) as store, work_as(store, operator(args.name), "keys", "backup") as w:
        w.record("keys.backed_up", Act.DISCLOSURE, codes={"files": count})
    if args.json:
        say(json.dumps({"file": str(file), "files": count}))
    else:
        say(f"{count:,} files of keys are in {file}, encrypted.")
        say("Keep it apart from the database’s backups, and the passphrase apart from both. Destroy older ones.")
    return 0


def _restore(args: Namespace) -> int:
    from cara.operations.backup import key_archive, reapply_erasures
    from cara.platform.crypto.keyring import Keyring
    from cara.platform.ledger.writer import Act
    from cara.platform.unit_of_work import operator, work_as

    settings = Settings.load()
    count = key_archive.restore(args.folder, settings.key_folder, key_archive.passphrase(args.passphrase_file))
    again, there = 0, settings.database_file is None or settings.database_file.is_file()
    if there:
        with database(settings) as store:
            again = reapply_erasures.apply(store, Keyring(settings.key_folder), args.name)
            there = reapply_erasures.used(
                store
            )  # one in which nothing was done yet stays so: databases are restored into such
            if there:
                with work_as(store, operator(args.name), "keys", "restore") as w:
                    w.record("keys.restored", Act.ALTERATION, codes={"files": count, "destroyed": again})
    if args.json:
        say(json.dumps({"files": count, "destroyed": again, "compared": there}))
    else:
        say(f"{count:,} files of keys are in {settings.key_folder}.")
        if again:
            say(f"Keys of people who were erased since had come back with them, and were destroyed again: {again:,}.")
        if not there:
            say("There is no database yet. `cara restore` destroys the keys of whoever was erased.")
    return 0


@contextmanager
def database(settings: Settings) -> "Iterator[Store]":
    """The database as it is, opened for one command.

    Raises:
        Misconfigured: there is none. Opening would make one.
    """
    from cara.platform.bootstrap import open_store

    if (file := settings.database_file) and not file.is_file():
        raise Misconfigured(f"There is no database at {file}. Set CARA_HOME or CARA_DATABASE_URL to where it is.")
    store = open_store(settings)
    try:
        yield store
    finally:
        store.engine.dispose()
