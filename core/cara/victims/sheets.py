"""The forms of one record, a table: what each asks, who may answer, and which verb does it. Both routes of each come from here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import func, select

from cara.api import Question
from cara.clock import LONDON, london_day
from cara.errors import BadInput, Fault, NotNow
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.referrals import contact as ways
from cara.storage.keys import Keyring
from cara.victims import changes, contact, days, emergency, erasing, questions, sealing
from cara.victims.actions import behind
from cara.victims.keeping import arrangement
from cara.victims.models import Victim, VictimInCase
from cara.victims.questions import METHOD, SAFE, SAID, told
from cara.victims.reading import Person
from cara.victims.reviews import answers as rule
from cara.victims.reviews.models import DisclosureReview
from cara.victims.safety import REACHED, SOURCES, SURVEY, SafeContact
from cara.victims.whole import Whole
from cara.work import Work

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


def safe_contact(answers: Answers) -> SafeContact:
    """What a page says of how to reach somebody.

    Raises:
        BadInput: a telephone number or address that can be none.
    """
    if faults := list(ways.faults({name: answers[name] for name in ("phone", "email") if name in answers})):
        raise BadInput(faults=faults)
    return SafeContact(**{one.name: answers.get(one.name, "") for one in SAFE})


def _attempt(ask: Ask, answers: Answers) -> str | None:
    try:
        moment = datetime.combine(days.day(answers, ask.w.today), time.fromisoformat(answers["time"]), LONDON)
    except ValueError:
        fault = Fault("time", "not_a_time", gettext("Enter a time of day, like 14:30"))
        raise BadInput(faults=[fault]) from None
    contact.attempt(
        ask.w, ask.keys, ask.person, point=answers["point"], method=answers["method"], outcome=answers["outcome"],
        happened_at=moment, note=answers.get("note", ""),
    )  # fmt: skip
    return f"{ask.home}/conversation?done=attempt" if answers["outcome"] in REACHED else None


def _converse(ask: Ask, answers: Answers) -> str | None:
    said = {one.name: answers[one.name] for one in (METHOD, *SAID) if one.name in answers}
    review = contact.converse(
        ask.w, ask.keys, ask.person, point=answers["point"], on=days.day(answers, ask.w.today), said=said,
        no_disclosure=answers.get("no_disclosure", ""),
    )  # fmt: skip
    done = "risen" if review else "saved"
    if answers["disclosed"]:
        return f"{ask.home}/disclosure?done={done}"
    wanted = arrangement(ask.w, ask.person.link.force_id).reassess_at
    if answers["point"] in wanted:
        return f"{ask.home}/risk?done={done}"
    return f"/reviews/{review}?done={done}" if review else None


def _assess(ask: Ask, answers: Answers) -> str | None:
    known = {name: answers[name] for name in ("tool", "grade", "count", "assessor") if name in answers}
    review = contact.assess(
        ask.w, ask.keys, ask.person, on=days.day(answers, ask.w.today), assessed=known,
        no_disclosure=answers.get("no_disclosure", ""),
    )  # fmt: skip
    return f"/reviews/{review}?done=risen" if review else None


def _survey(ask: Ask, answers: Answers) -> None:
    said = {name: value for name, value in answers.items() if name != "on"}
    contact.converse(ask.w, ask.keys, ask.person, point=SURVEY, on=date.fromisoformat(answers["on"]), said=said)


def _change(ask: Ask, answers: Answers) -> None:
    after = {"contact": str(safe_contact(answers)), "address": answers.get("address", "")}
    changes.propose(ask.w, ask.keys, ask.person, ask.version, source=answers["source"], after=after)


def _new_details(ask: Ask) -> Sequence[tuple[str, str]]:
    """What a second person looks at. Whoever proposed it is shown nothing: they know it, and may not decide."""
    change = changes.pending(ask.w, ask.person)
    if change is None:
        raise NotNow(gettext("No change waits for a second look."))
    if change.proposed_by == ask.w.actor.id:
        return [(gettext("Second look"), gettext("You proposed this change. Somebody else must look at it."))]
    _before, after = changes.contents(ask.keys, ask.person, change)
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
    erasing.erase(ask.w, ask.keys, ask.person.id, why=answers["why"])
    return "/victims?done=erased"


def _whom(ask: Ask) -> Sequence[tuple[str, str]]:
    return [(gettext("Name"), sealing.unlock(ask.keys, ask.person.victim, "victim.name", ask.person.victim.name))]


def _newest_opening(ask: Ask) -> int:
    return max(one.id for one in emergency.waiting(ask.w, ask.keys, ask.person))


def _openings(ask: Ask) -> Sequence[tuple[str, str]]:
    return [
        (gettext("Opened on %(when)s by %(who)s") % {"when": one.when, "who": one.who}, one.reason)
        for one in emergency.waiting(ask.w, ask.keys, ask.person)
    ]


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
    Sheet("attempt", "contact", _("Record an attempt"), questions.ATTEMPT, _attempt, starts=_here, button=_("Save the attempt")),
    Sheet("conversation", "contact", _("What they said"), questions.CONVERSATION, _converse, starts=_spoke, beside=True,
          warns=_("They answer what they want to. What they have said already stands below: do not ask it again."),
          button=_("Save what they said"), weighs="conversation"),
    Sheet("risk", "contact", _("Risk assessment"), (*questions.RISK, questions.NO_DISCLOSURE), _assess, beside=True,
          button=_("Save the assessment"), weighs="risk"),
    Sheet("survey", "survey", _("What they thought of the contact"), questions.SURVEY, _survey,
          warns=_("Only if they want to. Read the questions out, or let them type; nothing is ever sent to them."), button=_("Save")),
    Sheet("change", "change", _("Address or number has changed"), questions.CHANGE, _change, starts=_known_details, versioned=True,
          warns=_("The old details are hidden from everybody at once. The new ones are used when a second person has confirmed them."),
          button=_("Hide the old details, and ask for a second look")),
    Sheet("check", "check", _("Second look at a change"), questions.CHECK,
          lambda a, answers: changes.decide(a.w, a.keys, a.person, a.version, confirm=answers["decision"] == "confirm"),
          tells=_new_details, versioned=True, button=_("Save"),
          warns=_("The old details are hidden because somebody said that they are wrong: whoever answers there now may be the one who "
                  "must not know.")),
    Sheet("erase", "erase", _("Erase this record"), questions.ERASE, _erase, tells=_whom, versioned=True,
          warns=_("This cannot be undone: the key is destroyed, and no backup can be read either."), button=_("Erase for good")),
    Sheet("emergency-review", "review_emergency", _("Review an emergency opening"), questions.REVIEW,
          lambda a, answers: emergency.review(a.w, a.person, a.newest, justified=bool(answers["justified"])), tells=_openings,
          newest=_newest_opening, button=_("Save my review")),
)  # fmt: skip
