"""Legal holds: a case of which nothing may be erased. Whoever erases anything of a case asks here first, whatever the path."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import SQLModel

from cara.errors import BadInput, Fault, NotNow
from cara.features.referrals.models import LegalHold
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_h: Any = LegalHold


def standing(w: Work, referral: int) -> LegalHold | None:
    """The hold that a case is under, if it is."""
    return w.session.scalars(select(LegalHold).where(_h.referral_id == referral, _h.lifted_at.is_(None))).one_or_none()


def history(w: Work, referral: int) -> Sequence[LegalHold]:
    """All holds that a case is, or was, under."""
    return w.session.scalars(select(LegalHold).where(_h.referral_id == referral).order_by(_h.id)).all()


def refuse_if_held(w: Work, referrals: Iterable[int]) -> None:
    """Let nobody erase what belongs to a case under a hold.

    Raises:
        NotNow: one of these cases is under a legal hold.
    """
    numbers = list(referrals)
    _alone(w, numbers)
    held = select(_h.id).where(_h.referral_id.in_(numbers), _h.lifted_at.is_(None)).limit(1)
    if numbers and w.session.scalar(held) is not None:
        raise NotNow(_("A legal hold stands: nothing of the case can be erased until it is lifted."))


def place(w: Work, referral: int, reason: str) -> None:
    """Put a case under a hold.

    Raises:
        BadInput: no reason.
        NotNow: it is under one already.
    """
    _given(reason)
    _alone(w, [referral])
    if standing(w, referral):
        raise NotNow(_("This case is under a legal hold already."))
    force = w.actor.force or ""
    row = LegalHold(referral_id=referral, force_id=force, reason=reason.strip(), placed_at=w.now, placed_by=w.actor.id)
    w.session.add(row)
    w.session.flush()
    w.record("legal_hold.placed", Act.ALTERATION, subject=("referral", referral), force=force)


def lift(w: Work, referral: int, reason: str) -> None:
    """Lift it, with a reason that stays.

    Raises:
        BadInput: no reason.
        NotNow: there is none.
    """
    _given(reason)
    row = standing(w, referral)
    if row is None:
        raise NotNow(_("This case is under no legal hold."))
    w.session.execute(
        update(LegalHold)
        .where(_h.id == row.id)
        .values(lifted_at=w.now, lifted_by=w.actor.id, lift_reason=reason.strip())
        .execution_options(synchronize_session=False)
    )
    w.record("legal_hold.lifted", Act.ALTERATION, subject=("referral", referral), force=row.force_id)


def _alone(w: Work, referrals: Sequence[int]) -> None:
    """Of somebody who places a hold and somebody who erases, one comes first."""
    scope = w.session.info["scope"]
    if referrals and scope.force:
        case = SQLModel.metadata.tables["referral"]
        mine = select(case.c.id).where(case.c.force_id == bindparam("scope_force"), case.c.id.in_(referrals))
        w.connection.execute(mine.order_by(case.c.id).with_for_update(), {"scope_force": scope.force})


def _given(reason: str) -> None:
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Give the reason"))])
