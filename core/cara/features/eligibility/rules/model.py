"""What a rule is, what it looks at and what it finds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from cara.api import LOOSENABLE, Instrument, Loosen, RuleOutcome
from cara.features.eligibility.date_math import in_words
from cara.features.eligibility.facts import Facts

Effect = Literal["blocks", "advises"]

NATIONAL_FROM: Final = date(2012, 1, 1)
"""First day of the national rules, a default: CARA's trial began in 2012 (S0)."""

S0: Final = "S0, Hampshire PCC decision PCCDJ 000693 2023"
S0_PRE: Final = f"{S0}: DPP pre-conditions for domestic abuse"
S2: Final = "S2, CARA overview 2021: eligibility criteria"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. `instrument` is the local one that it rests on, `advice` whole sentences."""

    outcome: RuleOutcome
    reason: str
    advice: tuple[str, ...] = ()
    instrument: Instrument | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The facts, and what the force brings: its claims to loosen, its instruments, its pathway for this case."""

    facts: Facts
    force: str
    force_name: str
    claims: tuple[Loosen, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    pathway: str | None = None

    def by_instrument(self, rule: str, value: str, otherwise: str) -> Finding:
        """Whether an instrument of this force lets `rule` admit `value` on the decision date.

        `otherwise` says in a clause what the nation's rule is. It applies unless the force claims the value, nothing
        forbids loosening the rule so, and an instrument of the force for just that is in force.
        """
        claim = next((claim for claim in self.claims if (claim.rule, claim.admits) == (rule, value)), None)
        if claim is None or value not in LOOSENABLE.get(rule, ()):
            return Finding("not_met", f"{otherwise}; {self.force_name} goes by the national rule")
        on = self.facts.decided_on
        if on is None:
            return Finding("unknown", f"{claim.reason}, which cannot be checked without the decision date")
        issued = [one for one in self.instruments if (one.force, one.rule, one.admits) == (self.force, rule, value)]
        standing = [one for one in issued if one.in_force(on)]
        if not standing:
            return Finding(
                "not_met", f"{claim.reason}, but {_gap(issued, on)}, so the national rule applies: {otherwise}"
            )
        best = max(standing, key=lambda one: (one.until or date.max, one.reference))
        until = f"until {in_words(best.until)}" if best.until else "without end"
        return Finding("met", f"{claim.reason}: {best.reference}, in force {until}", instrument=best)


def _gap(issued: list[Instrument], on: date) -> str:
    ended = [one.until for one in issued if one.until is not None and one.until < on]
    last = f" (the last ended on {in_words(max(ended))})" if ended else ""
    return f"no instrument for it was in force on {in_words(on)}{last}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, what it asks in a clause, where it comes from, what it does and when it applies."""

    id: str
    title: str
    source: str
    effect: Effect
    check: Callable[[Case], Finding]
    starts: date = NATIONAL_FROM
    until: date | None = None

    def applies(self, on: date | None) -> bool:
        """Whether it applies to a decision on that day; while the day is not known, it does."""
        return on is None or (self.starts <= on and (self.until is None or on <= self.until))


def unknown(what: str) -> Finding:
    """The finding of a rule that misses a fact."""
    return Finding("unknown", f"Not known: {what}")
