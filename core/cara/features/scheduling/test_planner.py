"""The plan against every plan there is, on small problems; against the rules, on larger ones."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cara.features.scheduling import Candidate, Person, Plan, Problem, first_come, plan
from cara.features.scheduling.testing import START, best_worth, broken_rules, crowded, worth

seeds = st.integers(0, 2**32)
thorough = settings(deadline=None, suppress_health_check=list(HealthCheck))


def someone(
    name: str, *, day: int = 0, group: str = "male", area: str = "north", apart: tuple[str, ...] = ()
) -> Person:
    return Person(name, START + timedelta(day), group, (area,), apart)


def room(
    name: str, *, a: int = 10, gap: int = 28, area: str = "north", seats: int = 10, cost: str = "2500"
) -> Candidate:
    day = START + timedelta(a)
    return Candidate(name, "male", area, day, day + timedelta(gap), seats, Decimal(cost))


def of(*given: Person | Candidate, **rules: object) -> Problem:
    people = tuple(one for one in given if isinstance(one, Person))
    cohorts = tuple(one for one in given if isinstance(one, Candidate))
    return Problem(people, cohorts, **rules)  # type: ignore[arg-type]


@thorough
@given(seeds, st.integers(0, 6), st.integers(0, 5), st.integers(1, 3))
@example(10_007, 6, 4, 2)
def test_no_plan_is_better(seed: int, people: int, cohorts: int, seats: int) -> None:
    problem = crowded(seed, people=people, cohorts=cohorts, seats=seats)
    made = plan(problem)
    assert broken_rules(problem, made) == []
    assert worth(problem, made) == best_worth(problem)
    assert made.optimal
    assert (made.bound, made.most_placed) == (made.cost, len(made.places))
    assert not problem.spare_for_repeat or made.most_repeatable == made.repeatable


def test_no_plan_is_better_where_seats_are_short() -> None:
    """Problems drawn evenly, so that every kind of scarcity is among them whatever hypothesis looks for."""
    met = Counter[str]()
    for seed in range(80):
        problem = crowded(seed, people=6, cohorts=3, seats=2)
        made = plan(problem)
        best = best_worth(problem)
        assert worth(problem, made) == best, seed
        met["apart"] += any(one.keep_apart for one in problem.people)
        met["full"] += any("full" in why for why in made.unplaced.values())
        met["better than first come"] += worth(problem, first_come(problem)) > best
        met["pinned"] += bool(problem.pinned)
    assert min(met.values()) >= 10, met


@settings(thorough, max_examples=25)
@given(seeds)
def test_larger_plans_break_no_rule_and_are_no_worse_than_first_come(seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    problem = crowded(seed, people=chance.randint(20, 70), cohorts=chance.randint(6, 20), seats=chance.randint(2, 9))
    made, naive = plan(problem), first_come(problem)
    assert (broken_rules(problem, made), broken_rules(problem, naive)) == ([], [])
    assert made.optimal
    assert worth(problem, made) <= worth(problem, naive)
    assert naive.bound <= made.cost or len(naive.places) < len(made.places)


@settings(thorough, max_examples=25)
@given(seeds)
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    problem = crowded(seed, people=25, cohorts=8, seats=4)
    chance = Random(seed)  # noqa: S311
    shuffled = replace(
        problem,
        people=tuple(chance.sample(problem.people, 25)),
        cohorts=tuple(chance.sample(problem.cohorts, 8)),
        fixed=problem.fixed[::-1],
    )
    assert plan(problem) == plan(problem) == plan(shuffled)
    assert first_come(problem) == first_come(shuffled)


@settings(thorough, max_examples=10)
@given(seeds, st.sampled_from([1e-9, 0.001, 0.01]))
def test_a_plan_that_was_stopped_is_a_plan_and_claims_no_more_than_it_knows(seed: int, seconds: float) -> None:
    problem = crowded(seed, people=40, cohorts=12, seats=4)
    made, best = plan(problem, seconds=seconds), plan(problem)
    assert broken_rules(problem, made) == []
    assert worth(problem, best) <= worth(problem, made)
    assert made.most_placed >= best.most_placed
    assert made.bound <= made.cost
    assert not made.optimal or worth(problem, made) == worth(problem, best)
    if len(made.places) == len(best.places):
        assert made.bound <= best.cost


@pytest.mark.parametrize(
    ("day_a", "gap", "placed"),
    [(0, 28, False), (1, 28, True), (84, 28, True), (85, 28, False), (77, 35, True), (78, 35, False), (50, 27, False),
     (50, 36, False), (1, 35, True)],
)  # fmt: skip
def test_the_days_that_a_caution_allows(day_a: int, gap: int, placed: bool) -> None:
    made = plan(of(someone("p"), room("c", a=day_a, gap=gap)))
    assert bool(made.places) is placed
    assert made.run == (("c",) if placed else ())


@pytest.mark.parametrize(("latest", "chosen"), [(56, "soon"), (57, "late")])
def test_room_for_a_repeat_counts_only_until_day_56_and_only_after_the_cost(latest: int, chosen: str) -> None:
    people = [someone(f"p{number}") for number in range(2)]
    rooms = [room("late", a=70, cost="2499"), room("soon", a=latest, cost="2500")]
    assert plan(of(*people, *rooms)).run == ("late",)
    alike = [room("late", a=70), room("soon", a=latest)]
    made = plan(of(*people, *alike))
    assert made.repeatable == (2 if chosen == "soon" else 0)


def test_keeping_apart_binds_both_ways() -> None:
    for apart in ({"p": ("q",)}, {"q": ("p",)}):
        people = [someone(name, apart=apart.get(name, ())) for name in ("p", "q")]
        made = plan(of(*people, room("c"), room("d")))
        assert made.places["p"] != made.places["q"]
        alone = plan(of(*people, room("c")))
        assert len(alone.places) == 1
        assert set(alone.unplaced.values()) == {"the only cohort that fits holds somebody to be kept apart from"}


def test_a_fixed_cohort_runs_and_costs_and_is_used_first() -> None:
    people = [someone("p"), someone("q")]
    made = plan(of(*people, room("dear", cost="9000"), room("cheap", cost="1"), fixed=("dear",)))
    assert (made.run, made.cost, set(made.places.values())) == (("dear",), Decimal(9000), {"dear"})
    empty = plan(of(room("c", gap=20), fixed=("c",)))
    assert (empty.run, empty.cost, empty.bound, empty.optimal) == (("c",), Decimal(2500), Decimal(2500), True)


def test_pence_count() -> None:
    made = plan(of(someone("p"), room("c", cost="2500.01"), room("d", cost="2500.00"), room("e", cost="2500.02")))
    assert (made.run, made.as_dict()["cost"]) == (("d",), 2500)
    assert plan(of(someone("p"), room("c", cost="2500.01"))).as_dict()["bound"] == 2500.01


def test_whoever_is_pinned_stays_and_keeps_others_out() -> None:
    people = [someone("p"), someone("q", apart=("p",)), someone("r")]
    made = plan(of(*people, room("c", cost="9000", seats=2), room("d"), pinned={"p": "c"}))
    assert made.places == {"p": "c", "q": "d", "r": "c"} or made.places == {"p": "c", "q": "d", "r": "d"}
    assert made.run == ("c", "d")
    assert made.cost == Decimal(11500)


def test_two_cohorts_where_the_sum_of_the_seats_says_one_and_a_half() -> None:
    people = [someone(f"p{number:02}") for number in range(15)]
    made = plan(of(*people, *(room(f"c{number}") for number in range(5))))
    assert (len(made.run), made.cost) == (2, Decimal(5000))


@pytest.mark.parametrize("do", [plan, first_come])
def test_nothing_comes_of_nothing(do: Callable[[Problem], Plan]) -> None:
    made = do(of())
    assert (made.run, made.places, made.unplaced, made.cost) == ((), {}, {}, Decimal(0))


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    plan(of(someone("p"), room("c")), progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]


def test_first_come_joins_the_earliest_open_cohort_or_opens_the_latest() -> None:
    rooms = [room("early", a=20, seats=1), room("middle", a=40, seats=1), room("late", a=84, seats=1)]
    people = [someone("p1", day=0), someone("p2", day=1), someone("p3", day=2), someone("p4", day=3)]
    assert first_come(of(*people, *rooms)).places == {"p1": "late", "p2": "middle", "p3": "early"}
    open_already = first_come(of(*people[:2], *rooms, fixed=("early", "middle")))
    assert open_already.places == {"p1": "early", "p2": "middle"}
    assert first_come(of(someone("a", day=5), someone("b", day=1), *rooms)).places == {"b": "late", "a": "middle"}
