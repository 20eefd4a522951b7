"""The only door of the victim wall. Out comes yes or no, never why; a concern goes in and never comes out.

Whoever asks shows the case as they read it, through their own scope: no one can ask about a case that they cannot see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any, Protocol

from sqlalchemy import bindparam, exists, select

from cara.errors import WallBreached
from cara.features.referrals.models import Referral
from cara.features.victims.wall import models
from cara.features.victims.wall.contact_models import CourseNews
from cara.features.victims.wall.record_keeper import keepers
from cara.features.victims.wall.review_opening import concern
from cara.features.victims.wall.review_rules import Account
from cara.features.victims.wall.row_locks import wait_for_holds
from cara.features.victims.wall.vocabulary import NEWS
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.unit_of_work import Work

_h: Any = models.Hold
_c: Any = models.VictimInCase
_r: Any = Referral

_HELD = select(_h.referral_id).where(_h.released_at.is_(None))
_SEEN = select(_r.id, _r.force_id).where(_r.id.in_(bindparam("numbers", expanding=True)))
_AMONG = select(_h.referral_id, _h.placed_at, _h.released_at, _h.advice_before_b).where(
    _h.referral_id.in_(bindparam("numbers", expanding=True))
)


class Case(Protocol):
    """A case as the asker's unit of work read it: a row of referrals, or what `Work.cases` read of it."""

    @property
    def id(self) -> int | None: ...
    @property
    def force_id(self) -> str: ...


class WholeCase(Case, Protocol):
    """A case as a row of referrals."""

    reference: str
    provider_id: str | None


@dataclass(frozen=True, slots=True)
class Cautions:
    """What the door says of several cases: the numbers of those of which `held` and `advice_before_b` would say yes."""

    held: frozenset[int]
    advice_before_b: frozenset[int]


def held(w: Work, case: Case) -> bool:
    """Whether the case may not go on now, from whatever cause. No workshop takes place while it is."""
    return _any(w, case, _h.released_at.is_(None))


def advice_before_b(w: Work, case: Case) -> bool:
    """Whether the facilitator takes advice before workshop B: a hold was released with care needed."""
    return _any(w, case, _h.released_at.is_not(None), _h.advice_before_b)


def may_cancel(w: Work, case: Case) -> bool:
    """Whether the person's place may be cancelled now: the case is not held, or police approved it. What they approved stands when
    another hold comes beside the first: asking again would tell an officer that it did."""
    standing = _h.released_at.is_(None)
    return not _any(w, case, standing) or _any(w, case, standing, _h.cancel_approved_at.is_not(None))


def cautions_among(w: Work, cases: Iterable[Case], at: datetime | None = None) -> Cautions:
    """Both at once of several cases; one question for each force among them. `at`: held as it was at that instant, not now."""
    rows: list[Any] = []
    for force, numbers in _by_force(w, cases).items():
        with behind_the_wall(w.session, force):
            rows += w.run(_AMONG, numbers=numbers)
    return Cautions(
        held=frozenset(row.referral_id for row in rows if _stood(row, at)),
        advice_before_b=frozenset(row.referral_id for row in rows if row.released_at and row.advice_before_b),
    )


def _stood(row: Any, at: datetime | None) -> bool:
    """Whether a hold stands, or stood at an instant."""
    return (
        row.released_at is None
        if at is None
        else row.placed_at <= at and not (row.released_at and row.released_at <= at)
    )


def may_share_room(w: Work, one: Case, other: Case) -> bool:
    """Whether the people of two cases may be in one room: not if the same person was harmed by both."""
    number, second = _seen(w, one), _seen(w, other)
    if one.force_id != other.force_id:
        return True  # a force keeps its own records of whom it protects: there is nothing that links these two
    with behind_the_wall(w.session, one.force_id) as session:
        harmed_by_one = set(session.scalars(select(_c.victim_id).where(_c.referral_id == number)))
        harmed_by_other = set(session.scalars(select(_c.victim_id).where(_c.referral_id == second)))
    return not harmed_by_one & harmed_by_other


def held_meanwhile(w: Work, cases: Iterable[Case], at: datetime | None = None) -> frozenset[int]:
    """As `held_among`, for whoever records a workshop (one that began `at` an instant): nobody places a hold on these cases
    until they are done."""
    asked = list(cases)
    for number in sorted(_seen(w, case) for case in asked):
        wait_for_holds(w.session, number)
    return cautions_among(w, asked, at).held


def held_among(w: Work, cases: Iterable[Case]) -> frozenset[int]:
    """The numbers of those cases that may not go on now; one question for each force among them."""
    return cautions_among(w, cases).held


def make_held_among(_state: object) -> Callable[[Work, Iterable[Case]], frozenset[int]]:
    """Return `held_among`, for the application's state."""
    return held_among


def held_in(w: Work, forces: Iterable[str]) -> frozenset[int]:
    """The numbers of those cases of these forces that may not go on now. Each is read through the asker's own scope before it is
    named: none comes out that they cannot see."""
    numbers: list[int] = []
    for force in forces:
        with behind_the_wall(w.session, force):
            numbers += w.run(_HELD).scalars()
    return frozenset(row.id for row in w.cases(_SEEN, numbers=numbers)) if numbers else frozenset()


def may_join(w: Work, one: Case, others: Iterable[Case]) -> bool:
    """Whether somebody may be in one room with all of these people: yes or no, and never which of them it is."""
    number = _seen(w, one)
    numbers = _by_force(w, others).get(one.force_id, [])
    if not numbers:
        return True  # as above: nothing links the people of two forces
    harmed = select(_c.victim_id).where(_c.referral_id == number)
    with behind_the_wall(w.session, one.force_id) as session:
        by_one = list(session.scalars(harmed))
        meets = select(exists(select(_c.victim_id).where(_c.referral_id.in_(numbers), _c.victim_id.in_(by_one))))
        return not by_one or not session.scalar(meets)


def apart_among(w: Work, cases: Iterable[Case]) -> frozenset[frozenset[int]]:
    """Pairs of these cases whose people may not be in one room, by number: `may_share_room` asked of each pair at once."""
    pairs: set[frozenset[int]] = set()
    for force, numbers in _by_force(w, cases).items():
        by_harmed: dict[Any, set[int]] = {}
        with behind_the_wall(w.session, force) as session:
            for harmed, number in session.execute(
                select(_c.victim_id, _c.referral_id).where(_c.referral_id.in_(numbers))
            ):
                by_harmed.setdefault(harmed, set()).add(number)
        pairs |= {frozenset(pair) for group in by_harmed.values() for pair in combinations(sorted(group), 2)}
    return frozenset(pairs)


def raise_concern(w: Work, keys: Keyring, case: Referral, words: str) -> None:
    """Say that somebody may be in danger. The case is held and under review from now on; police decide, and read the words."""
    _seen(w, case)
    concern(w, keys, case, Account(words))


def tell(w: Work, case: WholeCase, what: str, day: date | None = None) -> None:
    """Tell whoever speaks with the victim what happened in the course: a word of `safety.NEWS`, and the day that it is about.
    Whether there is anybody to tell is not said."""
    number = _seen(w, case)
    if what not in NEWS:
        raise WallBreached(f"{what} is no news")
    told = keepers(w, case.force_id, number, case.provider_id)
    with behind_the_wall(w.session, case.force_id) as session:
        session.add_all(
            CourseNews(force_id=case.force_id, keeper_id=keeps, referral_id=number, what=what, day=day, at=w.now)
            for keeps in told
        )


def _by_force(w: Work, cases: Iterable[Case]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for case in cases:
        found.setdefault(case.force_id, []).append(_seen(w, case))
    return found


def _any(w: Work, case: Case, *which: Any) -> bool:
    number = _seen(w, case)
    with behind_the_wall(w.session, case.force_id) as session:
        return bool(session.scalar(select(exists(select(_h.id).where(_h.referral_id == number, *which)))))


def _seen(w: Work, case: Case) -> int:
    """The number of a case that this unit of work has read. Raises `WallBreached` for one that it has not."""
    if case.id is None or not w.has_read(case):
        raise WallBreached("the door opens only to whoever has read the case")
    return case.id
