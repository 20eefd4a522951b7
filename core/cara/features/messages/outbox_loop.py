"""The outbox at work: which way out these settings mean, and the timer beside the application."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from cara.errors import CaraError
from cara.features.messages.linked_messages import LinkedMessage
from cara.features.messages.outbox_worker import HeldAmong, Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Kept, Transport
from cara.platform import telemetry
from cara.platform.background_task import background_task
from cara.platform.database.engine import Store
from cara.platform.plugins import Forces
from cara.settings import Settings

EVERY: Final = 10
"""Seconds between looks at the outbox."""
T = TypeVar("T")
_log = logging.getLogger("cara.features.messages")


def writer(settings: Settings, forces: Forces, linked: Iterable[LinkedMessage]) -> Writer:
    """The texts, checked, and what this installation is called. A force whose own texts have a fault is suspended.

    Raises:
        Misconfigured: one of the nation's texts has a fault.
    """
    texts = Texts(forces.letters())
    for force, why in texts.faults.items():
        forces.suspend(force, f"its letters have a fault: {why}")
    return Writer.of(settings, texts, linked)


def transport(settings: Settings) -> Transport | None:
    """The way out: Notify where there is a key; a demonstration keeps everything, key or no key; else none."""
    if settings.demo:
        return Kept()
    if not settings.notify_key:
        return None
    from cara.features.messages.govuk_notify import Notify

    return Notify(
        settings.notify_key, email_template=settings.notify_email_template, sms_template=settings.notify_sms_template,
        url=settings.notify_url,
    )  # fmt: skip


def outbox(settings: Settings, store: Store, made: Writer, held_among: HeldAmong) -> Outbox | None:
    """The outbox of this installation; None where nothing can be sent, so that everything waits."""
    way = transport(settings)
    return Outbox(store, way, made, held_among) if way else None


@asynccontextmanager
async def keep_sending(of: Outbox | None) -> AsyncIterator[None]:
    """Look after the outbox while the application runs. Several processes take turns."""
    if of is None:
        yield
        return

    async def for_ever() -> None:
        while True:
            await send_due(of)
            await asyncio.sleep(EVERY)

    async with background_task(for_ever()):
        yield


async def send_due(of: Outbox) -> int:
    """Send what is due. Receivers are waited for in a thread, so that no request waits with them; on SQLite the database is
    asked in the loop, which is its one writer."""
    done = 0
    try:
        for force in await _asked(of, of.due):
            while taken := await _asked(of, of.take, force):
                told = await anyio.to_thread.run_sync(of.deliver, taken)
                await _asked(of, of.mark, force, told)
                done += len(taken)
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("outbox put off: %s", type(error).__name__)
        telemetry.job_failed("messages", type(error).__name__)
    except Exception as error:  # a defect in one message must not end the timer for all
        _log.error("outbox put off: %s", type(error).__name__)  # noqa: TRY400, RUF100
        telemetry.job_failed("messages", type(error).__name__)
    return done


async def _asked(of: Outbox, question: Callable[..., T], *given: Any) -> T:
    return await of.store.run(partial(question, *given))
