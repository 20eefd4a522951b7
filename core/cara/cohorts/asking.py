"""What the pages of the course share: one form on a page, read and shown again with what is wrong."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar.response import Redirect

from cara import kept_typing
from cara.api import Option, Question
from cara.cohorts import views
from cara.cohorts.models import Place
from cara.errors import BadInput, CaraError, Conflict, NotLicensed, Stale
from cara.i18n import lazy as _
from cara.reference.forces import FORCES
from cara.shell import Asked, Form, Page, faults_of, once, page
from cara.web import forms
from cara.web.bits import Tag
from cara.work import Work, new_token

REFUSED = (BadInput, Conflict, NotLicensed)
"""What a verb refuses and a page explains."""


def form_page(
    request: Asked, title: str, action: str, questions: Sequence[Question], *, back: str, typed: Any = None, version: int | None = None,
    error: CaraError | None = None, told: Sequence[str] = (), button: str = "", pauses: Sequence[Any] = (),
    further: tuple[str, str] | None = None,
) -> Page:  # fmt: skip
    kept = kept_typing.take(request) if error is None else None
    if kept is not None and version is not None and kept_typing.version(kept) != version:
        error = Stale()
    shown = page(
        request, "cohorts/form.html", status=error.status if error else 200, heading=title, action=action, questions=questions,
        typed=forms.read(questions, kept).typed if kept else typed or {}, faults=faults_of(error) if error else (),
        back_to=back, version=version, told=told, pauses=pauses, further=further, button_text=button or title,
        overtaken_by_another=isinstance(error, Stale),
        key=new_token(),
        flashes=(kept_typing.notice(),) if kept else (),
    )  # fmt: skip
    return kept_typing.taken(request, shown) if kept else shown


def place_tag(place: Place) -> Tag:
    """How far somebody's place in a cohort is, as a word."""
    return (
        Tag(str(_("Confirmed")), "green") if place.confirmed_at
        else Tag(str(_("Booked")), "teal") if place.booked_at
        else Tag(str(_("Offered")), "yellow") if place.offered_at
        else Tag(str(_("Waiting list")), "grey")
    )  # fmt: skip


def which_force(w: Work) -> Question:
    """In which force something is to be: one of those whose cases the provider has; before the first case, any by its name."""
    if served := views.served(w):
        options = tuple(Option(force, FORCES[force].short_name) for force in served)
        return Question("force", _("In which force?"), "choice", options=options)
    return Question(
        "force", _("In which force?"), "text", _("Such as Kent, or Thames Valley."), width="20", max_length=80
    )


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


def answers_of(questions: Sequence[Question], form: Form) -> dict[str, Any]:
    form.only(*(field for question in questions for field in forms.fields(question)))
    found = forms.read(questions, form)
    if found.faults:
        raise BadInput(faults=found.faults)
    return found.values
