"""Reading behind the wall: one person's record, found by its reference or its number."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from cara.errors import NotFound
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.hold_gate import Case
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.platform.unit_of_work import Work

_v: Any = Victim
_c: Any = VictimInCase
_BOTH = select(Victim, VictimInCase).join(_c, _c.victim_id == _v.id).where(_v.erased_at.is_(None))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was harmed, in one case."""

    victim: Victim
    link: VictimInCase

    @property
    def id(self) -> int:
        """Their number."""
        return self.victim.id or 0

    @property
    def of_case(self) -> dict[str, Any]:
        """What every row about them in this case carries."""
        return {
            "force_id": self.victim.force_id, "keeper_id": self.victim.keeper_id, "victim_id": self.victim.id,
            "referral_id": self.link.referral_id,
        }  # fmt: skip


def find(w: Work, reference: str) -> Person:
    """Somebody by their reference on this side. Raises `NotFound`: nobody, nobody within reach, or somebody who was erased."""
    return _one(w, _c.reference == reference)


def by_number(w: Work, victim: int, referral: int) -> Person:
    """Somebody by their number and the case's. Raises as `find` does."""
    return _one(w, _v.id == victim, _c.referral_id == referral)


def recorded(w: Work, case: Case) -> bool:
    """Whether somebody who was harmed in a case of the actor's force is on record."""
    with behind(w) as session:
        return session.execute(_BOTH.where(_c.referral_id == case.id).limit(1)).first() is not None


def _one(w: Work, *which: Any) -> Person:
    with behind(w) as session:
        found = session.execute(_BOTH.where(*which)).one_or_none()
    if found is None:
        raise NotFound
    return Person(found[0], found[1])
