"""Putting a case to the rules as they stand today: for an officer's draft, and again before a referral is authorised."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from cara.features.eligibility.answer import Answer
from cara.features.eligibility.engine import answer
from cara.features.eligibility.instruments import instruments_of
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals.models import EligibilityDecision, Referral
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work


def decide(w: Work, forces: Forces, force: str, facts: Mapping[str, Any], local: Mapping[str, Any]) -> Answer:
    """What the rules say of these facts; `local` are the answers to the force's own questions.

    Raises:
        ForceSuspended: the force's own rules cannot be asked.
        BadInput: the facts contradict each other.
    """
    return answer(facts_from(dict(facts)), force, forces, instruments_of(w.session, force), local)


def decide_again(w: Work, forces: Forces, referral: Referral) -> Answer:
    """What the rules say today of the facts on which a referral was proposed: an instrument may have ended since."""
    columns: Any = EligibilityDecision
    kept = w.session.exec(select(EligibilityDecision).where(columns.referral_id == referral.id)).one()
    facts = {name: value for name, value in kept.facts.items() if name != "local"}
    facts["decided_on"] = w.today.isoformat()
    return decide(w, forces, referral.force_id, facts, kept.facts.get("local", {}))
