"""Checks of what lies on this machine: data, database, ledger, keys, files."""

import json
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cara.errors import Unavailable
from cara.operations.doctor.checks import Finding, Patient, work_in

UNSEALED: Final = timedelta(minutes=5)
"""Longer than this no entry waits for its seal where all is well."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def assets(_patient: Patient) -> Iterator[Finding]:
    """Page styles and standing data were fetched, and are those that this version names."""
    from cara.operations.assets import RECIPES, packages, stamp_for

    for package in packages():
        recipe = RECIPES[package.recipe]
        kept = recipe.target / ".stamp.json"
        if not any(recipe.target.glob("[!.]*")):
            yield "fail", f"{package.name} was never fetched.", "Run `cara assets`."
        elif not kept.exists() or json.loads(kept.read_bytes()) != stamp_for(package, recipe.code):
            yield "warn", f"{package.name} is not the one that this version names.", "Run `cara assets`."


def offences(patient: Patient) -> Iterator[Finding]:
    """The offence codes are there, and the database has as many as the data."""
    from sqlalchemy import func
    from sqlmodel import select

    from cara.platform.reference_data.models import OffenceCode
    from cara.platform.reference_data.offence_files import data_version, load_offences

    version = data_version()
    if not version:
        yield "fail", "The standing data was never fetched.", "Run `cara assets`."
        return
    packaged = sum(1 for _ in load_offences())
    kept = packaged
    if patient.there:
        with work_in(patient) as w:
            kept = w.session.exec(select(func.count()).select_from(OffenceCode)).one()
    if kept != packaged:
        yield (
            "warn",
            f"The database has {kept:,} offence codes, the data {packaged:,}.",
            "Run `cara reference refresh`.",
        )
    else:
        yield "ok", f"{packaged:,} offence codes of standing data {version}.", ""


def database(patient: Patient) -> Iterator[Finding]:
    """It answers, has this version's schema and, on SQLite, is whole."""
    from sqlalchemy import text

    from cara.platform.database import schema

    if not patient.there:
        yield "warn", "There is no database yet.", "Nothing: it is made at first use, or by `cara db upgrade`."
        return
    try:
        with work_in(patient) as w:
            if schema.behind(w.connection):
                patient.unread = "Not checked: the schema is not this version’s."
                yield "fail", "The schema is not this version’s.", "Back the database up, then run `cara db upgrade`."
            elif patient.settings.sqlite:
                said = w.session.execute(text("pragma integrity_check")).scalars().all()
                if said != ["ok"]:
                    todo = "Stop CARA, keep the file, and restore the last backup that passes this check."
                    yield "fail", f"SQLite finds {len(said)} faults in its file.", todo
    except Unavailable:
        patient.unread = "Not checked: the database does not answer."
        where = "CARA_DATABASE_URL" if patient.settings.database_url else f"CARA_HOME, {patient.settings.home}"
        yield "fail", f"The database of {where} does not answer.", "See that it runs and is the one that is meant."
    except Exception:
        patient.unread = "Not checked: the database cannot be read."
        raise


def logins(patient: Patient) -> Iterator[Finding]:
    """On PostgreSQL the application's login has its own role alone, and each job has a login of its own."""
    from cara.errors import CaraError
    from cara.platform.bootstrap import open_store
    from cara.platform.database import postgresql_roles
    from cara.settings import LOGINS

    if patient.settings.sqlite:
        return
    with work_in(patient) as w:
        for much in postgresql_roles.too_much(w.connection):
            todo = "Give the application the login that the operators’ page names, under PostgreSQL."
            yield "fail", f"The application’s login can see or do too much: {much}.", todo
    for login in LOGINS:
        try:
            open_store(patient.settings, login).engine.dispose()
        except CaraError as error:
            yield "fail", error.message, "See PostgreSQL on the operators’ page."


def ledger(patient: Patient) -> Iterator[Finding]:
    """Every entry is as it was written, every seal fits, and cases are as their last digests say."""
    from cara import clock
    from cara.platform.ledger import exported_roots as ledger_exported_roots
    from cara.platform.ledger.verifier import verify

    exported = (
        ledger_exported_roots.read(Path(patient.settings.root_file))
        if Path(patient.settings.root_file).is_file()
        else ()
    )
    with work_in(patient, ledger=True) as w:
        verdict = verify(w.session, exported, keys=w.session.info["ledger_keys"])
    if verdict.faults:
        todo = "Run `cara ledger verify` to see them, keep this database apart, and call your data protection officer."
        yield "fail", f"The ledger has {len(verdict.faults):,} faults in {verdict.entries:,} entries.", todo
    waits = clock.now() - datetime.fromisoformat(verdict.oldest_unsealed) if verdict.oldest_unsealed else timedelta()
    if waits > UNSEALED and not patient.practice:
        todo = "See that CARA runs and can seal, or run `cara ledger seal` every minute."
        minutes = int(waits.total_seconds() // 60)
        yield (
            "warn",
            f"The oldest of {verdict.unsealed:,} entries that no seal covers has waited {minutes:,} minutes.",
            todo,
        )


def exported_roots(patient: Patient) -> Iterator[Finding]:
    """The ledger's root goes elsewhere, and went when it was due."""
    from cara import clock
    from cara.platform.ledger import exported_roots as ledger_exported_roots

    if patient.practice:
        return
    with work_in(patient, ledger=True) as w:
        last = ledger_exported_roots.last_export(w.session)
    if not ledger_exported_roots.has_place(patient.settings):
        todo = "Set CARA_ROOT_FILE or CARA_ROOT_COMMAND, so that its root is kept on another machine."
        yield "warn", "Without an exported root nobody sees whether the ledger was put back to an earlier day.", todo
        return
    late = timedelta(hours=2 * patient.settings.root_hours)
    if last is None or clock.now() - last > late:
        when = f"for {(clock.now() - last).days} days" if last else "ever"
        yield (
            "fail",
            f"No root of the ledger was exported {when}.",
            "Run `cara ledger export`, and see why the timer did not.",
        )
    elif patient.settings.root_file and not Path(patient.settings.root_file).is_file():
        yield "fail", "The file of CARA_ROOT_FILE is not there.", "Find it: against it the ledger is verified."


def keys(patient: Patient) -> Iterator[Finding]:
    """The key folder is private, and apart from the database, so that one backup never holds both."""
    folder = patient.settings.key_folder
    if not folder.is_dir():
        todo = "If there was a database here before, restore the key folder and set CARA_KEYS; else it is made at first use."
        yield "warn", "There is no key folder.", todo
        return
    if folder.stat().st_mode & _OTHERS:
        yield "fail", "Others on this machine can open the key folder.", f"Run `chmod 700 {folder}`."
    loose = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & _OTHERS]
    if loose:
        yield "fail", f"Others can read {len(loose)} files of the key folder.", f"Run `chmod -R go= {folder}`."
    beside = patient.settings.database_file
    if (
        beside
        and not patient.settings.demo
        and not patient.practice
        and folder.resolve().is_relative_to(beside.resolve().parent)
    ):
        todo = "Set CARA_KEYS to a folder elsewhere and move the keys there, or leave it out when you back the database up."
        yield "warn", "The key folder is inside the database’s folder: a backup of one would hold both.", todo


def files(patient: Patient) -> Iterator[Finding]:
    """Nobody else on this machine can read the database's files."""
    path = patient.settings.database_file
    if path is None or not path.is_file() or not path.parent.stat().st_mode & _OTHERS:
        return
    open_ones = [one for one in path.parent.glob(f"{path.name}*") if one.stat().st_mode & _OTHERS]
    if open_ones:
        yield "warn", "Others on this machine can read the database’s files.", f"Run `chmod 700 {path.parent}`."
