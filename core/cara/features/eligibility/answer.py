"""The answer about one case: every rule with its reason, and what follows. It advises; a named person decides."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cara.api import Instrument, RuleOutcome
from cara.features.eligibility.rules import Effect

Outcome = Literal["eligible", "not_eligible", "needs_information"]


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What one rule says of the case, and where the rule comes from."""

    id: str
    title: str
    outcome: RuleOutcome
    reason: str
    source: str
    effect: Effect

    @property
    def passes(self) -> bool:
        """Whether it lets the case through. Unknown does not."""
        return self.outcome in {"met", "overridden", "not_applicable"}

    def as_dict(self) -> dict[str, str]:
        """Plain data, as the command and the API give it."""
        return {
            "id": self.id,
            "title": self.title,
            "outcome": self.outcome,
            "reason": self.reason,
            "source": self.source,
            "effect": self.effect,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `instruments` are the local ones relied on; `rule_pack` and `regime` say by which law."""

    outcome: Outcome
    pathway: str | None
    force: str
    decided_on: date | None
    instruments: tuple[Instrument, ...]
    rules: tuple[RuleAnswer, ...]
    advice: tuple[str, ...]
    rule_pack: str
    regime: str | None

    def as_dict(self) -> dict[str, object]:
        """Plain data, as the command and the API give it: dates are ISO strings."""
        return {
            "outcome": self.outcome,
            "pathway": self.pathway,
            "force": self.force,
            "decided_on": _iso(self.decided_on),
            "instruments": [_instrument(instrument) for instrument in self.instruments],
            "rules": [rule.as_dict() for rule in self.rules],
            "advice": list(self.advice),
            "rule_pack": self.rule_pack,
            "regime": self.regime,
        }


def _instrument(instrument: Instrument) -> dict[str, str | None]:
    return {
        "rule": instrument.rule,
        "admits": instrument.admits,
        "kind": instrument.kind,
        "authority": instrument.authority,
        "reference": instrument.reference,
        "from": _iso(instrument.starts),
        "until": _iso(instrument.until),
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
