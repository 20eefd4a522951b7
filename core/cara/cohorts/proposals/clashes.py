"""A plan in which no two workshops meet in one venue at one time. Pure.

The scheduler knows seats and days, and no venues. So it plans as if venues had rooms enough, which no plan that keeps them free of
clashes can better; then it plans again without what clashed, until nothing does. If the last plan is worth as much as the
first, it is proved too; if not, the first says how far off it may be.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any, Final

from cara.cohorts.scheduling import Plan, Problem
from cara.cohorts.scheduling.what_if import cohorts_out

ROUNDS: Final = 12
Uses = tuple[str, date]
"""A venue on a day."""
Solve = Callable[..., Plan]


def plan_without_clashes(
    problem: Problem, rooms: Mapping[str, Mapping[str, Any]], solve: Solve, seconds: float
) -> Plan:
    """The plan for a problem whose new cohorts in `rooms` are each held in the venue that `reference` names. After `ROUNDS`, or
    when the time is over, what still clashes is left to whoever reads the plan."""
    ends = monotonic() + seconds
    first = made = solve(problem, seconds=seconds)
    for _round in range(ROUNDS):
        out = clashing(problem, made, rooms)
        left = ends - monotonic()
        if not out or left <= 0:
            break
        problem = cohorts_out(problem, out)
        made = solve(problem, seconds=left)
    return made if made is first else _judged(made, first)


def clashing(problem: Problem, made: Plan, rooms: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Cohorts that cannot be, if of those that clash the pinned and the fuller ones are held; nothing if none clash."""
    uses = _uses(problem, rooms)
    people = Counter(made.places.values())
    pinned = set(problem.pinned.values())
    held: dict[Uses, str] = {}
    clash = False
    for one in sorted((one for one in made.run if one in uses), key=lambda one: (one not in pinned, -people[one], one)):
        if any(use in held for use in uses[one]):
            clash = True
            continue
        held |= dict.fromkeys(uses[one], one)
    if not clash:
        return set()
    return {one for one, own in uses.items() if one not in pinned and any(held.get(use, one) != one for use in own)}


def _uses(problem: Problem, rooms: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Uses, Uses]]:
    return {
        one.id: ((rooms[one.id]["reference"], one.a), (rooms[one.id]["reference"], one.b))
        for one in problem.cohorts
        if rooms[one.id]["new"]
    }


def _judged(made: Plan, first: Plan) -> Plan:
    """The last plan, with what the first proves of it: whatever binds a plan that may clash binds one that may not."""
    placed = len(made.places) == first.most_placed
    cheap = placed and made.cost <= first.bound
    early = cheap and made.repeatable >= first.most_repeatable
    return replace(
        made, optimal=early, bound=min(first.bound, made.cost), most_placed=first.most_placed,
        most_repeatable=max(first.most_repeatable, made.repeatable) if cheap else len(made.places),
    )  # fmt: skip
