"""The steps that a case takes in the course, one page each: what is asked, who may answer, and which verb does it.

A table, from which both routes of every step are made; the verbs check what they must, the pages only ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cara import dates
from cara.api import Option, Question
from cara.errors import BadInput, Fault
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.bookings import actions, separation_actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries as record_queries
from cara.features.course.records import rules
from cara.features.course.telephone import actions as telephone_actions
from cara.features.referrals import queries
from cara.features.referrals.actions import touch
from cara.features.referrals.course_formats import NATIONAL
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.states import open_to, transition
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work

Answers = Mapping[str, Any]
Asks = Callable[[Work, Referral], Sequence[Question]]
Tells = Callable[[Work, Referral], Sequence[tuple[str, Any]]]
Acts = Callable[[Work, Referral, int, Answers], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `path` follows the case's address; `action` is the transition that must be possible (empty: none)."""

    path: str
    does: tuple[str, str]
    title: str
    asks: Asks
    acts: Acts
    action: str = ""
    tells: Tells = lambda _w, _r: ()
    """What stands above the questions: label and value."""
    warns: str = ""
    button: str = ""
    """What the button says, where it is not the title."""


def _options(labels: Mapping[str, str], some: Sequence[str] | None = None) -> tuple[Option, ...]:
    return tuple(Option(key, str(labels[key])) for key in (some or labels))


def _nothing(_w: Work, _r: Referral) -> Sequence[Question]:
    return ()


def safe_days(_w: Work, referral: Referral) -> Sequence[tuple[str, Any]]:
    """The last days of a case, before anybody chooses a cohort."""
    last = rules.last_days(referral.caution_date, referral.complete_by)
    shortest, longest = last.last_first_workshop
    repeat, _longest = last.repeat_first_workshop
    either = gettext("%(shortest)s at the very latest, with B 28 days after it; %(longest)s if B is 35 days after it")
    words = either % {"shortest": dates.absolute(shortest), "longest": dates.absolute(longest)}
    first = (_("Workshop A attended"), referral.a_on) if referral.a_on else (_("Latest safe workshop A"), words)
    return (
        first,
        (_("Latest safe workshop B"), referral.complete_by),
        (_("Room for one repeat"), gettext("if A is by %(day)s") % {"day": dates.absolute(repeat)}),
    )


def fitting(w: Work, referral: Referral) -> list[tuple[cohort_queries.Room, rules.Fit]]:
    """The cohorts in which somebody may sit and which end in time."""
    sex = w.session.get_one(Offender, referral.id).sex
    found = []
    for room in cohort_queries.rooms(w, force=referral.force_id):
        a, b = room.workshops["A"].day, room.workshops["B"].day
        late = a < w.today if referral.a_on is None else b <= referral.a_on
        fit = rules.safe(b, referral.complete_by)
        if (
            fit.fits
            and not late
            and rules.may_sit(room.cohort.group, sex, referral.relationship, referral.format_confirmed)
        ):
            found.append((room, fit))
    return found


def _cohort_option(room: cohort_queries.Room, fit: rules.Fit) -> Option:
    a, b = room.workshops["A"].day, room.workshops["B"].day
    left = gettext("%(n)s seats free") % {"n": room.left} if room.left else gettext("Full: waiting list only")
    repeat = gettext("room for a repeat") if fit.repeat else gettext("no room for a repeat")
    return Option(
        room.cohort.reference,
        gettext("A on %(a)s, B on %(b)s") % {"a": dates.absolute(a), "b": dates.absolute(b)},
        f"{room.venues['A']}. {left}; {repeat}.",
    )


WAYS = (
    Option("book", _("Book the place"), _("The person has agreed.")),
    Option("offer", _("Offer the place"), _("The seat is kept until they answer.")),
    Option("wait", _("Put on the waiting list"), _("It takes no seat.")),
)
TAKES: Mapping[str, str] = {"book": "book", "offer": "offer", "wait": "offer"}
"""Way → the transition that the case must be open to: somebody who has an offer is offered nothing besides."""
GAP = Question(
    "gap_reason", _("Why is B not 28 to 35 days after A?"), "text",
    _("Only if it is not. Anybody who reads the case later sees this."), required=False, max_length=300,
)  # fmt: skip


def _place_questions(w: Work, referral: Referral) -> Sequence[Question]:
    options = tuple(_cohort_option(room, fit) for room, fit in fitting(w, referral))
    doable = {one.action for one in open_to("provider", referral)}
    ways = tuple(way for way in WAYS if TAKES[way.value] in doable)
    asked = (
        Question("cohort", _("Which cohort?"), "choice", options=options),
        Question("way", _("What do you want to do?"), "choice", options=ways),
    )
    return (*asked, GAP) if referral.a_on else asked


def _place(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    cohort = record_queries.cohort(w, answers["cohort"])
    if answers["way"] == "wait":
        actions.wait(w, referral, version, cohort)
        return
    verb = actions.book if answers["way"] == "book" else actions.offer
    verb(w, referral, version, cohort, gap_reason=answers.get("gap_reason", ""))


def _facilitator(w: Work) -> Question:
    names = {str(number): name for number, name in cohort_actions.facilitators(w).items()}
    return Question("facilitator", _("Who rings?"), "choice", options=_options(names), required=False)


def _telephone_questions(w: Work, _referral: Referral) -> Sequence[Question]:
    return (
        Question(
            "reasons", _("Why does the person go by telephone?"), "choices", options=_options(telephone_actions.REASONS)
        ),
        Question("other", _("What else?"), "text", when=("reasons", "other"), max_length=300),
        _facilitator(w),
    )


def _telephone(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    chosen = answers.get("facilitator")
    telephone_actions.begin(
        w, referral, version, answers["reasons"], answers.get("other", ""), int(chosen) if chosen else None
    )


def _call_questions(_w: Work, _referral: Referral) -> Sequence[Question]:
    labels = {key: label for key, (label, _part) in telephone_actions.OUTCOMES.items()}
    return (
        Question("on", _("On which day was the call?"), "date"),
        Question("outcome", _("What did it come to?"), "choice", options=_options(labels)),
    )


def _calls(w: Work, referral: Referral) -> Sequence[tuple[str, Any]]:
    labels = {key: str(label) for key, (label, _part) in telephone_actions.OUTCOMES.items()}
    return [
        (dates.absolute(date.fromisoformat(day)), labels[key]) for day, key in breach.evidence(w, referral)["calls"]
    ]


def _format_from_now_on(_w: Work, referral: Referral) -> Sequence[tuple[str, Any]]:
    if referral.format_confirmed != "cti":
        return ()
    return ((_("Format confirmed until now"), NATIONAL["cti"]), (_("From now on"), NATIONAL["group"]))


def facts(w: Work, referral: Referral) -> Sequence[tuple[str, Any]]:
    """What is on record of a case, for whoever reports it or decides about it."""
    known = breach.evidence(w, referral)
    lines = [
        (f"{gettext('Workshop')} {part}, {dates.absolute(date.fromisoformat(day))}", _said(outcome, reason))
        for part, day, outcome, reason in known["register"]
    ]
    return [*lines, *_calls(w, referral), (_("Last day"), referral.complete_by)]


def _said(outcome: str, reason: str) -> str:
    label = str(rules.OUTCOMES[outcome].label)
    return f"{label}: {rules.REASONS[reason]}" if reason else label


def _reported(w: Work, referral: Referral) -> Sequence[tuple[str, Any]]:
    found = breach.latest(w, referral)
    report = [] if found is None else [
        (_("Reported because"), str(breach.GROUNDS[found.ground])),
        (_("The provider’s account"), found.account),
    ]  # fmt: skip
    return [*report, *facts(w, referral)]


REASON = Question(
    "reason", _("What is the reason for your decision?"), "long_text",
    _("The provider reads this. No victim’s details."), max_length=2000,
)  # fmt: skip
_NEW_DAY = Question("complete_by", _("New last day"), "date")


def _decide_questions(_w: Work, _referral: Referral) -> Sequence[Question]:
    return (
        Question("decision", _("What do you decide?"), "choice", options=_options(breach.DECISIONS)),
        Question("complete_by", _NEW_DAY.label, "date", when=("decision", "vary")),
        REASON,
    )


def _decide(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    if referral.reported_at is None:
        transition(answers["decision"], referral)
    if answers["decision"] == "vary":
        _vary(w, referral, version, answers)
    else:
        {"prosecute": breach.prosecute, "excuse": breach.excuse}[answers["decision"]](
            w, referral, version, answers["reason"]
        )


def _vary(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    breach.vary(w, referral, version, date.fromisoformat(answers["complete_by"]), answers["reason"])


def _close(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    closure.close(
        w, referral, version, answers["kind"], date.fromisoformat(answers["happened_on"]), answers.get("note", "")
    )


def _note(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    touch(w, referral, version)
    attendance_actions.note(w, referral, None, answers["text"])


def _follow_up(w: Work, referral: Referral, version: int, answers: Answers) -> None:
    touch(w, referral, version)
    closure.follow_up(w, referral, answers["outcome"])


def _of_another(verb: Callable[[Work, Referral, Referral], None]) -> Acts:
    """What is done of two cases: this one, and the one whose reference was typed."""

    def act(w: Work, referral: Referral, version: int, answers: Answers) -> None:
        touch(w, referral, version)
        typed = answers["other"].strip()
        other = queries.find(w, typed) or queries.find(w, typed.upper())
        if other is None:
            raise BadInput(faults=[Fault("other", "unknown", gettext("There is no such case in your force"))])
        verb(w, referral, other)

    return act


def _another(hint: str) -> Asks:
    asked = Question("other", _("Reference of the other person’s case"), "text", hint, width="10", max_length=20)
    return lambda _w, _r: (asked,)


STEPS: tuple[Step, ...] = (
    Step("place", ("place", "book"), _("Find a place"), _place_questions, _place, "book", safe_days,
         button=_("Save")),
    Step("confirm", ("place", "confirm"), _("The person will come"), _nothing,
         lambda w, r, v, _a: actions.confirm(w, r, v), "confirm"),
    Step("refuse", ("place", "refuse"), _("The person declines the place"), _nothing,
         lambda w, r, v, _a: actions.refuse(w, r, v), "refuse", warns=_("The seat is free again for somebody else.")),
    Step("release", ("place", "release"), _("Take back the place"),
         lambda _w, _r: (Question("reason", _("Why?"), "choice", options=_options(actions.RELEASES, actions.CHOSEN)),),
         lambda w, r, v, a: actions.release(w, r, v, a["reason"]), "release"),
    Step("off-the-list", ("place", "release"), _("Take off the waiting list"),
         lambda _w, _r: (Question("reason", _("Why?"), "choice", options=_options(actions.RELEASES, actions.CHOSEN)),),
         lambda w, r, v, a: actions.wait_no_more(w, r, v, a["reason"])),
    Step("telephone", ("telephone", "telephone"), _("Move to the telephone intervention"), _telephone_questions, _telephone,
         "telephone", warns=_("A place in a cohort is given back. A workshop A that counts goes on counting.")),
    Step("call", ("telephone", "session"), _("Record a call"), _call_questions,
         lambda w, r, v, a: telephone_actions.session(w, r, v, date.fromisoformat(a["on"]), a["outcome"]), "", _calls),
    Step("group-again", ("telephone", "group_again"), _("Move back to a group"), _nothing,
         lambda w, r, v, _a: telephone_actions.back_to_group(w, r, v), "group_again", _format_from_now_on,
         warns=_("What calls have covered goes on counting.")),
    Step("note", ("register", "note"), _("Write an engagement note"),
         lambda _w, _r: (Question("text", _("How did the person take part?"), "long_text",
                                  _("Your organisation’s own. No victim’s details."), max_length=4000),),
         _note),
    Step("report", ("breach", "report"), _("Report to the officer"),
         lambda _w, _r: (Question("ground", _("Why?"), "choice", options=_options(breach.GROUNDS)),
                         Question("account", _("What happened, and what did you try?"), "long_text",
                                  _("The officer reads this, and may use it in evidence. No victim’s details."), max_length=4000)),
         lambda w, r, v, a: breach.report(w, r, v, a["ground"], a["account"]), "report", facts),
    Step("decide", ("breach", "prosecute"), _("Decide"), _decide_questions, _decide, "prosecute", _reported,
         warns=_("CARA decides nothing: you do, and your name is kept with it."), button=_("Record my decision")),
    Step("vary", ("breach", "vary"), _("Vary the last day"), lambda _w, _r: (_NEW_DAY, REASON), _vary, "vary", facts),
    Step("complete", ("course", "complete"), _("Record completion"), _nothing,
         lambda w, r, v, _a: closure.complete(w, r, v), "complete", facts),
    Step("close", ("course", "close"), _("Close the case"),
         lambda _w, _r: (Question("kind", _("Why?"), "choice", options=_options(closure.KINDS, closure.CHOSEN)),
                         Question("happened_on", _("On which day?"), "date"),
                         Question("note", _("Anything to add?"), "text", _("No victim’s details."), required=False, max_length=300)),
         _close, "close", warns=_("This cannot be undone. A place is given back.")),
    Step("keep-apart", ("course", "keep_apart"), _("Keep apart from somebody"),
         _another(_("No reason is asked, and none is kept. No page says with whom.")), _of_another(separation_actions.keep_apart)),
    Step("apart-no-longer", ("course", "keep_apart"), _("Keep apart no longer"),
         _another(_("The case from which an officer kept this one apart.")), _of_another(separation_actions.no_longer),
         warns=_("People who share a crime reference stay apart all the same.")),
    Step("follow-up", ("course", "follow_up"), _("Follow-up at 12 months"),
         lambda _w, _r: (Question("outcome", _("What do your records say since the course?"), "choice",
                                  options=_options(closure.FOLLOW_UPS)),),
         _follow_up),
)  # fmt: skip
