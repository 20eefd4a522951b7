from datetime import date, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cara.features.course.proposals.facilitator_clashes import Leads, shared_by_one_pair

FIRST = date(2026, 11, 30)
days = st.integers(0, 5).map(lambda off: FIRST + timedelta(off))
cohorts = st.lists(st.frozensets(days, min_size=2, max_size=2), max_size=6).map(
    lambda found: [(f"cohort {at}", own) for at, own in enumerate(found)]
)
led = st.lists(st.builds(Leads, st.integers(1, 4), days, st.just("SYNT-HTIC")), max_size=6)
people = st.sets(st.integers(1, 4))


@given(cohorts, people, led)
def test_one_pair_could_lead_all_that_are_ticked(wanted, facilitators, busy):
    ticked = shared_by_one_pair(wanted, facilitators, busy)
    own = [days for name, days in wanted if name in ticked]
    assert len(frozenset().union(*own)) == sum(map(len, own))
    lead = {(one.person, one.day) for one in busy}
    pairs = list(combinations(sorted(facilitators), 2)) or [tuple(facilitators)]
    assert any(all((who, day) not in lead for who in pair for days in own for day in days) for pair in pairs)


@given(cohorts, people, led)
def test_what_is_not_ticked_could_not_be_led_beside_the_rest(wanted, facilitators, busy):
    lead, needed = {(one.person, one.day) for one in busy}, min(2, len(facilitators))
    free, before = set(facilitators), set()
    ticked = shared_by_one_pair(wanted, facilitators, busy)
    for name, days in wanted:
        still = {who for who in free if all((who, day) not in lead for day in days)}
        assert (name in ticked) == (not before & days and len(still) >= needed)
        if name in ticked:
            before, free = before | days, still
