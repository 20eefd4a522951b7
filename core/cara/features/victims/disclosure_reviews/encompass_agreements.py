"""Agreements to Operation Encompass: dated rows by area, which the force enters. Only they prompt, and only in their area."""

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import col

from cara.errors import BadInput, Fault
from cara.features.referrals.policing_areas import areas
from cara.features.victims.disclosure_reviews.force_entries import ForceEntries, force_of
from cara.features.victims.wall.review_models import EncompassAgreement
from cara.i18n import gettext as _
from cara.platform.database.dated_rows import in_force
from cara.platform.unit_of_work import Work

_ENTRIES: Final = ForceEntries(EncompassAgreement, "agreement")
listed = _ENTRIES.listed
end = _ENTRIES.end


def areas_agreed(w: Work, force: str) -> frozenset[str]:
    """Return the areas of a force in which an agreement is in force today; an empty one is the whole force."""
    agreed = select(col(EncompassAgreement.area)).where(
        col(EncompassAgreement.force_id) == force, in_force(EncompassAgreement, w.today)
    )
    return frozenset(w.session.scalars(agreed))


def enter(w: Work, *, area: str, authority: str, starts: date, until: date | None) -> None:
    """Enter an agreement of the actor's force.

    Raises:
        BadInput: the area is none of the force's, no authority is named, or it ends before it starts.
    """
    known = areas(w, force_of(w))
    if area not in (known or {"": ""}):
        raise BadInput(faults=[Fault("area", "unknown", _("Select the area"))])
    if not authority.strip():
        raise BadInput(faults=[Fault("authority", "missing", _("Enter the name of the local authority"))])
    _ENTRIES.enter(w, {"area": area}, area=area, authority=authority.strip(), starts=starts, until=until)
