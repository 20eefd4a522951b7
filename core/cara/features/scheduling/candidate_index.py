"""Finds the cohorts that fit a person without asking each of them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from cara.features.scheduling.problem import Candidate, Person, Problem


class Fitting:
    """Cohorts by group and area. They are given in order of their first workshops."""

    def __init__(self, problem: Problem, cohorts: Sequence[Candidate]) -> None:
        self._problem, self._cohorts = problem, cohorts
        self._held: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, cohort in enumerate(cohorts):
            if problem.usable(cohort):
                self._held[cohort.group, cohort.area].append(place)
        self._known: dict[tuple[str, tuple[str, ...], date], tuple[int, ...]] = {}

    def places(self, person: Person) -> tuple[int, ...]:
        """Where in the sequence the cohorts stand that fit the person, in order."""
        key = (person.group, person.areas, person.caution_date)
        if key not in self._known:
            self._known[key] = tuple(sorted(self._look(person)))
        return self._known[key]

    def _look(self, person: Person) -> Iterator[int]:
        for area in set(person.areas):
            held = self._held.get((person.group, area), [])
            after = bisect_right(held, person.caution_date, key=lambda place: self._cohorts[place].a)
            yield from (place for place in held[after:] if self._problem.in_time(person, self._cohorts[place]))


def in_order(cohorts: Sequence[Candidate]) -> list[Candidate]:
    """Cohorts by first workshop, then second, then name."""
    return sorted(cohorts, key=lambda one: (one.a, one.b, one.id))
