"""How often an answer opens a review in the demonstration's largest force: a year of its referrals, at its own rates. Each review
is shown to every supervisor of the force, so that what comes in a week comes to each of them.
"""

from collections import Counter
from datetime import date, timedelta
from random import Random

from cara.bank_holidays import add_working_days
from cara.demo import case_mix
from cara.demo.fingerprint import CASES, SEED
from cara.demo.organisations import CASE_FORCES
from cara.demo.seed_victims import SPEAK, told
from cara.features.victims.wall import review_triggers

WEEKS = 14
"""Over how many weeks the demonstration's cases begin."""
AFTER = {"before_a": 5, "midpoint": 34, "after_b": 63}
"""Days after the referral at which somebody is rung."""
YEARS = 20


def _year(rng: Random, cases: int) -> Counter[int]:
    """Week → how many reviews were opened; what comes while one is open goes to the same."""
    opened: Counter[int] = Counter()
    begins = date(2026, 1, 1)
    for _ in range(cases):
        referred = rng.choices(("standard", "medium"), (70, 30))[0]
        start, decided = begins + timedelta(rng.randrange(364)), begins - timedelta(1)
        for days in AFTER.values():
            on = start + timedelta(days)
            if rng.random() >= SPEAK:
                continue
            said, grade = told(rng, referred)
            raised = review_triggers.causes("conversation", said, referred) + review_triggers.causes(
                "risk", {"grade": grade}, referred
            )
            if raised and on > decided:
                opened[on.toordinal() // 7] += 1
                decided = add_working_days(on, 3)
    return opened


def test_no_supervisor_of_the_largest_force_has_more_than_five_new_reviews_a_week() -> None:
    largest = CASE_FORCES[0]
    share = case_mix._FORCE_WEIGHTS[0] / sum(case_mix._FORCE_WEIGHTS)
    assert share == max(case_mix._FORCE_WEIGHTS) / sum(case_mix._FORCE_WEIGHTS)
    accepted = sum(one.weight for one in case_mix.PLOTS if "accept" in one.turns) / sum(
        one.weight for one in case_mix.PLOTS
    )
    cases = round(CASES * share * accepted * 52 / WEEKS)
    years = [_year(Random(SEED + number), cases) for number in range(YEARS)]
    most = max(max(one.values()) for one in years)
    mean = sum(sum(one.values()) for one in years) / YEARS
    line = f"{largest}: {cases} accepted cases a year, {mean:.0f} reviews opened by answers, at most {most} in one week"
    print(line)  # noqa: T201 - the figure is asked for
    assert mean > 0, "a year in which nothing rises proves nothing"
    assert most <= 5, line
