"""What is owed about victims who refuse contact: reasons for which their details were shown, and grades from police information."""

from collections.abc import Sequence

from cara.features.victims.contact import contact_refusals
from cara.features.victims.contact.worklist import asked_of_police
from cara.features.victims.wall.staff_names import named
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work
from cara.web.ui.fragments import Deadline, Row, Worklist

REASONS = _("Details were shown although contact is refused: the reason is owed")
POLICE = _("Contact is refused: grade the risk from police information, before workshop B")


def listed(w: Work) -> Sequence[Worklist]:
    """List both, as far as whoever acts can do anything about it."""
    return (*((_police(w),) if w.actor.may("victim", "police_risk") else ()), _reasons(w))


def needs_me(w: Work) -> Sequence[Worklist]:
    """List both for "What needs me", for police who read victims' records."""
    return listed(w) if w.actor.may("victim", "police_risk") else ()


def _police(w: Work) -> Worklist:
    asked = asked_of_police(w)
    w.record("victim.listed", Act.CONSULTATION, shown=[one.victim for one in asked])
    rows = [Row(f"/victims/{one.reference}/police-risk", (one.reference, Deadline(one.by, near=3))) for one in asked]
    return Worklist(str(POLICE), (gettext("Record"), gettext("By")), rows)


def _reasons(w: Work) -> Worklist:
    found = contact_refusals.owed(w)
    names = named(w, [one.by for one in found])
    rows = [
        Row(
            f"/victims/{one.reference}/shown" if one.by == w.actor.id else f"/victims/{one.reference}",
            (one.reference, names.get(one.by, gettext("another organisation")), Deadline(one.due, near=1)),
        )
        for one in found
    ]
    return Worklist(str(REASONS), (gettext("Record"), gettext("Owed by"), gettext("By")), rows)
