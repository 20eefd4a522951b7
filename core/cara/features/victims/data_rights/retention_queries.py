"""What whoever keeps records must know of those behind the wall: which keys they need, and which cases have any.

It says nothing of anybody: a key's id is random, and people are numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import LargeBinary, Table, bindparam, select
from sqlmodel import SQLModel

from cara.features.victims.wall.models import Hold, Victim, VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview
from cara.platform.database.engine import behind_the_wall
from cara.platform.unit_of_work import Work

_v: Any = Victim
_c: Any = VictimInCase
_d: Any = DisclosureReview
_h: Any = Hold


def known(w: Work, force: str) -> Mapping[str, bool]:
    """Key id → whether what it opened has been erased, of every row behind one force's wall."""
    erased: dict[str, bool] = {}
    with behind_the_wall(w.session, force) as session:
        for table in _tables():
            when = table.c.get("erased_at")
            told = [when] if when is not None else _sealed(table)
            rows = select(table.c.key_id, *told).where(table.c.force_id == bindparam("scope_force", force))
            for key, *found in session.execute(rows):
                gone = any(found) if when is not None else not any(found)
                erased[key] = erased.get(key, False) or gone
    return erased


def of_case(w: Work, force: str, referral: int) -> Mapping[int, set[int]]:
    """Who was harmed in a case and is not erased: their number → all cases in which they were."""
    with behind_the_wall(w.session, force) as session:
        mine = (
            select(_c.victim_id)
            .join(Victim, _v.id == _c.victim_id)
            .where(_c.referral_id == referral, _v.erased_at.is_(None))
        )
        numbers = list(session.scalars(mine))
        found: dict[int, set[int]] = {number: set() for number in numbers}
        for number, case in session.execute(select(_c.victim_id, _c.referral_id).where(_c.victim_id.in_(numbers))):
            found[number].add(case)
    return found


def under_review(w: Work, force: str, referrals: Iterable[int]) -> bool:
    """Whether police have yet to decide about what was disclosed in one of these cases."""
    with behind_the_wall(w.session, force) as session:
        undecided = select(_d.id).where(_d.referral_id.in_(list(referrals)), _d.decided_at.is_(None))
        return session.scalar(undecided.limit(1)) is not None


def cases_with_records(w: Work, force: str) -> frozenset[int]:
    """The numbers of the cases in which somebody was harmed who is not erased, or of which words are kept of a hold or a
    concern: nobody need have recorded who was harmed."""
    kept = (
        select(_c.referral_id).join(Victim, _v.id == _c.victim_id).where(_v.erased_at.is_(None)),
        select(_h.referral_id).where(_h.cause != b""),
        select(_d.referral_id).where(_d.account != b""),
    )
    with behind_the_wall(w.session, force) as session:
        return frozenset(number for one in kept for number in session.scalars(one))


def _tables() -> Iterator[Table]:
    for table in SQLModel.metadata.tables.values():
        if table.info.get("wall") == "victim" and "key_id" in table.c:
            yield table


def _sealed(table: Table) -> list[Any]:
    return [column for column in table.c if isinstance(column.type, LargeBinary)]
