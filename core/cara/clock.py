"""Where every "now" comes from.

Instants are timezone-aware UTC; days are calendar days in Europe/London, because a caution issued at half past midnight in
June belongs to the day that the officer's watch shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_SET: ContextVar[datetime | None] = ContextVar("cara_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC, to the microsecond."""
    return _SET.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let this context's clock stand at `instant` (aware): for the demonstration's past and for tests, nothing else."""
    token = _SET.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _SET.reset(token)


def london_day(instant: datetime) -> date:
    """The calendar day in Europe/London at `instant` (aware)."""
    return instant.astimezone(LONDON).date()


def today() -> date:
    """The present calendar day in Europe/London."""
    return london_day(now())
