"""From answers to rows and back: nothing that was answered is lost on the way."""

from datetime import UTC, date, datetime
from typing import Any

from cara.features.eligibility.engine import answer
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals import mapping
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.models import EligibilityDecision, Offender, Referral
from cara.platform.plugins import load_forces

TODAY = date(2026, 5, 1)
ANSWERS: dict[str, Any] = {
    "admits_offence": True, "bail_or_investigation": False, "coercive_control_evidence": False, "earlier_disposals": True,
    "da_disposals": ["2020-05-01"], "surname": "Testcase-Ŵyn", "forenames": "Amber Jo", "date_of_birth": "1990-02-03",
    "sex": "male", "phone": "+44 1632 960001", "postcode": "ZZ99 1AA", "crime_reference": "46/0001/26",
    "offence_code": "CJ88116", "offence_category": "common_assault", "offence_date": "2026-04-20", "relationship": "intimate",
    "risk": "standard", "risk_tool": "DASH", "risk_count": 0, "risk_assessor": "PC 1", "risk_assessed_on": "2026-04-21",
    "victim_contacted": True, "victim_agrees": True, "victim_overridden": False, "caution_date": "2026-04-30",
    "conditions": ["cara", "signposting"], "needs": ["interpreter"], "interpreter_language": "Welsh", "access_needs": "stairs",
    "format_proposed": "as_the_rules",
}  # fmt: skip


def rows_of(answers: dict[str, Any]) -> tuple[Referral, Offender, EligibilityDecision]:
    facts = facts_of(answers, TODAY)
    given = answer(facts_from(facts), "kent", load_forces(only={"kent"}), ())
    assert given.outcome == "eligible", [rule for rule in given.rules if not rule.passes]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    referral = Referral(
        **mapping.referral(answers, "kent", given.pathway or "", ""),
        reference="X",
        created_at=now,
        created_by="1",
        proposed_provider="p",
    )
    offender = Offender(**mapping.offender(answers), referral_id=1, force_id="kent", identity_key="k")
    decision = EligibilityDecision(
        **mapping.decision(facts, given), referral_id=1, force_id="kent", decided_at=now, decided_by="1"
    )
    return referral, offender, decision


def test_started_again_everything_answered_is_still_there() -> None:
    again = mapping.answers_again(*rows_of(ANSWERS))
    assert again == ANSWERS


def test_unknown_stays_unknown_and_is_not_asked_as_no() -> None:
    again = mapping.answers_again(*rows_of(ANSWERS | {"earlier_disposals": False, "da_disposals": []}))
    assert again["earlier_disposals"] is False
    assert "da_disposals" not in again


def test_the_rules_propose_the_format_unless_the_officer_does() -> None:
    referral, _offender, _decision = rows_of(ANSWERS)
    assert (referral.pathway, referral.format_proposed) == ("cti", "cti")
    referral, _offender, _decision = rows_of(ANSWERS | {"format_proposed": "group"})
    assert (referral.pathway, referral.format_proposed) == ("cti", "group")


def test_an_officers_other_category_is_marked_as_a_correction() -> None:
    assert mapping.referral(ANSWERS, "kent", "group", "battery")["category_corrected"]
    assert not mapping.referral(ANSWERS, "kent", "group", "common_assault")["category_corrected"]
    assert not mapping.referral(ANSWERS, "kent", "group", "")["category_corrected"]


def test_disposals_are_unknown_until_somebody_knows() -> None:
    assert facts_of({}, TODAY)["offender"]["da_disposals"] is None
    assert facts_of({"earlier_disposals": None}, TODAY)["offender"]["da_disposals"] is None
    assert facts_of({"earlier_disposals": True}, TODAY)["offender"]["da_disposals"] is None
    assert facts_of({"earlier_disposals": False}, TODAY)["offender"]["da_disposals"] == []
