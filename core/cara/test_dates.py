"""Days read the same to everybody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara import dates

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (3, "in 3 days"),
        (-5, "5 days ago"),
        (112, "in 112 days"),
        (365, "in 365 days"),
        (366, "in over a year"),
        (-800, "over 2 years ago"),
    ],
)
def test_how_far_off(days: int, words: str) -> None:
    assert dates.relative(TODAY + timedelta(days=days), TODAY) == words


def test_in_full() -> None:
    assert dates.absolute(date(2026, 11, 24)) == "Tuesday 24 November 2026"
    assert dates.plain(date(2026, 3, 1)) == "1 March 2026"


def test_an_instant_is_told_by_londons_clock() -> None:
    assert dates.moment(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026 at 00:30"


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_before_and_after_never_read_alike(one: date, other: date) -> None:
    words = dates.relative(one, other)
    assert (one > other) == (words.startswith("in ") or words == "tomorrow")
    assert (one < other) == (words.endswith("ago") or words == "yesterday")
