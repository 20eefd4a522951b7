"""What is asked on the pages of this room. Every answer that somebody gives about themselves is theirs to give or not."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cara.api import Option, Question
from cara.features.victims.wall import date_answers, vocabulary
from cara.features.victims.wall.vocabulary import (
    COMPANY,
    DAYS,
    DECLINED,
    GRADES,
    METHODS,
    OUTCOMES,
    POINTS,
    REFUSED,
    SOURCES,
)
from cara.i18n import lazy as _
from cara.web.ui import form_binding


def told(asked: Iterable[Question], answers: Mapping[str, Any]) -> dict[str, str]:
    """What was answered, in words: question → answer, of those that were answered."""
    return {
        str(one.label): form_binding.show(one, answers[one.name]) for one in asked if answers.get(one.name, "") != ""
    }


def options(labels: Mapping[str, str]) -> tuple[Option, ...]:
    """A closed list of words as answers to choose from."""
    return tuple(Option(word, label) for word, label in labels.items())


def _words(name: str, label: str, hint: str = "", longest: int = 4000) -> Question:
    return Question(name, label, "long_text", hint, required=False, max_length=longest)


NAME: Final = Question("name", _("Name"), "text", max_length=200)
ADDRESS: Final = Question("address", _("Address"), "long_text", required=False, max_length=400)
SAFE: Final = (
    Question("method", _("Which way of reaching them is safe?"), "choice", options=options(METHODS), required=False),
    Question("phone", _("Telephone"), "text", required=False, width="20", max_length=40),
    Question("email", _("Email"), "text", required=False, max_length=200),
    Question("safe_days", _("On which days is it safe?"), "choice", options=options(DAYS), required=False),
    Question("safe_from", _("From what time?"), "text", _("Such as 10:00. The page of an attempt warns outside these times."),
             required=False, width="5", max_length=5),
    Question("safe_until", _("Until what time?"), "text", _("Such as 14:30."), required=False, width="5", max_length=5),
    Question("times", _("When is it safe?"), "text", _("Such as weekdays before three o’clock."), required=False,
             max_length=200),
    Question("code_word", _("Code word"), "text", _("They say it, or you do, before anything else is said."), required=False,
             max_length=60),
    Question("avoid", _("Words not to use"), "text", _("In a message, or if somebody else answers."), required=False, max_length=200),
    Question("keep_from", _("Who may not be told?"), "text", required=False, max_length=200),
    Question("language", _("Language, if an interpreter is needed"), "text", required=False, width="20", max_length=60),
    _words("note", _("Anything else that keeps contact safe"), longest=1000),
)  # fmt: skip
KNOWN: Final = Question(
    "known", _("Their reference, if the contact team gave you one"), "text",
    _("Only if the contact team told you that they know this person already. Leave the rest empty then."), required=False,
    width="10", max_length=20,
)  # fmt: skip


def _refusal(when: tuple[str, str] | None = None) -> tuple[Question, Question]:
    return (
        Question("refused", _("Whom do they refuse?"), "choice", options=options(REFUSED), when=when),
        Question("company", _("Was anyone with them when they said it?"), "choice",
                 _("If someone could hear, the refusal counts, and may not be their own wish."), options=options(COMPANY), when=when),
    )  # fmt: skip


ATTEMPT: Final = (
    Question("point", _("At which point of the course?"), "choice", options=options(POINTS)),
    *date_answers.asked(_("On which day?")),
    Question("time", _("At what time?"), "text", _("Such as 14:30."), width="5", max_length=5),
    Question("method", _("How?"), "choice", options=options(METHODS)),
    Question("outcome", _("What came of it?"), "choice", options=options(OUTCOMES)),
    *_refusal(when=("outcome", DECLINED)),
    _words("note", _("Note"), longest=1000),
)
WHY_AGAINST: Final = Question(
    "why", _("Why was the attempt made all the same?"), "choice", options=options(vocabulary.WHY_AGAINST)
)
"""Asked once the page has warned."""
REFUSAL: Final = (
    *date_answers.asked(_("On which day did they say so?")),
    *_refusal(),
)
AGAIN: Final = (
    Question(
        "wants",
        _("Who may contact them again?"),
        "choice",
        _("Only what they said. What they refuse the other side stays."),
        options=options(REFUSED),
    ),
    *date_answers.asked(_("On which day did you confirm it with them?")),
    Question(
        "method",
        _("How did you confirm it?"),
        "choice",
        _("By the safe way, and with the victim alone."),
        options=options(METHODS),
    ),
)
SHOWN: Final = (
    Question(
        "why", _("Why did you show the number and the address?"), "choice", options=options(vocabulary.WHY_OPENED)
    ),
    _words("words", _("What happened?"), longest=1000),
)
POLICE_RISK: Final = (
    *date_answers.asked(_("On which day did you check police information?")),
    Question(
        "grade",
        _("Grade"),
        "choice",
        _("From reports, calls and intelligence, without contacting the victim."),
        options=options(GRADES),
    ),
    Question("assessor", _("Who made it?"), "text", _("Name or role, and organisation."), max_length=200),
)
_TOGETHER = {
    "together": _("They are together"),
    "in_contact": _("They are apart, and in contact"),
    "apart": _("They are apart, without contact"),
}
_ABUSE = {
    "ongoing": _("It goes on"),
    "historic": _("Some in the past that was not known"),
    "both": _("It goes on, and there was some in the past that was not known"),
    "none": _("None that they told of"),
}
METHOD: Final = Question("method", _("How?"), "choice", options=options(METHODS), required=False)
SPOKEN: Final = (
    Question("point", _("At which point of the course?"), "choice", options=options(POINTS)),
    *date_answers.asked(_("On which day did you speak?")),
    METHOD,
)
SAID: Final = (
    _words("view_caution", _("What do they think of the caution?")),
    _words("view_course", _("What do they think of the course?")),
    Question("together", _("Are they together, or in contact?"), "choice", options=options(_TOGETHER), required=False, source="S2"),
    _words("better", _("What has changed for the better?")),
    _words("worse", _("What has changed for the worse?")),
    Question("abuse", _("Is there abuse that goes on, or was there some in the past?"), "choice",
             _("Abuse that goes on holds the case."), options=options(_ABUSE), required=False, source="S2"),
    _words("abuse_words", _("In their words")),
    Question("incident", _("Has there been a further incident?"), "yes_no_unknown",
             _("Since it was reported, or since somebody last spoke with them. Yes holds the case."), required=False, source="S4"),
    _words("children", _("Children, and how they are")),
    _words("risk_now", _("How safe do they feel now?")),
    _words("services_offered", _("Which services did you offer?")),
    _words("services_taken", _("Which services do they use, or want?")),
    _words("wishes", _("What do they want to happen, and how do they want to be contacted?")),
)  # fmt: skip
_HELPED = {"a_lot": _("A lot"), "some": _("Some"), "a_little": _("A little"), "none": _("Not at all")}
SURVEY: Final = (
    Question("on", _("On which day did they answer?"), "date"),
    Question("felt_safe", _("Was every contact safe for them?"), "yes_no_unknown", required=False),
    Question("heard", _("How much did they feel heard?"), "choice", options=options(_HELPED), required=False),
    Question("safer", _("How much safer are they for it?"), "choice", options=options(_HELPED), required=False),
    Question("asked_twice", _("Were they asked the same thing twice?"), "yes_no_unknown", required=False),
    _words("in_words", _("In their own words: what helped, and what should be different?")),
)
DISCLOSED: Final = Question(
    "disclosed", _("Did they tell you something that should be reviewed before the course goes on?"), "yes_no",
    _("Such as violence, threats or harassment since it began. Yes holds the case. The next page asks what they said."), source="S2",
)  # fmt: skip
NO_DISCLOSURE: Final = _words(
    "no_disclosure", _("If an answer holds the case and you think that it is no disclosure, say why"),
    _("The case is held all the same. Whoever decides reads it."), longest=2000,
)  # fmt: skip
CONVERSATION: Final = (*SPOKEN, *SAID, DISCLOSED, NO_DISCLOSURE)
RISK: Final = (
    *date_answers.asked(_("On which day was it made?")),
    Question("tool", _("With which tool?"), "text", _("Its name. Never its questions or answers."), max_length=80),
    Question(
        "grade",
        _("Grade"),
        "choice",
        _("High, or a grade above that of the referral, holds the case."),
        options=options(GRADES),
    ),
    Question("count", _("How many answers were yes?"), "whole_number", required=False),
    Question("assessor", _("Who made it?"), "text", _("Name or role, and organisation."), max_length=200),
)
"""What is kept of an assessment; the form asks NO_DISCLOSURE beside it."""
SOURCE: Final = Question("source", _("Who says that it has changed?"), "choice", options=options(SOURCES))
CHANGE: Final = (SOURCE, *SAFE, ADDRESS)
CHECK: Final = (
    Question(
        "decision", _("Is the new address or number right?"), "choice",
        _("Find out from somebody else than whoever told your colleague, if you can."),
        options=(
            Option("confirm", _("Yes: use it from now on")),
            Option("reject", _("No: show the old details again")),
        ),
    ),
)  # fmt: skip
ERASE: Final = (
    Question(
        "why", _("Why is this record erased?"), "choice",
        options=(
            Option("asked", _("The person asked for it, and nothing in law stands against it")),
            Option("retention", _("The time for which it is kept is over")),
            Option("mistake", _("It was recorded by mistake")),
        ),
    ),
)  # fmt: skip
EMERGENCY: Final = (
    Question("reason", _("What is the emergency?"), "long_text",
             _("The force’s supervisors and victim contact officers are told at once that you opened the record, and review it."),
             max_length=1000),
)  # fmt: skip
SECOND: Final = Question(
    "second", _("Who is the second officer?"), "choice",
    _("A supervisor found that an earlier emergency access of yours was not justified. The record opens as soon as you name a colleague, "
      "who must answer within 24 hours. The supervisors are told now."),
)  # fmt: skip
"""The options are the colleagues of whoever asks."""
SECOND_ANSWER: Final = (
    Question(
        "agreed",
        _("Did you agree to be the second officer?"),
        "yes_no",
        _("You answer for it that the access was needed. The supervisors of the force see your answer."),
    ),
)
REVIEW: Final = (Question("justified", _("Was it right to open this record?"), "yes_no"),)
