"""The national rule pack, E01 to E18. Its version is stored with every decision; change it whenever a rule changes."""

from typing import Final

from cara.features.eligibility.rules import conditions, person, referral, scope, warnings
from cara.features.eligibility.rules.model import Case, Effect, Finding, Rule

VERSION: Final = "2026.1"

PACK: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (*person.RULES, *referral.RULES, *scope.RULES, *conditions.RULES, *warnings.RULES),
        key=lambda rule: rule.id,
    )
)

__all__ = ["PACK", "VERSION", "Case", "Effect", "Finding", "Rule"]
