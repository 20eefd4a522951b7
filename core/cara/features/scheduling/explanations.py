"""Why somebody has no place: true of the plan, of use to whoever plans, and silent about everybody else."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from cara.features.scheduling.candidate_index import Fitting, in_order
from cara.features.scheduling.problem import Candidate, Person, Problem

_OF_ITS = "cohort of its group in its areas"


def reasons(problem: Problem, places: Mapping[str, str]) -> dict[str, str]:
    """For everyone who has no place, a sentence."""
    by_group: dict[str, list[Candidate]] = defaultdict(list)
    for cohort in in_order(problem.cohorts):
        by_group[cohort.group].append(cohort)
    cohorts = in_order(problem.cohorts)
    fitting, apart, taken = Fitting(problem, cohorts), problem.apart(), Counter(places.values())
    told = {}
    for person in problem.people:
        if person.id in places:
            continue
        fits = [cohorts[place] for place in fitting.places(person)]
        near = {places[other] for other in apart.get(person.id, ()) if other in places}
        told[person.id] = (
            _no_seat(fits, taken, near) if fits else _nothing_fits(problem, person, by_group[person.group])
        )
    return told


def _no_seat(fits: list[Candidate], taken: Mapping[str, int], near: set[str]) -> str:
    free = [one for one in fits if taken[one.id] < one.capacity]
    held = [one for one in free if one.id in near]
    which = "the only cohort that fits" if len(fits) == 1 else f"each of the {len(fits)} cohorts that fit"
    if len(held) < len(free):
        return "no place was found in the time there was for planning; give it more"
    if not free:
        return f"{which} is full"
    if len(held) == len(fits):
        return f"{which} holds somebody to be kept apart from"
    return f"{which} is full, or holds somebody to be kept apart from"


def _nothing_fits(problem: Problem, person: Person, of_group: list[Candidate]) -> str:
    near = [one for one in of_group if one.area in person.areas]
    if not of_group:
        return f"no {_OF_ITS} before its deadline"
    if not near:
        elsewhere = ", ".join(sorted({one.area for one in of_group}))
        return f"no {_OF_ITS}; there are some elsewhere: {elsewhere}"
    shortest, longest = problem.gap_days
    usable = [one for one in near if problem.usable(one)]
    if not usable:
        return f"every {_OF_ITS} has its workshops less than {shortest} or more than {longest} days apart"
    deadline = problem.deadline(person).isoformat()
    if all(one.a <= person.caution_date for one in usable):
        return f"every {_OF_ITS} begins on or before its caution date"
    if all(one.a > person.caution_date for one in usable):
        return f"no {_OF_ITS} ends by its deadline, {deadline}"
    return f"no {_OF_ITS} begins after its caution date and ends by its deadline, {deadline}"
