"""Agreements to Operation Encompass: dated rows by area, which the force enters. Only they prompt, and only in their area."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select, update
from sqlmodel import col

from cara.errors import BadInput, Fault, Forbidden, NotFound
from cara.features.referrals.policing_areas import areas
from cara.features.victims.wall.review_models import EncompassAgreement
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work


def areas_agreed(w: Work, force: str) -> frozenset[str]:
    """The areas of a force in which an agreement stands today; an empty one is the whole force."""
    stands = select(col(EncompassAgreement.area)).where(
        col(EncompassAgreement.force_id) == force, col(EncompassAgreement.ended_at).is_(None),
        col(EncompassAgreement.starts) <= w.today,
        or_(col(EncompassAgreement.until).is_(None), col(EncompassAgreement.until) >= w.today),
    )  # fmt: skip
    return frozenset(w.session.scalars(stands))


def listed(w: Work) -> Sequence[EncompassAgreement]:
    """The agreements of the actor's force, those that were ended too, the newest first."""
    mine = select(EncompassAgreement).where(col(EncompassAgreement.force_id) == _force(w))
    found = w.session.scalars(mine.order_by(col(EncompassAgreement.id).desc())).all()
    w.record("agreement.listed", Act.CONSULTATION, force=_force(w), shown=[one.id or 0 for one in found])
    return found


def enter(w: Work, *, area: str, authority: str, starts: date, until: date | None) -> None:
    """Enter an agreement of the actor's force.

    Raises:
        BadInput: the area is none of the force's, no authority is named, or it ends before it starts.
    """
    force = _force(w)
    known = areas(w, force)
    if area not in (known or {"": ""}):
        raise BadInput(faults=[Fault("area", "unknown", _("Select the area"))])
    if not authority.strip():
        raise BadInput(faults=[Fault("authority", "missing", _("Enter the name of the local authority"))])
    if until is not None and until < starts:
        raise BadInput(faults=[Fault("until", "range", _("The last day must not be before the first"))])
    row = EncompassAgreement(
        force_id=force,
        area=area,
        authority=authority.strip(),
        starts=starts,
        until=until,
        entered_at=w.now,
        entered_by=w.actor.id,
    )
    w.session.add(row)
    w.session.flush()
    w.record("agreement.entered", Act.COLLECTION, subject=("agreement", row.id or 0), force=force, codes={"area": area})


def end(w: Work, number: int) -> None:
    """End an agreement of the actor's force from now on. Raises `NotFound`: there is none, or it was ended."""
    ended = w.session.execute(
        update(EncompassAgreement)
        .where(
            col(EncompassAgreement.id) == number, col(EncompassAgreement.force_id) == _force(w),
            col(EncompassAgreement.ended_at).is_(None),
        )
        .values(ended_at=w.now, ended_by=w.actor.id)
        .returning(col(EncompassAgreement.id))
        .execution_options(synchronize_session=False)
    ).first()  # fmt: skip
    if ended is None:
        raise NotFound
    w.record("agreement.ended", Act.ALTERATION, subject=("agreement", number), force=_force(w))


def _force(w: Work) -> str:
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force
