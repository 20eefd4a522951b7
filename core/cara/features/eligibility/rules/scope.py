"""How far CARA reaches: which relationships, which risk, which pathways. Forces widen it, by instruments with dates."""

from datetime import date
from typing import Final

from cara.api import Instrument
from cara.features.eligibility.date_math import in_words
from cara.features.eligibility.rules.model import NATIONAL_FROM, S0, S2, Case, Finding, Rule, unknown

STANDARD_RISK: Final = Instrument(
    force="national",
    rule="E09",
    admits="standard",
    kind="dpp_dispensation",
    authority="Director of Public Prosecutions",
    reference="National permission for standard risk (S0 is unsure in which paper)",
    starts=NATIONAL_FROM,
    until=None,
)


def partners(case: Case) -> Finding:
    """E03. Intimate partners, present or past; others only where the force has provision for them."""
    match case.facts.relationship:
        case None:
            return unknown("the relationship")
        case "intimate":
            return Finding("met", "Present or past intimate partners")
        case other:
            words = "family members" if other == "family" else "neither partners nor family"
            return case.by_instrument("E03", other, f"they are {words}, and CARA is for intimate partners")


def low_risk(case: Case) -> Finding:
    """E09. Standard risk, which itself rests on a national instrument; medium only where the force has its own."""
    risk, on = case.facts.risk, case.facts.decided_on
    if risk is None:
        return unknown("the risk to the victim")
    if risk != "standard":
        return case.by_instrument("E09", risk, f"the risk is {risk}, and CARA is for standard risk")
    if on is None:
        return unknown("the decision date, on which the permission for standard risk must stand")
    if STANDARD_RISK.in_force(on):
        return Finding("met", "The risk is standard")
    return Finding("not_met", f"The risk is standard, for which there was no permission on {in_words(on)}")


def declared_pathway(case: Case) -> Finding:
    """E11. A woman whose case is not between partners needs a pathway that the force declares for her."""
    sex, relationship = case.facts.offender.sex, case.facts.relationship
    if relationship == "intimate" or sex in {"male", "other"}:
        return Finding("not_applicable", "Only for women whose case is not between intimate partners")
    if sex is None or relationship is None:
        return unknown("the sex of the offender" if sex is None else "the relationship")
    if case.pathway is None:
        return Finding("not_met", f"{case.force_name} declares no pathway for women in non-intimate cases")
    return Finding("met", f"{case.force_name} declares the pathway {case.pathway} for this case")


RULES: Final = (
    Rule("E03", "present or past intimate partners", S2, "blocks", partners),
    # Undated, because its instrument has the dates: before the first day of that, no risk is low enough.
    Rule("E09", "the risk to the victim is standard", S2, "blocks", low_risk, starts=date.min),
    Rule("E11", "a declared pathway for women in non-intimate cases", f"{S0}: key outputs", "blocks", declared_pathway),
)
