"""Takes a problem apart into parts that share no cohort, and in each sees people who are alike as one crowd.

People are alike when the same cohorts fit them and the same of those leave room for a repeat; nobody who must be kept
apart from somebody is like anyone else. Whoever is pinned is seated before the rest is looked at.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import gcd

from cara.features.scheduling.candidate_index import Fitting, in_order
from cara.features.scheduling.problem import Candidate, Problem


@dataclass(frozen=True, slots=True)
class Crowd:
    """People who are alike. `fits` are rooms of the part, in order; `early` those of them that leave room for a repeat."""

    members: tuple[str, ...]
    fits: tuple[int, ...]
    early: frozenset[int]


@dataclass(frozen=True, slots=True)
class Room:
    """A cohort as the solver sees it: its free seats, whether it must run, and what that adds to the cost, in coins of the
    part. A fixed cohort must run and adds nothing, for it is paid for already."""

    id: str
    area: str
    a: date
    seats: int
    cost: int
    must_run: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Crowds and rooms that hang together. `apart`: pairs of crowds, each of one person, that may share no room.
    `coin`: how many pence a coin is, so that costs are small whole numbers."""

    crowds: tuple[Crowd, ...]
    rooms: tuple[Room, ...]
    apart: tuple[tuple[int, int], ...]
    coin: int

    @property
    def people(self) -> int:
        """How many people are in it."""
        return sum(len(crowd.members) for crowd in self.crowds)

    @property
    def alone(self) -> frozenset[int]:
        """The crowds that are one person of a pair to be kept apart."""
        return frozenset(crowd for pair in self.apart for crowd in pair)


Alike = tuple[tuple[int, ...], frozenset[int], tuple[str, ...]]
"""A crowd before its part is known: cohorts that fit, early ones, members."""


def pence(cohort: Candidate) -> int:
    """What a cohort costs."""
    return int(cohort.cost * 100)


def running(problem: Problem) -> frozenset[str]:
    """The cohorts that run in every plan: fixed, or somebody is pinned there."""
    return frozenset(problem.fixed) | frozenset(problem.pinned.values())


def parts(problem: Problem) -> tuple[Part, ...]:
    """The problem's parts, in an order that does not depend on the order of the input. Whoever is pinned, or fits no
    cohort with a free seat, is in none."""
    taken = Counter(problem.pinned.values())
    free = [one for one in problem.cohorts if one.capacity > taken[one.id]]
    cohorts = in_order(free)
    crowds = _crowds(problem, cohorts)
    roots = _Roots(len(cohorts))
    for fits, _, _ in crowds:
        roots.join(fits)
    grouped: dict[int, list[Alike]] = defaultdict(list)
    for crowd in crowds:
        grouped[roots.of(crowd[0][0])].append(crowd)
    apart, runs = problem.apart(), running(problem)
    return tuple(_part(grouped[root], cohorts, taken, runs, apart) for root in sorted(grouped))


def _crowds(problem: Problem, cohorts: Sequence[Candidate]) -> list[Alike]:
    fitting = Fitting(problem, cohorts)
    apart = problem.apart()
    crowds: dict[tuple[tuple[int, ...], frozenset[int], str], list[str]] = defaultdict(list)
    for person in sorted(problem.people, key=lambda one: (one.caution_date, one.id)):
        others = apart.get(person.id, frozenset())
        shut = {problem.pinned[other] for other in others if other in problem.pinned}
        fits = tuple(place for place in fitting.places(person) if cohorts[place].id not in shut)
        if not fits or person.id in problem.pinned:
            continue
        early = (place for place in fits if problem.spare_for_repeat and problem.leaves_room(person, cohorts[place]))
        crowds[fits, frozenset(early), person.id if others else ""].append(person.id)
    return [(fits, early, tuple(members)) for (fits, early, _), members in crowds.items()]


def _part(
    crowds: Sequence[Alike],
    cohorts: Sequence[Candidate],
    taken: Mapping[str, int],
    runs: frozenset[str],
    apart: Mapping[str, frozenset[str]],
) -> Part:
    used = sorted({place for fits, _, _ in crowds for place in fits})
    at = {place: new for new, place in enumerate(used)}
    coin = gcd(*(pence(cohorts[place]) for place in used if cohorts[place].id not in runs)) or 1

    def room(one: Candidate) -> Room:
        must = one.id in runs
        return Room(one.id, one.area, one.a, one.capacity - taken[one.id], 0 if must else pence(one) // coin, must)

    made = tuple(
        Crowd(members, tuple(at[place] for place in fits), frozenset(at[place] for place in early))
        for fits, early, members in crowds
    )
    alone = {crowd.members[0]: place for place, crowd in enumerate(made) if crowd.members[0] in apart}
    pairs = sorted(
        (alone[one], alone[other])
        for one in alone
        for other in apart[one] & alone.keys()
        if one < other and not set(made[alone[one]].fits).isdisjoint(made[alone[other]].fits)
    )
    return Part(made, tuple(room(cohorts[place]) for place in used), tuple(pairs), coin)


class _Roots:
    """Which cohorts hang together: of each, the first one that it hangs together with."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def of(self, one: int) -> int:
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def join(self, many: Iterable[int]) -> None:
        first, *others = sorted({self.of(one) for one in many})
        for other in others:
            self._above[other] = first
