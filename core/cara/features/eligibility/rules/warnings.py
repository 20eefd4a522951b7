"""Rules that advise: they never block, and say something only where it bears on the case."""

from typing import Final

from cara.features.eligibility.rules.model import S0_PRE, Case, Finding, Rule

_ELSEWHERE: Final = Finding("not_applicable", "Does not bear on this case as far as it is known")


def womens_diversion(case: Case) -> Finding:
    """E12. For a woman in an intimate case another diversion may suit better."""
    if case.facts.offender.sex != "female" or case.facts.relationship != "intimate":
        return _ELSEWHERE
    return _says("Consider, in this case, whether a women's diversion would suit better than CARA.")


def wider_diversion(case: Case) -> Finding:
    """E14. Outside intimate relationships anger management and the like are open."""
    if case.facts.relationship not in {"family", "other"}:
        return _ELSEWHERE
    return _says("Not between partners: anger management or another rehabilitative diversion may be used.")


def signposting(case: Case) -> Finding:
    """E17. Other services are considered in every case."""
    if "signposting" in (case.facts.conditions or ()):
        return _says("Signposting is among the conditions: record which services it leads to.")
    return _says("Consider signposting to other services, such as help with drugs, alcohol or money.")


def sound_intervention(case: Case) -> Finding:
    """E18. The intervention between partners is quality-assured, rests on evidence and is evaluated."""
    if case.facts.relationship in {"family", "other"}:
        return _ELSEWHERE
    return _says("The provider's quality assurance and its part in the evaluation should be up to date.")


def _says(sentence: str) -> Finding:
    return Finding("met", sentence, advice=(sentence,))


RULES: Final = (
    Rule("E12", "women's diversion considered", S0_PRE, "advises", womens_diversion),
    Rule("E14", "other diversion open in non-intimate cases", S0_PRE, "advises", wider_diversion),
    Rule("E17", "onward signposting considered", S0_PRE, "advises", signposting),
    Rule("E18", "intervention quality-assured and evaluated", S0_PRE, "advises", sound_intervention),
)
