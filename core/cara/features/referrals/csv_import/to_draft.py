"""From an export's answers to those of a draft, and the steps that they complete. Pure."""

from collections.abc import Mapping
from typing import Any

from cara.features.referrals.contact_validation import reachable
from cara.features.referrals.csv_import.cell_parsers import Answer
from cara.features.referrals.questions import NATIONAL_STEPS, OFFENCE, OFFENDER
from cara.field_types import options
from cara.web.ui.form_binding import asked

_CATEGORIES = frozenset(
    value for question in OFFENCE.questions if question.name == "offence_category" for value in options(question)
)


def draft_answers(row: Mapping[str, Answer]) -> dict[str, Any]:
    """The row's answers under the names and in the words of the draft's questions."""
    answers: dict[str, Any] = dict(row)
    if answers.get("offence_category", "other") not in _CATEGORIES:
        # A category outside E07 in the records system's own words: the draft asks only whether it is one of E07's.
        answers["offence_category"] = "other"
    if "victim_agrees" in answers:
        answers["victim_contacted"] = True
    if "interpreter_language" in answers:
        answers["needs"] = ["interpreter"]
    return answers


def steps_done(answers: Mapping[str, Any]) -> list[str]:
    """The steps of which every question that must be answered is; a step that asks nothing of the kind waits for somebody
    to look at it, as do the force's own questions, and a person whom nobody could reach."""
    return [
        step.slug
        for step in NATIONAL_STEPS
        if (needed := [each for each in step.questions if each.required and asked(each, answers)])
        and all(each.name in answers for each in needed)
        and (step is not OFFENDER or reachable(answers))
    ]
