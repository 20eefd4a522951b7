"""What the pages of a review ask, and the answers as what the verbs take."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from cara.api import Option, Question
from cara.clock import LONDON, london_day
from cara.features.victims.wall import date_answers, review_rules
from cara.features.victims.wall.questions import options
from cara.features.victims.wall.review_rules import Account
from cara.i18n import lazy as _
from cara.i18n import ngettext

Answers = Mapping[str, Any]


_DANGER = Question(
    "danger", _("Is somebody in danger at this moment?"), "yes_no_unknown", _("If so, call 999 first. This page waits.")
)
_CHILD = Question("child", _("Is a child in the household, or otherwise affected?"), "yes_no_unknown")
_RISK = Question("risk", _("How grave is the risk?"), "choice", options=options(review_rules.RISKS))
DISCLOSURE = (
    _DANGER,
    Question(
        "words", _("What was disclosed?"), "long_text",
        _("As nearly as you can in the person’s own words. Only police and whoever keeps this record read it."), max_length=8000,
    ),
    _CHILD,
    _RISK,
)  # fmt: skip
"""A disclosure, and another account of one."""
CONCERN = (
    _DANGER,
    Question(
        "words", _("What did you hear or see?"), "long_text",
        _("As it was said. It goes to the police, and nobody reads it here again, you included."), max_length=8000,
    ),
)  # fmt: skip
"""What is asked of whoever heard something in the room."""
POLICE_CONCERN = (*CONCERN, _CHILD, _RISK)
_WORDS_OF_VIEW = _("Only police and whoever keeps the victim’s record read this.")


def view_questions(label: str, hint: str) -> tuple[Question, ...]:
    """A view, and why; `hint` says who reads it."""
    return (
        Question("view", label, "choice", options=options(review_rules.VIEWS)),
        Question("words", _("Why?"), "long_text", hint, max_length=4000),
    )


VIEW = view_questions(_("What do you think?"), _WORDS_OF_VIEW)
PROVIDERS_VIEW = view_questions(
    _("What do you think, from how the person takes part?"),
    _("The police read this. Write what you saw yourself in the course. No victim’s details."),
)
ANSWER = view_questions(_("What do you advise?"), _("In general words: you know of no case, and need not. No names."))
STEP = (
    Question("step", _("What was done?"), "choice", options=options({key: one.label for key, one in review_rules.STEPS.items()})),
    Question("outcome", _("What came of it?"), "choice", options=options(review_rules.OUTCOMES)),
    Question("words", _("Who did what, or was told what? If not needed: why?"), "long_text", _WORDS_OF_VIEW, max_length=4000),
    *date_answers.asked(_("On which day?")),
)  # fmt: skip
RISK = (_RISK,)
DECIDE = (
    Question("decision", _("What do you decide?"), "choice", options=(
        Option("proceed", str(review_rules.VIEWS["proceed"]), _("The hold is released.")),
        Option("managed", str(review_rules.VIEWS["managed"]),
               _("The hold is released, and whoever leads workshop B is told to take advice before it. Not why.")),
        Option("stop", str(review_rules.VIEWS["stop"]), _("The hold stays for good. No workshop can be recorded any more.")),
    )),
    Question("reasons", _("What are your reasons?"), "long_text", _WORDS_OF_VIEW, max_length=8000),
)  # fmt: skip


NO_NEW_RISK = (Question("reasons", _("Why is there no new risk?"), "long_text", _WORDS_OF_VIEW, max_length=8000),)


def left(count: int) -> str:
    """How much is left to do, as a text; nothing where nothing is."""
    return ngettext("%(n)d thing to do", "%(n)d things to do", count) % {"n": count} if count else ""


def account(answers: Answers) -> Account:
    """An account, as it was typed."""
    return Account(answers["words"], answers.get("risk", "unknown"), answers.get("child"), answers.get("danger"))


def happened(answers: Answers, now: datetime) -> datetime:
    """When a step was taken: now if it was today, else at noon of the day that was named."""
    on, today = date_answers.day(answers, london_day(now)), london_day(now)
    return now if on == today else datetime.combine(on, time(12), LONDON)
