"""One reader for each kind of question: from what was typed to an answer that can be stored."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cara import dates, text
from cara.api import Question
from cara.errors import Fault
from cara.i18n import gettext as _
from cara.i18n import lazy, ngettext

YES_NO: Final = {"yes": lazy("Yes"), "no": lazy("No")}
YES_NO_UNKNOWN: Final = {**YES_NO, "not_known": lazy("Not known")}
TRUTH: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "not_known": None}

EMPTY: Final = object()
"""Nothing was answered: the question's field was empty, or missing."""


class Wrong(Exception):
    """The answer will not do. It never leaves this room: `read` keeps its fault."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(field, code, message)


def options(question: Question) -> dict[str, str]:
    """The values that may be chosen, with their labels; empty for a question that is answered by typing."""
    if question.kind == "yes_no":
        return dict(YES_NO)
    if question.kind == "yes_no_unknown":
        return dict(YES_NO_UNKNOWN)
    return {option.value: option.label for option in question.options}


def subject(question: Question) -> str:
    """The question as the subject of a sentence: "Date of birth", or "Your answer to “How old are they?”"."""
    label = str(question.label)
    return _("Your answer to “%(question)s”") % {"question": label} if label.endswith("?") else label


def missing(question: Question) -> str:
    """What to say when a question that must be answered was not."""
    label = str(question.label)
    choosing = bool(options(question))
    if label.endswith("?"):
        wording = _("Select an answer to “%(what)s”") if choosing else _("Enter an answer to “%(what)s”")
        return wording % {"what": label}
    acronym = label[1:2].isupper()
    what = label if acronym else label[:1].lower() + label[1:]
    return (_("Select %(what)s") if choosing else _("Enter %(what)s")) % {"what": what}


def answer(question: Question, typed: Sequence[Sequence[str]]) -> Any:
    """The answer in `typed`, the texts of each of the question's fields; `EMPTY` if there is none. Raises `Wrong`."""
    return _READERS[question.kind](question, *typed)


def _clean(question: Question, raw: str, allowed: frozenset[str] = text.LINE) -> str:
    try:
        return text.clean(raw, allowed)
    except text.Unreadable as fault:
        raise Wrong(question.name, fault.code, f"{subject(question)} {fault}") from None


def _first(typed: Sequence[str]) -> str:
    return typed[0] if typed else ""


def _text(question: Question, typed: Sequence[str], allowed: frozenset[str] = text.LINE) -> Any:
    found = _clean(question, _first(typed), allowed)
    if len(found) > question.max_length:
        limit = ngettext("must be %(n)d character or fewer", "must be %(n)d characters or fewer", question.max_length)
        raise Wrong(question.name, "too_long", f"{subject(question)} {limit % {'n': question.max_length}}")
    return found or EMPTY


def _long_text(question: Question, typed: Sequence[str]) -> Any:
    return _text(question, typed, text.LINES)


def _whole_number(question: Question, typed: Sequence[str]) -> Any:
    found = _clean(question, _first(typed)).replace(",", "")
    if found and not re.fullmatch("[0-9]{1,9}", found):
        raise Wrong(question.name, "not_a_number", f"{subject(question)} {_('must be a whole number, like 3')}")
    return int(found) if found else EMPTY


def _date(question: Question, *typed: Sequence[str]) -> Any:
    parts = [_clean(question, _first(part)) for part in typed]
    if not any(parts):
        return EMPTY
    try:
        return dates.from_parts(*parts).isoformat()
    except dates.NotADate as fault:
        field = f"{question.name}-{fault.part or dates.PARTS[0]}"
        raise Wrong(field, fault.code, f"{subject(question)} {fault}") from None


def _dates(question: Question, typed: Sequence[str]) -> Any:
    days, wrong = [], []
    for number, raw in enumerate(_clean(question, _first(typed), text.LINES).split("\n"), start=1):
        if not raw.strip():
            continue
        try:
            days.append(dates.from_line(raw.strip()).isoformat())
        except dates.NotADate as fault:
            where = _("line %(n)d") % {"n": number}
            wrong.append((fault.code, f"{where}: {fault}"))
    if wrong:
        raise Wrong(question.name, wrong[0][0], f"{subject(question)}, {'; '.join(each for _code, each in wrong)}")
    return sorted(set(days)) or EMPTY


def _choice(question: Question, typed: Sequence[str]) -> Any:
    chosen = _first(typed)
    if chosen and chosen not in options(question):
        raise Wrong(question.name, "not_an_option", missing(question))
    return chosen or EMPTY


def _truth(question: Question, typed: Sequence[str]) -> Any:
    chosen = _choice(question, typed)
    return EMPTY if chosen is EMPTY else TRUTH[chosen]


def _choices(question: Question, typed: Sequence[str]) -> Any:
    allowed = options(question)
    if any(chosen not in allowed for chosen in typed if chosen):
        raise Wrong(question.name, "not_an_option", missing(question))
    return [value for value in allowed if value in typed] or EMPTY


_READERS: Final[Mapping[str, Callable[..., Any]]] = {
    "text": _text,
    "long_text": _long_text,
    "whole_number": _whole_number,
    "date": _date,
    "dates": _dates,
    "choice": _choice,
    "choices": _choices,
    "yes_no": _truth,
    "yes_no_unknown": _truth,
}
