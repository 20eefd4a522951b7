"""The ledger's own timer beside the application: seal at the start, every minute and at the end, and export roots when due."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara import clock, telemetry
from cara.errors import CaraError, Misconfigured
from cara.installation import open_store
from cara.ledger import roots
from cara.ledger.record import Act
from cara.ledger.seals import Root, seal
from cara.settings import Settings
from cara.storage.engine import Store, Use
from cara.work import operator, work_as

SEAL_EVERY: Final = 60
"""Seconds between seals."""
_log = logging.getLogger("cara.ledger")


@asynccontextmanager
async def keep_sealing(settings: Settings, store: Store) -> AsyncIterator[None]:
    """Seal while the application runs. Sealing what is sealed does nothing, and several processes take turns. On PostgreSQL it
    needs the ledger's own login: without it this process seals nothing, says so, and `cara ledger seal` does it from a timer."""
    try:
        sealing = store if store.sqlite else open_store(settings, "ledger")
    except CaraError as error:
        _log.error("This process does not seal the ledger. %s", error.message)
        yield
        return

    async def for_ever() -> None:
        since = clock.now()
        while True:
            await asyncio.sleep(SEAL_EVERY)
            if await _in_turn(sealing, lambda: seal_and_export(settings, sealing)):
                since = clock.now()
            else:
                telemetry.ledger_unsealed((clock.now() - since).total_seconds())

    await _in_turn(sealing, lambda: seal_now(sealing, whole=True))
    timer = asyncio.create_task(for_ever())
    try:
        yield
    finally:
        timer.cancel()
        await asyncio.wait({timer})
        await _in_turn(sealing, lambda: seal_now(sealing))
        if sealing is not store:
            sealing.engine.dispose()


def seal_now(store: Store, *, whole: bool = False) -> Root:
    """Seal what is not sealed yet, and tell how old the oldest of it was."""
    with work_as(store, operator("sealing"), "ledger", "seal", use=Use.SEALING) as w:
        root = seal(w.session, whole=whole)
        telemetry.ledger_unsealed(max(0.0, (w.now - root.oldest).total_seconds()) if root.oldest else 0.0)
    return root


def seal_and_export(settings: Settings, store: Store) -> None:
    """Seal; and when a root is due, look through all entries first and put it where the operator says."""
    with work_as(store, operator("sealing"), "ledger", "look", use=Use.VERIFYING) as w:
        due = roots.is_due(settings, roots.last_export(w.session) if roots.has_place(settings) else None, w.now)
    root = seal_now(store, whole=due)
    if due:
        roots.export(settings, root, clock.now())
        with work_as(store, operator("sealing"), "ledger", "export") as w:
            w.record(roots.EXPORTED, Act.ACCESS, codes={"entries": root.count})


async def _in_turn(store: Store, run: Callable[[], object]) -> bool:
    """Do it in the loop on SQLite, which is its one writer, else in a thread; says whether it was done."""
    try:
        if store.sqlite:
            run()
        else:
            await anyio.to_thread.run_sync(run)
    except (CaraError, SQLAlchemyError) as error:
        _log.warning(
            "ledger not sealed: %s", error.message if isinstance(error, Misconfigured) else type(error).__name__
        )
        return False
    return True
