"""What was posted, read as answers to the questions that were asked; and answers put back into fields and into words.

All pure. A question's fields are its name, or for a date `name-day`, `name-month` and `name-year`; nothing else that
was posted is looked at. Answers can be stored as JSON: days are ISO strings, "not known" is None. A question that was
left empty, or was not asked because its `when` is unmet, has no answer at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cara import dates
from cara.api import Question
from cara.errors import Fault
from cara.field_types import EMPTY, TRUTH, Wrong, answer, missing, options
from cara.i18n import gettext as _
from cara.text import presentable

Typed = Mapping[str, Sequence[str]]
"""The texts of form fields, by field: as posted, or as they are to be shown."""

_WORDS = {truth: word for word, truth in TRUTH.items()}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form said: the answers by question, what to show again by field, and what is wrong."""

    values: dict[str, Any]
    typed: dict[str, list[str]]
    faults: tuple[Fault, ...]


def fields(question: Question) -> tuple[str, ...]:
    """The names of the question's form fields."""
    if question.kind == "date":
        return tuple(f"{question.name}-{part}" for part in dates.PARTS)
    return (question.name,)


def standing(questions: Sequence[Question]) -> list[Question]:
    """The questions that stand by themselves; the others are revealed by an answer to one of these, or of those."""
    names = {question.name for question in questions}
    return [question for question in questions if question.when is None or question.when[0] not in names]


def asked(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether the answers so far let the question be asked."""
    if question.when is None:
        return True
    name, wanted = question.when
    if name not in answers:
        return False
    given = answers[name]
    return wanted in given if isinstance(given, list) else wanted == _word(given)


def read(questions: Sequence[Question], posted: Typed, known: Mapping[str, Any] | None = None) -> Reading:
    """Read the questions' own fields. `known` are answers of earlier pages, for a `when` that looks back to them."""
    values: dict[str, Any] = {}
    typed: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for question in questions:
        texts = [list(posted.get(field, ())) for field in fields(question)]
        for field, found in zip(fields(question), texts, strict=True):
            typed[field] = [presentable(each) for each in found]
        if not asked(question, {**(known or {}), **values}):
            continue
        try:
            value = answer(question, texts)
        except Wrong as wrong:
            faults.append(wrong.fault)
            continue
        if value is not EMPTY:
            values[question.name] = value
        elif question.required:
            faults.append(Fault(fields(question)[0], "missing", missing(question)))
    return Reading(values, typed, tuple(faults))


def fill(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Stored answers as the texts of form fields, to open a page with."""
    typed: dict[str, list[str]] = {}
    for question in questions:
        if question.name in answers:
            typed |= zip(fields(question), _texts(question, answers[question.name]), strict=True)
    return typed


def replace(answers: Mapping[str, Any], questions: Sequence[Question], values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with those of these questions replaced: what was emptied, or is no longer asked, goes."""
    gone = {question.name for question in questions}
    return {name: value for name, value in answers.items() if name not in gone} | dict(values)


def faults_of(question: Question, faults: Sequence[Fault]) -> list[Fault]:
    """The faults of this question, whether they name it or one of its fields."""
    return [fault for fault in faults if fault.field in {question.name, *fields(question)}]


def anchor(fault: Fault, questions: Sequence[Question]) -> str:
    """The element that the error summary leads to: the field to mend, or the first field of the question named."""
    return next((fields(question)[0] for question in questions if question.name == fault.field), fault.field)


def show(question: Question, value: Any) -> str:
    """An answer in words, for check-your-answers; pass `EMPTY` for none."""
    if value is EMPTY:
        return _("Not answered")
    if question.kind == "date":
        return dates.plain(date.fromisoformat(value))
    if question.kind == "dates":
        return "\n".join(dates.plain(date.fromisoformat(day)) for day in value)
    if question.kind == "choices":
        return "\n".join(str(options(question).get(each, each)) for each in value)
    word = _word(value)
    return str(options(question).get(word, word))


def _texts(question: Question, value: Any) -> list[list[str]]:
    if question.kind == "date":
        day = date.fromisoformat(value)
        return [[str(day.day)], [str(day.month)], [str(day.year)]]
    if question.kind == "dates":
        days = [date.fromisoformat(each) for each in value]
        return [["\n".join(f"{day.day} {day.month} {day.year}" for day in days)]]
    return [list(value)] if question.kind == "choices" else [[_word(value)]]


def _word(value: Any) -> str:
    return _WORDS[value] if value is None or isinstance(value, bool) else str(value)
