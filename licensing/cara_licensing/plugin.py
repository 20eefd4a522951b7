"""What licensing answers to the core. Light to import: the database and the pages are loaded when they are asked for."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from cara.api import Clearance, hookimpl


@hookimpl
def clearance(force: str, provider: str, on: date, session: Any) -> Clearance | None:
    """Whether a licence lets this provider deliver in this force on this day, as the asker's own transaction sees it.

    Without a session there is no register to look in, so no answer; and no answer means no.
    """
    if session is None:
        return None
    from cara.i18n import gettext as _
    from cara.web import dates

    from cara_licensing import queries

    for term, reference in queries.of_pair(session, force, provider):
        if term.covers(on):
            said = (
                _("Licence {reference} is in force, until {day}.")
                if term.last
                else _("Licence {reference} is in force.")
            )
            return Clearance(
                True, said.format(reference=reference, day=term.last and dates.plain(term.last)), reference
            )
    return Clearance(
        False, _("The provider has no licence in force for this police force on {day}.").format(day=dates.plain(on))
    )


@hookimpl
def national_routes() -> Sequence[Any]:
    """The pages of licences."""
    from cara_licensing.pages import ROUTES

    return ROUTES
