"""Bank holidays and working days in England and Wales.

The days come from the `holidays` library, which holds the proclaimed days (moved May holidays, jubilees) as far as
they are known and the rule after that, with substitutes for holidays on a weekend. A day proclaimed after the
library's release is data: `extra` and `removed`. Scotland and Northern Ireland have other days, and no force here.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Every bank holiday of the year, substitutes included, and the weekend days for which they stand in."""
    import holidays  # a quarter of a second, so only when a day is asked for

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date, *, extra: Collection[date] = (), removed: Collection[date] = ()) -> bool:
    """Monday to Friday and no bank holiday; `extra` are further holidays, `removed` holidays that were taken back."""
    if day.weekday() >= 5 or day in extra:
        return False
    return day in removed or day not in bank_holidays(day.year)


def add_working_days(day: date, count: int, *, extra: Collection[date] = (), removed: Collection[date] = ()) -> date:
    """The last of the `count` working days that follow `day`, itself not counted; `day` when `count` is 0.

    ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("Count 0 or more working days.")
    while count:
        day += timedelta(1)
        count -= is_working_day(day, extra=extra, removed=removed)
    return day
