"""What the pages of the course share: one form on a page, read and shown again with what is wrong."""

from collections.abc import Sequence
from typing import Any

from cara import kept_typing
from cara.api import Option, Question
from cara.cohorts import views
from cara.cohorts.models import Place
from cara.errors import CaraError, Stale
from cara.i18n import lazy as _
from cara.reference.forces import FORCES
from cara.shell import Asked, Page, faults_of, page
from cara.shell import (
    answers_of as answers_of,
)  # beside the form's page: whoever asks with the one reads with the others
from cara.shell import once_or_again as once_or_again
from cara.web import forms
from cara.web.bits import Tag
from cara.work import Work, new_token


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
