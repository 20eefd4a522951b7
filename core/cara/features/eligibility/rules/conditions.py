"""Rules about the caution's conditions, from the DPP's pre-conditions as S0 quotes them."""

from typing import Final

from cara.features.eligibility.rules.model import S0_PRE, Case, Finding, Rule, unknown

DA_SPECIFIC: Final = frozenset({"cara"})
"""Conditions that are an intervention made for abuse between partners. JUNO is for other cases."""

_PUNITIVE_PARTS: Final = frozenset({"fine", "fines", "penalty", "penalties"})
_NEVER_RESTORATIVE: Final = frozenset(
    # Threats of violence are taken as violence: where the sources leave it open, the careful reading stands.
    {"common_assault", "battery", "harassment", "threatening_behaviour"}
)
_MAY_BE_RESTORATIVE: Final = frozenset({"criminal_damage", "domestic_theft"})


def is_punitive(condition: str) -> bool:
    """Whether the condition takes money as punishment. Compensation repairs, so it does not."""
    return not _PUNITIVE_PARTS.isdisjoint(condition.split("_"))


def is_restorative(condition: str) -> bool:
    """Whether the condition brings the two people together to repair the harm."""
    return condition.split("_")[0] in {"restorative", "rj"}


def specific_intervention(case: Case) -> Finding:
    """E13. Between partners, an intervention made for domestic abuse; generic anger management is none."""
    return _between_partners(case) or _has_intervention(case.facts.conditions)


def _has_intervention(conditions: tuple[str, ...] | None) -> Finding:
    if conditions is None:
        return unknown("the conditions")
    if not DA_SPECIFIC.isdisjoint(conditions):
        return Finding("met", "CARA is among the conditions")
    stand_in = "; anger management does not stand in for it" if "anger_management" in conditions else ""
    return Finding("not_met", f"No intervention made for domestic abuse is among the conditions{stand_in}")


def no_punitive_money(case: Case) -> Finding:
    """E15. Between partners, no condition punishes by money; that compensation is none such is a default."""
    conditions = case.facts.conditions
    if (settled := _between_partners(case)) is not None:
        return settled
    if conditions is None:
        return unknown("the conditions")
    punitive = [condition for condition in conditions if is_punitive(condition)]
    if punitive:
        return Finding("not_met", f"Between partners no condition may punish by money: {in_text(punitive)}")
    return Finding("met", "No condition punishes by money")


def restorative_justice(case: Case) -> Finding:
    """E16. Only with no intimate relationship, present or past, no violence, stalking, harassment or sexual offence."""
    facts = case.facts
    if facts.conditions is None:
        return unknown("the conditions")
    if not any(is_restorative(condition) for condition in facts.conditions):
        return Finding("not_applicable", "Restorative justice is not among the conditions")
    if facts.relationship == "intimate":
        return Finding("not_met", "No restorative justice between present or past partners")
    if facts.offence.category in _NEVER_RESTORATIVE:
        return Finding("not_met", "No restorative justice for violence, stalking, harassment or a sexual offence")
    if facts.relationship is None:
        return unknown("the relationship, on which restorative justice depends")
    if facts.offence.category not in _MAY_BE_RESTORATIVE:
        return unknown("whether the offence includes violence, stalking, harassment or a sexual act")
    return Finding(
        "met",
        "No intimate relationship, and an offence without violence or harassment",
        advice=("Restorative justice: check the further criteria for it, and make a risk assessment first.",),
    )


def _between_partners(case: Case) -> Finding | None:
    match case.facts.relationship:
        case None:
            return unknown("the relationship")
        case "intimate":
            return None
        case _:
            return Finding("not_applicable", "Only for cases between intimate partners")


def in_text(conditions: list[str]) -> str:
    """Conditions as a sentence names them: financial penalty and restorative justice."""
    words = [condition.replace("_", " ") for condition in dict.fromkeys(conditions)]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


RULES: Final = (
    Rule("E13", "between partners, an intervention made for domestic abuse", S0_PRE, "blocks", specific_intervention),
    Rule("E15", "between partners, no condition that punishes by money", S0_PRE, "blocks", no_punitive_money),
    Rule(
        "E16",
        "restorative justice only where nothing speaks against it",
        f"{S0_PRE}; S4, Hampshire scrutiny report 2017",
        "blocks",
        restorative_justice,
    ),
)
