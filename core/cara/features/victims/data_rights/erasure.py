"""Erasing somebody: every sealed column that is theirs is emptied, and the keys that open them, here and in any backup, are
destroyed; what they were called leads nowhere any more. That there was a record, and what was done with it, stays in the ledger,
which never held a word of it; so does the number that keeps two people whom they feared out of one room.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from cara.errors import Forbidden, NotFound
from cara.features.referrals import legal_hold
from cara.features.referrals.name_matching import new_reference
from cara.features.victims.survey.actions import survey_of
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import (
    BrokenGlass,
    ContactAttempt,
    Conversation,
    DetailsShown,
    RiskAssessment,
)
from cara.features.victims.wall.models import DetailsChange, Hold, Victim, VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep, ReviewView
from cara.i18n import gettext as _
from cara.platform import idempotency
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.database.engine import behind_the_wall
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

OF_VICTIM: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (DetailsChange, ("before", "after")),
    (ContactAttempt, ("note",)),
    (Conversation, ("said",)),
    (RiskAssessment, ("assessed",)),
    (BrokenGlass, ("reason",)),
    (DetailsShown, ("words",)),
)
"""Tables of one victim, with their sealed columns."""
OF_REVIEW: tuple[tuple[Any, tuple[str, ...]], ...] = ((ReviewView, ("words",)), (ReviewStep, ("words",)))

_v: Any = Victim
_c: Any = VictimInCase
_h: Any = Hold
_d: Any = DisclosureReview
_QUIETLY = {"synchronize_session": False}


def erase(w: Work, keys: Keyring, victim: int, *, why: str = "") -> None:
    """Erase somebody, with what reviews and holds of their cases say of them. What a case holds that is about nobody in
    particular goes with the last of those who were harmed in it.

    Raises:
        Forbidden: whoever acts is not of the force, which alone knows of legal holds.
        NotFound: there is nobody of this number within reach.
        NotNow: a case of theirs is under a legal hold.
    """
    if not w.actor.force:
        raise Forbidden(_("Only the force erases a record."))
    with behind(w) as session:
        links = session.execute(
            select(_c.referral_id, _c.reference, _c.case_reference).where(_c.victim_id == victim)
        ).all()
        legal_hold.refuse_if_held(w, [one.referral_id for one in links])
        person = session.execute(select(_v.force_id, _v.key_id).where(_v.id == victim)).one_or_none()
        if person is None:
            raise NotFound
        for model, columns in OF_VICTIM:
            _empty(session, model, columns, model.victim_id == victim)
        alone = _theirs_alone(session, victim)
        destroyed, reviews = _words(
            session, (_d.victim_id == victim) | _d.referral_id.in_(alone), _h.referral_id.in_(alone)
        )
        _empty(session, Victim, encryption.SEALED, _v.id == victim, erased_at=w.now)
        for one in links:
            _empty(
                session, VictimInCase, (), (_c.victim_id == victim) & (_c.referral_id == one.referral_id),
                reference=new_reference(), case_reference="", referral_risk="", area="",
            )  # fmt: skip
    named = [name for one in links for name in (one.reference, one.case_reference)]
    _forget_forms(w, keys, [*named, *reviews, survey_of(victim)])
    w.record("victim.erased", Act.ERASURE, subject=("victim", victim), force=person.force_id,
             codes={"why": why} if why else None)  # fmt: skip
    # Before the commit: should that fail, the rows stay and are unreadable. The other way round a key could outlive them.
    for key in {person.key_id, *destroyed}:
        keys.destroy(person.force_id, key)


def erase_words(w: Work, keys: Keyring, force: str, referral: int) -> int:
    """Erase what holds and reviews of a case say under keys of their own. That they were stays. Returns how many were emptied.

    What is sealed with the key of somebody who is not erased stays with them: their key opens all that is known of them, in
    their other cases too.
    """
    with behind_the_wall(w.session, force) as session:
        theirs = select(_v.key_id).join(_c, _c.victim_id == _v.id)
        used = list(session.scalars(theirs.where(_c.referral_id == referral, _v.erased_at.is_(None))))
        destroyed, reviews = _words(
            session,
            (_d.referral_id == referral) & _d.key_id.not_in(used),
            (_h.referral_id == referral) & _h.key_id.not_in(used),
        )
    _forget_forms(w, keys, reviews)
    for key in destroyed:
        keys.destroy(force, key)
    return len(destroyed)


def _words(session: Session, of_reviews: Any, of_holds: Any) -> tuple[list[str], list[str]]:
    """Empty what these reviews say, and these holds with those of the reviews. Returns each one's key, and what reviews
    and the consultations about them were called."""
    wanted = select(_d.id, _d.key_id, _d.hold_id, _d.reference, _d.consultation)
    reviews = session.execute(wanted.where(of_reviews)).all()
    held = of_holds | _h.id.in_([one.hold_id for one in reviews])
    holds = session.execute(select(_h.id, _h.key_id).where(held)).all()
    numbers = [one.id for one in reviews]
    _empty(session, DisclosureReview, ("account", "reasons"), _d.id.in_(numbers))
    for model, columns in OF_REVIEW:
        _empty(session, model, columns, model.review_id.in_(numbers))
    _empty(session, Hold, ("cause",), _h.id.in_([one.id for one in holds]))
    called = [name for one in reviews for name in (one.reference, one.consultation) if name]
    return [one.key_id for one in (*reviews, *holds)], called


def _theirs_alone(session: Session, victim: int) -> list[int]:
    """Cases in which nobody else was harmed who is not erased: what holds them is about this person."""
    mine = set(session.scalars(select(_c.referral_id).where(_c.victim_id == victim)))
    others = select(_c.referral_id).join(_v, _v.id == _c.victim_id)
    shared = session.scalars(others.where(_c.referral_id.in_(mine), _v.id != victim, _v.erased_at.is_(None)))
    return sorted(mine - set(shared))


def _forget_forms(w: Work, keys: Keyring, called: Sequence[str]) -> None:
    """Forget what forms about these records were answered, and what could tell a right guess of what they said."""
    secret = installation_secret(keys.folder)
    idempotency.forget(w.connection, [idempotency.mark(secret, "victim", name) for name in called])


def _empty(session: Session, model: Any, columns: tuple[str, ...], which: Any, **values: Any) -> None:
    emptied: dict[str, Any] = dict.fromkeys(columns, b"")
    session.execute(update(model).where(which).values(**emptied, **values).execution_options(**_QUIETLY))
