"""The forms of one record, a table: what each asks, who may answer, and which verb does it. Both routes of each come from here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import func, select

from cara import dates
from cara.api import Question
from cara.clock import LONDON, london_day
from cara.errors import BadInput, Fault, NotNow
from cara.features.referrals import contact_validation as ways
from cara.features.victims import emergency_access
from cara.features.victims.contact import actions, address_changes, contact_refusals
from cara.features.victims.contact.record_detail import Whole
from cara.features.victims.data_rights import erasure
from cara.features.victims.wall import date_answers, encryption, questions
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.questions import METHOD, SAFE, SAID, told
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.vocabulary import (
    BASES,
    DECLINED,
    METHODS,
    NOT_RECORDED,
    POLICE_INFORMATION,
    REACHED,
    SOURCES,
    SURVEY,
    SafeContact,
)
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work

Answers = Mapping[str, Any]
_c: Any = VictimInCase
_r: Any = DisclosureReview


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks about whom: what every sheet's functions are given."""

    w: Work
    keys: Keyring
    person: Person
    version: int = 0
    newest: int = 0

    @property
    def home(self) -> str:
        """The address of the record."""
        return f"/victims/{self.person.link.reference}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form. `path` follows the record's address; `acts` returns where to go, if not back to the record."""

    path: str
    action: str
    title: str
    asks: Sequence[Question]
    acts: Callable[[Ask, Answers], str | None]
    starts: Callable[[Whole], Answers] = lambda _whole: {}
    """Answers that the page opens with."""
    tells: Callable[[Ask], Sequence[tuple[str, str]]] = lambda _ask: ()
    """What stands above the questions: label and value."""
    versioned: bool = False
    """Whether it changes the record itself, so that of two who change it at once the second is told."""
    beside: bool = False
    """Whether earlier answers and assessments stand beside, so that nobody is asked twice."""
    newest: Callable[[Ask], int] | None = None
    """The last of what the page shows, where the form is about that and about nothing that comes in meanwhile."""
    warns: str = ""
    button: str = ""
    weighs: rule.Form | None = None
    """Which answers of it hold the case, so that the page says so before it is sent."""
    confirms: Sequence[Question] = ()
    """What is asked in addition once the page has warned: of an answer that the verb does not take without it."""
    details: bool = False
    """Whether it shows number and address: not while they are folded away, because the victim refused contact."""

    @property
    def accepts(self) -> Sequence[Question]:
        """Every question that an answer may hold."""
        return (*self.asks, *(replace(one, required=False) for one in self.confirms))

    def shows(self, sent: Mapping[str, Any] | None, faults: Sequence[Fault]) -> Sequence[Question]:
        """The questions of the page: what it asks in addition only once it was sent, or where it is what is missing."""
        asked = {fault.field for fault in faults} | set(sent or ())
        return (*self.asks, *(one for one in self.confirms if one.name in asked))


def safe_contact(answers: Answers) -> SafeContact:
    """What a page says of how to reach somebody.

    Raises:
        BadInput: a telephone number or address that can be none.
    """
    if faults := list(ways.faults({name: answers[name] for name in ("phone", "email") if name in answers})):
        raise BadInput(faults=faults)
    if wrong := [_not_a_time(name) for name in ("safe_from", "safe_until") if not _is_time(answers.get(name, ""))]:
        raise BadInput(faults=wrong)
    return SafeContact(**{one.name: answers.get(one.name, "") for one in SAFE})


_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def _is_time(text: str) -> bool:
    """Say whether this is a time of day as "14:30", or nothing."""
    return not text or _TIME.fullmatch(text) is not None


def _not_a_time(field: str) -> Fault:
    return Fault(field, "not_a_time", gettext("Enter a time of day, like 14:30"))


def _attempt(ask: Ask, answers: Answers) -> str | None:
    try:
        moment = datetime.combine(date_answers.day(answers, ask.w.today), time.fromisoformat(answers["time"]), LONDON)
    except ValueError:
        raise BadInput(faults=[_not_a_time("time")]) from None
    actions.attempt(
        ask.w, ask.keys, ask.person, point=answers["point"], method=answers["method"], outcome=answers["outcome"],
        happened_at=moment, note=answers.get("note", ""), refused=answers.get("refused", NOT_RECORDED),
        company=answers.get("company", NOT_RECORDED), why=answers.get("why", ""),
    )  # fmt: skip
    if answers["outcome"] == DECLINED:
        return f"{ask.home}?done=refused_contact"
    return f"{ask.home}/conversation?done=attempt" if answers["outcome"] in REACHED else None


def _safe_way(ask: Ask) -> Sequence[tuple[str, str]]:
    """The safe way and times, beside the form: before an attempt, and to judge one by."""
    if address_changes.pending(ask.w, ask.person) is not None:
        return [(gettext("Safe way"), gettext("In doubt: the number or the address may have changed"))]
    safe = SafeContact.read(encryption.unlock(ask.keys, ask.person.victim, "victim.contact", ask.person.victim.contact))
    known = (
        (gettext("Safe way"), str(METHODS.get(safe.method, ""))), (gettext("Safe times"), safe.hours),
        (gettext("Code word"), safe.code_word), (gettext("Words not to use"), safe.avoid), (gettext("May not be told"), safe.keep_from),
    )  # fmt: skip
    return [(label, text) for label, text in known if text]


def _refuse(ask: Ask, answers: Answers) -> str:
    contact_refusals.refuse_contact(
        ask.w,
        ask.person,
        on=date_answers.day(answers, ask.w.today),
        refused=answers["refused"],
        company=answers["company"],
    )
    return f"{ask.home}?done=refused_contact"


def _again(ask: Ask, answers: Answers) -> str:
    contact_refusals.withdraw_refusal(
        ask.w,
        ask.keys,
        ask.person,
        on=date_answers.day(answers, ask.w.today),
        method=answers["method"],
        wants=answers["wants"],
    )
    return f"{ask.home}?done=wants_contact"


def _explain(ask: Ask, answers: Answers) -> str:
    contact_refusals.explain(
        ask.w, ask.keys, ask.person, ask.newest, why=answers["why"], words=answers.get("words", "")
    )
    return f"{ask.home}?done=explained"


def _showing(ask: Ask) -> int:
    found = contact_refusals.owed_by(ask.w, ask.person)
    if found is None:
        raise NotNow(gettext("You owe no reason for this record."))
    return found.id or 0


def _shown_when(ask: Ask) -> Sequence[tuple[str, str]]:
    found = contact_refusals.owed_by(ask.w, ask.person)
    return [(gettext("You showed the details"), dates.moment(found.shown_at))] if found else []


def _must_refuse(ask: Ask) -> Sequence[tuple[str, str]]:
    """Raise `NotNow` for a victim who refuses nobody: their risk is assessed with them. Otherwise there is nothing to tell."""
    if contact_refusals.of_victim(ask.w, ask.person.id) is None:
        raise NotNow(gettext("The victim does not refuse contact. Record a risk assessment instead."))
    return ()


def _police_risk(ask: Ask, answers: Answers) -> str:
    _must_refuse(ask)
    known = {"tool": str(BASES[POLICE_INFORMATION]), "grade": answers["grade"], "assessor": answers["assessor"]}
    review = actions.assess(
        ask.w, ask.keys, ask.person, on=date_answers.day(answers, ask.w.today), assessed=known, basis=POLICE_INFORMATION
    )
    return f"/reviews/{review}?done=risen" if review else f"{ask.home}?done=police_risk"


def _converse(ask: Ask, answers: Answers) -> str | None:
    said = {one.name: answers[one.name] for one in (METHOD, *SAID) if one.name in answers}
    review = actions.converse(
        ask.w, ask.keys, ask.person, point=answers["point"], on=date_answers.day(answers, ask.w.today), said=said,
        disclosed=answers["disclosed"], no_disclosure=answers.get("no_disclosure", ""),
    )  # fmt: skip
    done = "risen" if review else "saved"
    if answers["disclosed"]:
        return f"{ask.home}/disclosure?done=to_write_down"
    wanted = arrangement(ask.w, ask.person.link.force_id).reassess_at
    if answers["point"] in wanted:
        return f"{ask.home}/risk?done={done}"
    return f"/reviews/{review}?done={done}" if review else None


def _assess(ask: Ask, answers: Answers) -> str | None:
    known = {name: answers[name] for name in ("tool", "grade", "count", "assessor") if name in answers}
    review = actions.assess(
        ask.w, ask.keys, ask.person, on=date_answers.day(answers, ask.w.today), assessed=known,
        no_disclosure=answers.get("no_disclosure", ""),
    )  # fmt: skip
    return f"/reviews/{review}?done=risen" if review else None


def _survey(ask: Ask, answers: Answers) -> None:
    said = {name: value for name, value in answers.items() if name != "on"}
    actions.converse(ask.w, ask.keys, ask.person, point=SURVEY, on=date.fromisoformat(answers["on"]), said=said)


def _change(ask: Ask, answers: Answers) -> None:
    refusal = contact_refusals.of_victim(ask.w, ask.person.id)
    if (
        refusal
        and refusal.covers(contact_refusals.side_of(ask.w.actor.capacity))
        and contact_refusals.shown_now(ask.w, ask.person) is None
    ):
        raise NotNow(
            gettext("The number and the address are folded away. Show them on the record first, then change them.")
        )
    after = {"contact": str(safe_contact(answers)), "address": answers.get("address", "")}
    address_changes.propose(ask.w, ask.keys, ask.person, ask.version, source=answers["source"], after=after)


def _new_details(ask: Ask) -> Sequence[tuple[str, str]]:
    """What a second person looks at. Whoever proposed it is shown nothing: they know it, and may not decide."""
    change = address_changes.pending(ask.w, ask.person)
    if change is None:
        raise NotNow(gettext("No change waits for a second look."))
    if change.proposed_by == ask.w.actor.id:
        return [(gettext("Second look"), gettext("You proposed this change. Somebody else must look at it."))]
    _before, after = address_changes.contents(ask.keys, ask.person, change)
    found = told(SAFE, asdict(SafeContact.read(after["contact"])))
    return [(gettext("Told by"), str(SOURCES[change.source])), *found.items(), (gettext("Address"), after["address"])]


def _known_details(whole: Whole) -> Answers:
    said = {name: text for name, text in asdict(whole.contact).items() if text}
    return said | ({"address": whole.address} if whole.address else {})


def _erase(ask: Ask, answers: Answers) -> str:
    with behind(ask.w) as session:
        open_reviews = session.scalar(
            select(func.count(_r.id)).where(
                _r.referral_id.in_(select(_c.referral_id).where(_c.victim_id == ask.person.id)), _r.decided_at.is_(None)
            )
        )
    if open_reviews:
        raise NotNow(
            gettext("A disclosure review about this person is open. It must be decided before the record is erased.")
        )
    with behind(ask.w):
        ask.w.change(Victim, ask.person.id, ask.version)
    erasure.erase(ask.w, ask.keys, ask.person.id, why=answers["why"])
    return "/victims?done=erased"


def _whom(ask: Ask) -> Sequence[tuple[str, str]]:
    return [(gettext("Name"), encryption.unlock(ask.keys, ask.person.victim, "victim.name", ask.person.victim.name))]


def _newest_opening(ask: Ask) -> int:
    return max(one.id for one in emergency_access.waiting(ask.w, ask.keys, ask.person))


def _openings(ask: Ask) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in emergency_access.waiting(ask.w, ask.keys, ask.person):
        found.append((gettext("Opened on %(when)s by %(who)s") % {"when": one.when, "who": one.who}, one.reason))
        found += [(gettext("Second officer"), one.second)] if one.second else []
    return found


def _here(whole: Whole) -> Answers:
    due = whole.due
    return {"point": due.point} if due else {}


def _spoke(whole: Whole) -> Answers:
    """What is known of a conversation from the attempt that came to it."""
    if whole.spoke is None:
        return _here(whole)
    on = london_day(whole.spoke.happened_at)
    today = on == london_day(whole.spoke.recorded_at)
    when = {"which_day": "today"} if today else {"which_day": "other", "on": on.isoformat()}
    return {"point": whole.spoke.point, "method": whole.spoke.method, **when}


SHEETS: Final = (
    Sheet("attempt", "contact", _("Record an attempt"), questions.ATTEMPT, _attempt, starts=_here, tells=_safe_way,
          confirms=(questions.WHY_AGAINST,), button=_("Save the attempt")),
    Sheet("refusal", "contact", _("They do not want to be contacted again"), questions.REFUSAL, _refuse, button=_("Save the refusal"),
          warns=_("Contact is cancelled, and the number and the address are folded away. Nobody asks them again.")),
    Sheet("contact-again", "contact", _("They want to be contacted again"), questions.AGAIN, _again, tells=_safe_way,
          warns=_("Confirm it with the victim by the safe way before you save it. Contact begins again."),
          button=_("Save: they want contact again")),
    Sheet("shown", "contact", _("Why you showed the number"), questions.SHOWN, _explain, tells=_shown_when, newest=_showing,
          button=_("Save the reason")),
    Sheet("police-risk", "police_risk", _("Risk from police information"), questions.POLICE_RISK, _police_risk, beside=True,
          tells=_must_refuse,
          warns=_("The victim refuses contact. Grade the risk from police information, and do not contact the victim for it."),
          button=_("Save the grade"), weighs="risk"),
    Sheet("conversation", "contact", _("What they said"), questions.CONVERSATION, _converse, starts=_spoke, beside=True,
          warns=_("They answer what they want to. What they have said already stands below: do not ask it again."),
          button=_("Save what they said"), weighs="conversation"),
    Sheet("risk", "contact", _("Risk assessment"), (*questions.RISK, questions.NO_DISCLOSURE), _assess, beside=True,
          button=_("Save the assessment"), weighs="risk"),
    Sheet("survey", "survey", _("What they thought of the contact"), questions.SURVEY, _survey,
          warns=_("Only if they want to. Read the questions out, or let them type; nothing is ever sent to them."), button=_("Save")),
    Sheet("change", "change", _("Address or number has changed"), questions.CHANGE, _change, starts=_known_details, versioned=True,
          details=True,
          warns=_("The old details are hidden from everybody at once. The new ones are used when a second person has confirmed them."),
          button=_("Hide the old details, and ask for a second look")),
    Sheet("check", "check", _("Second look at a change"), questions.CHECK,
          lambda a, answers: address_changes.decide(a.w, a.keys, a.person, a.version, confirm=answers["decision"] == "confirm"),
          tells=_new_details, versioned=True, button=_("Save"),
          warns=_("The old details are hidden because somebody said that they are wrong: whoever answers there now may be the one who "
                  "must not know.")),
    Sheet("erase", "erase", _("Erase this record"), questions.ERASE, _erase, tells=_whom, versioned=True,
          warns=_("This cannot be undone: the key is destroyed, and no backup can be read either."), button=_("Erase for good")),
    Sheet("emergency-review", "review_emergency", _("Review an emergency opening"), questions.REVIEW,
          lambda a, answers: emergency_access.review(a.w, a.person, a.newest, justified=bool(answers["justified"])), tells=_openings,
          newest=_newest_opening, button=_("Save my review")),
)  # fmt: skip
