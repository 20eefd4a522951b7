"""Terms and standings, over all kinds of days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cara_licensing.status import WARN, Standing, Term, standing

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
LENGTHS = st.none() | st.integers(0, 2000).map(lambda days: timedelta(days=days))


@st.composite
def terms(draw: st.DrawFn) -> Term:
    starts, length = draw(DAYS), draw(LENGTHS)
    return Term(starts, None if length is None else starts + length, draw(st.none() | DAYS))


def days_of(term: Term) -> set[date]:
    """The same, the slow way: each day counted out."""
    last = min(day for day in (term.until, date(2046, 12, 31)) if day)
    every = {term.starts + timedelta(days=count) for count in range((last - term.starts).days + 1)}
    return {day for day in every if term.ended is None or day < term.ended}


@given(terms(), DAYS)
def test_a_term_covers_its_days_and_no_other(term: Term, day: date) -> None:
    assert term.covers(day) == (day in days_of(term))


@given(terms(), terms())
def test_terms_overlap_if_they_share_a_day(one: Term, other: Term) -> None:
    assert one.overlaps(other) == other.overlaps(one) == bool(days_of(one) & days_of(other))


@given(terms(), DAYS)
def test_the_words_agree_with_the_days(term: Term, today: date) -> None:
    said = standing(term, today)
    assert (said in (Standing.IN_FORCE, Standing.RUNNING_OUT)) == term.covers(today)
    if said is Standing.TO_COME:
        assert today < term.starts


@given(DAYS, st.integers(0, 500), st.integers(0, 500))
def test_it_warns_sixty_days_before_the_end(starts: date, length: int, left: int) -> None:
    until = starts + timedelta(days=length)
    today = until - timedelta(days=min(left, length))
    expected = Standing.RUNNING_OUT if (until - today).days <= 60 else Standing.IN_FORCE
    assert standing(Term(starts, until), today) is expected


def test_the_ends_are_exact() -> None:
    term = Term(date(2026, 4, 1), date(2027, 3, 31))
    said = {day: standing(term, day) for day in (
        date(2026, 3, 31), date(2026, 4, 1), date(2027, 1, 29), date(2027, 1, 30), date(2027, 3, 31), date(2027, 4, 1),
    )}  # fmt: skip
    assert list(said.values()) == ["to_come", "in_force", "in_force", "running_out", "running_out", "lapsed"]
    assert timedelta(days=60) == WARN


def test_what_is_renewed_does_not_run_out() -> None:
    term, today = Term(date(2026, 4, 1), date(2027, 3, 31)), date(2027, 3, 1)
    assert standing(term, today, [Term(date(2027, 4, 1))]) is Standing.IN_FORCE
    assert standing(term, today, [Term(date(2027, 4, 2))]) is Standing.RUNNING_OUT
    assert standing(term, today, [Term(date(2027, 4, 1), ended=today)]) is Standing.RUNNING_OUT


def test_an_end_before_its_time_counts_from_that_day() -> None:
    term = Term(date(2026, 4, 1), None, ended=date(2026, 6, 10))
    assert term.covers(date(2026, 6, 9))
    assert not term.covers(date(2026, 6, 10))
    assert standing(term, date(2026, 6, 10)) is Standing.ENDED
