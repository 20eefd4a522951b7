"""What if: takes a problem and returns a changed one, to be planned and compared."""

import random
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from cara.features.scheduling.problem import Person, Plan, Problem


def area_closed(problem: Problem, area: str, first: date, last: date) -> Problem:
    """No workshop, A or B, can be held in an area from the first day to the last: its venue is closed."""
    shut = {
        one.id for one in problem.cohorts if one.area == area and (first <= one.a <= last or first <= one.b <= last)
    }
    return cohorts_out(problem, shut)


def cohorts_out(problem: Problem, out: Collection[str]) -> Problem:
    """These cohorts cannot be run, such as those of a facilitator who is ill. They are no longer fixed, and whoever was
    pinned there may be placed elsewhere."""
    return replace(
        problem,
        cohorts=tuple(one for one in problem.cohorts if one.id not in out),
        fixed=tuple(one for one in problem.fixed if one not in out),
        pinned={person: room for person, room in problem.pinned.items() if room not in out},
    )


def more_referrals(problem: Problem, percent: int, seed: int = 0) -> Problem:
    """So many per cent more people, rounded half up: each like somebody drawn by chance, but to be kept apart from nobody.
    The same seed draws the same people."""
    people = sorted(problem.people, key=lambda one: one.id)
    count = int((Decimal(len(people)) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return replace(problem, people=(*problem.people, *_more(people, count, random.Random(seed))))  # noqa: S311


def _more(people: list[Person], count: int, chance: random.Random) -> Iterator[Person]:
    known, number = {one.id for one in people}, 0
    for like in chance.choices(people, k=count) if people else ():
        number += 1
        while f"more-{number}" in known:
            number += 1
        yield replace(like, id=f"more-{number}", keep_apart=())


def pin(problem: Problem, person: str, cohort: str) -> Problem:
    """The person sits in this cohort, whatever else changes."""
    return replace(problem, pinned={**problem.pinned, person: cohort})


def accept(problem: Problem, plan: Plan, cohorts: Collection[str]) -> Problem:
    """A plan accepted in part: these of its cohorts run, with the people that it placed there."""
    return replace(
        problem,
        fixed=tuple(dict.fromkeys((*problem.fixed, *(one for one in plan.run if one in cohorts)))),
        pinned={**problem.pinned, **{person: room for person, room in plan.places.items() if room in cohorts}},
    )
