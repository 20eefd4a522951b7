"""Numbers, days and names as messages write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.features.messages import states
from cara.features.messages.render import Reader, day, mobile


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("07700 900982", "+447700900982"), ("+44 7700 900982", "+447700900982"), ("+44 (0)7700 900982", "+447700900982"),
     ("01632 960001", ""), ("+33 6 12 34 56 78", ""), ("", ""), ("7700", ""), ("0044 7700 900982", "")],
)  # fmt: skip
def test_numbers_that_take_texts(typed: str, wanted: str) -> None:
    assert mobile(typed) == wanted


@given(st.text(max_size=30))
def test_no_number_but_a_mobile_passes(typed: str) -> None:
    found = mobile(typed)
    assert not found or (found.startswith("+447") and len(found) == 13)


def test_days_in_both_languages() -> None:
    assert day(date(2026, 12, 5), "en") == "Saturday 5 December 2026"
    assert day(date(2026, 12, 5), "cy") == "Dydd Sadwrn 5 Rhagfyr 2026"


def test_ways_to_a_reader() -> None:
    one = Reader("Synthia", "07700 900982", "a@example.com", ("1 Way", "EX1 1EX"))
    ways = ("sms", "email", "letter", "calendar")
    assert [one.way(way) for way in ways] == [
        "+447700900982",
        "a@example.com",
        "1 Way\nEX1 1EX",
        "Synthia",
    ]
    assert [Reader().way(way) for way in ways] == [""] * 4


def test_pauses_grow_to_an_hour() -> None:
    minutes = [int(states.pause(n).total_seconds() // 60) for n in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
