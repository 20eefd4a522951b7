"""Rules about the person: age, history, conduct, admission."""

from typing import Final

from cara.features.eligibility.date_math import age_on, in_words, two_years_before
from cara.features.eligibility.rules.model import S0, S2, Case, Finding, Rule, unknown

ADULT: Final = 18


def adult(case: Case) -> Finding:
    """E01. 18 or over on the day of the offence; which day counts is a default."""
    born, offence_on = case.facts.offender.date_of_birth, case.facts.offence.date
    if born is None or offence_on is None:
        return unknown("the birth date" if born is None else "the offence date")
    if offence_on < born:
        return Finding("not_met", "Born after the offence date: one of the two dates is wrong")
    age = age_on(born, offence_on)
    return Finding("met" if age >= ADULT else "not_met", f"{age} on the offence date")


def no_recent_disposal(case: Case) -> Finding:
    """E04. The two years run back from the decision; the same day two years earlier still counts."""
    disposals, on = case.facts.offender.da_disposals, case.facts.decided_on
    if disposals is None:
        return unknown("earlier convictions and cautions for domestic abuse")
    if not disposals:
        return Finding("met", "No conviction or caution for domestic abuse")
    if on is None:
        return unknown("the decision date, from which the two years run back")
    since, last = two_years_before(on), max(disposals)
    if last >= since:
        return Finding("not_met", f"The last for domestic abuse was on {in_words(last)}, not before {in_words(since)}")
    return Finding("met", f"The last for domestic abuse was on {in_words(last)}, before {in_words(since)}")


def no_coercive_control(case: Case) -> Finding:
    """E05."""
    return _absent(case.facts.offender.coercive_control_evidence, "evidence of controlling or coercive behaviour")


def nothing_else_open(case: Case) -> Finding:
    """E06."""
    return _absent(case.facts.offender.bail_or_investigation, "investigation or bail for another offence")


def admitted(case: Case) -> Finding:
    """E08. A conditional caution needs an admission."""
    admits = case.facts.offender.admits_offence
    if admits is None:
        return unknown("whether the offence is admitted")
    return Finding("met", "The offence is admitted") if admits else Finding("not_met", "The offence is not admitted")


def _absent(present: bool | None, what: str) -> Finding:
    if present is None:
        return unknown(f"whether there is {what}")
    return Finding("not_met", f"There is {what}") if present else Finding("met", f"There is no {what}")


RULES: Final = (
    Rule("E01", "adult on the offence date", S2, "blocks", adult),
    Rule("E04", "no domestic-abuse conviction or caution in the last two years", S2, "blocks", no_recent_disposal),
    Rule("E05", "no evidence of controlling or coercive behaviour", S2, "blocks", no_coercive_control),
    Rule("E06", "not under investigation or on bail for another offence", S2, "blocks", nothing_else_open),
    Rule("E08", "offence admitted", f"{S2}; {S0}, options appraisal", "blocks", admitted),
)
