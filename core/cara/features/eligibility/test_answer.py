"""The rules together with real plugins: three forces that differ, and one without a plugin."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cara.api import Instrument
from cara.errors import NotFound
from cara.features.eligibility.answer import Answer
from cara.features.eligibility.engine import answer, view_of
from cara.features.eligibility.examples import example
from cara.features.eligibility.parse_facts import facts_from
from cara.features.eligibility.quick_instruments import instruments_in_force
from cara.platform.plugins import Forces, load_forces

DECIDED = "2025-03-31"


@pytest.fixture(scope="module")
def forces() -> Forces:
    return load_forces()


def decide(forces: Forces, force: str, more: tuple[Instrument, ...] = (), **changes: Any) -> Answer:
    given = {"decided_on": DECIDED, "offence__date": "2025-03-01", **changes}
    return answer(facts_from(example(**given)), force, forces, (*instruments_in_force(force, forces), *more))


def rule(given: Answer, name: str) -> str:
    return next(one.outcome for one in given.rules if one.id == name)


def test_medium_risk_follows_the_instrument_to_its_last_day(forces: Forces) -> None:
    last = decide(forces, "hampshire", risk="medium")
    assert last.outcome == "eligible"
    assert [(one.rule, one.admits) for one in last.instruments] == [("E09", "medium")]
    after = decide(forces, "hampshire", risk="medium", decided_on="2025-04-01")
    assert after.outcome == "not_eligible"
    assert after.instruments == ()
    why = next(one.reason for one in after.rules if one.id == "E09")
    assert "no instrument for it was in force on 1 April 2025" in why
    assert "national rule applies" in why


@pytest.mark.parametrize("force", ["leicestershire", "thames_valley", "kent"])
def test_elsewhere_the_national_rules_stand(forces: Forces, force: str) -> None:
    assert decide(forces, force).outcome == "eligible"
    for changes in ({"risk": "medium"}, {"relationship": "family"}):
        given = decide(forces, force, **changes)
        assert given.outcome == "not_eligible"
        assert given.instruments == ()


@pytest.mark.parametrize("changes", [{"risk": "medium"}, {"relationship": "family"}])
def test_every_day_around_hampshires_instruments(forces: Forces, changes: dict[str, str]) -> None:
    base = facts_from(example(decided_on=None, offence__date="2019-01-01", offender__da_disposals=[], **changes))
    papers = instruments_in_force("hampshire", forces)
    day, eligible = date(2020, 3, 1), []
    while day <= date(2026, 3, 31):
        if answer(replace(base, decided_on=day), "hampshire", forces, papers).outcome == "eligible":
            eligible.append(day)
        day += timedelta(days=1)
    assert (eligible[0], eligible[-1]) == (date(2021, 4, 1), date(2025, 3, 31))
    assert len(eligible) == (eligible[-1] - eligible[0]).days + 1


def test_a_renewal_is_data(forces: Forces) -> None:
    shipped = next(one for one in instruments_in_force("hampshire", forces) if one.admits == "medium")
    renewal = replace(shipped, reference="SYNTHETIC RENEWAL 1", starts=date(2026, 1, 1), until=date(2026, 12, 31))
    renewed = decide(forces, "hampshire", (renewal,), risk="medium", decided_on="2026-05-01")
    assert renewed.outcome == "eligible"
    assert [one.reference for one in renewed.instruments] == ["SYNTHETIC RENEWAL 1"]
    assert decide(forces, "hampshire", (renewal,), risk="medium", decided_on="2025-12-31").outcome == "not_eligible"
    assert (
        decide(forces, "leicestershire", (renewal,), risk="medium", decided_on="2026-05-01").outcome == "not_eligible"
    )


def test_high_risk_is_nowhere_eligible(forces: Forces) -> None:
    for force in ("hampshire", "leicestershire", "kent"):
        assert decide(forces, force, risk="high").outcome == "not_eligible"


def test_women_in_family_cases_go_to_juno_in_hampshire_only(forces: Forces) -> None:
    woman = {"relationship": "family", "offender__sex": "female", "needs__health": True}
    given = decide(forces, "hampshire", **woman)
    assert (given.outcome, given.pathway, rule(given, "E11")) == ("eligible", "juno", "met")
    late = decide(forces, "hampshire", decided_on="2025-04-01", **woman)
    assert (late.outcome, late.pathway, rule(late, "E03")) == ("not_eligible", None, "not_met")
    assert rule(decide(forces, "kent", **woman), "E11") == "not_met"
    assert decide(forces, "hampshire", relationship="family").pathway == "group"
    assert decide(forces, "hampshire", offender__sex="female").pathway == "group"


def test_neither_partner_nor_family_is_not_covered_by_the_family_provision(forces: Forces) -> None:
    assert rule(decide(forces, "hampshire", relationship="other"), "E03") == "not_met"


def test_a_family_case_may_have_anger_management_without_cara(forces: Forces) -> None:
    given = decide(forces, "hampshire", relationship="family", conditions=["anger_management"])
    assert given.outcome == "eligible"


def test_no_such_force(forces: Forces) -> None:
    with pytest.raises(NotFound):
        answer(facts_from(example()), "atlantis", forces, ())


def test_the_view_of_a_plugin_holds_nothing_of_the_victim_and_no_birth_date() -> None:
    facts = facts_from(example(victim__override={"officer": "CANARY-OFFICER", "reason": "CANARY-REASON"}))
    view = view_of(facts, "hampshire", {"service_area": "county"})
    assert view.age_at_offence == 36
    assert view.answers == {"service_area": "county"}
    shown = repr(view)
    assert "CANARY" not in shown
    assert "1990" not in shown
    assert "agrees" not in shown


def test_the_document_has_the_keys_that_were_promised(forces: Forces) -> None:
    document = decide(forces, "hampshire", risk="medium").as_dict()
    assert set(document) >= {"outcome", "pathway", "force", "decided_on", "instruments", "rules", "advice"}
    assert document["decided_on"] == DECIDED
    rules: Any = document["rules"]
    assert all({"id", "outcome", "reason", "source"} <= set(one) for one in rules)
    instruments: Any = document["instruments"]
    assert instruments[0]["from"] == "2021-04-01"
    assert instruments[0]["until"] == "2025-03-31"
