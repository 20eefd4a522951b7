"""One form on a page of this room: read, done once, and shown again with what is wrong and what was typed."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar.response import Redirect

from cara import kept_typing
from cara.api import Question
from cara.errors import BadInput, CaraError, Conflict, Stale
from cara.shell import Asked, Form, Page, faults_of, once, page
from cara.web import forms
from cara.work import Work, new_token


def form_page(
    request: Asked, title: str, questions: Sequence[Question], *, back: str, typed: Any = None, version: int | None = None,
    error: CaraError | None = None, told: Sequence[Any] = (), says: Sequence[str] = (), warns: str = "", button: str = "",
    leave: bool = False,
) -> Page:  # fmt: skip
    """The form. `told` are lines of a summary above it, `says` sentences; `leave`: with a way to leave at once."""
    kept = kept_typing.take(request) if error is None else None
    if kept is not None and version is not None and kept_typing.version(kept) != version:
        error = Stale()
    shown = page(
        request, "reviews/form.html", status=error.status if error else 200, heading=title, action=request.scope["path"],
        questions=questions, typed=forms.read(questions, kept).typed if kept else typed or {}, faults=faults_of(error) if error else (),
        back_to=back, version=version, told=told, says=says, warns=warns, button_text=button or title, leave=leave,
        overtaken_by_another=isinstance(error, Stale), key=new_token(), flashes=(kept_typing.notice(),) if kept else (),
    )  # fmt: skip
    return kept_typing.taken(request, shown) if kept else shown


def once_or_again(
    request: Asked, form: Form, act: Callable[[Work], str], again: Callable[[CaraError], Page]
) -> Page | Redirect:
    """Do what a form asks; where that is refused for something that a person can mend, the page again, with what they typed.

    Raises:
        BadInput: the form is none of ours; there is nothing in it to mend.
    """
    try:
        return once(request, form, act)
    except (BadInput, Conflict) as error:
        if isinstance(error, BadInput) and not error.faults:
            raise
        return again(error)


def answers_of(questions: Sequence[Question], form: Form) -> dict[str, Any]:
    """The answers of a form. Raises `BadInput` for what is wrong, and for fields that the page does not have."""
    form.only(*(field for question in questions for field in forms.fields(question)))
    found = forms.read(questions, form)
    if found.faults:
        raise BadInput(faults=found.faults)
    return found.values
