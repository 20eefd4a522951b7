from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cara.features.scheduling import plan
from cara.features.scheduling.test_planner import of, room, someone
from cara.features.scheduling.testing import START, crowded
from cara.features.scheduling.what_if import accept, area_closed, cohorts_out, more_referrals, pin


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [(0, 9, "cd"), (0, 10, "d"), (38, 40, "d"), (39, 40, "cd"), (10, 10, "d"), (11, 37, "cd")],
)
def test_a_closed_area_holds_no_workshop_on_its_days(first: int, last: int, left: str) -> None:
    rooms = [room("c", a=10), room("d", a=10, area="south")]
    problem = of(someone("p"), *rooms, fixed=("c",), pinned={"p": "c"})
    changed = area_closed(problem, "north", START + timedelta(first), START + timedelta(last))
    assert [one.id for one in changed.cohorts] == list(left)
    assert (changed.fixed, changed.pinned) == (((), {}) if left == "d" else (("c",), {"p": "c"}))
    assert problem.fixed == ("c",)


def test_a_facilitator_is_ill() -> None:
    problem = of(someone("p"), room("c", cost="1"), room("d"))
    assert plan(problem).run == ("c",)
    assert plan(cohorts_out(problem, {"c"})).run == ("d",)


@pytest.mark.parametrize(("percent", "more"), [(0, 0), (20, 5), (50, 13), (100, 25), (200, 50)])
def test_more_referrals(percent: int, more: int) -> None:
    problem = crowded(3, people=25, cohorts=4, seats=3)
    changed = more_referrals(problem, percent, seed=7)
    assert changed == more_referrals(problem, percent, seed=7)
    assert changed.people[:25] == problem.people
    new = changed.people[25:]
    assert len(new) == more
    assert len({one.id for one in changed.people}) == 25 + more
    alike = {(one.caution_date, one.group, one.areas) for one in problem.people}
    assert all((one.caution_date, one.group, one.areas) in alike and not one.keep_apart for one in new)
    assert plan(more_referrals(changed, 20)).optimal  # names do not meet the second time
    assert percent < 50 or more_referrals(problem, percent, seed=8) != changed


def test_nobody_gives_nobody_more() -> None:
    assert more_referrals(of(room("c")), 50).people == ()


def test_a_plan_accepted_in_part_stays_as_it_is_when_the_rest_changes() -> None:
    people = [someone(f"p{number}", day=number) for number in range(6)]
    problem = of(*people, room("c", a=20, seats=3), room("d", a=30, seats=3), room("e", a=40, seats=3))
    made = plan(problem)
    kept = {one: where for one, where in made.places.items() if where == made.run[0]}
    changed = accept(problem, made, made.run[:1])
    assert (changed.fixed, changed.pinned) == (made.run[:1], kept)
    others = [one.id for one in problem.cohorts if one.id not in made.run]
    dearer = replace(
        changed, cohorts=tuple(replace(one, cost=Decimal(one.id not in others)) for one in problem.cohorts)
    )
    again = plan(dearer)
    assert kept.items() <= again.places.items()
    assert set(again.run) == {made.run[0], *others}


def test_a_pin() -> None:
    problem = of(someone("p"), room("c", cost="1"), room("d"))
    assert plan(pin(problem, "p", "d")).places == {"p": "d"}
    assert plan(pin(pin(problem, "p", "d"), "p", "c")).places == {"p": "c"}
    assert date(2026, 2, 20) == START
