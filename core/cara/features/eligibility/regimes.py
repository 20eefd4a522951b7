"""The legal regimes under which a caution can be given: data, keyed on the offence date.

The Police, Crime, Sentencing and Courts Act 2022 (Part 6) has its two cautions enacted and not commenced. They are
listed so that people see them coming, and stay disabled until a commencement date is set here.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Regime:
    """One kind of caution. Without `commences` it has always been there, or, if not enabled, it is prospective."""

    slug: str
    name: str
    act: str
    enabled: bool
    commences: date | None = None

    def covers(self, offence_on: date) -> bool:
        """Whether an offence on that day may be dealt with under it."""
        return self.enabled and (self.commences is None or self.commences <= offence_on)


_PCSC: Final = "Police, Crime, Sentencing and Courts Act 2022, Part 6 (prospective)"

REGIMES: Final = (
    Regime("conditional_caution", "Conditional caution", "Criminal Justice Act 2003, Part 3", enabled=True),
    Regime("diversionary_caution", "Diversionary caution", _PCSC, enabled=False),
    Regime("community_caution", "Community caution", _PCSC, enabled=False),
)


def regime_for(offence_on: date | None, regimes: tuple[Regime, ...] = REGIMES) -> Regime | None:
    """The regime of an offence on that day: the one that commenced last. None while the day is not known."""
    if offence_on is None:
        return None
    open_ones = [regime for regime in regimes if regime.covers(offence_on)]
    return max(open_ones, key=lambda regime: regime.commences or date.min, default=None)
