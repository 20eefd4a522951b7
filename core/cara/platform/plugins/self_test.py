"""Asks a plugin's decision hooks about invented cases, so that its author hears of a mistake before an officer does.

The core forgets what a plugin says when it fails, because a case was in its hands. Here the cases are invented; even so
only the kind of failure and its place are told, as an operator may pass them on.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pluggy

from cara.api import PROJECT, CaseView, Option, Question
from cara.platform.plugins import hookspecs, validation

DEBUG: Final = "CARA_DEBUG"
_KNOWN: Final = CaseView(
    force="",
    decided_on=date(2026, 5, 1),
    referred_by="police",
    offence_category="common_assault",
    offence_date=date(2026, 4, 20),
    age_at_offence=36,
    sex="male",
    admits_offence=True,
    bail_or_investigation=False,
    coercive_control_evidence=False,
    da_disposals=(),
    relationship="intimate",
    risk="standard",
    conditions=("cara",),
)
_TURNS: Final[tuple[dict[str, object], ...]] = (
    {},
    {"relationship": "family", "offence_category": "harassment"},
    {"risk": "medium", "sex": "female"},
    {"risk": "high", "da_disposals": (date(2021, 6, 1), date(2025, 3, 2))},
    {"needs": frozenset({"interpreter", "learning_disability", "gender_identity", "health"})},
    {"conditions": (), "bail_or_investigation": True, "coercive_control_evidence": True, "admits_offence": False},
    {"referred_by": "self", "age_at_offence": 17},
)


def failure(module: object, slug: str, pathways: Sequence[Option], questions: Sequence[Question]) -> str:
    """How the first decision hook fails that does: which, the exception's type, and where in the plugin. Empty if none."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module, name=slug)
    asked: tuple[tuple[str, Callable[[object], object], object], ...] = (
        ("eligibility", validation.adjustments, ()),
        ("pathways", lambda value: validation.pathway(value, pathways), None),
    )
    for view in views(slug, questions):
        for hook, check, silent in asked:
            try:
                answers = getattr(manager.hook, hook)(view=view)
                check(answers[0] if answers else silent)
            except KeyboardInterrupt:
                raise
            except validation.Nonsense as error:
                return f"{hook}: {error}"
            except BaseException as error:  # noqa: BLE001, RUF100 - a plugin may call sys.exit()
                told(error)
                return f"{hook}: {type(error).__name__}{place(error, module)}"
    return ""


def views(slug: str, questions: Sequence[Question]) -> Iterator[CaseView]:
    """Invented cases: one of which nothing is known, then each turn of a known one, with and without local answers."""
    yield CaseView(slug)
    unanswered: dict[str, object] = {one.name: None for one in questions}
    filled = [
        unanswered,
        *(_answers(questions, which) for which in range(max([3, *(len(one.options) for one in questions)]))),
    ]
    for turn in _TURNS:
        view = replace(_KNOWN, force=slug, **turn)  # type: ignore[arg-type]
        yield view
        for answers in filled:
            yield replace(view, answers=answers)


def place(error: BaseException, module: object) -> str:
    """File name and line of the plugin's own frame that is nearest to the mistake; empty if it never got that far."""
    own = getattr(module, "__name__", "").partition(".")[0]
    found, step = "", error.__traceback__
    while step is not None:
        if str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == own:
            found = f" ({Path(step.tb_frame.f_code.co_filename).name}, line {step.tb_lineno})"
        step = step.tb_next
    return found


def told(error: BaseException) -> None:
    """Show where a hook failed, whole, to somebody who set CARA_DEBUG=1 and so knows what they may be shown."""
    if os.environ.get(DEBUG) == "1":
        import traceback

        traceback.print_exception(error)


def _answers(questions: Sequence[Question], which: int) -> dict[str, object]:
    return {one.name: _answer(one, which) for one in questions}


def _answer(question: Question, which: int) -> object:
    """What a page would have kept: the answers go through every option, yes, no and not known."""
    option = question.options[which % len(question.options)].value if question.options else ""
    day = date(2026, 4, 1 + which % 28)
    given: dict[str, object] = {
        "choice": option,
        "choices": [option],
        "yes_no": which % 2 == 0,
        "yes_no_unknown": (True, False, None)[which % 3],
        "date": day.isoformat(),
        "dates": [day.isoformat()],
        "whole_number": which,
    }
    return given.get(question.kind, "invented")
