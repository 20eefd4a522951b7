"""When things happen in the demonstration: on working days, in working hours, never later than now. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from cara.clock import LONDON, london_day
from cara.reference.bank_holidays import is_working_day

_OPENS, _CLOSES = 8, 18


def working_time(rng: Random, day: date) -> datetime:
    """Some moment of working hours on `day`, or on the working day before it."""
    while not is_working_day(day):
        day -= timedelta(1)
    minutes = rng.randrange(_OPENS * 60, _CLOSES * 60)
    return datetime.combine(day, time(minutes // 60, minutes % 60), LONDON).astimezone(UTC)


def started(rng: Random, now: datetime, days: tuple[int, int]) -> datetime:
    """A moment between `days` ago (least, most), at least an hour back."""
    back = rng.randint(*days)
    while (moment := working_time(rng, london_day(now) - timedelta(back))) > now - timedelta(hours=1):
        back += 1
    return moment


def later(rng: Random, after: datetime, now: datetime, days: tuple[int, int]) -> datetime:
    """A moment of working hours so many days (least, most) after another; squeezed in before `now` where it must be."""
    moment = working_time(rng, london_day(after) + timedelta(rng.randint(*days)))
    if not after + timedelta(minutes=45) < moment < now:
        moment = after + (now - after) * rng.uniform(0.3, 0.9)
    return moment
