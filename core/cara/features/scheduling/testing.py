"""Invented problems for tests, and what tells a plan that breaks a rule: from the rules, apart from the scheduler's code."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from random import Random

from cara.features.scheduling.problem import Candidate, Person, Plan, Problem

START = date(2026, 2, 20)
AREAS = ("east", "north", "south")
GROUPS = ("male", "female")

Worth = tuple[int, Decimal, int]
"""People without a place, cost, people who could not repeat, where that counts: the lower, the better."""


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """Every rule that the plan breaks, in words."""
    people = {one.id: one for one in problem.people}
    cohorts = {one.id: one for one in problem.cohorts}
    seats = Counter(plan.places.values())
    found = [
        f"{who} {what}"
        for who, where in plan.places.items()
        for what in _broken_seat(problem, people[who], cohorts[where], plan)
    ]
    found += [f"{room} is too full" for room, count in seats.items() if count > cohorts[room].capacity]
    found += [f"{one} is fixed and does not run" for one in problem.fixed if one not in plan.run]
    found += [f"{one} runs empty" for one in plan.run if not seats[one] and one not in problem.fixed]
    found += [f"{one} is not where pinned" for one, room in problem.pinned.items() if plan.places.get(one) != room]
    if plan.places.keys() & plan.unplaced.keys() or plan.places.keys() | plan.unplaced.keys() != people.keys():
        found.append("somebody is nowhere, or twice")
    if plan.cost != sum(cohorts[one].cost for one in plan.run) or len(set(plan.run)) != len(plan.run):
        found.append("the cost is wrong")
    if plan.repeatable != early(problem, plan.places):
        found.append("the number who could repeat is wrong")
    return found


def _broken_seat(problem: Problem, person: Person, cohort: Candidate, plan: Plan) -> Iterator[str]:
    if cohort.id not in plan.run:
        yield "is in a cohort that does not run"
    if any(plan.places.get(other) == cohort.id for other in person.keep_apart):
        yield "is not kept apart"
    yield from _misfit(problem, person, cohort)


def _misfit(problem: Problem, person: Person, cohort: Candidate) -> Iterator[str]:
    if person.group != cohort.group or cohort.area not in person.areas:
        yield "is in another group, or area"
    if not person.caution_date < cohort.a or cohort.b > person.caution_date + timedelta(problem.deadline_days):
        yield "is too early, or too late"
    if not problem.gap_days[0] <= (cohort.b - cohort.a).days <= problem.gap_days[1]:
        yield "has the wrong gap"


def early(problem: Problem, places: Mapping[str, str]) -> int:
    """How many people's first workshop leaves room for a repeat."""
    last = timedelta(problem.deadline_days - 2 * problem.gap_days[0])
    first = {one.id: one.a for one in problem.cohorts}
    return sum(first[places[one.id]] <= one.caution_date + last for one in problem.people if one.id in places)


def worth(problem: Problem, plan: Plan) -> Worth:
    """How good a plan is."""
    late = -early(problem, plan.places) if problem.spare_for_repeat else 0
    return len(problem.people) - len(plan.places), plan.cost, late


def best_worth(problem: Problem) -> Worth:
    """How good the best plan is, by trying every one."""
    cost = {one.id: one.cost for one in problem.cohorts}

    def choices(person: Person) -> list[str | None]:
        fits = [one.id for one in problem.cohorts if not list(_misfit(problem, person, one))]
        return [problem.pinned[person.id]] if person.id in problem.pinned else [None, *fits]

    found = []
    for where in product(*map(choices, problem.people)):
        places = {one.id: room for one, room in zip(problem.people, where, strict=True) if room}
        run = tuple({*places.values(), *problem.fixed})
        nowhere = {one.id: "" for one in problem.people if one.id not in places}
        total = sum((cost[one] for one in run), Decimal(0))
        plan = Plan(run, places, nowhere, total, False, total, early(problem, places), 0, 0)
        if not broken_rules(problem, plan):
            found.append(worth(problem, plan))
    return min(found)


def crowded(seed: int, *, people: int, cohorts: int, seats: int) -> Problem:
    """A problem in which much competes for little: days close together, few seats, people to be kept apart and pinned."""
    chance = Random(seed)  # noqa: S311
    costs = chance.choice((("2500",), ("2500", "2400"), ("2500", "0", "0.01", "2500.50", "1700")))
    groups, areas = GROUPS[: chance.choice((1, 1, 1, 2))], AREAS[: chance.choice((1, 1, 2, 3))]
    span, step, pairs = 4 + cohorts, chance.choice((1, 4)), chance.choice(((0,), (0, 0, 0, 1, 1, 2)))

    def cohort(number: int) -> Candidate:
        a = START + timedelta(chance.randint(0, span))
        b = a + timedelta(chance.choice((4,) * 8 + (5, 6, 5, 6, 3, 7, -4)))
        cost, capacity = Decimal(chance.choice(costs)), chance.choice((chance.randint(0, seats), seats, seats))
        return Candidate(f"c{number}", chance.choice(groups), chance.choice(areas), a, b, capacity, cost)

    def person(number: int) -> Person:
        caution = START + timedelta(chance.randrange(-6, span // 2, step))
        apart = chance.sample(range(people), min(people, chance.choice(pairs)))
        return Person(
            f"p{number}",
            caution,
            chance.choice(groups),
            tuple(chance.sample(areas, chance.randint(chance.random() < 0.9, len(areas)))),
            tuple(f"p{one}" for one in apart if one != number),
        )

    found = tuple(cohort(number) for number in range(cohorts))
    problem = Problem(
        tuple(person(number) for number in range(people)),
        found,
        tuple(one.id for one in chance.sample(found, min(len(found), chance.choice((0, 0, 1, 2))))),
        deadline_days=chance.randint(10, 20),
        gap_days=(4, 6),
        spare_for_repeat=chance.random() < 0.8,
    )
    return _pinned(problem, chance)


def _pinned(problem: Problem, chance: Random) -> Problem:
    """The problem with one or two people pinned somewhere that they fit, if chance will have it."""
    pins: dict[str, str] = {}
    for person in chance.sample(problem.people, min(len(problem.people), chance.choice((0, 0, 1, 2)))):
        for one in problem.cohorts:
            if one.capacity and one.id not in pins.values() and not list(_misfit(problem, person, one)):
                pins[person.id] = one.id
                break
    return Problem(**{name: getattr(problem, name) for name in Problem.__slots__} | {"pinned": pins})
