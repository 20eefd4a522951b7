"""What a coordinator asks a plan for: which cohorts could be run, who is pinned, who and what is left out. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from cara.features.scheduling import Candidate
from cara.i18n import lazy as _

MOST_CANDIDATES = 2_000
TRAVEL: Mapping[str, str] = {
    "small": _("Men come to their own area; everybody else to any"),
    "own": _("Everybody comes to their own area alone"),
    "any": _("Everybody comes to any area"),
}
"""How far people can be asked to travel. Somebody whose area is not known can come to any."""


@dataclass(frozen=True, slots=True)
class Hall:
    """A venue, as far as a plan needs it."""

    reference: str
    name: str
    area: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A question to the scheduler. `weekdays` count from Monday, 0; `cost` is pounds for each cohort."""

    venues: tuple[str, ...]
    groups: tuple[str, ...]
    weekdays: tuple[int, ...]
    starts: time
    ends: time
    first: date
    last: date
    gaps: tuple[int, ...]
    capacity: int
    cost: Decimal
    travel: str = "small"
    pins: Mapping[str, str] = field(default_factory=dict)
    people_out: tuple[str, ...] = ()
    cohorts_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "venues": [*self.venues], "groups": [*self.groups], "weekdays": [*self.weekdays], "starts": f"{self.starts:%H:%M}",
            "ends": f"{self.ends:%H:%M}", "first": self.first.isoformat(), "last": self.last.isoformat(), "gaps": [*self.gaps],
            "capacity": self.capacity, "cost": str(self.cost), "travel": self.travel, "pins": dict(self.pins),
            "people_out": [*self.people_out], "cohorts_out": [*self.cohorts_out],
        }  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Terms":
        """What was kept."""
        return cls(
            venues=tuple(kept["venues"]), groups=tuple(kept["groups"]), weekdays=tuple(kept["weekdays"]),
            starts=time.fromisoformat(kept["starts"]), ends=time.fromisoformat(kept["ends"]),
            first=date.fromisoformat(kept["first"]), last=date.fromisoformat(kept["last"]), gaps=tuple(kept["gaps"]),
            capacity=kept["capacity"], cost=Decimal(kept["cost"]), travel=kept["travel"], pins=dict(kept["pins"]),
            people_out=tuple(kept["people_out"]), cohorts_out=tuple(kept["cohorts_out"]),
        )  # fmt: skip

    def choosing(self, pins: Mapping[str, str], people_out: Sequence[str], cohorts_out: Sequence[str]) -> "Terms":
        """The same question with other pins, and others left out."""
        return replace(self, pins=dict(pins), people_out=tuple(people_out), cohorts_out=tuple(cohorts_out))

    def travels(self, group: str, own: str, areas: Sequence[str]) -> tuple[str, ...]:
        """The areas to which somebody of a group, who lives in `own`, can come."""
        stays = self.travel == "own" or (self.travel == "small" and group == "male")
        return (own,) if own and stays else tuple(areas)

    def days(self) -> Iterator[date]:
        """Every day on which a first workshop could be."""
        for off in range((self.last - self.first).days + 1):
            day = self.first + timedelta(off)
            if day.weekday() in self.weekdays:
                yield day

    @property
    def most(self) -> int:
        """How many cohorts these terms describe, before any day is refused."""
        return sum(1 for _day in self.days()) * len(self.venues) * len(self.groups) * len(self.gaps)


Refuses = Callable[[Hall, date], str]
"""Why a workshop cannot be held in a venue on a day; empty if it can."""


def candidates(
    terms: Terms, halls: Sequence[Hall], refuses: Refuses
) -> tuple[dict[str, tuple[Candidate, Hall]], Counter[str]]:
    """The cohorts that could be run, each with its venue, and how many could not, by reason."""
    found: dict[str, tuple[Candidate, Hall]] = {}
    refused: Counter[str] = Counter()
    for hall in halls:
        for a in terms.days():
            for gap in terms.gaps:
                b = a + timedelta(gap)
                why = refuses(hall, a) or refuses(hall, b)
                if why:
                    refused[why] += len(terms.groups)
                    continue
                for group in terms.groups:
                    name = f"{hall.reference}.{group}.{a:%Y%m%d}.{gap}"
                    seats = min(terms.capacity, hall.capacity)
                    if name not in terms.cohorts_out:
                        found[name] = (Candidate(name, group, hall.area, a, b, seats, terms.cost), hall)
    return found, refused
