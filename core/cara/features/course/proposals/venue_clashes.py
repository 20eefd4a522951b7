"""A plan in which no two workshops meet in one venue at one time. Pure.

The scheduler knows seats and days, and no venues. So it plans as if venues had rooms enough, which no plan that keeps them
free of clashes can better; then it plans again without what clashes, until nothing does, and fills up what that left free. If
the last plan is worth as much as the first, it is proved too; if not, the first says how far off it may be.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any, Final

from cara.features.scheduling import Plan, Problem
from cara.features.scheduling.what_if import cohorts_out

ROUNDS: Final = 12
"""How often what clashes is taken out before the plan is left as it is."""
Uses = tuple[str, date]
"""A venue on a day."""
Rooms = Mapping[str, Mapping[str, Any]]
Solve = Callable[..., Plan]


def plan_without_clashes(problem: Problem, rooms: Rooms, solve: Solve, seconds: float) -> Plan:
    """The plan for a problem whose new cohorts in `rooms` are each held in the venue that `reference` names. What still clashes
    when the time is over is left to whoever reads the plan."""
    ends = monotonic() + seconds

    def solved(given: Problem) -> Plan:
        return solve(given, seconds=max(1.0, ends - monotonic()))

    def over() -> bool:
        return monotonic() >= ends

    first = solved(problem)
    if not clashing(problem, first, rooms):
        return first
    made = _apart(problem, first, rooms, solved, over)
    while len(made.places) < first.most_placed and not over():
        # What was taken out for a cohort that does not run after all may come back, beside those that run.
        wider = _beside(problem, made, rooms)
        more = _apart(wider, solved(wider), rooms, solved, over)
        if len(more.places) <= len(made.places):
            break
        made = more
    return _judged(solved(_only(problem, set(made.run))), first)


def _apart(
    problem: Problem, made: Plan, rooms: Rooms, solved: Callable[[Problem], Plan], over: Callable[[], bool]
) -> Plan:
    """The plan, made again without what clashes until nothing does."""
    for _round in range(ROUNDS):
        out = clashing(problem, made, rooms)
        if not out or over():
            break
        problem = cohorts_out(problem, out)
        made = solved(problem)
    return made


def _beside(problem: Problem, made: Plan, rooms: Rooms) -> Problem:
    """The problem in which the cohorts of a plan run, with all others that clash with none of them."""
    uses = _uses(problem, rooms)
    busy = {use for one in made.run for use in uses.get(one, ())}
    kept = {one for one, own in uses.items() if one in made.run or not busy.intersection(own)}
    return replace(_only(problem, kept | set(made.run)), fixed=tuple(dict.fromkeys((*problem.fixed, *made.run))))


def _only(problem: Problem, kept: Collection[str]) -> Problem:
    """The problem with these cohorts alone, those that run anyway, and those to which somebody is pinned."""
    wanted = {*kept, *problem.fixed, *problem.pinned.values()}
    return cohorts_out(problem, {one.id for one in problem.cohorts} - wanted)


def clashing(problem: Problem, made: Plan, rooms: Rooms) -> set[str]:
    """Cohorts that cannot be, if of those that clash the ones that must run and the fuller ones are held; nothing if none
    clash."""
    uses = _uses(problem, rooms)
    people = Counter(made.places.values())
    must = {*problem.pinned.values(), *problem.fixed}
    held: dict[Uses, str] = {}
    clash = False
    for one in sorted((one for one in made.run if one in uses), key=lambda one: (one not in must, -people[one], one)):
        if any(use in held for use in uses[one]):
            clash = True
            continue
        held |= dict.fromkeys(uses[one], one)
    if not clash:
        return set()
    return {one for one, own in uses.items() if one not in must and any(held.get(use, one) != one for use in own)}


def _uses(problem: Problem, rooms: Rooms) -> dict[str, tuple[Uses, Uses]]:
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
        most_repeatable=max(first.most_repeatable, made.repeatable),
    )  # fmt: skip
