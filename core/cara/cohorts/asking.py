"""What the pages of the course share."""

from collections.abc import Sequence
from typing import Any

from cara import asking
from cara.api import Option, Question
from cara.asking import answers_of as answers_of
from cara.asking import once_or_again as once_or_again
from cara.cohorts import views
from cara.cohorts.models import Place
from cara.errors import CaraError
from cara.i18n import lazy as _
from cara.reference.forces import FORCES
from cara.shell import Asked, Page
from cara.web.bits import Tag
from cara.work import Work


def form_page(
    request: Asked, title: str, action: str, questions: Sequence[Question], *, back: str, typed: Any = None, version: int | None = None,
    error: CaraError | None = None, told: Sequence[str] = (), button: str = "", pauses: Sequence[Any] = (),
    further: tuple[str, str] | None = None, preview: Any = None,
) -> Page:  # fmt: skip
    """The one form of a page of the course. `preview`: the text of what the form sends, to read before it goes."""
    return asking.form_page(
        request, "cohorts/form.html", questions, typed=typed, version=version, error=error, heading=title, action=action, back_to=back,
        told=told, pauses=pauses, further=further, preview=preview, button_text=button or title,
    )  # fmt: skip


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
