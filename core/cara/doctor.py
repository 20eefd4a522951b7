"""`cara doctor`: looks at an installation and says, check by check, what is wrong and what to do. Changes nothing.

A check yields findings; one that cannot be made is itself a finding, and the others go on. `ok` and `warn` exit with 0,
`fail` with 1; `skip` is a check for which there is nothing to look at.
"""

import contextlib
import json
import stat
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from cara.errors import CaraError, Unavailable
from cara.settings import Settings

if TYPE_CHECKING:
    from cara.forces import Forces
    from cara.storage.engine import Store

Status = Literal["ok", "skip", "warn", "fail"]
_RANK: Final[dict[Status, int]] = {"ok": 0, "skip": 0, "warn": 1, "fail": 2}
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found. `todo` says what to do, and is empty where nothing need be done."""

    name: str
    status: Status
    message: str
    todo: str = ""


@dataclass
class Patient:
    """The installation under the doctor's hands; what is dear to open is opened once."""

    settings: Settings
    opened: "list[Store]" = field(default_factory=list)

    unread: str = ""
    """Why nothing can be read from the database; empty where it can, or where nobody has looked yet."""

    @property
    def there(self) -> bool:
        """Whether there is a database that can be read: looking must not make one."""
        file = self.settings.database_file
        if not self.unread and file and not file.is_file():
            self.unread = "Nothing to check yet: there is no database."
        return not self.unread

    @cached_property
    def practice(self) -> bool:
        """Whether the database is one that the demonstration made, as its own ledger says."""
        from cara.ledger.models import LedgerEntry

        if not self.there:
            return False
        with _work(self) as w:
            first = w.session.get(LedgerEntry, 1)
            return first is not None and first.verb == "demo.made"

    @cached_property
    def store(self) -> "Store":
        """The database, walls and all, as it is: not upgraded."""
        from cara.storage import schema
        from cara.storage.engine import Store, open_engine

        schema.import_models()
        store = Store(open_engine(self.settings.url, pool_size=2))
        self.opened.append(store)
        return store

    @cached_property
    def forces(self) -> "Forces":
        """The forces with their plugins loaded."""
        from cara.forces import load_forces

        return load_forces()

    def close(self) -> None:
        """Let go of the database."""
        for store in self.opened:
            store.engine.dispose()


class _NotChecked(Exception):
    """There is nothing to look at; says why."""


Finding = tuple[Status, str, str]
Check = Callable[[Patient], Iterator[Finding]]


def assets(_patient: Patient) -> Iterator[Finding]:
    """Page styles and standing data were fetched, and are those that this version names."""
    from cara.assets import RECIPES, packages, stamp_for

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

    from cara.reference.models import OffenceCode
    from cara.reference.offences import data_version, load_offences

    version = data_version()
    if not version:
        yield "fail", "The standing data was never fetched.", "Run `cara assets`."
        return
    packaged = sum(1 for _ in load_offences())
    kept = packaged
    if patient.there:
        with _work(patient) as w:
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

    from cara.storage import schema

    if not patient.there:
        yield "warn", "There is no database yet.", "Nothing: it is made at first use, or by `cara db upgrade`."
        return
    try:
        with _work(patient) as w:
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


def ledger(patient: Patient) -> Iterator[Finding]:
    """Every entry is as it was written, and every seal fits."""
    from cara.ledger.seals import verify

    with _work(patient) as w:
        verdict = verify(w.session)
    if verdict.faults:
        todo = "Run `cara ledger verify` to see them, keep this database apart, and call your data protection officer."
        yield "fail", f"The ledger has {len(verdict.faults)} faults in {verdict.entries:,} entries.", todo
    elif verdict.unsealed and not verdict.seals:
        todo = "Run `cara ledger root --json` regularly, and keep what it prints on another machine."
        yield "warn", f"The ledger is whole, but none of its {verdict.unsealed:,} entries was ever sealed.", todo


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


def plugins(_patient: Patient) -> Iterator[Finding]:
    """Every plugin that reference data expects, or that is installed, loads."""
    from cara.forces import check_plugins

    for report in check_plugins():
        if report.status == "failed":
            todo = f"Install or mend it; `cara plugins check {report.slug}` says how it fails."
            yield "fail", f"{report.slug}: {report.error}.", todo
        elif report.status == "disabled":
            yield (
                "warn",
                f"{report.slug} is switched off.",
                "Take it out of CARA_DISABLED_PLUGINS if that is not meant.",
            )


def suspended(patient: Patient) -> Iterator[Finding]:
    """No force is suspended."""
    for slug in patient.forces.known:
        if why := patient.forces.why(slug):
            yield "fail", f"{patient.forces.known[slug].name} is suspended: {why}.", "Mend its plugin; the cases wait."


def licences(patient: Patient) -> Iterator[Finding]:
    """Every force that has drafts or cases has a provider that is licensed today."""
    from sqlmodel import select

    from cara import clock
    from cara.referrals.models import Draft, Referral
    from cara.referrals.providers import cleared
    from cara.storage.scope import Scope

    for slug, force in patient.forces.known.items():
        with _work(patient, Scope(force=slug)) as w:
            busy = any(w.session.exec(select(model.id).limit(1)).first() for model in (Draft, Referral))
            if busy and not cleared(w, patient.forces, slug, clock.today()):
                todo = "The Trust’s licensing manager grants one on the page “Licences”."
                yield (
                    "warn",
                    f"No provider holds a licence for {force.name} today: nothing can be referred there.",
                    todo,
                )


def credentials(patient: Patient) -> Iterator[Finding]:
    """Every organisation at whose sign-in service CARA must prove itself has the credential for it."""
    from sqlmodel import col, select

    from cara.identity.models import Organisation

    with _work(patient) as w:
        proving = select(Organisation).where(col(Organisation.ended_at).is_(None), Organisation.client_auth != "none")
        for one in w.session.exec(proving.order_by(col(Organisation.id))):
            path = patient.settings.key_folder / "clients" / f"{one.id}.key"
            if not path.is_file():
                todo = f"Put the credential ({one.client_auth}) into {path}."
                yield "fail", f"Nobody of {one.name} can sign in: CARA’s credential there is missing.", todo


def demonstration(patient: Patient) -> Iterator[Finding]:
    """The practice sign-in never runs where people could take it for the real one."""
    from urllib.parse import urlsplit

    from cara.serving import LOOPBACK

    settings = patient.settings
    if settings.demo and urlsplit(settings.address).hostname not in LOOPBACK:
        todo = "Unset CARA_DEMO and use a new database; or leave CARA_BASE_URL empty."
        yield "fail", "The demonstration is on, under an address that others can reach.", todo
    elif settings.demo:
        yield "ok", "The demonstration is on: invented cases, a practice sign-in.", ""
    elif patient.practice:
        yield "ok", "The database is the demonstration’s: every person and case in it is invented.", ""


def links(patient: Patient) -> Iterator[Finding]:
    """The host that stands in the links of text messages, which others see, does not tell what the course is about."""
    from urllib.parse import urlsplit

    from cara.correspondence import neutral

    if word := neutral.told_by_host(urlsplit(patient.settings.address).hostname or ""):
        todo = "Choose a host name that tells nothing, and set CARA_BASE_URL to it."
        yield "warn", f"Links in text messages show “{word}” to whoever sees the telephone.", todo


def clocks(patient: Patient) -> Iterator[Finding]:
    """London's time zone is known, and the clock is not behind what the ledger has seen."""
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        london = ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:
        yield "fail", "The time zone of London is not known here.", "Install the package tzdata."
        return
    winter, summer = (datetime(2026, month, 1, 12, tzinfo=UTC).astimezone(london).hour for month in (1, 7))
    if (winter, summer) != (12, 13):
        yield "fail", "The time zone of London is wrong here.", "Install the package tzdata."
        return
    from sqlalchemy import func
    from sqlmodel import select

    from cara import clock
    from cara.ledger.models import LedgerEntry

    if patient.there:
        with _work(patient) as w:
            newest = w.session.exec(select(func.max(LedgerEntry.at))).one()
        if newest and newest > clock.now() + timedelta(minutes=1):
            yield (
                "fail",
                "The clock is behind the newest entry of the ledger.",
                "Set the machine’s clock; use time service.",
            )


CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("assets", "Page styles and standing data are those that this version names.", assets),
    ("database", "It answers, its schema is this version’s and its file is whole.", database),
    ("offences", "", offences),
    ("ledger", "Whole.", ledger),
    ("keys", "Private, and apart from the database.", keys),
    ("files", "Nobody else on this machine can read the database.", files),
    ("plugins", "All that are expected load.", plugins),
    ("forces", "None is suspended.", suspended),
    ("licences", "Every force with cases has a licensed provider.", licences),
    ("sign-in", "Every credential that CARA needs at a sign-in service is there.", credentials),
    ("demonstration", "Off.", demonstration),
    ("links", "The host name in them tells nothing.", links),
    ("clock", "London’s time is known.", clocks),
)
"""Name, what is said when a check finds nothing, and the check. Settings come before all of them."""


def examine(settings: Settings) -> list[Found]:
    """Make every check and return what was found, in order."""
    found = [Found("settings", "ok", "They can be read, and fit together.")]
    patient = Patient(settings)
    try:
        for name, fine, check in CHECKS:
            found += [Found(name, *one) for one in _made(check, patient)] or [Found(name, "ok", fine)]
    finally:
        patient.close()
    return found


def _made(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except _NotChecked as error:
        return [("skip", str(error), "")]
    except CaraError as error:
        return [("fail", error.message, "")]
    except Exception as error:  # noqa: BLE001, RUF100 - the other checks must be made whatever this one met
        return [
            ("fail", f"This could not be checked: {type(error).__name__}.", "Mend what fails above, then look again.")
        ]


@contextlib.contextmanager
def _work(patient: Patient, scope: Any = None) -> Iterator[Any]:
    from cara.storage.engine import Use
    from cara.work import operator, work_as

    if not patient.there:
        raise _NotChecked(patient.unread)
    with work_as(patient.store, operator("doctor"), "installation", "examine", scope, use=Use.READING) as w:
        yield w


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Prints what was found. 0 nothing fails, 1 something does."""
    # What a plugin prints while it loads must not get into the document.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            found = examine(Settings.load())
        except CaraError as error:
            found = [Found("settings", "fail", error.message)]
    worst = max((one.status for one in found), key=_RANK.__getitem__)
    if args.json:
        print(json.dumps({"status": worst, "checks": [asdict(one) for one in found]}))  # noqa: T201
    else:
        print(*_lines(found), sep="\n")  # noqa: T201
    return 1 if worst == "fail" else 0


def _lines(found: list[Found]) -> Iterator[str]:
    for one in found:
        yield f"{one.status:<5} {one.name:<14} {one.message}"
        if one.todo:
            yield f"{'':<20} → {one.todo}"
    wrong = sum(one.status == "fail" for one in found)
    advised = sum(one.status == "warn" for one in found)
    yield ""
    yield (
        "All is well." if not wrong and not advised
        else f"{wrong} to mend, {advised} to look at." if wrong
        else f"It works. {advised} to look at."
    )  # fmt: skip
