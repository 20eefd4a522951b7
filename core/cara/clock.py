"""Where every "now" comes from.

Instants are timezone-aware UTC; days are calendar days in Europe/London, because a caution issued at half past midnight in
June belongs to the day that the officer's watch shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_SET: ContextVar[datetime | None] = ContextVar("cara_clock", default=None)
_AHEAD: ContextVar[timedelta] = ContextVar("cara_clock_ahead", default=timedelta())


def now() -> datetime:
    """The present instant, in UTC, to the microsecond."""
    return _SET.get() or datetime.now(UTC) + _AHEAD.get()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let this context's clock stand at `instant` (aware): for the demonstration's past and for tests, nothing else."""
    token = _SET.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _SET.reset(token)


@contextmanager
def ahead(span: timedelta) -> Iterator[None]:
    """Let this context's clock run so far ahead: for a demonstration of what comes later, nothing else."""
    token = _AHEAD.set(span)
    try:
        yield
    finally:
        _AHEAD.reset(token)


def london_day(instant: datetime) -> date:
    """The calendar day in Europe/London at `instant` (aware)."""
    return instant.astimezone(LONDON).date()


def today() -> date:
    """The present calendar day in Europe/London."""
    return london_day(now())


def months_after(day: date, months: int) -> date:
    """The same day so many months later (earlier, if below nought), or the last one of a month that has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    return first.replace(day=min(day.day, last.day))
