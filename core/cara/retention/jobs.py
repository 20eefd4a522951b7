"""Opening reviews, force by force, by the timer beside the application or by `cara work`. It decides nothing, and is safe to run
twice."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara.errors import CaraError
from cara.reference.forces import FORCES
from cara.retention.reviews import open_due
from cara.storage.engine import Store
from cara.storage.scope import Scope
from cara.work import operator, work_as

EVERY = 3600
"""Seconds between looks. Periods are months; an hour is for installations that are restarted every night."""
WHO = operator("retention")
_log = logging.getLogger("cara.retention")


def open_reviews(store: Store) -> int:
    """Open whatever is due in every force. Returns how many reviews that were."""
    return sum(_of(store, force) for force in FORCES)


def _of(store: Store, force: str) -> int:
    with work_as(store, WHO, "retention_period", "open", Scope(force=force)) as w:
        return open_due(w, force)


@asynccontextmanager
async def keep_reviewing(store: Store) -> AsyncIterator[None]:
    """Open reviews while the application runs; a force at a time, so that nobody's request waits for all of them."""

    async def for_ever() -> None:
        while True:
            await asyncio.sleep(EVERY)
            for force in FORCES:
                await _quietly(store, force)

    timer = asyncio.create_task(for_ever())
    try:
        yield
    finally:
        timer.cancel()
        await asyncio.wait({timer})


async def _quietly(store: Store, force: str) -> None:
    try:
        if store.sqlite:
            _of(store, force)
        else:
            await anyio.to_thread.run_sync(_of, store, force)
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("reviews put off: %s", type(error).__name__)
