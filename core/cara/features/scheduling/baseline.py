"""First come, first served: what happens without a plan, to be compared with one."""

from collections import Counter
from decimal import Decimal

from cara.features.scheduling.candidate_index import Fitting, in_order
from cara.features.scheduling.decompose import running
from cara.features.scheduling.explanations import reasons
from cara.features.scheduling.problem import Plan, Problem
from cara.features.scheduling.validate import check


def first_come(problem: Problem) -> Plan:
    """In order of caution each person joins the open cohort with the earliest first workshop that fits, else opens the
    latest candidate that fits. Raises `BadInput` naming every fault of the problem."""
    check(problem)
    cohorts = in_order(problem.cohorts)
    fitting, apart = Fitting(problem, cohorts), problem.apart()
    run, places = set(running(problem)), dict(problem.pinned)
    taken = Counter(places.values())
    for person in sorted(problem.people, key=lambda one: (one.caution_date, one.id)):
        if person.id in places:
            continue
        near = {places[other] for other in apart.get(person.id, ()) if other in places}
        fits = [cohorts[place] for place in fitting.places(person)]
        free = [one for one in fits if taken[one.id] < one.capacity and one.id not in near]
        chosen = next((one for one in free if one.id in run), None)
        if chosen is None and free:
            # Of several on the latest day the first by second workshop and name, as everywhere.
            chosen = next(one for one in free if one.a == free[-1].a)
        if chosen is not None:
            run.add(chosen.id)
            places[person.id] = chosen.id
            taken[chosen.id] += 1
    by_id = {cohort.id: cohort for cohort in cohorts}
    repeatable = sum(
        problem.leaves_room(person, by_id[places[person.id]]) for person in problem.people if person.id in places
    )
    return Plan(
        run=tuple(one.id for one in cohorts if one.id in run),
        places={person.id: places[person.id] for person in problem.people if person.id in places},
        unplaced=reasons(problem, places),
        cost=sum((by_id[one].cost for one in run), Decimal(0)),
        optimal=False,
        bound=sum((by_id[one].cost for one in running(problem)), Decimal(0)),
        repeatable=repeatable,
        most_placed=len(problem.people),
        most_repeatable=len(problem.people),
    )
