"""The plan against every plan there is, on small problems; against the rules, on larger ones."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cara.cohorts.scheduling import first_come, plan
from cara.cohorts.scheduling.testing import best_worth, broken_rules, crowded, worth

seeds = st.integers(0, 2**32)
thorough = settings(deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(seeds, st.integers(0, 6), st.integers(0, 5), st.integers(1, 3))
def test_no_plan_is_better(seed: int, people: int, cohorts: int, seats: int) -> None:
    problem = crowded(seed, people=people, cohorts=cohorts, seats=seats)
    made = plan(problem)
    assert broken_rules(problem, made) == []
    assert worth(problem, made) == best_worth(problem)
    assert made.optimal
    assert made.bound == made.cost
