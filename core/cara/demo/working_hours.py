"""When things happen in the demonstration: on working days, in working hours, never later than now. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from cara.bank_holidays import is_working_day
from cara.clock import LONDON, london_day

_OPENS, _CLOSES = 8, 18


def started(rng: Random, now: datetime, days: tuple[int, int]) -> datetime:
    """A moment of working hours between `days` ago (least, most) or before, at least an hour back."""
    day = london_day(now) - timedelta(rng.randint(*days))
    while not is_working_day(day) or (moment := _in_hours(rng, day)) > now - timedelta(hours=1):
        day -= timedelta(1)
    return moment


def later(rng: Random, after: datetime, now: datetime, days: tuple[int, int]) -> datetime:
    """A moment of working hours so many days (least, most) after another; where `now` comes first, soon after it."""
    day = london_day(after) + timedelta(rng.randint(*days))
    while not is_working_day(day):
        day += timedelta(1)
    moment = _in_hours(rng, day)
    if not after + timedelta(minutes=20) < moment < now:
        moment = after + min(timedelta(minutes=rng.randint(20, 90)), (now - after) / 2)
    return moment


def before(rng: Random, after: datetime, end: datetime) -> datetime:
    """A moment of working hours soon after another and before `end`: the next working day, or what is left of this one."""
    return later(rng, after, end, (1, 1))


def _in_hours(rng: Random, day: date) -> datetime:
    minutes = rng.randrange(_OPENS * 60, _CLOSES * 60)
    return datetime.combine(day, time(minutes // 60, minutes % 60), LONDON).astimezone(UTC)
