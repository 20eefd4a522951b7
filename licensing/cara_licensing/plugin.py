"""What licensing answers to the core. Light to import: the database and the pages are loaded when they are asked for."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cara.api import Clearance, hookimpl
from cara.feature import Feature

from cara_licensing.feature import FEATURE

if TYPE_CHECKING:
    from cara_licensing.status import Term


@hookimpl
def clearance(force: str, on: date, session: Any) -> Mapping[str, Clearance] | None:
    """Whether a licence lets each provider deliver in this force on this day, as the asker's own transaction sees it.

    Without a session there is no register to look in, so no answer; and no answer means no.
    """
    if session is None:
        return None
    from cara import dates
    from cara.i18n import gettext as _

    from cara_licensing import queries

    def of(terms: "Sequence[tuple[Term, str]]") -> Clearance:
        for term, reference in terms:
            if term.covers(on):
                if not term.last:
                    return Clearance(True, _("Licence {reference} is in force.").format(reference=reference), reference)
                said = _("Licence {reference} is in force, until {day}.")
                return Clearance(True, said.format(reference=reference, day=dates.plain(term.last)), reference)
        said = _("The provider has no licence in force for this police force on {day}.")
        return Clearance(False, said.format(day=dates.plain(on)))

    return {provider: of(terms) for provider, terms in queries.of_force(session, force).items()}


@hookimpl
def feature() -> Feature:
    """Return what licensing is made of."""
    return FEATURE
