"""One form on a page, for the pages of every room: read, done once, and shown again with what is wrong and what was typed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import BadInput, CaraError, Conflict, NotLicensed, Stale
from cara.platform.unit_of_work import Work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.ui import form_binding

REFUSED = (BadInput, Conflict, NotLicensed)
"""What a verb refuses and a page explains."""


def form_page(
    request: Asked, template: str, questions: Sequence[Question], *, typed: Any = None, error: CaraError | None = None,
    version: int | None = None, starts: Mapping[str, Any] | None = None, **context: Any,
) -> Page:  # fmt: skip
    """A page with one form. `typed` are the texts of its fields, `error` why they were not taken; `version` that of the record,
    where the form changes one; `starts` are answers that it opens with. What was typed before a session ended is there again.
    """
    kept = unsaved_forms.take(request) if typed is None or error is None else None
    if kept is not None and version is not None and unsaved_forms.version(kept) != version:
        error = Stale()
    sent = typed if kept is None else kept
    shown = page(
        request, template, status=error.status if error else 200, questions=questions, version=version, key=unsaved_forms.key(kept),
        typed=form_binding.fill(questions, starts or {}) if sent is None else form_binding.read(questions, sent).typed,
        faults=faults_of(error) if error else (), overtaken_by_another=isinstance(error, Stale),
        flashes=(unsaved_forms.notice(),) if kept else (), **context,
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


def one_form(
    request: Asked, title: str, action: str, questions: Sequence[Question], *, back: str, typed: Any = None, version: int | None = None,
    error: CaraError | None = None, told: Sequence[str] = (), button: str = "", further: tuple[str, str] | None = None,
    template: str = "form.html", **context: Any,
) -> Page:  # fmt: skip
    """A page that is one form and nothing else: a title, sentences `told` before it, and, where it leads `further`, one link. A
    `template` of a room's own extends `form.html`."""
    return form_page(
        request, template, questions, typed=typed, version=version, error=error, heading=title, action=action, back_to=back, told=told,
        further=further, button_text=button or title, **context,
    )  # fmt: skip


def once_or_again(
    request: Asked, form: Form, act: Callable[[Work], str], again: Callable[[CaraError], Page]
) -> Page | Redirect:
    """Do what a form asks; where that is refused for something that a person can mend, the page again, with what they typed.

    Raises:
        BadInput: the form is none of ours; there is nothing in it to mend.
    """
    try:
        return once(request, form, act)
    except REFUSED as error:
        if isinstance(error, BadInput) and not error.faults:
            raise
        return again(error)


def answers_of(questions: Sequence[Question], form: Form, *besides: str) -> dict[str, Any]:
    """The answers of a form, which may hold other fields `besides`. Raises `BadInput` for what is wrong, and for fields that the
    page does not have."""
    form.only(*besides, *(field for question in questions for field in form_binding.fields(question)))
    found = form_binding.read(questions, form)
    if found.faults:
        raise BadInput(faults=found.faults)
    return found.values
