"""The demonstration's database: made whole beside its place and put there at once, or found there and used again."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import event, update

from cara import clock
from cara.demo.case_mix import EACH, Local, plan
from cara.demo.fingerprint import Recipe, Wanted, kept
from cara.demo.organisations import CASE_FORCES
from cara.demo.seed_courses import Courses
from cara.demo.seed_onward import OnwardHelp
from cara.demo.seed_organisations import OPERATOR, found
from cara.demo.seed_referrals import play
from cara.demo.seed_retention import Keeping
from cara.demo.seed_victims import Victims
from cara.features.onward_services.plugin_defaults import take_up
from cara.platform.access.models import Organisation
from cara.platform.bootstrap import open_store
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database.engine import Store, Use, open_engine
from cara.platform.ledger import MADE, seals
from cara.platform.ledger.case_digests import watch
from cara.platform.ledger.writer import Act
from cara.platform.plugins import load_forces
from cara.platform.plugins.force_settings import keep_arrangements
from cara.platform.unit_of_work import work_as
from cara.settings import Settings

WEEKS: Final = 15
"""How far back the demonstration's past reaches: the first cases came 14 weeks ago."""
Progress = Callable[[int, int], None]


def ready(settings: Settings, wanted: Wanted, issuers: Mapping[str, str], progress: Progress) -> tuple[Recipe, bool]:
    """See to it that the demonstration's database is there; what it was made from, and whether it was made just now.

    Raises:
        Misconfigured: what is there was not made by the demonstration, or from something else than is wanted; it is left alone.
    """
    if there := kept(settings.home / "cara.db", wanted):
        _point(settings, issuers)
        return there, False
    recipe = wanted.recipe()
    _make(settings, recipe, issuers, progress)
    return recipe, True


def _make(settings: Settings, recipe: Recipe, issuers: Mapping[str, str], progress: Progress) -> None:
    part = settings.home / "cara.db.part"
    _remove(part)
    making = replace(settings, database_url=f"sqlite:///{part.absolute()}")
    open_store(making).engine.dispose()
    store = Store(open_engine(making.url), LedgerKeys(settings.key_folder))
    watch(store.engine)
    # Nothing is lost if the machine stops meanwhile: a half made database is thrown away.
    event.listen(store.engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA synchronous=OFF"))
    secret = settings.secret or installation_secret(settings.key_folder)
    _fill(store, recipe, issuers, progress, secret, Keyring(settings.key_folder))
    store.engine.dispose()  # SQLite then folds its journal into the file
    _remove(settings.home / "cara.db")
    part.replace(settings.home / "cara.db")


def _fill(
    store: Store, recipe: Recipe, issuers: Mapping[str, str], progress: Progress, secret: str, keys: Keyring
) -> None:
    now = clock.now()
    forces = load_forces()
    local = {
        slug: Local(forces.extra_questions(slug), forces.profile(slug).authorisation.required) for slug in CASE_FORCES
    }
    founded = now - timedelta(weeks=WEEKS)
    with clock.at(founded):
        with work_as(store, OPERATOR, "demo", "make") as w:
            w.record(MADE, Act.ACCESS, codes=asdict(recipe) | {"whole": recipe.cases >= len(EACH)})
        keep_arrangements(store, forces)
        take_up(store)
    stage = found(store, forces, issuers, founded)
    rng = Random(recipe.seed)  # noqa: S311 - invented cases, and the same ones again
    stories = plan(rng, recipe.cases, now, local)
    courses = Courses(stage, rng, founded, now, keys)
    courses.open_halls(CASE_FORCES)
    for done, _ in enumerate(play(stage, rng, stories, local, courses), start=1):
        progress(done, len(stories))
    OnwardHelp(stage, secret, founded, now).play()
    Victims(stage, rng, keys, now).play()
    Keeping(stage, founded, now).play()
    with work_as(store, OPERATOR, "demo", "seal", use=Use.SEALING) as w:
        seals.seal(w.session)


def _point(settings: Settings, issuers: Mapping[str, str]) -> None:
    """Tell each organisation where its practice sign-in listens now."""
    store = open_store(settings)
    columns: Any = Organisation
    with work_as(store, OPERATOR, "organisation", "point") as w:
        kept = {one: w.session.get(Organisation, one) for one in issuers}
        if any(row is not None and row.issuer != issuers[one] for one, row in kept.items()):
            # An issuer belongs to one organisation: all let go before any takes another's.
            w.session.execute(update(Organisation).where(columns.id.in_(issuers)).values(issuer=None))
            for one, issuer in issuers.items():
                w.session.execute(update(Organisation).where(columns.id == one).values(issuer=issuer))
            w.record("demo.moved", Act.ACCESS)
    store.engine.dispose()


def _remove(database: Path) -> None:
    for file in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        file.unlink(missing_ok=True)
