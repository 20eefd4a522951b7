"""Verbs behind the victim wall: the only writers of its tables, beside the concern that comes in by the door."""

from typing import Any

from sqlalchemy import select, update

from cara.errors import Forbidden, NotFound, NotNow
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.referrals.names import new_reference
from cara.retention import legal_hold
from cara.storage.engine import behind_the_wall
from cara.storage.keys import Keyring
from cara.victims import sealing
from cara.victims.holds import WholeCase
from cara.victims.keeping import keeper
from cara.victims.models import Hold, Victim, VictimInCase
from cara.work import Work

_v: Any = Victim
_c: Any = VictimInCase
_h: Any = Hold
_QUIETLY = {"synchronize_session": False}


def record_victim(w: Work, keys: Keyring, case: WholeCase, *, name: str, contact: str, address: str) -> int:
    """Record who was harmed in a case of the actor's force, sealed with a key of their own, for whoever keeps such records
    there. Returns their number."""
    force = _force(w)
    keeps = keeper(w, force, case.provider_id)
    row = sealing.victim(keys, force, keeps, w.now, name=name, contact=contact, address=address)
    with behind_the_wall(w.session, force) as session:
        session.add(row)
        session.flush()
        number = row.id or 0
        session.add(_in_case(w, number, case, keeps))
    w.record("victim.recorded", Act.COLLECTION, subject=("victim", number), force=force)
    return number


def link(w: Work, victim: int, case: WholeCase) -> None:
    """Record that somebody known already was harmed in another case of the force."""
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        known = session.execute(select(_v.keeper_id).where(_v.id == victim)).one_or_none()
        if known is None:
            raise NotFound
        session.add(_in_case(w, victim, case, known.keeper_id))
    w.record("victim.linked", Act.COMBINATION, subject=("victim", victim), force=force)


def _in_case(w: Work, victim: int, case: WholeCase, keeps: str | None) -> VictimInCase:
    return VictimInCase(
        victim_id=victim, referral_id=case.id or 0, force_id=case.force_id, keeper_id=keeps, reference=new_reference(),
        case_reference=case.reference, added_at=w.now, added_by=w.actor.id,
    )  # fmt: skip


def read_victim(w: Work, keys: Keyring, victim: int) -> dict[str, str]:
    """Who somebody is and how they can be reached.

    Raises:
        NotFound: there is nobody of this number in the force, or they were erased.
    """
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        row = session.scalars(select(Victim).where(_v.id == victim)).one_or_none()
    if row is None:
        raise NotFound
    w.record("victim.read", Act.CONSULTATION, subject=("victim", victim), force=force)
    return sealing.unsealed(keys, row)


def erase(w: Work, keys: Keyring, victim: int) -> None:
    """Erase somebody: the row is emptied and their key destroyed, so that no backup can be read either.

    Raises:
        NotFound: there is nobody of this number.
        NotNow: a case of theirs is under a legal hold.
    """
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        key = session.scalar(select(_v.key_id).where(_v.id == victim))
        if key is None:
            raise NotFound
        legal_hold.refuse_if_held(w, session.scalars(select(_c.referral_id).where(_c.victim_id == victim)))
        emptied = dict.fromkeys(sealing.SEALED, b"")
        session.execute(
            update(Victim).where(_v.id == victim).values(erased_at=w.now, **emptied).execution_options(**_QUIETLY)
        )
    w.record("victim.erased", Act.ERASURE, subject=("victim", victim), force=force)
    # Before the commit: should that fail, the row stays and is unreadable. The other way round a key could outlive it.
    keys.destroy(force, key)


def place_hold(w: Work, keys: Keyring, case: WholeCase, cause: str) -> int:
    """Hold a case of the actor's force. Returns the hold's number."""
    force = _force(w)
    row = sealing.hold(keys, case, keeper(w, force, case.provider_id), cause, w.now, w.actor.id)
    with behind_the_wall(w.session, force) as session:
        session.add(row)
        session.flush()
        number = row.id or 0
    w.record("hold.placed", Act.ALTERATION, subject=("referral", case.id or 0), force=force)
    return number


def release_hold(w: Work, hold: int, *, advice_before_b: bool) -> None:
    """Release a hold; with `advice_before_b` the facilitator takes advice before workshop B, and is not told why.

    Raises:
        Forbidden: whoever acts is not police.
        NotNow: it is released already.
    """
    if w.actor.capacity != "force":
        raise Forbidden(_("Only the police release a hold."))
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        referral = session.scalar(select(_h.referral_id).where(_h.id == hold))
        if referral is None:
            raise NotFound
        done: Any = session.execute(
            update(Hold)
            .where(_h.id == hold, _h.released_at.is_(None))
            .values(released_at=w.now, released_by=w.actor.id, advice_before_b=advice_before_b)
            .execution_options(**_QUIETLY)
        )
    if done.rowcount != 1:
        raise NotNow(_("This hold is released already."))
    w.record("hold.released", Act.ALTERATION, subject=("referral", referral), force=force)


def _force(w: Work) -> str:
    """The force for which somebody acts behind the wall."""
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force
