"""What falls due by the clock beside the pages, force by force, and what goes by it. Each job is safe to repeat and to run twice
at once: several processes may look, and nothing happens twice. The application does it beside its pages, `cara work` instead of it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from cara.errors import CaraError
from cara.operations.features import enabled
from cara.operations.job_failures import JobFailures
from cara.platform import telemetry
from cara.platform.background_task import background_task
from cara.platform.bootstrap import JobStore
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store, Use
from cara.platform.database.row_expiry import EXPIRING, Expiring, Pruned, count_rows, prune
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import operator, work_as
from cara.settings import Settings

EVERY: Final = 3600
"""Seconds between looks."""
FIRST: Final = 60
"""Seconds before the first one: whoever starts the application wants its pages first."""
PRUNING: Final = operator("pruning")
"""Who takes away what goes by the clock."""
EXPIRY: Final = "expiry"
_log = logging.getLogger("cara.operations.jobs")


@dataclass(frozen=True, slots=True)
class LoadedJob:
    """Do something for one force. `run` does it a little at a time and says of each time how much that was; `told` is how a person
    reads the sum."""

    name: str
    run: Callable[[Store, str], Iterable[int]]
    told: str


def expire(store: Store, rule: Expiring) -> Iterator[Pruned | None]:
    """Take from a table what goes by the clock, a little at a time: None after each little, then what it came to."""
    with work_as(store, PRUNING, "account", "prune", use=Use.PRUNING) as w:
        saw = count_rows(w.connection, rule)
    deleted = 0
    while True:
        with work_as(store, PRUNING, "account", "prune", use=Use.PRUNING) as w:
            done = prune(w.connection, rule, w.now)
        deleted += done
        if not done:
            break
        yield None
    _log.info("%s: %s rows seen, %s deleted", rule.table, saw, deleted)
    yield Pruned(rule.table, saw, deleted)


def pruning(settings: Settings, store: Store) -> JobStore:
    """Return the database by the login that deletes what has expired."""
    return JobStore(settings, store, "pruning", "This process deletes nothing that has expired.")


def jobs(keys: Keyring) -> tuple[LoadedJob, ...]:
    """Return every job of the features, in their order; those that open what is sealed have the keys."""
    declared = [(job, feature.load(job.function)) for feature in enabled() for job in feature.jobs]
    return tuple(
        LoadedJob(job.name, partial(run, keys) if job.unseals else run, job.told)
        for job, run in sorted(declared, key=lambda one: one[0].order)
    )


@contextmanager
def put_off(failures: JobFailures, job: str, part: str = "") -> Iterator[None]:
    """Let a job fail without ending the others: the type of its error is logged, counted, and noted for `cara doctor`."""
    name = f"{job}: {part}" if part else job
    try:
        yield
    except Exception as error:
        known = isinstance(error, CaraError | SQLAlchemyError)
        _log.log(logging.WARNING if known else logging.ERROR, "%s put off: %s", name, type(error).__name__)
        telemetry.job_failed(job, type(error).__name__)
        failures.note(name, type(error).__name__)
    else:
        failures.clear(name)


def once(store: Store, keys: Keyring, failures: JobFailures) -> dict[str, int]:
    """Do all that is due now: job → how much was done. What fails for one force is put off, and all else is done."""
    done = {job.name: 0 for job in jobs(keys)}
    for job in jobs(keys):
        for force in FORCES:
            with put_off(failures, job.name, force):
                for more in job.run(store, force):
                    done[job.name] += more
    return done


def expire_once(store: Store, failures: JobFailures) -> list[Pruned]:
    """Take all that goes by the clock, table by table. A table that fails is put off."""
    gone = []
    for rule in EXPIRING:
        with put_off(failures, EXPIRY, rule.table):
            gone += [one for one in expire(store, rule) if one is not None]
    return gone


@asynccontextmanager
async def keep_time(settings: Settings, store: Store, keys: Keyring) -> AsyncIterator[None]:
    """Look at the jobs while the application runs, a little at a time: no page waits for a whole force, let alone the nation."""
    failures, pruned = JobFailures(settings), pruning(settings, store)

    async def look(job: str, part: str, run: Callable[[], Iterable[object]]) -> None:
        with put_off(failures, job, part):
            await _look(store, run)

    async def for_ever() -> None:
        await asyncio.sleep(FIRST)
        while True:
            for job in jobs(keys):
                for force in FORCES:
                    await look(job.name, force, partial(job.run, store, force))
            if (deleting := await store.run(pruned.open)) is not None:
                for rule in EXPIRING:
                    await look(EXPIRY, rule.table, partial(expire, deleting, rule))
            await asyncio.sleep(EVERY)

    try:
        async with background_task(for_ever()):
            yield
    finally:
        pruned.close()


async def _look(store: Store, run: Callable[[], Iterable[object]]) -> None:
    if store.sqlite:
        await asyncio.sleep(0)
        for _done in run():  # SQLite is written in the loop: requests have their turn in between
            await asyncio.sleep(0)
    else:
        await store.run(lambda: [*run()])
