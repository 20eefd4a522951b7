"""Terms are kept as they were asked, and describe exactly the cohorts that can be held."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cara.features.course.proposals.constraints import Hall, Terms, candidates

HALLS = (Hall("hall-1", "Synthetic hall", "north", 8), Hall("hall-2", "Synthetic barn", "south", 20))
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
TERMS = st.builds(
    Terms,
    venues=st.just(("hall-1", "hall-2")),
    groups=st.sampled_from([("male",), ("male", "female"), ("male", "female", "non_intimate")]),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda some: tuple(sorted(some))),
    starts=st.just(time(9, 30)),
    ends=st.just(time(15)),
    first=DAYS,
    last=DAYS,
    gaps=st.sampled_from([(28,), (35,), (28, 35)]),
    capacity=st.integers(1, 30),
    cost=st.decimals(0, 1_000_000, places=2),
    travel=st.sampled_from(["small", "own", "any"]),
    pins=st.dictionaries(st.sampled_from(["1", "2"]), st.just("hall-1.male.20260307.28")),
).map(lambda terms: replace(terms, last=min(max(terms.first, terms.last), terms.first + timedelta(60))))


@given(TERMS)
def test_terms_are_kept_as_they_were_asked(terms):
    assert Terms.of(terms.as_json()) == terms


@given(TERMS)
def test_every_cohort_that_can_be_held_is_described_once(terms):
    shut = terms.first + timedelta(28)
    found, refused = candidates(terms, HALLS, lambda hall, day: "shut" if (hall.area, day) == ("north", shut) else "")
    assert len(found) + sum(refused.values()) == terms.most
    for one, hall in found.values():
        assert terms.first <= one.a <= terms.last
        assert one.a.weekday() in terms.weekdays
        assert (one.b - one.a).days in terms.gaps
        assert one.capacity == min(terms.capacity, hall.capacity)
        assert hall.area == one.area
        assert one.area != "north" or shut not in (one.a, one.b)


def test_what_is_left_out_is_not_described():
    terms = Terms(
        ("hall-1",), ("male",), (5,), time(9), time(12), date(2026, 3, 7), date(2026, 3, 21), (28,), 10, Decimal(1)
    )
    found, _refused = candidates(terms, HALLS[:1], lambda _hall, _day: "")
    assert [one.a.day for one, _hall in found.values()] == [7, 14, 21]
    fewer, _refused = candidates(terms.choosing({}, [], [next(iter(found))]), HALLS[:1], lambda _hall, _day: "")
    assert fewer.keys() == found.keys() - {next(iter(found))}


def test_how_far_somebody_can_be_asked_to_come():
    terms = Terms((), (), (), time(9), time(12), date(2026, 3, 7), date(2026, 3, 7), (28,), 10, Decimal(1))
    everywhere = ["north", "south"]
    expected = {
        "small": (("north",), ("north", "south")), "own": (("north",), ("north",)),
        "any": (("north", "south"), ("north", "south")),
    }  # fmt: skip
    for travel, (man, woman) in expected.items():
        asked = replace(terms, travel=travel)
        assert asked.travels("male", "north", everywhere) == man
        assert asked.travels("female", "north", everywhere) == woman
        assert asked.travels("male", "", everywhere) == ("north", "south")
