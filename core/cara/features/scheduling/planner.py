"""The plan: which cohorts to run and who sits where, by mixed-integer programming, part by part."""

from collections.abc import Callable
from decimal import Decimal

from cara.features.scheduling.candidate_index import in_order
from cara.features.scheduling.decompose import parts, running
from cara.features.scheduling.explanations import reasons
from cara.features.scheduling.problem import Plan, Problem
from cara.features.scheduling.validate import check

Progress = Callable[[int, int], None]
"""Is told how many people have been dealt with, and of how many."""


def plan(problem: Problem, *, seconds: float | None = None, progress: Progress | None = None) -> Plan:
    """The best plan: most people placed, then least cost, then, with `spare_for_repeat`, most people whose first workshop
    leaves room for a repeat. The same problem, in whatever order, gives the same plan.

    `seconds` is how long to look, for ever if None; after that the best plan found is given, not `optimal`. Raises
    `BadInput` naming every fault of the problem. Safe to call in a thread: the interpreter is free while the solver works.
    """
    check(problem)
    from cara.features.scheduling.solve_part import Answer, seat
    from cara.features.scheduling.solver import Deadline  # the solver takes a third of a second to import

    deadline = Deadline(seconds)
    answers: list[Answer] = []
    todo = sorted(parts(problem), key=lambda part: (part.people, len(part.rooms)))
    waiting = total = sum(part.people for part in todo)
    for part in todo:
        if progress:
            progress(total - waiting, total)
        answers.extend(seat(part, deadline.share(part.people, waiting)))
        waiting -= part.people
    if progress:
        progress(total, total)

    cohorts, runs = in_order(problem.cohorts), running(problem)
    run = runs.union(*(answer.run() for answer in answers))
    places = dict(problem.pinned)
    for answer in answers:
        places |= answer.places()
    by_id = {cohort.id: cohort for cohort in cohorts}
    repeatable = {
        person.id
        for person in problem.people
        if person.id in places and problem.leaves_room(person, by_id[places[person.id]])
    }
    most_placed = len(problem.pinned) + sum(answer.most_placed for answer in answers)
    most_repeatable = len(repeatable & problem.pinned.keys()) + sum(
        one.part.people - one.fewest_late for one in answers
    )
    return Plan(
        run=tuple(one.id for one in cohorts if one.id in run),
        places={person.id: places[person.id] for person in problem.people if person.id in places},
        unplaced=reasons(problem, places),
        cost=sum((by_id[one].cost for one in run), Decimal(0)),
        optimal=all(answer.proved for answer in answers),
        bound=sum((by_id[one].cost for one in runs), Decimal(0))
        + sum((Decimal(one.least_cost * one.part.coin) / 100 for one in answers), Decimal(0)),
        repeatable=len(repeatable),
        most_placed=most_placed,
        most_repeatable=most_repeatable if problem.spare_for_repeat else most_placed,
    )
