"""Telling the other keepers of a case that a victim of it refuses contact with their side, and that the victim wants it again: it may
be the same person under another record. Force by force, by the clock (see `cara.operations.jobs`): a keeper's own
session reaches no record of another keeper. Safe to run twice.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import case, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from cara.features.victims.wall.contact_models import ContactRefusal, CourseNews
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.vocabulary import REFUSED_ELSEWHERE, WANTED_ELSEWHERE
from cara.platform.database.engine import Store, behind_the_wall
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import operator, work_as

WHO = operator("refusals")
_OTHER = aliased(VictimInCase)
_OF_THE_OTHER_SIDE: Final = case((col(_OTHER.keeper_id).is_(None), "service"), else_="police")
"""What a refusal says that does not concern this keeper's side: the force keeps for the police, everyone else for the victim service."""


def _told(what: str, *when: Any) -> Any:
    return exists(
        select(col(CourseNews.id)).where(
            col(CourseNews.referral_id) == col(_OTHER.referral_id),
            col(CourseNews.keeper_id).is_not_distinct_from(col(_OTHER.keeper_id)),
            col(CourseNews.what) == what,
            *when,
        )
    )


def _keepers(*which: Any) -> Any:
    """Select the other keepers of the cases in which somebody's refusal concerns their side, for the refusals that are meant."""
    return (
        select(col(_OTHER.referral_id), col(_OTHER.keeper_id))
        .join(VictimInCase, col(VictimInCase.referral_id) == col(_OTHER.referral_id))
        .join(ContactRefusal, col(ContactRefusal.victim_id) == col(VictimInCase.victim_id))
        .join(Victim, col(Victim.id) == col(_OTHER.victim_id))
        .where(
            col(_OTHER.victim_id) != col(VictimInCase.victim_id),
            col(_OTHER.keeper_id).is_distinct_from(col(VictimInCase.keeper_id)),
            col(Victim.erased_at).is_(None),
            col(ContactRefusal.refused) != _OF_THE_OTHER_SIDE,
            *which,
        )
        .distinct()
    )


_UNTOLD: Final = {
    REFUSED_ELSEWHERE: _keepers(
        col(ContactRefusal.withdrawn_at).is_(None),
        ~_told(REFUSED_ELSEWHERE, col(CourseNews.at) >= col(ContactRefusal.recorded_at)),
    ),
    WANTED_ELSEWHERE: _keepers(
        _told(
            REFUSED_ELSEWHERE,
            col(CourseNews.at) >= col(ContactRefusal.recorded_at), col(CourseNews.at) <= col(ContactRefusal.withdrawn_at),
        ),
        ~_told(WANTED_ELSEWHERE, col(CourseNews.at) >= col(ContactRefusal.withdrawn_at)),
    ),
}  # fmt: skip
"""News → to whom it is still to be told. That contact is wanted again is told to those who were told of that refusal."""


def tell_other_keepers(store: Store, force: str) -> Iterator[int]:
    """Tell each other keeper of one force's cases once of each refusal, and of its end, and say how many were told."""
    with work_as(store, WHO, "account", "use", Scope(force=force)) as w:
        with behind_the_wall(w.session, force) as session:
            untold = [(what, row) for what, asked in _UNTOLD.items() for row in session.execute(asked).all()]
            session.add_all(
                CourseNews(force_id=force, keeper_id=row.keeper_id, referral_id=row.referral_id, what=what, at=w.now)
                for what, row in untold
            )
        if untold:
            w.record("victim.refusals_passed_on", Act.DISCLOSURE, force=force, codes={"keepers": len(untold)})
    yield len(untold)
