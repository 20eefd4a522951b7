"""Rules about the referral: who makes it, for which offence, and with whose agreement."""

from typing import Final

from cara.features.eligibility.rules.model import S2, Case, Finding, Rule, unknown

ELIGIBLE_CATEGORIES: Final = {
    "common_assault": "common assault",
    "battery": "battery",
    "criminal_damage": "criminal damage",
    "harassment": "harassment",
    "domestic_theft": "theft in the home",
    "threatening_behaviour": "threatening behaviour",
}


def by_police(case: Case) -> Finding:
    """E02. Nobody but the police refers."""
    match case.facts.referred_by:
        case None:
            return unknown("who refers the case")
        case "police":
            return Finding("met", "Referred by the police")
        case _:
            return Finding("not_met", "Not referred by the police")


def eligible_offence(case: Case) -> Finding:
    """E07. The list is closed: a category that is not on it does not pass, whatever it is."""
    category = case.facts.offence.category
    if category is None:
        return unknown("the offence")
    if category in ELIGIBLE_CATEGORIES:
        return Finding("met", f"The offence is {ELIGIBLE_CATEGORIES[category]}")
    return Finding("not_met", "The offence is not one of those that CARA takes")


def victim_agrees(case: Case) -> Finding:
    """E10. Agreed after contact, or overridden in the public interest by a named officer with a reason.

    An override stands in for an agreement that was refused, was not given, or could not be asked for (the last is a
    default). One without officer or reason is none.
    """
    victim = case.facts.victim
    if victim.contacted and victim.agrees:
        return Finding("met", "The victim was contacted and agrees")
    if victim.override is not None and victim.override.stands:
        return Finding("overridden", f"{_views(case)}; overridden in the public interest, with officer and reason")
    lacking = "; an override needs both an officer and a reason" if victim.override is not None else ""
    return Finding("not_met" if victim.agrees is False else "unknown", f"{_views(case)}{lacking}")


def _views(case: Case) -> str:
    victim = case.facts.victim
    if victim.agrees is False:
        return "The victim does not agree"
    if victim.contacted:
        return "The victim was contacted and has not answered"
    return (
        "Not known: whether the victim was contacted" if victim.contacted is None else "The victim is not contacted yet"
    )


RULES: Final = (
    Rule("E02", "referred by the police", S2, "blocks", by_police),
    Rule("E07", "an offence that CARA takes", S2, "blocks", eligible_offence),
    Rule("E10", "the victim agrees, or is overridden in the public interest", S2, "blocks", victim_agrees),
)
