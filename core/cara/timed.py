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

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara.cohorts import reminders
from cara.correspondence.feedback_release import release_in
from cara.correspondence.jobs import beside
from cara.errors import CaraError
from cara.installation import open_store
from cara.reference.forces import FORCES
from cara.referrals.importing.holding import expire_in
from cara.retention.jobs import open_reviews_of
from cara.settings import Settings
from cara.storage.engine import Store, Use
from cara.storage.expiry import EXPIRING, Pruned, count_rows, prune
from cara.storage.keys import Keyring
from cara.victims.refusal_jobs import tell_other_keepers
from cara.victims.reviews.escalating import escalate
from cara.work import operator, work_as

EVERY: Final = 3600
"""Seconds between looks."""
FIRST: Final = 60
"""Seconds before the first one: whoever starts the application wants its pages first."""
PRUNING: Final = operator("pruning")
"""Who takes away what goes by the clock."""
_log = logging.getLogger("cara.timed")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done for one force. `run` does it a little at a time and says of each time how much that was; `told` is
    how a person reads the sum."""

    name: str
    run: Callable[[Store, str], Iterable[int]]
    told: str


JOBS: tuple[Job, ...] = (
    Job("reminders", reminders.remind, "{done:,} reminders to staff were queued."),
    Job(
        "refusals",
        tell_other_keepers,
        "{done:,} keepers of records were told that a victim of their case refuses contact.",
    ),
    Job("uploads", expire_in, "{done:,} files of imports were deleted."),
    Job("escalations", escalate, "{done:,} messages about reviews that wait were queued."),
    Job("reviews", open_reviews_of, "{done:,} reviews of records were opened."),
)
"""Jobs that need the database alone."""


def expire(store: Store) -> Iterator[Pruned | None]:
    """Take from each table what goes by the clock, a little at a time: None after each little, then what it came to."""
    for rule in EXPIRING:
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


@contextmanager
def pruning(settings: Settings, store: Store) -> Iterator[Store | None]:
    """Open the database by the login that deletes what has expired; None, and a line in the log, where there is none."""
    try:
        pruned = store if store.sqlite else open_store(settings, "pruning")
    except CaraError as error:
        _log.error("This process deletes nothing that has expired. %s", error.message)
        yield None
        return
    try:
        yield pruned
    finally:
        if pruned is not store:
            pruned.engine.dispose()


def expire_once(store: Store) -> list[Pruned]:
    """All that goes by the clock, table by table."""
    return [one for one in expire(store) if one is not None]


def jobs(keys: Keyring) -> tuple[Job, ...]:
    """Return every job, with those that open what is sealed."""
    return (
        *JOBS, Job("feedback", partial(release_in, keys), "{done:,} answers about the course were released without a name."),
    )  # fmt: skip


def once(store: Store, keys: Keyring) -> dict[str, int]:
    """Do all that is due now: job → how much was done."""
    return {job.name: sum(sum(job.run(store, force)) for force in FORCES) for job in jobs(keys)}


@asynccontextmanager
async def keep_time(settings: Settings, store: Store, keys: Keyring) -> AsyncIterator[None]:
    """Look at the jobs while the application runs, a little at a time: no page waits for a whole force, let alone the nation."""

    async def for_ever(pruned: Store | None) -> None:
        await asyncio.sleep(FIRST)
        while True:
            for job in jobs(keys):
                for force in FORCES:
                    await _look(store, job.name, partial(job.run, store, force))
            if pruned is not None:
                await _look(pruned, "expiry", partial(expire, pruned))
            await asyncio.sleep(EVERY)

    with pruning(settings, store) as pruned:
        async with beside(for_ever(pruned)):
            yield


async def _look(store: Store, name: str, run: Callable[[], Iterable[object]]) -> None:
    try:
        if store.sqlite:
            await asyncio.sleep(0)
            for _done in run():  # SQLite is written in the loop: requests have their turn in between
                await asyncio.sleep(0)
        else:
            await anyio.to_thread.run_sync(lambda: [*run()])
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("%s put off: %s", name, type(error).__name__)
    except Exception as error:  # a defect in one job must not end the others
        _log.error("%s put off: %s", name, type(error).__name__)  # noqa: TRY400, RUF100
