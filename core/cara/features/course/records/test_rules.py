"""The course's rules: every order of what can happen, and every day near an edge."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.features.course.records import rules
from cara.features.course.records.rules import (
    Event,
    Progress,
    chances_left,
    gap_fits,
    may_sit,
    missed,
    progress,
    risk,
    safe,
    valid_pair,
)

DAY = date(2026, 3, 2)


def after(days: int) -> date:
    return DAY + timedelta(days)


def a(days: int, present: bool = True, missed: bool = False) -> Event:
    return Event("A", after(days), present, missed)


def b(days: int, present: bool = True, missed: bool = False, any_gap: bool = False) -> Event:
    return Event("B", after(days), present, missed, any_gap)


@pytest.mark.parametrize(("gap", "fits"), [(27, False), (28, True), (35, True), (36, False), (-28, False), (0, False)])
def test_b_follows_a_by_28_to_35_days(gap: int, fits: bool) -> None:
    assert gap_fits(DAY, after(gap)) == fits


@pytest.mark.parametrize(("gap", "pair"), [(1, True), (27, True), (60, True), (0, False), (-1, False)])
def test_a_reason_widens_the_gap_and_never_turns_the_order(gap: int, pair: bool) -> None:
    assert valid_pair(DAY, after(gap), any_gap=True) == pair


@pytest.mark.parametrize(
    ("events", "reads"),
    [
        ([], Progress()),
        ([a(0)], Progress(DAY)),
        ([a(0), b(28)], Progress(DAY, after(28))),
        ([b(28), a(0)], Progress(DAY, after(28))),
        ([a(0), b(40)], Progress(DAY)),
        ([a(0), b(40, any_gap=True)], Progress(DAY, after(40))),
        ([b(0), a(28)], Progress(after(28))),
        ([a(0, False, True)], Progress(missed_a=1)),
        ([a(0, False)], Progress()),
        ([a(0), b(28, False, True)], Progress(missed_b=1)),
        ([a(0), b(28, False)], Progress(DAY)),
        ([a(0), b(28, False, True), b(35)], Progress(missed_b=1)),
        ([a(0), b(28, False, True), a(30), b(58)], Progress(after(30), after(58), missed_b=1)),
        ([a(0), b(28), b(40, False, True)], Progress(DAY, after(28))),
        ([a(0), a(10)], Progress(after(10))),
        ([a(0), a(10), b(38)], Progress(after(10), after(38))),
        ([a(0), a(10), b(28)], Progress(DAY, after(28))),
    ],
)
def test_what_happened_is_read_in_the_order_of_days(events: list[Event], reads: Progress) -> None:
    assert progress(events) == reads


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from("AB"),
        st.integers(0, 120).map(after),
        st.booleans(),
        st.just(False),
        st.booleans(),
    ).flatmap(lambda e: st.sampled_from([e, Event(e.part, e.on, False, True)])),
    max_size=8,
)


@given(EVENTS)
def test_no_progress_ends_without_a_valid_pair(events: list[Event]) -> None:
    read = progress(events)
    if read.b_on is None:
        return
    assert read.a_on is not None
    assert read.a_on < read.b_on
    assert any(one.part == "A" and one.present and one.on == read.a_on for one in events)
    closing = [one for one in events if one.part == "B" and one.present and one.on == read.b_on]
    assert any(valid_pair(read.a_on, read.b_on, any_gap=one.any_gap) for one in closing)
    between = [one for one in events if one.part == "B" and one.missed and read.a_on <= one.on < read.b_on]
    assert not [one for one in between if one.on > read.a_on]


@given(EVENTS)
def test_the_order_in_which_registers_come_in_does_not_count(events: list[Event]) -> None:
    days = {(one.part, one.on) for one in events}
    if len(days) == len(events):
        assert progress(events) == progress(reversed(events))


@pytest.mark.parametrize(
    ("used", "chances", "given_more", "left"), [(0, 1, 0, 2), (1, 1, 0, 1), (2, 1, 0, 0), (2, 1, 1, 1), (5, 0, 0, 0)]
)
def test_chances_at_a_are_the_force_s_and_the_officer_s(used: int, chances: int, given_more: int, left: int) -> None:
    assert chances_left(used, chances, given_more) == left


def test_whoever_is_put_off_has_missed_nothing() -> None:
    assert [reason for reason in rules.REASONS if not missed("absent", reason)] == ["on_hold", "not_held"]
    assert not [outcome for outcome in ("attended", "late", "left_early") if missed(outcome, "")]
    assert missed("left_too_early", "")
    assert {reason for one in rules.OUTCOMES.values() for reason in one.reasons} <= rules.REASONS.keys()


@pytest.mark.parametrize(
    ("ends", "fits", "repeat"), [(84, True, True), (85, True, False), (112, True, False), (113, False, False)]
)
def test_the_last_safe_days_leave_room_for_a_repeat_until_day_84(ends: int, fits: bool, repeat: bool) -> None:
    found = safe(after(ends), after(112))
    assert (found.fits, found.repeat) == (fits, repeat)
    assert bool(found.reason) != fits


@pytest.mark.parametrize(
    ("group", "sex", "relationship", "confirmed", "sits"),
    [
        ("male", "male", "intimate", "group", True),
        ("female", "male", "intimate", "group", False),
        ("male", "male", "family", "group", False),
        ("non_intimate", "female", "family", "group", True),
        ("male", "other", "intimate", "group", True),
        ("female", "other", "intimate", "group", True),
        ("male", "male", "intimate", "cti", False),
        ("juno", "female", "family", "juno", True),
        ("non_intimate", "female", "family", "juno", False),
    ],
)
def test_who_may_sit_where(group: str, sex: str, relationship: str, confirmed: str, sits: bool) -> None:
    assert may_sit(group, sex, relationship, confirmed) == sits


@pytest.mark.parametrize(
    ("left", "facts", "why"),
    [
        (-1, {}, "passed"),
        (-1, {"b_on": DAY}, "passed"),
        (-1, {"b_on": after(-1)}, ""),
        (3, {"b_on": DAY}, ""),
        (60, {"reported": True}, "reported"),
        (60, {"held": True}, "held"),
        (60, {"chances": 0}, "no_chance"),
        (20, {}, "no_pair_left"),
        (15, {"telephone": True}, ""),
        (14, {"telephone": True}, "not_covered"),
        (60, {"telephone": True, "chances": 0}, ""),
        (3, {"b_on": DAY, "reported": True}, "reported"),
        (60, {"a_on": DAY, "held": True}, "held"),
        (60, {"next_a": after(5), "next_b": after(61)}, "too_late_for_b"),
        (60, {"next_a": after(5), "next_b": after(33)}, ""),
        (60, {"a_on": DAY}, "no_b"),
        (50, {}, "no_place"),
        (100, {}, ""),
    ],
)
def test_each_risk_is_named(left: int, facts: dict[str, object], why: str) -> None:
    found = risk(DAY, after(left), **{"a_on": None, "b_on": None, **facts})  # type: ignore[arg-type]
    assert found == why
    assert found in ("", *rules.RISKS)
