"""Whom a force names to be reached about a held case: its duty supervisor, and who covers where no supervisor decides in time."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from cara.errors import BadInput, Fault
from cara.features.referrals import contact_validation as ways
from cara.features.victims.disclosure_reviews.force_entries import ForceEntries
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.plugins.models import ForceContact
from cara.platform.unit_of_work import Work

KINDS: Final[Mapping[str, str]] = {
    "duty_supervisor": lazy("Telephone number of the duty supervisor"),
    "review_cover": lazy("Cover address for overdue reviews"),
}
_WAYS: Final = {"duty_supervisor": "phone", "review_cover": "email"}
"""Kind → the way whose format its value must have."""
_ENTRIES: Final = ForceEntries(ForceContact, "force_contact")
listed = _ENTRIES.listed
end = _ENTRIES.end


def enter(w: Work, *, kind: str, reached_at: str, starts: date, until: date | None) -> None:
    """Enter a number or an address of the actor's force. It counts before what was entered earlier.

    Raises:
        BadInput: the kind is unknown, the number or address can be none, or it ends before it starts.
    """
    value = reached_at.strip()
    if kind not in KINDS:
        raise BadInput(faults=[Fault("kind", "unknown", _("Select what you enter"))])
    if wrong := list(ways.faults({_WAYS[kind]: value})):
        raise BadInput(faults=[Fault("reached_at", one.code, one.message) for one in wrong])
    _ENTRIES.enter(w, {"kind": kind}, kind=kind, reached_at=value, starts=starts, until=until)
