"""Codes in the words of the pages and forms that they came from, for the copy that a person reads. Pure.

A code that no list has is given as it is: nothing that is held is kept back because it cannot be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from cara import dates
from cara.features.course.bookings import actions
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import rules
from cara.features.course.telephone import actions as telephone_actions
from cara.features.eligibility.regimes import REGIMES
from cara.features.eligibility.rules import PACK
from cara.features.messages.message_types import CHANNELS, FACTS, KINDS, LANGUAGES, READERS
from cara.features.onward_services import vocabulary as onward
from cara.features.referrals.course_formats import NATIONAL
from cara.features.referrals.pages import REASONS as RETURNED
from cara.features.referrals.questions import NATIONAL_STEPS
from cara.field_types import YES_NO
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.data_export.columns import Reader, in_words
from cara.web.ui import form_binding

_ASKED: Final = {question.name: question for step in NATIONAL_STEPS for question in step.questions}
_SEVERAL: Final = ("choices", "dates")
REFERRED_BY: Final = {"police": _("The police")}
SOURCES: Final = {
    "officer": _("An officer began it"), "import": _("A list from the police’s records"),
    "amendment": _("An earlier referral, begun again"),
}  # fmt: skip
REGIME: Final = {one.slug: one.name for one in REGIMES}
OUTCOME: Final = {
    "eligible": _("Eligible"), "not_eligible": _("Not eligible"), "needs_information": _("More information is needed"),
}  # fmt: skip
RULE: Final = {
    "met": _("Met"), "not_met": _("Not met"), "unknown": _("Not known"), "overridden": _("Overridden"),
    "not_applicable": _("Does not apply"),
}  # fmt: skip
KEPT: Final = {"keep": _("To keep them longer"), "erase": _("To erase them")}
DELIVERY: Final = {
    "created": _("Handed over"), "sending": _("On its way"), "delivered": _("Delivered"),
    "permanent-failure": _("It could not be delivered"), "temporary-failure": _("It could not be delivered"),
    "technical-failure": _("It could not be delivered"), "validation-failed": _("It could not be delivered"),
}  # fmt: skip
MESSAGES: Final = {one.name: one.title for one in KINDS.values()}
NAMED: Final = {
    "date": _("Day"), "time": _("Begins"), "ends": _("Ends"), "venue": _("Where"), "venue_address": _("Address"),
    "second_date": _("Second day"), "second_time": _("Begins, second day"), "second_ends": _("Ends, second day"),
}  # fmt: skip
_TITLES: Final = {one.id: one.title for one in PACK}


@dataclass(frozen=True, slots=True)
class Known:
    """What lists that are no code of ours say: the titles of offences by their codes; the formats and areas of the force."""

    offences: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)


def word(labels: Mapping[str, Any]) -> Reader:
    """One code by its label, or several of them, a line each."""

    def read(value: Any) -> str:
        if isinstance(value, list | tuple):
            return "\n".join(read(one) for one in value)
        return str(labels.get(value, value))

    return read


def answered(name: str) -> Reader:
    """The answer to the referral's question of this name, as its page shows it."""
    return lambda value: form_binding.show(_ASKED[name], value)


def answers(known: Known) -> Reader:
    """Answers by the names of their questions: question → answer."""

    def read(value: Mapping[str, Any]) -> dict[str, str]:
        return {str(_ASKED[name].label): _answer(known, name, given) for name, given in value.items() if given != []}

    return read


def _answer(known: Known, name: str, given: Any) -> str:
    if name == "offence_code":
        return str(known.offences.get(given, given))
    if name == "format_proposed" and given in known.formats:
        return str(known.formats[given])
    if given is None and _ASKED[name].kind in _SEVERAL:
        return gettext("Not known")
    return form_binding.show(_ASKED[name], given)


def facts(found: Mapping[str, Any]) -> dict[str, str]:
    """The facts that the rules were asked about, each by the question that it answered."""
    offence, offender = found.get("offence") or {}, dict(found.get("offender") or {})
    told: dict[str, str] = {}
    if "decided_on" in found:
        told[gettext("Day of the decision")] = _day(found["decided_on"])
    if "referred_by" in found:
        told[gettext("Referred by")] = word(REFERRED_BY)(found["referred_by"])
    if "da_disposals" in offender:
        earlier = offender["da_disposals"]
        offender["earlier_disposals"] = None if earlier is None else bool(earlier)
        offender["da_disposals"] = earlier or []
    asked = offender | {f"offence_{name}": value for name, value in offence.items()}
    asked |= {"needs": [name for name, there in (found.get("needs") or {}).items() if there]}
    asked |= {"conditions": found.get("conditions") or []}
    told |= answers(Known())({name: value for name, value in asked.items() if name in _ASKED})
    return told


def judged(found: Sequence[str]) -> dict[str, str]:
    """Rule → what came of it, of lines `E01: met`."""
    pairs = (one.partition(": ") for one in found)
    return {_capital(_TITLES.get(rule, rule)): word(RULE)(outcome) for rule, _colon, outcome in pairs}


def evidence(found: Mapping[str, Any]) -> str:
    """What a report rests on, a line each: registers, calls, and places that were given."""
    return "\n".join(_evidence(found))


def _evidence(found: Mapping[str, Any]) -> Iterator[str]:
    for part, day, outcome, reason in found.get("register", ()):
        came = attended(outcome)
        why = f" ({word(rules.REASONS)(reason)})" if reason else ""
        yield f"{gettext('Workshop')} {part}, {_day(day)}: {came}{why}"
    for day, outcome in found.get("calls", ()):
        yield f"{gettext('Call')}, {_day(day)}: {called(outcome)}"
    for day, reason in found.get("places", ()):
        ended = gettext("The person declined the place") if reason == "refused" else word(actions.RELEASES)(reason)
        yield f"{gettext('Place')}{', ' + _day(day) if day else ''}{': ' + ended if ended else ''}"


def attended(outcome: str) -> str:
    """What a register says of somebody."""
    return str(rules.OUTCOMES[outcome].label) if outcome in rules.OUTCOMES else outcome


def called(outcome: str) -> str:
    """What a call came to."""
    return str(telephone_actions.OUTCOMES[outcome][0]) if outcome in telephone_actions.OUTCOMES else outcome


def named(found: Mapping[str, Any]) -> dict[str, str]:
    """What a message named: days in full."""
    return {
        str(NAMED.get(name, name)): _day(text) if FACTS.get(name) == "day" else str(text)
        for name, text in found.items()
    }


def _day(text: str | None) -> str:
    """A day in full; what is none as it is."""
    if not text:
        return gettext("Not known")
    try:
        return dates.plain(date.fromisoformat(text))
    except ValueError:
        return str(in_words(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def words(known: Known) -> Mapping[str, Reader]:
    """`table.column` → its codes in words."""
    course = word({**NATIONAL, **known.formats})
    return {
        "offender.sex": answered("sex"),
        "referral.offence_code": word(known.offences),
        "referral.offence_category": answered("offence_category"),
        "referral.relationship": answered("relationship"),
        "referral.regime": word(REGIME),
        "referral.conditions": answered("conditions"),
        "referral.format_proposed": course,
        "referral.format_confirmed": course,
        "referral.needs": answered("needs"),
        "referral.return_reason": word(RETURNED),
        "draft.answers": answers(known),
        "draft.source": word(SOURCES),
        "eligibility_decision.facts": facts,
        "eligibility_decision.answer": judged,
        "eligibility_decision.outcome": word(OUTCOME),
        "local_answer.answer": word(YES_NO),
        "place.release_reason": word(actions.RELEASES),
        "attendance.outcome": attended,
        "attendance.reason_code": word(rules.REASONS),
        "telephone_intervention.reasons": word(telephone_actions.REASONS),
        "telephone_session.outcome": called,
        "non_compliance.ground": word(breach.GROUNDS),
        "non_compliance.evidence": evidence,
        "breach_decision.decision": word(breach.DECISIONS),
        "closing.kind": word(closure.KINDS),
        "follow_up.outcome": word(closure.FOLLOW_UPS),
        "outbox_message.kind": word(MESSAGES),
        "outbox_message.channel": word(CHANNELS),
        "outbox_message.audience": word(READERS),
        "outbox_message.language": word(LANGUAGES),
        "outbox_message.facts": named,
        "outbox_message.delivery": word(DELIVERY),
        "retention_review.decision": word(KEPT),
        "signpost.moment": word(onward.MOMENTS),
        "signpost.how": word(onward.HOW),
        "onward_referral.need": word(onward.NEEDS),
        "onward_referral.area": word(known.areas),
        "onward_referral.consent_covers": word(onward.COVERS),
        "onward_referral.decline_reason": word(onward.DECLINES),
        "onward_referral.withdraw_reason": word(onward.WITHDRAWALS),
        "onward_outcome.outcome": word(onward.OUTCOMES),
    }
