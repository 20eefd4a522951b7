"""`cara demo`: the platform with invented forces' cases and practice sign-in, on this machine alone, ready to click."""

import gc
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cara import clock
from cara.demo.fingerprint import CASES, SEED, Recipe, Wanted, kept
from cara.errors import Misconfigured
from cara.operations.serve import LARGEST_PORT, alone, listen, port, serve, stoppable
from cara.settings import Settings

if TYPE_CHECKING:
    from cara.demo.build_database import Progress
    from cara.demo.oidc_provider import DemoPerson
    from cara.platform.database.engine import Store

HOST: Final = "127.0.0.1"
MOST_CASES: Final = 20_000
MOST_DAYS: Final = 500

READY: Final = """
CARA, practice system: every person and case in it is invented.

  Open     {address}
  Sign in  choose somebody on that page: an officer, a supervisor, a provider's coordinator, the Trust …
           no password; each organisation has its own practice sign-in
  Data     {home} ({cases})
  Today    {today}
  Stop     Ctrl-C
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "--port", type=port, help="the port of the pages; practice sign-in takes the next ones (CARA_PORT, else 8000)"
    )
    parser.add_argument("--cases", type=_cases, help=f"how many cases to invent ({CASES})")
    parser.add_argument("--seed", type=int, help=f"the same seed invents the same cases ({SEED})")
    parser.add_argument("--fresh", action="store_true", help="throw away what is there, and all that was done in it")
    parser.add_argument(
        "--days-later",
        type=_days,
        default=0,
        help="let the practice clock run so many days ahead; cases stay as they were left",
    )


def run(args: Namespace) -> int:
    """Makes the demonstration if it is not there, and serves it until it is stopped.

    Raises:
        Misconfigured: a port is taken, another process serves it, another demonstration than the one asked for is there, or the folder
            holds a database that is not the demonstration's.
    """
    settings = practice(Settings.load(), args.port)
    with stoppable():
        _run(settings, Wanted(args.seed, args.cases, args.fresh), timedelta(days=args.days_later))
    print("Stopped.", flush=True)  # noqa: T201
    return 0


def practice(settings: Settings, web_port: int | None = None) -> Settings:
    """An installation's settings turned into those of a demonstration: in a folder of its own, on loopback, nothing real."""
    return replace(
        settings, home=settings.home / "demo", database_url="", database_owner_url="", keys="", base_url="", host=HOST,
        port=web_port or settings.port, demo=True,
    )  # fmt: skip


def _run(settings: Settings, wanted: Wanted, later: timedelta) -> None:
    issuers = _issuers(settings.port)
    with listen(HOST, settings.port) as listening, alone(settings):
        print(_beginning(settings, wanted), flush=True)  # noqa: T201
        with _seldom_swept():
            from cara.demo.build_database import ready
            from cara.demo.oidc_provider import DemoProvider
            from cara.operations.app import create_app

            with _progress() as progress:
                made, new = ready(settings, wanted, issuers, progress)
            app = create_app(settings)
            people, names = _people(app.state.store, tuple(issuers))
        with clock.ahead(later), DemoProvider(later) as provider:
            provider.start(people, names, settings.port + 1)
            found = f"{made.cases} cases " + ("made just now" if new else _left(made))
            today = f"{clock.today():%-d %B %Y}" + (f", {later.days} days ahead" if later else "")
            print(READY.format(address=settings.address, home=settings.home, cases=found, today=today), flush=True)  # noqa: T201
            serve(app, listening)


def _left(made: Recipe) -> str:
    """What is said of a demonstration that was there."""
    older = ", made by another version of CARA" if made.older else ""
    return f"as you left them{older}; `cara demo --fresh` throws them away and begins anew"


def _beginning(settings: Settings, wanted: Wanted) -> str:
    """What is said at once, because the first page takes a while. Raises `Misconfigured` as `kept` does."""
    file = settings.database_file
    if file and kept(file, wanted):
        return "Opening the demonstration."
    away = "Throwing away the demonstration that was there. " if file and file.exists() else ""
    cases = wanted.recipe().cases
    return f"{away}Making {cases} invented cases. This takes {'about ten seconds' if cases <= CASES else 'a while'}."


@contextmanager
def _seldom_swept() -> Iterator[None]:
    """Sweep for garbage seldom while so much is made that stays: a tenth of the time until the first page."""
    before = gc.get_threshold()
    gc.set_threshold(100_000)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*before)


def _issuers(web_port: int) -> dict[str, str]:
    """Organisation → the address of its practice sign-in: the ports after the web's, so that a restart finds them again."""
    from cara.demo.organisations import ORGANISATIONS

    ports = {one.id: web_port + number for number, one in enumerate(ORGANISATIONS, start=1)}
    if max(ports.values()) > LARGEST_PORT:
        raise Misconfigured(f"Practice sign-in takes the {len(ports)} ports after --port: choose a lower one.")
    for number in ports.values():
        listen(HOST, number).close()
    return {one: f"http://{HOST}:{number}" for one, number in ports.items()}


def _people(store: "Store", organisations: Sequence[str]) -> tuple[Mapping[str, list["DemoPerson"]], Mapping[str, str]]:
    """Who can sign in at each organisation's practice sign-in, visitors' own additions too, and what they are called."""
    from sqlmodel import col, select

    from cara.demo.oidc_provider import DemoPerson
    from cara.demo.seed_organisations import OPERATOR
    from cara.platform.access.models import Membership, Organisation, Person
    from cara.platform.access.roles import ROLES
    from cara.platform.unit_of_work import work_as

    with work_as(store, OPERATOR, "people", "list") as w:
        names = {one.id: one.name for one in w.session.exec(select(Organisation)) if one.id in organisations}
        rows = w.session.exec(
            select(Person, Membership)
            .join(Membership, col(Membership.person_id) == col(Person.id))
            .where(col(Membership.ended_at).is_(None), col(Person.ended_at).is_(None), Person.kind == "person")
            .order_by(col(Person.id))
        ).all()
    found: dict[str, dict[str, DemoPerson]] = {one: {} for one in organisations}
    for person, membership in rows:
        if person.organisation_id in found:
            group, address = found[person.organisation_id], person.work_address
            role = str(ROLES[membership.capacity, membership.role])
            if address in group:
                role = f"{group[address].role}; {role}"
            group[address] = DemoPerson(address.partition("@")[0], person.name, role, address)
    return {one: list(group.values()) for one, group in found.items()}, names


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import Progress as Bar

    with Bar(transient=True) as bar:
        task = bar.add_task("Inventing cases", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _cases(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST_CASES:
        raise ArgumentTypeError(f"a number of cases from 1 to {MOST_CASES}")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_DAYS:
        raise ArgumentTypeError(f"a number of days from 0 to {MOST_DAYS}; the practice clock never runs behind")
    return int(text)
