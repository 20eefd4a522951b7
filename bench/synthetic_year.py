"""A force's year of cases, invented from a seed: who is cautioned when, and which cohorts could be run for them."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from cara.features.scheduling import Candidate, Person, Problem

START = date(2026, 1, 5)
"""A Monday."""
WEEKS = 52
AREAS = ("north", "east", "south", "west")
"""Each is a neighbour of the next, and the last of the first."""
CAPACITY = 10
COST = Decimal(2500)
HAMPSHIRE = {"male": 303, "female": 102, "non_intimate": 71}
"""Referrals of men and women for intimate offences and of men for others, 2022–23."""
TELEPHONE = 10
"""One case in so many is a telephone case and needs no place."""


def year(seed: int, referrals: dict[str, int], *, telephone: bool = True, prefix: str = "") -> Problem:
    """Everyone referred in a year, and the cohorts that could be run for them."""
    chance = random.Random(seed)
    people = [one for group, count in referrals.items() for one in _people(chance, group, count, prefix)]
    if telephone:
        by_telephone = set(chance.sample(range(len(people)), round(len(people) / TELEPHONE)))
        people = [one for place, one in enumerate(people) if place not in by_telephone]
    return Problem(tuple(people), tuple(_candidates(chance, referrals, prefix)))


def _people(chance: random.Random, group: str, count: int, prefix: str) -> Iterator[Person]:
    for number in range(count):
        home = chance.randrange(len(AREAS))
        neighbour = (home + chance.choice((-1, 1))) % len(AREAS)
        areas = (AREAS[home], AREAS[neighbour]) if group == "male" else AREAS
        caution = START + timedelta(chance.randrange(7 * WEEKS))
        yield Person(f"{prefix}{group}-{number:03}", caution, group, areas)


def _candidates(chance: random.Random, groups: dict[str, int], prefix: str) -> Iterator[Candidate]:
    """Every other Saturday: for men one in each area, for each small group one, in an area after the other. B follows four
    weeks later, now and then five."""
    for fortnight in range((WEEKS + 12) // 2):
        for group in groups:
            for area in AREAS if group == "male" else (AREAS[fortnight % len(AREAS)],):
                a = START + timedelta(14 * fortnight + 12)
                b = a + timedelta(chance.choice((28, 28, 28, 28, 35)))
                yield Candidate(f"{prefix}{group}-{area}-{a}", group, area, a, b, CAPACITY, COST)
