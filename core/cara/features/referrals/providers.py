"""Which providers may take a force's cases today. Licensing answers; no answer means no."""

from datetime import date
from typing import Any

from sqlalchemy import select

from cara.errors import NotLicensed
from cara.i18n import gettext as _
from cara.platform.access.models import Organisation, OrganisationCapacity
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work

_o: Any = Organisation
_c: Any = OrganisationCapacity
_PROVIDERS = (
    select(_o.id, _o.name)
    .join(_c, _c.organisation_id == _o.id)
    .where(_c.capacity == "provider", _o.ended_at.is_(None))
    .order_by(_o.name)
)


def cleared(w: Work, forces: Forces, force: str, on: date) -> dict[str, str]:
    """Provider id → name, for every provider that a licence in force clears for this force on this day."""
    said = forces.clearances(force, on, w.session)
    rows = w.connection.execute(_PROVIDERS)
    return {key: name for key, name in rows if key in said and said[key].cleared}


def chosen(w: Work, forces: Forces, force: str, on: date, wanted: str) -> str:
    """The provider that a case goes to: the only one cleared, or the one that the officer chose among them.

    Raises:
        NotLicensed: none is cleared, or not the one chosen.
    """
    open_ones = cleared(w, forces, force, on)
    if not open_ones:
        raise NotLicensed(
            _(
                "No provider has a licence for this force today, so the case cannot be referred. Tell your administrator."
            )
        )
    if not wanted and len(open_ones) == 1:
        return next(iter(open_ones))
    if wanted not in open_ones:
        raise NotLicensed(_("Choose one of the providers licensed for this force."))
    return wanted
