"""Who is kept out of one room: people of one crime reference, those whom an officer names, and those of whom the victims' room
says no. The answer is yes or no; nobody learns with whom, or why."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import bindparam, or_, select

from cara.features.course.records.models import KeptApart
from cara.features.referrals.models import Referral
from cara.features.victims.wall import hold_gate
from cara.platform.unit_of_work import Work

_k: Any = KeptApart
_NAMED = (
    select(_k.id)
    .where(
        _k.ended_at.is_(None),
        or_(
            (_k.referral_id == bindparam("number")) & _k.other_id.in_(bindparam("others", expanding=True)),
            (_k.other_id == bindparam("number")) & _k.referral_id.in_(bindparam("others", expanding=True)),
        ),
    )
    .limit(1)
)
_ANY = (
    select(_k.id)
    .where(_k.ended_at.is_(None), or_(_k.referral_id == bindparam("number"), _k.other_id == bindparam("number")))
    .limit(1)
)
_AMONG = select(_k.referral_id, _k.other_id).where(
    _k.ended_at.is_(None),
    _k.referral_id.in_(bindparam("numbers", expanding=True)),
    _k.other_id.in_(bindparam("numbers", expanding=True)),
)


def crime(referral: Referral) -> str:
    """A crime reference as it is compared."""
    return "".join(referral.crime_reference.casefold().split())


def may_join(w: Work, referral: Referral, others: Iterable[Referral]) -> bool:
    """Whether somebody may sit with all of these people."""
    there = [one for one in others if one.id != referral.id]
    if not there:
        return True
    same_force = [one for one in there if one.force_id == referral.force_id]
    if any(crime(one) == crime(referral) for one in same_force):
        return False
    return not named(w, referral, there) and hold_gate.may_join(w, referral, same_force)


def named(w: Work, referral: Referral, others: Iterable[Referral]) -> bool:
    """Whether an officer keeps somebody apart from any of these."""
    return w.run(_NAMED, number=referral.id, others=[one.id for one in others]).first() is not None


def pairs_among(w: Work, referrals: Sequence[Referral]) -> frozenset[frozenset[int]]:
    """Every pair of these cases that is kept apart, for whatever cause: what `may_join` would say of two, at once. For the
    scheduler; it is neither kept nor shown."""
    by_crime: dict[tuple[str, str], set[int]] = {}
    for one in referrals:
        by_crime.setdefault((one.force_id, crime(one)), set()).add(one.id or 0)
    pairs = {frozenset(pair) for group in by_crime.values() for pair in combinations(sorted(group), 2)}
    rows = w.run(_AMONG, numbers=[one.id for one in referrals]) if referrals else ()
    pairs |= {frozenset((row.referral_id, row.other_id)) for row in rows}
    return frozenset(pairs) | hold_gate.apart_among(w, referrals)


def kept_apart(w: Work, referral: Referral) -> bool:
    """Whether an officer keeps this person apart from anybody."""
    return w.run(_ANY, number=referral.id).first() is not None
