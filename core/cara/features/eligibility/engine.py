"""Puts a case to the rules. Pure: no clock, no session; the same facts and papers give the same answer for ever."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cara.api import CaseView, Instrument, Loosen, Tighten
from cara.features.eligibility.answer import Answer, Outcome, RuleAnswer
from cara.features.eligibility.date_math import age_on, in_words
from cara.features.eligibility.facts import Facts
from cara.features.eligibility.pathways import propose
from cara.features.eligibility.regimes import regime_for
from cara.features.eligibility.rules import PACK, VERSION, Case, Finding, Rule
from cara.features.eligibility.rules.conditions import DA_SPECIFIC, in_text, is_punitive, is_restorative
from cara.platform.plugins import Forces

WHAT_REMAINS: Final = (
    "CARA is the only conditional caution for domestic abuse that needs no advice from the Crown Prosecution Service. "
    "Without it there remain a charge, or a simple caution."
)


def answer(
    facts: Facts,
    force: str,
    forces: Forces,
    instruments: Sequence[Instrument],
    local_answers: Mapping[str, object] | None = None,
) -> Answer:
    """What the nation's rules and this force's say of the case.

    `instruments` are all that the force holds, shipped and entered; dates decide which count. `local_answers` are the
    answers to the force's own questions. Raises NotFound for no such force, ForceSuspended if its plugin does not run.
    """
    view = view_of(facts, force, local_answers or {})
    adjustments = forces.adjustments(force, view)
    case = Case(
        facts=facts,
        force=force,
        force_name=forces.known[force].name,
        claims=tuple(one for one in adjustments if isinstance(one, Loosen)),
        instruments=tuple(instruments),
        pathway=forces.pathway(force, view),
    )
    return judge(case, tuple(one for one in adjustments if isinstance(one, Tighten)))


def judge(case: Case, own: tuple[Tighten, ...] = ()) -> Answer:
    """The answer by the national rules and the force's `own`, whose answers are given."""
    found = [(rule, _put(rule, case)) for rule in PACK]
    rules = (*(_national(rule, finding) for rule, finding in found), *map(_local, own))
    outcome = outcome_of(rules)
    pathway, on_pathway = propose(case) if outcome == "eligible" else (None, ())
    regime = regime_for(case.facts.offence.date)
    return Answer(
        outcome=outcome,
        pathway=pathway,
        force=case.force,
        decided_on=case.facts.decided_on,
        instruments=tuple(finding.instrument for _, finding in found if finding.instrument is not None),
        rules=rules,
        advice=(
            *_on_outcome(case, outcome, rules, own),
            *on_pathway,
            *(sentence for _, finding in found for sentence in finding.advice),
        ),
        rule_pack=VERSION,
        regime=regime.slug if regime else None,
    )


def outcome_of(rules: Sequence[RuleAnswer]) -> Outcome:
    """One blocking rule not met outweighs everything, one unknown outweighs the rest. Advice has no weight."""
    blocking = [rule for rule in rules if rule.effect == "blocks"]
    if any(rule.outcome == "not_met" for rule in blocking):
        return "not_eligible"
    return "eligible" if all(rule.passes for rule in blocking) else "needs_information"


def view_of(facts: Facts, force: str, local_answers: Mapping[str, object]) -> CaseView:
    """What a force's hooks see of the facts: no birth date, nothing of the victim."""
    offence, offender = facts.offence, facts.offender
    known = offender.date_of_birth is not None and offence.date is not None
    return CaseView(
        force=force,
        decided_on=facts.decided_on,
        referred_by=facts.referred_by,
        offence_category=offence.category,
        offence_date=offence.date,
        age_at_offence=age_on(offender.date_of_birth, offence.date) if known else None,  # type: ignore[arg-type]
        sex=offender.sex,
        admits_offence=offender.admits_offence,
        bail_or_investigation=offender.bail_or_investigation,
        coercive_control_evidence=offender.coercive_control_evidence,
        da_disposals=offender.da_disposals,
        relationship=facts.relationship,
        risk=facts.risk,
        needs=frozenset(facts.needs.recorded),
        conditions=facts.conditions,
        answers=dict(local_answers),
    )


def _put(rule: Rule, case: Case) -> Finding:
    if rule.applies(case.facts.decided_on):
        return rule.check(case)
    return Finding("not_applicable", f"This rule applies to decisions from {in_words(rule.starts)}")


def _national(rule: Rule, finding: Finding) -> RuleAnswer:
    return RuleAnswer(rule.id, rule.title, finding.outcome, finding.reason, rule.source, rule.effect)


def _local(rule: Tighten) -> RuleAnswer:
    title = rule.title or "a rule of this force"
    return RuleAnswer(rule.rule, title, rule.outcome, rule.reason, rule.source, "blocks")


def _on_outcome(case: Case, outcome: Outcome, rules: Sequence[RuleAnswer], own: tuple[Tighten, ...]) -> Iterator[str]:
    if outcome == "needs_information":
        missing = "; ".join(f"{rule.title} ({rule.id})" for rule in rules if rule.outcome == "unknown")
        yield f"Find out before deciding: {missing}."
    if outcome != "not_eligible":
        return
    yield from _other_conditions(case, rules, own)
    yield WHAT_REMAINS


def _other_conditions(case: Case, rules: Sequence[RuleAnswer], own: tuple[Tighten, ...]) -> Iterator[str]:
    """Names the conditions that break E13, E15 or E16, and says so where the case would be eligible with others."""
    broken = {rule.id for rule in rules if rule.outcome == "not_met"} & {"E13", "E15", "E16"}
    conditions = case.facts.conditions or ()
    if not broken:
        return
    wrong = [
        condition
        for condition in conditions
        if ("E15" in broken and is_punitive(condition)) or ("E16" in broken and is_restorative(condition))
    ]
    missing = sorted(DA_SPECIFIC) if "E13" in broken else []
    mended = (*(condition for condition in conditions if condition not in wrong), *missing)
    change = " and ".join(
        [*(["with CARA among the conditions"] if missing else []), *([f"without {in_text(wrong)}"] if wrong else [])]
    )
    facts = replace(case.facts, conditions=mended)
    rest = judge_outcome(replace(case, facts=facts), own)
    if rest == "eligible":
        yield f"{change[0].upper()}{change[1:]} this case would be eligible."
    else:
        met = ", ".join(sorted(broken))
        yield f"{change[0].upper()}{change[1:]} the conditions would be in order ({met}); other rules are still open."


def judge_outcome(case: Case, own: tuple[Tighten, ...] = ()) -> Outcome:
    """The outcome alone."""
    return outcome_of((*(_national(rule, _put(rule, case)) for rule in PACK), *map(_local, own)))
