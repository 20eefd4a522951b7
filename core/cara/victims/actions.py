"""Verbs behind the victim wall: the only writers of its tables, beside the concern that comes in by the door."""

from typing import Any

from sqlalchemy import select, update

from cara.errors import Forbidden, NotFound
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.referrals.names import new_reference
from cara.storage.engine import behind_the_wall
from cara.storage.keys import Keyring
from cara.victims import sealing
from cara.victims.holds import WholeCase
from cara.victims.keeping import keeper
from cara.victims.models import Victim, VictimInCase
from cara.work import Work

_v: Any = Victim
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
    """Erase somebody: the row is emptied and their key destroyed, so that no backup can be read either."""
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        key = session.scalar(select(_v.key_id).where(_v.id == victim))
        if key is None:
            raise NotFound
        emptied = dict.fromkeys(sealing.SEALED, b"")
        session.execute(
            update(Victim).where(_v.id == victim).values(erased_at=w.now, **emptied).execution_options(**_QUIETLY)
        )
    w.record("victim.erased", Act.ERASURE, subject=("victim", victim), force=force)
    # Before the commit: should that fail, the row stays and is unreadable. The other way round a key could outlive it.
    keys.destroy(force, key)


def _force(w: Work) -> str:
    """The force for which somebody acts behind the wall."""
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force
