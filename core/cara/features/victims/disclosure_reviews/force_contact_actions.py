"""Whom a force names to be reached about a held case: its duty supervisor, and who covers where no supervisor decides in time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select, update
from sqlmodel import col

from cara.errors import BadInput, Fault, Forbidden, NotFound
from cara.features.referrals import contact_validation as ways
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.plugins.models import ForceContact
from cara.platform.unit_of_work import Work

KINDS: Final[Mapping[str, str]] = {
    "duty_supervisor": lazy("Telephone number of the duty supervisor"),
    "review_cover": lazy("Cover address for overdue reviews"),
}
_WAYS: Final = {"duty_supervisor": "phone", "review_cover": "email"}
"""Kind → the way whose format its value must have."""


def listed(w: Work) -> Sequence[ForceContact]:
    """Read every row of the actor's force, those that were ended too, the newest first."""
    mine = select(ForceContact).where(col(ForceContact.force_id) == _force(w))
    found = w.session.scalars(mine.order_by(col(ForceContact.id).desc())).all()
    w.record("force_contact.listed", Act.CONSULTATION, force=_force(w), shown=[one.id or 0 for one in found])
    return found


def enter(w: Work, *, kind: str, reached_at: str, starts: date, until: date | None) -> None:
    """Enter a number or an address of the actor's force. It counts before what was entered earlier.

    Raises:
        BadInput: the kind is unknown, the number or address can be none, or it ends before it starts.
    """
    force, value = _force(w), reached_at.strip()
    if kind not in KINDS:
        raise BadInput(faults=[Fault("kind", "unknown", _("Select what you enter"))])
    if wrong := list(ways.faults({_WAYS[kind]: value})):
        raise BadInput(faults=[Fault("reached_at", one.code, one.message) for one in wrong])
    if until is not None and until < starts:
        raise BadInput(faults=[Fault("until", "range", _("The last day must not be before the first"))])
    row = ForceContact(
        force_id=force, kind=kind, reached_at=value, starts=starts, until=until, entered_at=w.now, entered_by=w.actor.id
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    w.record(
        "force_contact.entered",
        Act.COLLECTION,
        subject=("force_contact", row.id or 0),
        force=force,
        codes={"kind": kind},
    )


def end(w: Work, number: int) -> None:
    """End a row of the actor's force from now on. Raises `NotFound`: there is none, or it was ended."""
    ended = w.session.execute(
        update(ForceContact)
        .where(
            col(ForceContact.id) == number, col(ForceContact.force_id) == _force(w), col(ForceContact.ended_at).is_(None),
        )
        .values(ended_at=w.now, ended_by=w.actor.id)
        .returning(col(ForceContact.id))
        .execution_options(synchronize_session=False)
    ).first()  # fmt: skip
    if ended is None:
        raise NotFound
    w.record("force_contact.ended", Act.ALTERATION, subject=("force_contact", number), force=_force(w))


def _force(w: Work) -> str:
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force
