"""Why somebody has no place: each sentence where it is true, and no sentence names anybody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cara.features.scheduling import plan
from cara.features.scheduling.test_planner import of, room, someone
from cara.features.scheduling.testing import crowded


def why(*given: object, **rules: object) -> str:
    (told,) = plan(of(*given, **rules)).unplaced.values()  # type: ignore[arg-type]
    return told


def test_each_reason() -> None:
    she, he = someone("p", group="female"), someone("p")
    assert why(she, room("c")) == "no cohort of its group in its areas before its deadline"
    assert why(he, room("c", area="south")) == "no cohort of its group in its areas; there are some elsewhere: south"
    assert why(he, room("c", gap=27)).endswith("less than 28 or more than 35 days apart")
    assert why(he, room("c", a=0)).endswith("begins on or before its caution date")
    assert why(he, room("c", a=85)) == "no cohort of its group in its areas ends by its deadline, 2026-06-12"
    assert why(he, room("c", a=85), room("d", a=-3)).endswith(
        "begins after its caution date and ends by its deadline, 2026-06-12"
    )
    assert why(he, room("c", seats=0)) == "the only cohort that fits is full"
    people = [someone(f"p{number}") for number in range(3)]
    assert why(*people, room("c", seats=1), room("d", seats=1)) == "each of the 2 cohorts that fit is full"


def test_kept_apart_or_full() -> None:
    people = [someone("p", apart=("q", "r")), someone("q"), someone("r"), someone("s")]
    told = plan(of(*people, room("c", seats=3), room("d", seats=1), pinned={"q": "c", "r": "d"})).unplaced
    assert told == {"p": "each of the 2 cohorts that fit is full, or holds somebody to be kept apart from"}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_no_reason_names_another_person(seed: int) -> None:
    problem = crowded(seed, people=12, cohorts=4, seats=2)
    told = " ".join(plan(problem).unplaced.values()).replace("-", " ").split()
    assert not {one.id for one in problem.people} & set(told)
