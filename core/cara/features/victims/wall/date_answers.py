"""On which day something was: today by one press, another day typed, and none that can only be a slip of the pen. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from cara.api import Option, Question
from cara.errors import BadInput, Fault
from cara.i18n import gettext
from cara.i18n import lazy as _

LOOKS_BACK: Final = timedelta(days=2 * 365)
"""How far back a day may lie on which somebody was rung, spoken with or assessed. What is older is no part of this course."""


def asked(label: str) -> tuple[Question, Question]:
    """The question, and what its answer “another day” reveals."""
    when = (Option("today", _("Today")), Option("other", _("Another day")))
    return (
        Question("which_day", label, "choice", options=when),
        Question("on", _("Which day was it?"), "date", when=("which_day", "other")),
    )


def day(answers: Mapping[str, Any], today: date) -> date:
    """The day that was answered."""
    return today if answers["which_day"] == "today" else date.fromisoformat(answers["on"])


def check(on: date, today: date) -> None:
    """Take no day that lies ahead, and none of another time.

    Raises:
        BadInput: the year, or the day, is a slip of the pen.
    """
    if on > today:
        raise BadInput(faults=[Fault("on", "range", gettext("The day must not lie ahead"))])
    if on < today - LOOKS_BACK:
        raise BadInput(
            faults=[Fault("on", "range", gettext("The day must be within the last two years. Check the year"))]
        )
