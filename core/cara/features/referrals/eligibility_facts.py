"""From an officer's answers to the facts that the eligibility rules ask for, in the shape of the published contract."""

from collections.abc import Mapping
from datetime import date
from typing import Any

NEEDS = ("interpreter", "learning_disability", "gender_identity", "health")


def facts_of(answers: Mapping[str, Any], decided_on: date) -> dict[str, Any]:
    """The facts of a case so far; what was not answered is None, which is to say unknown."""
    overridden = bool(answers.get("victim_overridden"))
    needs = answers.get("needs") or []
    return {
        "decided_on": decided_on.isoformat(),
        "referred_by": "police",
        "offence": {"category": answers.get("offence_category"), "date": answers.get("offence_date")},
        "offender": {
            "date_of_birth": answers.get("date_of_birth"),
            "sex": answers.get("sex"),
            "admits_offence": answers.get("admits_offence"),
            "bail_or_investigation": answers.get("bail_or_investigation"),
            "coercive_control_evidence": answers.get("coercive_control_evidence"),
            "da_disposals": _disposals(answers),
        },
        "relationship": answers.get("relationship"),
        "risk": answers.get("risk"),
        "victim": {
            "contacted": answers.get("victim_contacted"),
            "agrees": answers.get("victim_agrees"),
            "override": {
                "officer": answers.get("override_officer") or "",
                "reason": answers.get("override_reason") or "",
            }
            if overridden
            else None,
        },
        "needs": {need: need in needs for need in NEEDS},
        "conditions": answers.get("conditions"),
    }


def _disposals(answers: Mapping[str, Any]) -> list[str] | None:
    """Dates of earlier disposals: none if there were none, unknown if nobody knows or the dates are missing."""
    if answers.get("earlier_disposals") is False:
        return []
    return answers.get("da_disposals") or None
