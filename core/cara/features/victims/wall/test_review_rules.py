"""The rules of a review: what is needed before which decision, which prompts are raised, and who may do what from where."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.bank_holidays import add_working_days
from cara.clock import london_day
from cara.errors import Forbidden, NotNow
from cara.features.victims.wall import review_rules
from cara.features.victims.wall.review_rules import Account, Facts, Local, Standing

SIDES = st.frozensets(st.sampled_from(list(review_rules.SIDES)))
OTHERS = st.sampled_from(list(review_rules.OTHER_SIDE))
PROMPTS = [name for name, step in review_rules.STEPS.items() if step.raised]


@given(OTHERS, SIDES, st.booleans(), st.booleans())
def test_to_stop_nothing_is_needed(other: str, views: frozenset[str], consulted: bool, danger: bool) -> None:
    assert review_rules.missing("stop", other, Standing(views, consulted, danger)) == ()


@given(OTHERS, SIDES, st.booleans(), st.sampled_from(["proceed", "managed"]))
def test_to_proceed_police_and_somebody_else_must_have_spoken(
    other: str, views: frozenset[str], consulted: bool, decision: str
) -> None:
    lacking = review_rules.missing(decision, other, Standing(views, consulted))
    assert ("view.police" in lacking) == ("police" not in views)
    if not lacking:
        assert {"provider", "trust"} & views
    if other == "local_provider":
        assert ("consulted.trust" in lacking) == (not consulted and "trust" not in views)


@pytest.mark.parametrize(
    ("asked", "delivers", "provider", "other"),
    [(True, True, True, "trust_delivers"), (True, False, True, "local_provider"), (False, False, True, "nobody_asked"),
     (False, True, True, "nobody_asked"), (True, False, False, "nobody_asked")],
)  # fmt: skip
def test_who_stands_beside_the_police(asked: bool, delivers: bool, provider: bool, other: str) -> None:
    assert review_rules.other_side(asked=asked, delivers=delivers, provider=provider) == other


def test_somebody_in_danger_is_seen_to_before_anything_proceeds() -> None:
    everything = frozenset(review_rules.SIDES)
    assert review_rules.missing("managed", "local_provider", Standing(everything, True)) == ()
    assert review_rules.missing("managed", "local_provider", Standing(everything, True, danger_unanswered=True)) == (
        "step.call_999",
    )


@pytest.mark.parametrize(
    ("known", "raised"),
    [
        (Facts("standard", False, False, True), ()),
        (Facts("unknown", False, False, True), ()),
        (Facts("medium", False, False, True), ("mappa",)),
        (Facts("high", False, False, True), ("marac", "mappa")),
        (Facts("standard", True, False, True), ("mash", "safeguarding", "encompass")),
        (Facts("standard", True, False, False), ("mash", "safeguarding")),
        (Facts("standard", True, False, False, check_encompass=True), ("mash", "safeguarding", "check_encompass")),
        (Facts("standard", False, False, False, check_encompass=True), ()),
        (Facts("high", False, False, False, mash_first=True), ("mash", "marac", "mappa")),
        (Facts("medium", False, False, False, mash_first=True), ("mappa",)),
        (Facts("high", True, True, True), tuple(one for one in PROMPTS if one != "check_encompass")),
    ],
)  # fmt: skip
def test_each_prompt_has_its_occasion(known: Facts, raised: tuple[str, ...]) -> None:
    assert review_rules.prompts(known) == raised


def test_999_comes_first() -> None:
    assert PROMPTS[0] == "call_999"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=4))
def test_one_yes_among_the_accounts_is_a_yes(said: list[tuple[bool, bool]]) -> None:
    found = review_rules.facts([Account("", child=child, danger=danger) for child, danger in said], "medium", Local())
    assert found.child == any(child for child, _danger in said)
    assert found.danger == any(danger for _child, danger in said)


@given(st.sampled_from(list(review_rules.RISKS)), st.sampled_from(list(review_rules.RISKS)))
def test_another_account_never_makes_the_risk_smaller(one: str, other: str) -> None:
    order = list(review_rules.RISKS)
    assert order.index(review_rules.worst(one, other)) == max(order.index(one), order.index(other))


@given(st.sampled_from(["proceed", "managed", "stop"]), st.sampled_from(["victim_service", "provider", "national"]))
def test_nobody_but_police_decides(action: str, capacity: str) -> None:
    with pytest.raises(Forbidden):
        review_rules.check(action, "views", capacity)


@given(st.sampled_from(["view", "consult", "proceed", "managed", "stop"]), st.sampled_from(["proceeded", "stopped"]))
def test_what_is_decided_stays(action: str, state: str) -> None:
    with pytest.raises(NotNow):
        review_rules.check(action, state, "force")


def test_every_transition_leads_to_a_state_that_there_is() -> None:
    for one in review_rules.TRANSITIONS:
        assert {*one.sources, one.to} <= {*review_rules.STATES, ""}
        assert set(one.who) <= set(review_rules.SIDE_OF)


MOMENTS = st.timedeltas(timedelta(0), timedelta(3650)).map(lambda after: datetime(2020, 1, 1, tzinfo=UTC) + after)


@given(MOMENTS, st.sampled_from(list(review_rules.RISKS)), st.integers(0, 30), st.none() | st.integers(-5, 40))
def test_a_decision_is_due_by_the_grade_and_before_the_next_workshop(
    opened: datetime, risk: str, rose_after: int, workshop: int | None
) -> None:
    rose = opened + timedelta(days=rose_after)
    next_one = london_day(opened) + timedelta(workshop) if workshop is not None else None
    due = review_rules.due_at(opened, risk, rose, next_one)
    if next_one is not None:
        assert london_day(due) < next_one
    assert london_day(due) <= add_working_days(london_day(opened), 3)
    if risk == "high":
        assert due <= rose + timedelta(hours=24), "every day of the week"
    elif next_one is None:
        assert london_day(due) == add_working_days(london_day(opened), 3)


@given(MOMENTS, MOMENTS)
def test_supervisors_are_written_to_before_the_cover_address(opened: datetime, due: datetime) -> None:
    first, then = (starts(opened, due) for starts in review_rules.TOLD.values())
    assert first <= max(then, opened)
    assert first >= opened


def test_no_new_risk_needs_nobody_else_where_answers_alone_opened_it() -> None:
    nobody: frozenset[str] = frozenset()
    alone = Standing(nobody, consulted=False, answers_alone=True)
    for other in review_rules.OTHER_SIDE:
        assert review_rules.missing("no_new_risk", other, alone) == ()
        assert review_rules.missing("no_new_risk", other, Standing(frozenset(review_rules.SIDES), consulted=True)) == (
            "answers.alone",
        )
        assert review_rules.missing("proceed", other, alone)
