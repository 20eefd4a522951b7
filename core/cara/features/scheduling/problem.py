"""What a plan starts from, and what it is: people, candidate cohorts, and who sits where. Nothing here knows a session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be placed. `caution_date` is day 0; `areas` are those that they can travel to; `keep_apart` names people
    who may not be in the same room, whichever of the two it is written at."""

    id: str
    caution_date: date
    group: str
    areas: tuple[str, ...]
    keep_apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cohort that could be run: workshop A on day `a`, workshop B on day `b`, `cost` in pounds."""

    id: str
    group: str
    area: str
    a: date
    b: date
    capacity: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a plan depends on.

    `fixed` cohorts run whatever they cost. `pinned` people sit in the cohort named, which then runs too. `gap_days` is
    the least and the greatest number of days between A and B, both allowed; `deadline_days` counts from the caution.
    """

    people: tuple[Person, ...]
    cohorts: tuple[Candidate, ...]
    fixed: tuple[str, ...] = ()
    deadline_days: int = 112
    gap_days: tuple[int, int] = (28, 35)
    spare_for_repeat: bool = True
    pinned: Mapping[str, str] = field(default_factory=dict)

    def usable(self, cohort: Candidate) -> bool:
        """Whether the cohort's two workshops are as far apart as they must be. No one is placed in any other."""
        shortest, longest = self.gap_days
        return shortest <= (cohort.b - cohort.a).days <= longest

    def in_time(self, person: Person, cohort: Candidate) -> bool:
        """Whether A falls after the person's caution and B no later than their deadline, the day itself included."""
        return person.caution_date < cohort.a and (cohort.b - person.caution_date).days <= self.deadline_days

    def fits(self, person: Person, cohort: Candidate) -> bool:
        """Whether the person may sit in the cohort, if there is a seat and nobody that they must be kept apart from."""
        return (
            person.group == cohort.group
            and cohort.area in person.areas
            and self.usable(cohort)
            and self.in_time(person, cohort)
        )

    def leaves_room(self, person: Person, cohort: Candidate) -> bool:
        """Whether A falls so early that the person who misses B can take both again before their deadline."""
        return (cohort.a - person.caution_date).days <= self.deadline_days - 2 * self.gap_days[0]

    def deadline(self, person: Person) -> date:
        """The last day for the person's workshop B."""
        return person.caution_date + timedelta(self.deadline_days)

    def apart(self) -> dict[str, frozenset[str]]:
        """For each person whom somebody must be kept apart from: those others. It binds both ways."""
        found: dict[str, set[str]] = {}
        for person in self.people:
            for other in person.keep_apart:
                found.setdefault(person.id, set()).add(other)
                found.setdefault(other, set()).add(person.id)
        return {one: frozenset(others) for one, others in found.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cohorts run, who sits where, and why somebody is not placed.

    `cost` is in pounds, fixed cohorts included. `optimal`: the solver has proved that no plan is better. `bound`: none that
    places as many costs less. `repeatable` people could take both workshops again after one missed B. No plan places more
    than `most_placed`, and none of the least cost has more than `most_repeatable` who could repeat.
    """

    run: tuple[str, ...]
    places: Mapping[str, str]
    unplaced: Mapping[str, str]
    cost: Decimal
    optimal: bool
    bound: Decimal
    repeatable: int
    most_placed: int
    most_repeatable: int

    def as_dict(self) -> dict[str, object]:
        """The plan as its JSON document, whole pounds as whole numbers."""
        return {
            "run": list(self.run),
            "places": dict(self.places),
            "unplaced": dict(self.unplaced),
            "cost": _number(self.cost),
            "optimal": self.optimal,
            "bound": _number(self.bound),
        }


def _number(pounds: Decimal) -> int | float:
    return int(pounds) if pounds == pounds.to_integral_value() else float(pounds)
