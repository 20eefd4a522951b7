"""The one form of a page of this room, and what goes with it."""

from collections.abc import Sequence
from typing import Any

from cara.api import Question
from cara.errors import CaraError
from cara.web.pages import form_views
from cara.web.pages.form_views import answers_of as answers_of
from cara.web.pages.form_views import once_or_again as once_or_again
from cara.web.pages.page import Asked, Page


def form_page(
    request: Asked, title: str, questions: Sequence[Question], *, back: str, typed: Any = None, version: int | None = None,
    error: CaraError | None = None, told: Sequence[Any] = (), says: Sequence[str] = (), warns: str = "", button: str = "",
    leave: bool = False,
) -> Page:  # fmt: skip
    """The form. `told` are lines of a summary above it, `says` sentences; `leave`: with a way to leave at once."""
    return form_views.form_page(
        request, "disclosure_reviews/form.html", questions, typed=typed, version=version, error=error, heading=title,
        action=request.scope["path"],
        back_to=back, told=told, says=says, warns=warns, button_text=button or title, leave=leave,
    )  # fmt: skip
