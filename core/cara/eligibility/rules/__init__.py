"""The national rule pack, E01 to E18. Its version is stored with every decision; change it whenever a rule changes."""

from typing import Final

from cara.eligibility.rules import advice, conditions, person, reach, referral
from cara.eligibility.rules.model import Case, Effect, Finding, Rule

VERSION: Final = "2026.1"

PACK: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (*person.RULES, *referral.RULES, *reach.RULES, *conditions.RULES, *advice.RULES),
        key=lambda rule: rule.id,
    )
)

__all__ = ["PACK", "VERSION", "Case", "Effect", "Finding", "Rule"]
