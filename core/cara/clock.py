"""Where every "now" comes from.

Instants are timezone-aware UTC; days are calendar days in Europe/London, because a caution issued at half past midnight in
June belongs to the day that the officer's watch shows.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present instant, in UTC, to the microsecond."""
    return datetime.now(UTC)


def london_day(instant: datetime) -> date:
    """The calendar day in Europe/London at `instant` (aware)."""
    return instant.astimezone(LONDON).date()


def today() -> date:
    """The present calendar day in Europe/London."""
    return london_day(now())
