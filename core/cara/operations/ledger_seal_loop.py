"""The ledger's own timer beside the application: seal at the start, every minute and at the end, and export roots when due."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara import clock
from cara.errors import CaraError, Misconfigured
from cara.platform import telemetry
from cara.platform.background_task import background_task
from cara.platform.bootstrap import JobStore
from cara.platform.database.engine import Store, Use
from cara.platform.ledger import exported_roots
from cara.platform.ledger.seals import Root, seal
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import operator, work_as
from cara.settings import Settings

SEAL_EVERY: Final = 60
"""Seconds between seals."""
FIRST_WAIT: Final = timedelta(minutes=2)
"""After an export that failed; each further failure doubles it."""
LONGEST_WAIT: Final = timedelta(hours=1)
_log = logging.getLogger("cara.platform.ledger")


@asynccontextmanager
async def keep_sealing(settings: Settings, store: Store) -> AsyncIterator[None]:
    """Seal while the application runs. Sealing what is sealed does nothing, and several processes take turns. On PostgreSQL it
    needs the ledger's own login: without it this process seals nothing, says so, and `cara ledger seal` does it from a timer.
    A server that does not answer at the start is asked again every minute."""
    timer = LedgerTimer(settings, store)

    async def for_ever() -> None:
        while True:
            await asyncio.sleep(SEAL_EVERY)
            await timer.turn()

    await timer.seal(whole=True)
    try:
        async with background_task(for_ever()):
            yield
    finally:
        await timer.seal()
        timer.close()


class LedgerTimer:
    """What one process seals and exports, turn by turn. It never raises: a failure is logged, and the next turn tries again."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._sealing = JobStore(settings, store, "ledger", "This process does not seal the ledger.")
        self._sealed_at = clock.now()
        self._export_after: datetime | None = None
        self._wait = FIRST_WAIT

    async def turn(self) -> None:
        """Seal, and export a root when one is due."""
        if await self.seal():
            await self._export()

    async def seal(self, *, whole: bool = False) -> bool:
        """Seal what is not sealed yet; returns whether that was done."""

        async def run() -> None:
            if (sealing := await self._store.run(self._sealing.open)) is None:
                raise Misconfigured("no login for it answers")
            await sealing.run(partial(seal_now, sealing, whole=whole))

        if await _tried("ledger not sealed", run):
            self._sealed_at = clock.now()
            return True
        telemetry.ledger_unsealed((clock.now() - self._sealed_at).total_seconds())
        return False

    async def _export(self) -> None:
        if not exported_roots.has_place(self._settings) or (self._export_after and clock.now() < self._export_after):
            return
        if await _tried("root not exported", self._export_if_due):
            self._export_after, self._wait = None, FIRST_WAIT
        else:
            self._export_after, self._wait = clock.now() + self._wait, min(2 * self._wait, LONGEST_WAIT)

    async def _export_if_due(self) -> None:
        sealing = self._sealing.open()
        if sealing is None or not await sealing.run(partial(_is_due, self._settings, sealing)):
            return
        root = await sealing.run(partial(seal_now, sealing, whole=True))
        # In a thread on either engine: a slow command keeps no page waiting, and the end of the application waits for none.
        put = partial(exported_roots.export, self._settings, root, clock.now())
        await anyio.to_thread.run_sync(put, abandon_on_cancel=True)
        await sealing.run(partial(_note_export, sealing, root))

    def close(self) -> None:
        """Let go of the ledger's login."""
        self._sealing.close()


def seal_now(store: Store, *, whole: bool = False) -> Root:
    """Seal what is not sealed yet, and tell how old the oldest of it was."""
    with work_as(store, operator("sealing"), "ledger", "seal", use=Use.SEALING) as w:
        root = seal(w.session, whole=whole)
        telemetry.ledger_unsealed(max(0.0, (w.now - root.oldest).total_seconds()) if root.oldest else 0.0)
    return root


def _is_due(settings: Settings, store: Store) -> bool:
    with work_as(store, operator("sealing"), "ledger", "look", use=Use.VERIFYING) as w:
        return exported_roots.is_due(settings, exported_roots.last_export(w.session), w.now)


def _note_export(store: Store, root: Root) -> None:
    with work_as(store, operator("sealing"), "ledger", "export") as w:
        w.record(exported_roots.EXPORTED, Act.ACCESS, codes={"entries": root.count})


async def _tried(failing: str, run: Callable[[], Awaitable[Any]]) -> bool:
    try:
        await run()
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("%s: %s", failing, error.message if isinstance(error, Misconfigured) else type(error).__name__)
        return False
    except Exception as error:  # a defect here must not end the timer
        _log.error("%s: %s", failing, type(error).__name__)  # noqa: TRY400, RUF100
        return False
    return True
