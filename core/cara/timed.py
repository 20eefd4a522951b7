"""What falls due by the clock beside the pages, force by force. Each job is safe to repeat and to run twice at once: several
processes may look, and nothing happens twice. The application does it beside its pages, `cara work` instead of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara.cohorts import reminders
from cara.correspondence.jobs import beside
from cara.errors import CaraError
from cara.reference.forces import FORCES
from cara.referrals.importing.holding import expire_in
from cara.retention.jobs import open_reviews_of
from cara.storage.engine import Store
from cara.victims.refusal_jobs import tell_other_keepers

EVERY: Final = 3600
"""Seconds between looks."""
FIRST: Final = 60
"""Seconds before the first one: whoever starts the application wants its pages first."""
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
    Job("reviews", open_reviews_of, "{done:,} reviews of records were opened."),
)


def once(store: Store) -> dict[str, int]:
    """Do all that is due now: job → how much was done."""
    return {job.name: sum(sum(job.run(store, force)) for force in FORCES) for job in JOBS}


@asynccontextmanager
async def keep_time(store: Store) -> AsyncIterator[None]:
    """Look at the jobs while the application runs, a little at a time: no page waits for a whole force, let alone the nation."""

    async def for_ever() -> None:
        await asyncio.sleep(FIRST)
        while True:
            for job in JOBS:
                for force in FORCES:
                    await _look(store, job, force)
            await asyncio.sleep(EVERY)

    async with beside(for_ever()):
        yield


async def _look(store: Store, job: Job, force: str) -> None:
    try:
        if store.sqlite:
            await asyncio.sleep(0)
            for _done in job.run(store, force):  # SQLite is written in the loop: requests have their turn in between
                await asyncio.sleep(0)
        else:
            await anyio.to_thread.run_sync(lambda: sum(job.run(store, force)))
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("%s put off: %s", job.name, type(error).__name__)
    except Exception as error:  # a defect in one job must not end the others
        _log.error("%s put off: %s", job.name, type(error).__name__)  # noqa: TRY400, RUF100
