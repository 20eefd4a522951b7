"""When somebody is due to be spoken with: whatever came of the course, never after a day that would be too late."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.features.victims.wall.contact_points import Course, course, due, must_reassess, now_at
from cara.features.victims.wall.vocabulary import NEWS, SafeContact

ADDED = date(2026, 3, 2)
A, B = date(2026, 3, 21), date(2026, 4, 18)
ALL = ("before_a", "midpoint", "after_b")
BOOKED = [("booked", A, ADDED), ("booked_b", B, ADDED)]
DONE_A = [*BOOKED, ("attended_a", A, A)]
A_COUNTS = [("corrected", None, B), ("attended_a", A, B)]


@pytest.mark.parametrize(
    ("news", "reached", "point", "by"),
    [
        ([], (), "before_a", date(2026, 3, 9)),
        ([("booked", date(2026, 3, 7), ADDED)], (), "before_a", date(2026, 3, 6)),
        (BOOKED, (), "before_a", date(2026, 3, 9)),
        (DONE_A, (), "midpoint", date(2026, 4, 4)),
        ([*BOOKED, ("attended_a", A, A), ("moved_b", date(2026, 3, 28), A)], (), "midpoint", date(2026, 3, 27)),
        ([*DONE_A, ("attended_b", B, B)], ("before_a", "midpoint"), "after_b", date(2026, 5, 2)),
        ([*DONE_A, ("missed_b", B, B)], ("midpoint",), "before_a", date(2026, 3, 9)),
        ([*BOOKED, ("ended", None, date(2026, 3, 20))], (), "after_b", date(2026, 4, 3)),
        ([*DONE_A, ("missed_b", B, B), *A_COUNTS], (), "midpoint", date(2026, 4, 4)),
        ([*DONE_A, ("missed_b", B, B), ("reported", None, B), *A_COUNTS], (), "midpoint", date(2026, 4, 4)),
        ([*DONE_A, ("corrected", None, A)], (), "before_a", date(2026, 3, 9)),
        ([*DONE_A, ("missed_a", A, A)], (), "before_a", date(2026, 3, 9)),
    ],
)
def test_what_is_due(news, reached, point, by):
    found = due(ALL, course(news), ADDED, reached, None)
    assert found is not None
    assert (found.point, found.by) == (point, by)


@pytest.mark.parametrize(
    ("news", "today", "day"),
    [
        ([], ADDED, None),
        (BOOKED, ADDED, A),
        (BOOKED, A, A),
        (BOOKED, A + timedelta(1), B),
        (DONE_A, A, B),
        (DONE_A, B + timedelta(1), B),
        ([("booked_b", B, A)], A, B),
        ([*DONE_A, ("attended_b", B, B)], B, None),
        ([*DONE_A, ("missed_b", B, B)], B, None),
        ([*DONE_A, ("missed_b", B, B), ("booked", A, B)], A, A),
        ([*DONE_A, ("missed_b", B, B), ("booked", A, B), ("place_withdrawn", None, B), *A_COUNTS], A, None),
        ([*DONE_A, ("attended_b", B, B), *A_COUNTS], B, None),
        ([*BOOKED, ("missed_a", A, A), ("booked", B, A), ("corrected", None, A)], A, B),
        ([*BOOKED, ("place_withdrawn", None, A)], ADDED, None),
        ([*DONE_A, ("ended", None, B)], A, None),
    ],
)
def test_which_workshop_comes_next(news, today, day):
    assert course(news).ahead(today) == day


def test_nothing_is_due_that_was_done_or_is_not_wanted():
    assert due(ALL, course(BOOKED), ADDED, ("before_a",), None) is None
    assert due(("after_b",), course(DONE_A), ADDED, (), None) is None
    assert due((), course(DONE_A), ADDED, (), None) is None


def test_throughout_counts_from_the_last_time_and_ends_with_the_course():
    last = date(2026, 3, 25)
    found = due(("throughout",), course(DONE_A), ADDED, ("throughout",), last)
    assert found is not None
    assert found.by == last + timedelta(21)
    assert due(("throughout",), course([*DONE_A, ("completed", B, B)]), ADDED, (), last) is None


@given(st.lists(st.tuples(st.sampled_from(sorted(NEWS)), st.dates(ADDED, B), st.dates(ADDED, B))))
def test_any_course_gives_a_point_that_fits(news):
    """Whatever order things come in, midpoint is due only between the workshops and before B, and afterwards only after it."""
    known = course(news)
    found = due(ALL, known, ADDED, (), None)
    if found is not None and found.point == "midpoint":
        assert known.a_done
        assert not known.b_done
        assert known.b is None or found.by < known.b
    if found is not None and found.point == "after_b":
        assert known.over or known.b_done
    assert (now_at(known) == "after_b") == bool(known.over or known.b_done)


def test_a_visit_between_the_workshops_asks_for_a_new_assessment_until_there_is_one():
    day = date(2026, 4, 1)
    spoken = [("before_a", ADDED), ("midpoint", day)]
    assert must_reassess(("midpoint",), spoken, [ADDED]) == day
    assert must_reassess(("midpoint",), spoken, [ADDED, day]) is None
    assert must_reassess((), spoken, []) is None


@given(st.text(), st.text())
def test_a_safe_way_survives_being_sealed(times, avoid):
    one = SafeContact(method="phone", times=times, avoid=avoid, code_word="Synthetic")
    assert SafeContact.read(str(one)) == one


@pytest.mark.parametrize("old", ["07700 900123 after six", "[1]", "7", ""])
def test_words_from_before_become_the_note(old):
    assert SafeContact.read(old) == SafeContact(note=old)
    assert Course() == course([])
