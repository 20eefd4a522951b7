"""The days that a caution sets: pure arithmetic on calendar days in London, so clock changes do not matter.

The clock starts on the caution date, day 0. It runs on during a hold; only an officer's recorded variation moves it,
which is then the caller's `limit_days`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from cara.bank_holidays import add_working_days

LIMIT_DAYS = 112
"""Both workshops within 16 weeks (CARA overview and FAQs, 2021)."""

GAP_DAYS = (28, 35)
"""The second workshop follows 28 to 35 days after the first ("4–5 weeks", overview 2021; "four weeks", Hampshire
2023)."""

ACCEPT_WORKING_DAYS = 5
"""A provider answers a referral within so many working days: CARA's own default, a force's setting."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The last days for one caution, each inclusive. The pairs are at the shortest and at the longest gap.

    `last_first_workshop`: later than this, the second workshop falls after the limit. `repeat_first_workshop`: until
    here a person who misses the second workshop can still take both again, as they then must (overview 2021).
    """

    caution_date: date
    complete_by: date
    last_first_workshop: tuple[date, date]
    repeat_first_workshop: tuple[date, date]

    def days_left(self, today: date) -> int:
        """Days from `today` (London) to the last day for completion: 0 on that day, negative after it."""
        return (self.complete_by - today).days

    def second_workshop_in_time(self, day: date) -> bool:
        """Whether a second workshop on `day` is within the limit."""
        return self.caution_date <= day <= self.complete_by


def deadlines(caution_date: date, *, limit_days: int = LIMIT_DAYS, gap_days: tuple[int, int] = GAP_DAYS) -> Deadlines:
    """The deadlines of a caution given on `caution_date`.

    With the defaults the first workshop falls by day 84 (gap 28) or 77 (gap 35), and by day 56 or 42 to leave room
    for one repeat. ValueError when the gaps are not 0 < shortest ≤ longest, or when the limit has no room for both
    workshops.
    """
    shortest, longest = gap_days
    if not 0 < shortest <= longest or limit_days < longest:
        raise ValueError("Gaps must be 0 < shortest ≤ longest, and no longer than the limit.")

    def day(number: int) -> date:
        return caution_date + timedelta(number)

    return Deadlines(
        caution_date=caution_date,
        complete_by=day(limit_days),
        last_first_workshop=(day(limit_days - shortest), day(limit_days - longest)),
        repeat_first_workshop=(day(limit_days - 2 * shortest), day(limit_days - 2 * longest)),
    )


def accept_by(
    referred_on: date,
    *,
    working_days: int = ACCEPT_WORKING_DAYS,
    extra_holidays: Collection[date] = (),
    removed_holidays: Collection[date] = (),
) -> date:
    """The last day on which the provider answers a referral made on `referred_on` (London), weekends and bank
    holidays of England and Wales not counted."""
    return add_working_days(referred_on, working_days, extra=extra_holidays, removed=removed_holidays)
