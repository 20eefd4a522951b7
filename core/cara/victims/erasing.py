"""Erasing somebody: every sealed column that is theirs is emptied, and the keys that open them, here and in any backup, are
destroyed. That there was a record, and what was done with it, stays in the ledger, which never held a word of it."""

from typing import Any

from sqlalchemy import select, update

from cara.errors import Forbidden, NotFound
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.retention import legal_hold
from cara.storage.keys import Keyring
from cara.victims import sealing
from cara.victims.actions import behind
from cara.victims.models import DetailsChange, Hold, Victim, VictimInCase
from cara.victims.records import BrokenGlass, ContactAttempt, Conversation, RiskAssessment
from cara.victims.reviews.models import DisclosureReview, ReviewStep, ReviewView
from cara.work import Work

OF_VICTIM: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (DetailsChange, ("before", "after")),
    (ContactAttempt, ("note",)),
    (Conversation, ("said",)),
    (RiskAssessment, ("assessed",)),
    (BrokenGlass, ("reason",)),
)
"""Tables of one victim, with their sealed columns."""
OF_REVIEW: tuple[tuple[Any, tuple[str, ...]], ...] = ((ReviewView, ("words",)), (ReviewStep, ("words",)))

_v: Any = Victim
_c: Any = VictimInCase
_h: Any = Hold
_d: Any = DisclosureReview


def erase(w: Work, keys: Keyring, victim: int, *, why: str = "") -> None:
    """Erase somebody, with what reviews and holds of their cases say of them.

    Raises:
        Forbidden: whoever acts is not of the force, which alone knows of legal holds.
        NotFound: there is nobody of this number within reach.
        NotNow: a case of theirs is under a legal hold.
    """
    if not w.actor.force:
        raise Forbidden(_("Only the force erases a record."))
    with behind(w) as session:
        legal_hold.refuse_if_held(w, session.scalars(select(_c.referral_id).where(_c.victim_id == victim)))
        person = session.execute(select(_v.force_id, _v.key_id).where(_v.id == victim)).one_or_none()
        if person is None:
            raise NotFound
        destroyed = [person.key_id]
        for model, columns in OF_VICTIM:
            _empty(session, model, columns, model.victim_id == victim)
        cases = _theirs_alone(session, victim)
        reviews = session.execute(
            select(_d.id, _d.key_id, _d.hold_id).where((_d.victim_id == victim) | _d.referral_id.in_(cases))
        ).all()
        holds = session.execute(
            select(_h.id, _h.key_id).where(_h.referral_id.in_(cases) | _h.id.in_([one.hold_id for one in reviews]))
        ).all()
        destroyed += [one.key_id for one in (*reviews, *holds)]
        numbers = [one.id for one in reviews]
        _empty(session, DisclosureReview, ("account", "reasons"), _d.id.in_(numbers))
        for model, columns in OF_REVIEW:
            _empty(session, model, columns, model.review_id.in_(numbers))
        _empty(session, Hold, ("cause",), _h.id.in_([one.id for one in holds]))
        _empty(session, Victim, sealing.SEALED, _v.id == victim, erased_at=w.now)
    w.record("victim.erased", Act.ERASURE, subject=("victim", victim), force=person.force_id,
             codes={"why": why} if why else None)  # fmt: skip
    # Before the commit: should that fail, the rows stay and are unreadable. The other way round a key could outlive them.
    for key in dict.fromkeys(destroyed):
        keys.destroy(person.force_id, key)


def _theirs_alone(session: Any, victim: int) -> list[int]:
    """Cases in which nobody else was harmed: what holds them is about this person."""
    mine = set(session.scalars(select(_c.referral_id).where(_c.victim_id == victim)))
    shared = session.scalars(select(_c.referral_id).where(_c.referral_id.in_(mine), _c.victim_id != victim))
    return sorted(mine - set(shared))


def _empty(session: Any, model: Any, columns: tuple[str, ...], which: Any, **values: Any) -> None:
    emptied: dict[str, Any] = dict.fromkeys(columns, b"")
    session.execute(update(model).where(which).values(**emptied, **values).execution_options(synchronize_session=False))
