from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.api import Instrument, Loosen
from cara.features.eligibility.date_math import age_on, two_years_before
from cara.features.eligibility.engine import judge
from cara.features.eligibility.examples import example
from cara.features.eligibility.parse_facts import facts_from
from cara.features.eligibility.regimes import REGIMES, Regime, regime_for
from cara.features.eligibility.rules import PACK, Case

FAMILY = Instrument(
    "northshire", "E03", "family", "commissioned_provision", "PCC", "N/1", date(2020, 1, 1), date(2029, 12, 31)
)
CLAIMS = (Loosen("E03", "family", "Northshire has provision for families"),)


def case(pathway: str | None = None, **changes: object) -> Case:
    return Case(
        facts_from(example(**changes)),
        "northshire",
        "Northshire Police",
        claims=CLAIMS,
        instruments=(FAMILY,),
        pathway=pathway,
    )


def outcome(rule: str, pathway: str | None = None, **changes: object) -> str:
    answer = judge(case(pathway, **changes))
    return next(found.outcome for found in answer.rules if found.id == rule)


def test_the_pack_is_whole_and_every_rule_has_a_source() -> None:
    assert [rule.id for rule in PACK] == [f"E{number:02}" for number in range(1, 19)]
    assert {rule.id for rule in PACK if rule.effect == "advises"} == {"E12", "E14", "E17", "E18"}
    assert all(rule.source.startswith(("S0", "S2")) and rule.title for rule in PACK)


def test_the_example_is_eligible_for_a_group() -> None:
    answer = judge(case())
    assert (answer.outcome, answer.pathway, answer.instruments) == ("eligible", "group", ())
    assert answer.rules[0].reason == "36 on the offence date"
    assert answer.regime == "conditional_caution"


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("E01", {"offender__date_of_birth": "2008-04-20"}, "met"),
        ("E01", {"offender__date_of_birth": "2008-04-21"}, "not_met"),
        ("E01", {"offender__date_of_birth": "2026-04-25"}, "not_met"),
        ("E01", {"offender__date_of_birth": "2008-02-29", "offence__date": "2026-02-28"}, "not_met"),
        ("E01", {"offender__date_of_birth": "2008-02-29", "offence__date": "2026-03-01"}, "met"),
        ("E01", {"offender__date_of_birth": None}, "unknown"),
        ("E01", {"offence__date": None}, "unknown"),
        ("E02", {"referred_by": "self"}, "not_met"),
        ("E02", {"referred_by": "partner_agency"}, "not_met"),
        ("E02", {"referred_by": "other"}, "not_met"),
        ("E02", {"referred_by": None}, "unknown"),
        ("E03", {"relationship": "other"}, "not_met"),
        ("E03", {"relationship": None}, "unknown"),
        ("E04", {"offender__da_disposals": ["2024-05-01"]}, "not_met"),
        ("E04", {"offender__da_disposals": ["2024-04-30"]}, "met"),
        ("E04", {"offender__da_disposals": ["2024-06-01", "2010-01-01"]}, "not_met"),
        ("E04", {"offender__da_disposals": []}, "met"),
        ("E04", {"offender__da_disposals": None}, "unknown"),
        ("E04", {"decided_on": None}, "unknown"),
        ("E04", {"decided_on": "2028-02-29", "offender__da_disposals": ["2026-02-28"]}, "not_met"),
        ("E04", {"decided_on": "2028-02-29", "offender__da_disposals": ["2026-02-27"]}, "met"),
        ("E05", {"offender__coercive_control_evidence": True}, "not_met"),
        ("E05", {"offender__coercive_control_evidence": None}, "unknown"),
        ("E06", {"offender__bail_or_investigation": True}, "not_met"),
        ("E06", {"offender__bail_or_investigation": None}, "unknown"),
        ("E07", {"offence__category": "battery"}, "met"),
        ("E07", {"offence__category": "criminal_damage"}, "met"),
        ("E07", {"offence__category": "harassment"}, "met"),
        ("E07", {"offence__category": "domestic_theft"}, "met"),
        ("E07", {"offence__category": "threatening_behaviour"}, "met"),
        ("E07", {"offence__category": "grievous bodily harm"}, "not_met"),
        ("E07", {"offence__category": "Battery"}, "not_met"),
        ("E07", {"offence__category": None}, "unknown"),
        ("E08", {"offender__admits_offence": False}, "not_met"),
        ("E08", {"offender__admits_offence": None}, "unknown"),
        ("E09", {"risk": "medium"}, "not_met"),
        ("E09", {"risk": "high"}, "not_met"),
        ("E09", {"risk": None}, "unknown"),
        ("E09", {"decided_on": None}, "unknown"),
    ],
)
def test_facts_about_person_offence_and_risk(rule: str, changes: dict[str, Any], expected: str) -> None:
    assert outcome(rule, **changes) == expected


OVERRIDE = {"officer": "PS 0001 (synthetic)", "reason": "public interest"}


@pytest.mark.parametrize(
    ("contacted", "agrees", "override", "expected"),
    [
        (True, True, None, "met"),
        (True, True, OVERRIDE, "met"),
        (True, False, None, "not_met"),
        (True, False, OVERRIDE, "overridden"),
        (True, False, {"officer": "PS 0001", "reason": " "}, "not_met"),
        (True, False, {"officer": "", "reason": "public interest"}, "not_met"),
        (True, None, None, "unknown"),
        (True, None, OVERRIDE, "overridden"),
        (False, None, None, "unknown"),
        (False, True, None, "unknown"),
        (None, True, None, "unknown"),
        (False, None, OVERRIDE, "overridden"),
        (False, None, {"officer": None, "reason": "public interest"}, "unknown"),
        (None, None, OVERRIDE, "overridden"),
    ],
)
def test_e10(contacted: bool | None, agrees: bool | None, override: object, expected: str) -> None:
    victim = {"contacted": contacted, "agrees": agrees, "override": override}
    assert outcome("E10", victim=victim) == expected


@pytest.mark.parametrize(
    ("sex", "relationship", "pathway", "expected"),
    [
        ("female", "family", None, "not_met"),
        ("female", "other", None, "not_met"),
        ("female", "family", "juno", "met"),
        ("female", "intimate", None, "not_applicable"),
        ("male", "family", None, "not_applicable"),
        ("other", "family", None, "not_applicable"),
        (None, "family", None, "unknown"),
        (None, "intimate", None, "not_applicable"),
        ("female", None, None, "unknown"),
        ("male", None, None, "not_applicable"),
        (None, None, None, "unknown"),
    ],
)
def test_e11(sex: str | None, relationship: str | None, pathway: str | None, expected: str) -> None:
    assert outcome("E11", pathway, offender__sex=sex, relationship=relationship) == expected


@pytest.mark.parametrize(
    ("rule", "relationship", "category", "conditions", "expected"),
    [
        ("E13", "intimate", "battery", ["cara", "anger_management"], "met"),
        ("E13", "intimate", "battery", ["anger_management"], "not_met"),
        ("E13", "intimate", "battery", ["juno"], "not_met"),
        ("E13", "intimate", "battery", [], "not_met"),
        ("E13", "intimate", "battery", None, "unknown"),
        ("E13", None, "battery", ["anger_management"], "unknown"),
        ("E13", "family", "battery", ["anger_management"], "not_applicable"),
        ("E15", "intimate", "battery", ["cara", "financial_penalty"], "not_met"),
        ("E15", "intimate", "battery", ["cara", "fine"], "not_met"),
        ("E15", "intimate", "battery", ["cara", "compensation"], "met"),
        ("E15", "intimate", "battery", None, "unknown"),
        ("E15", None, "battery", ["financial_penalty"], "unknown"),
        ("E15", "family", "battery", ["financial_penalty"], "not_applicable"),
        ("E16", "intimate", "criminal_damage", ["cara"], "not_applicable"),
        ("E16", "intimate", "criminal_damage", None, "unknown"),
        ("E16", "intimate", "criminal_damage", ["cara", "restorative_justice"], "not_met"),
        ("E16", "family", "criminal_damage", ["restorative_justice"], "met"),
        ("E16", "family", "domestic_theft", ["restorative_justice"], "met"),
        ("E16", "family", "common_assault", ["restorative_justice"], "not_met"),
        ("E16", "family", "battery", ["restorative_justice"], "not_met"),
        ("E16", "family", "harassment", ["restorative_justice"], "not_met"),
        ("E16", "family", "threatening_behaviour", ["restorative_justice"], "not_met"),
        ("E16", "family", "something else", ["restorative_justice"], "unknown"),
        ("E16", "family", None, ["restorative_justice"], "unknown"),
        ("E16", None, "criminal_damage", ["restorative_justice"], "unknown"),
        ("E16", None, "battery", ["restorative_justice"], "not_met"),
    ],
)
def test_conditions(
    rule: str, relationship: str | None, category: str | None, conditions: list[str] | None, expected: str
) -> None:
    assert outcome(rule, relationship=relationship, offence__category=category, conditions=conditions) == expected


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("E12", {"offender__sex": "female"}, "met"),
        ("E12", {}, "not_applicable"),
        ("E12", {"offender__sex": "female", "relationship": "family"}, "not_applicable"),
        ("E14", {"relationship": "family"}, "met"),
        ("E14", {}, "not_applicable"),
        ("E14", {"relationship": None}, "not_applicable"),
        ("E17", {}, "met"),
        ("E17", {"conditions": None}, "met"),
        ("E18", {}, "met"),
        ("E18", {"relationship": "family"}, "not_applicable"),
    ],
)
def test_advice_is_met_with_a_sentence_or_does_not_apply(rule: str, changes: dict[str, Any], expected: str) -> None:
    answer = judge(case(**changes))
    found = next(one for one in answer.rules if one.id == rule)
    assert found.outcome == expected
    assert (found.reason in answer.advice) == (expected == "met")


def test_the_precedence_of_outcomes() -> None:
    assert judge(case(risk=None)).outcome == "needs_information"
    assert judge(case(risk=None, referred_by="self")).outcome == "not_eligible"
    assert "E09" in judge(case(risk=None)).advice[0]
    assert judge(case(risk=None)).pathway is None


def test_a_refusal_says_what_remains() -> None:
    advice = " ".join(judge(case(referred_by="self")).advice)
    assert "charge" in advice
    assert "simple caution" in advice
    assert "simple caution" not in " ".join(judge(case()).advice)
    assert "simple caution" not in " ".join(judge(case(risk=None)).advice)


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        (["cara", "restorative_justice"], "Without restorative justice this case would be eligible."),
        (["cara", "financial_penalty"], "Without financial penalty this case would be eligible."),
        (["anger_management"], "With CARA among the conditions this case would be eligible."),
        (
            ["fine", "restorative_justice"],
            "With CARA among the conditions and without fine and restorative justice this case would be eligible.",
        ),
    ],
)
def test_the_condition_that_stands_in_the_way_is_named(conditions: list[str], sentence: str) -> None:
    assert sentence in judge(case(conditions=conditions)).advice
    otherwise = judge(case(conditions=conditions, risk="high")).advice
    assert sentence not in otherwise
    assert any(sentence.split(" this case")[0] in one for one in otherwise)


@pytest.mark.parametrize(
    ("changes", "pathway", "expected"),
    [
        ({}, None, "group"),
        ({}, "juno", "juno"),
        ({"needs__interpreter": True}, None, "cti"),
        ({"needs__learning_disability": True}, None, "cti"),
        ({"needs__gender_identity": True}, None, "cti"),
        ({"needs__health": True}, None, "cti"),
        ({"offender__sex": "other"}, None, "cti"),
        ({"offender__sex": "other", "needs": None}, None, "cti"),
        ({"offender__sex": None}, None, "group"),
        ({"needs__health": True}, "juno", "juno"),
        ({"needs__health": None}, None, "group"),
        ({"needs__health": True, "risk": "high"}, "juno", None),
    ],
)
def test_the_pathway(changes: dict[str, Any], pathway: str | None, expected: str | None) -> None:
    assert judge(case(pathway, **changes)).pathway == expected


def test_an_interpreter_in_a_group_is_said_to_be_possible() -> None:
    assert any("interpreter is possible" in one for one in judge(case(needs__interpreter=True)).advice)
    assert not any("interpreter" in one for one in judge(case(needs__health=True)).advice)


def test_before_the_national_permission_nothing_is_eligible() -> None:
    early = {"offence__date": "2011-11-01", "offender__da_disposals": []}
    assert judge(case(decided_on="2011-12-31", **early)).outcome == "not_eligible"
    assert judge(case(decided_on="2012-01-01", **early)).outcome == "eligible"


def test_an_unknown_decision_date_never_passes() -> None:
    assert judge(case(decided_on=None, offender__da_disposals=[])).outcome == "needs_information"
    assert outcome("E03", decided_on=None, relationship="family") == "unknown"


@given(st.dates(date(1920, 1, 1), date(2008, 12, 31)), st.integers(17, 90))
def test_age_turns_over_on_the_birthday_and_no_other_day(born: date, years: int) -> None:
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    assert age_on(born, birthday) == years
    assert age_on(born, birthday - timedelta(days=1)) == years - 1


@given(st.dates(date(2012, 1, 1), date(2040, 12, 31)))
def test_two_years_back_is_the_same_day_or_the_28th(day: date) -> None:
    back = two_years_before(day)
    assert back.year == day.year - 2
    assert (back.month, back.day) == ((2, 28) if (day.month, day.day) == (2, 29) else (day.month, day.day))


def test_the_first_years_of_the_calendar_break_nothing() -> None:
    assert two_years_before(date(1, 1, 1)) == date.min
    first = facts_from(
        example(
            decided_on="0001-01-02",
            offence__date="0001-01-01",
            offender__date_of_birth="0001-01-01",
            offender__da_disposals=["0001-01-01"],
        )
    )
    assert judge(Case(first, "northshire", "Northshire Police")).outcome == "not_eligible"


def test_regimes_that_have_not_commenced_stay_disabled() -> None:
    assert [regime.slug for regime in REGIMES if regime.enabled] == ["conditional_caution"]
    assert regime_for(date(2040, 1, 1)) == REGIMES[0]
    assert regime_for(None) is None


def test_a_commencement_date_counts_from_the_offence_on() -> None:
    commenced = Regime(
        "diversionary_caution", "Diversionary caution", "synthetic", enabled=True, commences=date(2030, 4, 1)
    )
    regimes = (REGIMES[0], commenced)
    assert regime_for(date(2030, 3, 31), regimes) == REGIMES[0]
    assert regime_for(date(2030, 4, 1), regimes) == commenced
