"""No two workshops in one venue at one time, and no proof that is not one."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

import pytest

from cara.features.course.proposals.venue_clashes import clashing, plan_without_clashes
from cara.features.scheduling import Candidate, Person, Problem, plan
from cara.features.scheduling.testing import broken_rules

START = date(2026, 3, 7)


def a_problem(seed: int, *, halls: int = 2) -> tuple[Problem, dict[str, dict[str, Any]]]:
    """Three groups that would all rather meet on the first Saturday, in few venues."""
    chance = Random(seed)  # noqa: S311
    groups = ("male", "female", "non_intimate")
    cohorts, rooms = [], {}
    for hall in range(halls):
        for week in range(6):
            for group in groups:
                a = START + timedelta(7 * week)
                one = Candidate(f"{hall}.{group}.{week}", group, f"area {hall}", a, a + timedelta(28), 4, Decimal(2500))
                cohorts.append(one)
                rooms[one.id] = {"new": True, "reference": f"hall {hall}"}
    areas = tuple(f"area {hall}" for hall in range(halls))
    people = tuple(
        Person(f"p{n}", START - timedelta(chance.randint(1, 70)), chance.choice(groups), areas) for n in range(14)
    )
    return Problem(people, tuple(cohorts)), rooms


def held(problem: Problem, rooms: dict[str, dict[str, Any]], run: tuple[str, ...]) -> list[set[tuple[str, date]]]:
    by_id = {one.id: one for one in problem.cohorts}
    return [{(rooms[one]["reference"], day) for day in (by_id[one].a, by_id[one].b)} for one in run]


@pytest.mark.parametrize("seed", range(6))
def test_no_two_cohorts_meet_in_one_venue_at_one_time(seed):
    problem, rooms = a_problem(seed)
    made = plan_without_clashes(problem, rooms, plan, 20)
    assert not any(one & other for one, other in combinations(held(problem, rooms, made.run), 2))
    assert not broken_rules(problem, made)
    free = plan(problem)
    worth = (len(made.places), -made.cost, made.repeatable)
    best = (len(free.places), -free.cost, free.repeatable)
    assert worth <= best
    assert made.optimal == (worth == best)
    assert made.bound <= made.cost
    assert made.most_placed == len(free.places)


def test_what_does_not_clash_is_planned_once():
    problem, rooms = a_problem(1)
    alone = Problem(tuple(one for one in problem.people if one.group == "male"), problem.cohorts)
    asked = []

    def solve(given: Problem, **how: Any) -> Any:
        asked.append(given)
        return plan(given, **how)

    made = plan_without_clashes(alone, rooms, solve, 20)
    assert not clashing(alone, made, rooms)
    assert len(asked) == 1
    assert made.optimal
