"""Verbs behind the victim wall about who somebody is, and about holds. What is said and done with them is in `contact`.

Whoever acts for a force acts in that force; whoever keeps records acts on those that they keep. The wall itself sees to it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from cara.errors import Forbidden, NotFound
from cara.features.referrals.models import Referral
from cara.features.referrals.name_matching import new_reference
from cara.features.referrals.policing_areas import area_of
from cara.features.victims.wall import encryption
from cara.features.victims.wall.contact_models import CourseNews
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.record_keeper import keeper
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_c: Any = VictimInCase
_v: Any = Victim
_n: Any = CourseNews
_QUIETLY = {"synchronize_session": False}


@contextmanager
def behind(w: Work) -> Iterator[Session]:
    """Behind the wall, as far as whoever acts reaches: their force's records, or those that they keep."""
    with behind_the_wall(w.session, w.actor.force or "") as session:
        yield session


def record_victim(w: Work, keys: Keyring, case: Referral, *, name: str, contact: str, address: str) -> int:
    """Record who was harmed in a case of the actor's force, sealed with a key of their own, for whoever keeps such records
    there. Returns their number."""
    force = _force(w)
    keeps = keeper(w, force, case.provider_id)
    row = encryption.victim(keys, force, keeps, w.now, name=name, contact=contact, address=address)
    with behind_the_wall(w.session, force) as session:
        session.add(row)
        session.flush()
        number = row.id or 0
        _add(w, session, number, case, keeps)
    w.record("victim.recorded", Act.COLLECTION, subject=("victim", number), force=force)
    return number


def link(w: Work, victim: int, case: Referral) -> None:
    """Record that somebody known already was harmed in another case of the force. Recorded once, it is recorded."""
    force = _force(w)
    with behind_the_wall(w.session, force) as session:
        known = session.execute(select(_v.keeper_id).where(_v.id == victim)).one_or_none()
        if known is None:
            raise NotFound
        mine = select(_c.victim_id).where(_c.victim_id == victim, _c.referral_id == case.id)
        again = session.scalar(mine) is not None
        if not again:
            _add(w, session, victim, case, known.keeper_id)
    verb, act = ("victim.linked_again", Act.CONSULTATION) if again else ("victim.linked", Act.COMBINATION)
    w.record(verb, act, subject=("victim", victim), force=force)


def _add(w: Work, session: Session, victim: int, case: Referral, keeps: str | None) -> None:
    """Put somebody into a case. Whoever keeps their record has what was told of the course before: of the first record it moves to
    them, of a further one they are told anew what another keeper was told and they were not."""
    kept = select(_c.keeper_id).join(_v, _v.id == _c.victim_id)
    keep = session.scalars(kept.where(_c.referral_id == case.id, _v.erased_at.is_(None)).order_by(_c.added_at)).all()
    if not keep:
        _tell_once(session, case)
        told = update(CourseNews).where(_n.referral_id == case.id).values(keeper_id=keeps)
        session.execute(told.execution_options(**_QUIETLY))
    elif keeps not in keep:
        _tell_anew(session, case, keeps, keep[0])
    session.add(
        VictimInCase(
            victim_id=victim, referral_id=case.id or 0, force_id=case.force_id, keeper_id=keeps, reference=new_reference(),
            case_reference=case.reference, referral_risk=case.risk, area=area_of(w, case), added_at=w.now, added_by=w.actor.id,
        )
    )  # fmt: skip


def _tell_once(session: Session, case: Referral) -> None:
    """Leave of what several keepers were told of a case each thing once: one of them alone has it from now on."""
    news = session.execute(select(_n.id, _n.what, _n.day, _n.at).where(_n.referral_id == case.id).order_by(_n.id)).all()
    first = {(one.what, one.day, one.at): one.id for one in reversed(news)}
    again = delete(CourseNews).where(_n.referral_id == case.id, _n.id.not_in(first.values()))
    session.execute(again.execution_options(**_QUIETLY))


def _tell_anew(session: Session, case: Referral, keeps: str | None, another: str | None) -> None:
    """Tell a keeper what another one was told of a case since they were told anything themselves."""
    news = select(CourseNews).where(_n.referral_id == case.id).order_by(_n.id)
    theirs = session.scalars(news.where(_n.keeper_id.is_not_distinct_from(keeps))).all()
    session.add_all(
        CourseNews(
            force_id=case.force_id, keeper_id=keeps, referral_id=one.referral_id, what=one.what, day=one.day, at=one.at
        )
        for one in session.scalars(news.where(_n.keeper_id.is_not_distinct_from(another))).all()
        if not theirs or one.at > theirs[-1].at
    )  # fmt: skip


def read_victim(w: Work, keys: Keyring, victim: int) -> dict[str, str]:
    """Who somebody is and how they can be reached.

    Raises:
        NotFound: there is nobody of this number in the force, or they were erased.
    """
    with behind(w) as session:
        row = session.scalars(select(Victim).where(_v.id == victim)).one_or_none()
    if row is None:
        raise NotFound
    w.record("victim.read", Act.CONSULTATION, subject=("victim", victim), force=row.force_id)
    return encryption.unsealed(keys, row)


def _force(w: Work) -> str:
    """The force for which somebody acts behind the wall."""
    if not w.actor.force:
        raise Forbidden(_("Only somebody who acts for a police force can do this."))
    return w.actor.force
