"""What the pages of the course share."""

from cara.api import Option, Question
from cara.features.course.records.models import Place
from cara.features.referrals.queries import served
from cara.i18n import lazy as _
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work
from cara.web.ui.fragments import Tag


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
    if forces := served(w):
        options = tuple(Option(force, FORCES[force].short_name) for force in forces)
        return Question("force", _("In which force?"), "choice", options=options)
    return Question(
        "force", _("In which force?"), "text", _("Such as Kent, or Thames Valley."), width="20", max_length=80
    )
