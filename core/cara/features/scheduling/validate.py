"""What can be wrong with a problem. Each fault is named by where it stands; what stands there is not repeated, because
messages reach logs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from cara.errors import BadInput, Fault
from cara.features.scheduling.problem import Problem

DEAREST: Final = Decimal(1_000_000)
"""Pounds that a cohort may cost; within this the solver counts to the penny."""
LARGEST: Final = 10_000
"""Seats in a room, and days, that make sense."""


def check(problem: Problem, already: Sequence[Fault] = ()) -> None:
    """Raises `BadInput` naming every fault, those found `already` first."""
    faults = [*already, *_about_people(problem), *_about_cohorts(problem), *_about_rules(problem)]
    # Whether a pin can be kept is asked of sound problems only: other faults would show up here again.
    faults = faults or list(_about_pins(problem))
    if faults:
        raise BadInput("The problem has faults.", faults)


def _about_people(problem: Problem) -> Iterator[Fault]:
    yield from _repeated("people", [person.id for person in problem.people])
    known = {person.id for person in problem.people}
    for place, person in enumerate(problem.people):
        for which, other in enumerate(person.keep_apart):
            at = f"people.{place}.keep_apart.{which}"
            if other not in known:
                yield Fault(at, "unknown_person", "Nobody in people has this id: add the person, or leave the id out.")
            elif other == person.id:
                yield Fault(at, "own_id", "This is the person's own id: write whom to keep them apart from.")


def _about_cohorts(problem: Problem) -> Iterator[Fault]:
    yield from _repeated("cohorts", [cohort.id for cohort in problem.cohorts])
    for place, cohort in enumerate(problem.cohorts):
        at = f"cohorts.{place}"
        if not 0 <= cohort.capacity <= LARGEST:
            yield Fault(f"{at}.capacity", "out_of_range", f"Write how many seats there are: 0 to {LARGEST:,}.")
        if not 0 <= cohort.cost <= DEAREST:
            yield Fault(f"{at}.cost", "out_of_range", f"Write what it costs in pounds: 0 to {DEAREST:,}.")
        elif cohort.cost * 100 % 1:
            yield Fault(f"{at}.cost", "too_precise", "Write whole pounds, or pounds and pence.")
    known = {cohort.id for cohort in problem.cohorts}
    for place, one in enumerate(problem.fixed):
        if one not in known:
            yield Fault(
                f"fixed.{place}", "unknown_cohort", "No cohort has this id: add the cohort, or leave the id out."
            )


def _about_rules(problem: Problem) -> Iterator[Fault]:
    if not 0 <= problem.deadline_days <= LARGEST:
        yield Fault("deadline_days", "out_of_range", f"Write a number of days: 0 to {LARGEST:,}.")
    shortest, longest = problem.gap_days
    if not 1 <= shortest <= longest <= LARGEST:
        yield Fault("gap_days", "impossible_gap", "Write the least and the greatest number of days, as in [28, 35].")


def _about_pins(problem: Problem) -> Iterator[Fault]:
    people = {person.id: person for person in problem.people}
    cohorts = {cohort.id: cohort for cohort in problem.cohorts}
    taken, apart = Counter[str](), problem.apart()
    for number, (one, room) in enumerate(problem.pinned.items()):
        at = f"pinned.{number}"
        if one not in people or room not in cohorts:
            what = "people" if one not in people else "cohorts"
            yield Fault(at, "unknown_pin", f"This id is not among the {what}: take the pin out, or add what it names.")
            continue
        taken[room] += 1
        if not problem.fits(people[one], cohorts[room]):
            yield Fault(
                at, "does_not_fit", "By group, area or dates this cohort does not fit this person: pin another."
            )
        elif taken[room] > cohorts[room].capacity:
            yield Fault(at, "too_full", "More people are pinned to this cohort than it has seats.")
        elif any(problem.pinned.get(other) == room for other in apart.get(one, ())):
            yield Fault(at, "kept_apart", "Two who must be kept apart are pinned to this cohort: take one pin out.")


def _repeated(what: str, ids: Sequence[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, one in enumerate(ids):
        if one in seen:
            yield Fault(f"{what}.{place}.id", "repeated_id", "This id is there before: each must be different.")
        seen.add(one)
