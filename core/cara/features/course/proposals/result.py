"""What came out of planning, as it is kept and shown. Pure; people are numbers of cases."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cara.features.scheduling import Plan, Problem


@dataclass(frozen=True, slots=True)
class Gathered:
    """A problem, and what must be known to tell what came out of it.

    `rooms`: cohort → what is kept of it. `beforehand`: people who cannot be planned at all, with the reason. `seated`: people
    who sit already, and are in the problem only so that nobody joins whom they are kept apart from.
    """

    problem: Problem
    rooms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    beforehand: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    seated: frozenset[str] = frozenset()

    @property
    def people(self) -> list[int]:
        """The cases that were looked at."""
        planned = [one.id for one in self.problem.people if one.id.isdecimal()]
        return sorted(int(one) for one in {*planned, *self.beforehand})


def outcome(gathered: Gathered, plan: Plan) -> dict[str, Any]:
    """A plan as it is kept."""
    inside: dict[str, list[str]] = defaultdict(list)
    for person, room in plan.places.items():
        if person not in gathered.seated:
            inside[room].append(person)
    rooms = [
        {**gathered.rooms[one], "id": one, "people": inside[one]}
        for one in plan.run
        if inside[one] or not gathered.rooms[one]["new"]
    ]
    return {
        "figures": figures(gathered, plan),
        "rooms": rooms,
        "unplaced": {**plan.unplaced, **gathered.beforehand},
        "refused": dict(gathered.refused),
    }


def figures(gathered: Gathered, plan: Plan) -> dict[str, Any]:
    """A plan in numbers, to be held against another's."""
    return {
        "cohorts": sum(1 for one in plan.run if gathered.rooms[one]["new"]),
        "cost": str(plan.cost),
        "placed": len(plan.places) - len(gathered.seated),
        "unplaced": len(plan.unplaced) + len(gathered.beforehand),
        "repeatable": plan.repeatable,
        "optimal": plan.optimal,
        "bound": str(plan.bound),
        "most_placed": plan.most_placed - len(gathered.seated),
        "most_repeatable": plan.most_repeatable,
    }
