"""Readings of retention: reviews that wait, a review with its case, a force's periods."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from cara.features.referrals import legal_hold
from cara.features.referrals.models import LegalHold, Offender, Referral
from cara.features.retention.models import RetentionPeriod, RetentionReview
from cara.platform.access.models import Person
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

PAGE = 100
_o: Any = Offender
_p: Any = RetentionPeriod
_r: Any = Referral
_v: Any = RetentionReview
_h: Any = LegalHold
_DUE = (
    select(_v.reference, _v.record_class, _v.due_on, _v.until, _v.proposed_at, _v.referral_id)
    .where(_v.decided_at.is_(None))
    .order_by(_v.due_on, _v.id)
    .limit(PAGE)
)


_PROPOSED = _DUE.where(_v.proposed_at.is_not(None), _v.proposed_by != bindparam("whom"))
Found = tuple[Sequence[Row[Any]], Mapping[int, str], frozenset[int]]
"""Reviews, the references of their cases, and which of these are under a legal hold."""


def due(w: Work) -> Found:
    """Reviews that nobody has decided, longest due first."""
    return _listed(w, w.run(_DUE).all())


def proposed(w: Work) -> Found:
    """Reviews in which somebody else than the actor proposes to erase the records, longest due first."""
    return _listed(w, w.run(_PROPOSED, whom=w.actor.id).all())


def _listed(w: Work, rows: Sequence[Row[Any]]) -> Found:
    numbers = [row.referral_id for row in rows if row.referral_id]
    cases = w.session.execute(select(_r.id, _r.reference).where(_r.id.in_(numbers)))
    names = {one.id: one.reference for one in cases}
    held = w.session.scalars(select(_h.referral_id).where(_h.referral_id.in_(numbers), _h.lifted_at.is_(None)))
    w.record("retention.listed", Act.CONSULTATION, shown=numbers, codes={"found": len(rows)})
    return rows, names, frozenset(held)


def of_review(w: Work, row: RetentionReview) -> tuple[Referral | None, Offender | None, LegalHold | None]:
    """The case that a review is about, its person, and the hold that it is under."""
    if row.referral_id is None:
        w.record("retention.read", Act.CONSULTATION, subject=("retention_review", row.id or 0))
        return None, None, None
    referral, offender = w.session.execute(
        select(Referral, Offender).join(_o, _o.referral_id == _r.id).where(_r.id == row.referral_id)
    ).one()
    w.record("retention.read", Act.CONSULTATION, subject=("referral", row.referral_id), force=row.force_id)
    return referral, offender, legal_hold.standing(w, row.referral_id)


def name_of(w: Work, actor: str) -> str:
    """The name of a colleague who did something; empty for anybody else."""
    person = w.session.get(Person, int(actor)) if actor.isdecimal() else None
    return person.name if person and person.organisation_id == w.actor.organisation else ""


def periods(w: Work) -> Sequence[RetentionPeriod]:
    """Every period that the actor's force has set."""
    return w.session.scalars(select(RetentionPeriod).where(_p.force_id == w.actor.force).order_by(_p.id)).all()
