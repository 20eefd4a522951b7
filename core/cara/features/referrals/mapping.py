"""From a draft's answers to the rows of a referral, and back. Pure: no session, no clock."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cara.api import Question
from cara.features.eligibility.answer import Answer
from cara.features.referrals.deadlines import deadlines
from cara.features.referrals.eligibility_facts import NEEDS
from cara.features.referrals.models import EligibilityDecision, Offender, Referral
from cara.features.referrals.name_matching import fold

_NOT_YET = dict.fromkeys(
    (
        "authorised_by", "declined_by", "declined_reason", "accepted_by", "returned_by", "return_reason", "return_note",
        "withdrawn_by", "format_confirmed",
    ),
    "",
)  # fmt: skip
"""What later turns of the case fill in."""
_SAME = (
    "crime_reference", "offence_code", "offence_category", "relationship", "risk", "risk_tool", "risk_count", "risk_assessor",
    "victim_contacted", "victim_agrees", "conditions", "needs", "interpreter_language", "access_needs",
)  # fmt: skip
"""Questions whose answers stand in the referral under the same name."""
_PERSON = ("surname", "forenames", "sex", "phone", "email", "address", "postcode")
_UNKNOWN_COUNTS = (
    "admits_offence",
    "bail_or_investigation",
    "coercive_control_evidence",
    "earlier_disposals",
    "victim_contacted",
)


def referral(answers: Mapping[str, Any], force: str, pathway: str, mapped_category: str) -> dict[str, Any]:
    """A new referral as far as the answers say. `mapped_category` is what the offence code maps to, or empty."""
    caution_date = date.fromisoformat(answers["caution_date"])
    proposed = answers.get("format_proposed")
    needs = answers.get("needs") or []
    return _NOT_YET | {
        "force_id": force,
        "version": 1,
        "regime": "conditional_caution",
        "crime_reference": answers["crime_reference"],
        "offence_code": answers.get("offence_code") or "",
        "offence_category": answers["offence_category"],
        "category_corrected": mapped_category not in ("", answers["offence_category"]),
        "offence_date": date.fromisoformat(answers["offence_date"]),
        "relationship": answers["relationship"],
        "risk": answers["risk"],
        "risk_tool": answers.get("risk_tool") or "",
        "risk_count": answers.get("risk_count"),
        "risk_assessor": answers.get("risk_assessor") or "",
        "risk_assessed_on": _day(answers.get("risk_assessed_on")),
        "victim_contacted": answers.get("victim_contacted"),
        "victim_agrees": answers.get("victim_agrees"),
        "victim_overridden": bool(answers.get("victim_overridden")),
        "caution_date": caution_date,
        "conditions": answers.get("conditions") or [],
        "complete_by": deadlines(caution_date).complete_by,
        "pathway": pathway,
        "format_proposed": pathway if proposed in (None, "as_the_rules") else proposed,
        "needs": [need for need in NEEDS if need in needs],
        "interpreter_language": answers.get("interpreter_language") or "",
        "access_needs": answers.get("access_needs") or "",
    }


def offender(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The person, as the case knows them."""
    return {name: answers.get(name) or "" for name in _PERSON} | {
        "folded": fold(f"{answers['surname']} {answers['forenames']}"),
        "date_of_birth": date.fromisoformat(answers["date_of_birth"]),
    }


def decision(facts: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The eligibility decision: every fact and every rule's answer as they stood."""
    override = facts["victim"]["override"] or {}
    return {
        "rule_pack": answer.rule_pack,
        "facts": dict(facts),
        "answer": answer.as_dict(),
        "outcome": answer.outcome,
        "override_officer": override.get("officer", ""),
        "override_reason": override.get("reason", ""),
    }


def local_answers(answers: Mapping[str, Any], questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The answers to the force's own questions, each with its question as it reads now."""
    return [
        {
            "question": one.name,
            "label": str(one.label),
            "answer": _plain(one, answers[one.name]),
            "force_only": one.force_only,
        }
        for one in questions
        if answers.get(one.name) not in (None, "", [])
    ]


def answers_again(referral: Referral, offender: Offender, kept: EligibilityDecision) -> dict[str, Any]:
    """A referral's answers as a draft holds them, to start again from."""
    told = kept.facts["offender"]
    answers = {
        "admits_offence": told["admits_offence"],
        "bail_or_investigation": told["bail_or_investigation"],
        "coercive_control_evidence": told["coercive_control_evidence"],
        "earlier_disposals": None if told["da_disposals"] is None else bool(told["da_disposals"]),
        "da_disposals": told["da_disposals"],
        "date_of_birth": offender.date_of_birth.isoformat(),
        "offence_date": referral.offence_date.isoformat(),
        "caution_date": referral.caution_date.isoformat(),
        "risk_assessed_on": referral.risk_assessed_on.isoformat() if referral.risk_assessed_on else None,
        "victim_overridden": referral.victim_overridden,
        "override_officer": kept.override_officer,
        "override_reason": kept.override_reason,
        "format_proposed": "as_the_rules" if referral.format_proposed == referral.pathway else referral.format_proposed,
    }
    answers |= {name: getattr(offender, name) for name in _PERSON} | {name: getattr(referral, name) for name in _SAME}
    known = {name: value for name, value in answers.items() if value not in (None, "", []) or name in _UNKNOWN_COUNTS}
    return {**known, **kept.facts.get("local", {})}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(question: Question, value: Any) -> str:
    labels = {option.value: str(option.label) for option in question.options}
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(labels.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
