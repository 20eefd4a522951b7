"""Telling every other keeper of a case that a victim of it refuses contact: it may be the same person under another record. Force by
force, by the clock (see `cara.timed`): a keeper's own session reaches no record of another keeper. Safe to run twice.
"""

from collections.abc import Iterator

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from cara.ledger.record import Act
from cara.storage.engine import Store, behind_the_wall
from cara.storage.scope import Scope
from cara.victims.models import Victim, VictimInCase
from cara.victims.records import ContactRefusal, CourseNews
from cara.victims.safety import REFUSED_ELSEWHERE
from cara.work import operator, work_as

WHO = operator("refusals")
_OTHER = aliased(VictimInCase)
_TOLD = exists(
    select(col(CourseNews.id)).where(
        col(CourseNews.referral_id) == col(_OTHER.referral_id),
        col(CourseNews.keeper_id).is_not_distinct_from(col(_OTHER.keeper_id)),
        col(CourseNews.what) == REFUSED_ELSEWHERE,
        col(CourseNews.at) >= col(ContactRefusal.recorded_at),
    )
)
_UNTOLD = (
    select(col(_OTHER.referral_id), col(_OTHER.keeper_id))
    .join(VictimInCase, col(VictimInCase.referral_id) == col(_OTHER.referral_id))
    .join(
        ContactRefusal,
        and_(col(ContactRefusal.victim_id) == col(VictimInCase.victim_id), col(ContactRefusal.withdrawn_at).is_(None)),
    )
    .join(Victim, col(Victim.id) == col(_OTHER.victim_id))
    .where(
        col(_OTHER.victim_id) != col(VictimInCase.victim_id),
        col(_OTHER.keeper_id).is_distinct_from(col(VictimInCase.keeper_id)),
        col(Victim.erased_at).is_(None),
        ~_TOLD,
    )
    .distinct()
)


def tell_other_keepers(store: Store, force: str) -> Iterator[int]:
    """Tell each other keeper of one force's cases once of each refusal, and say how many were told."""
    with work_as(store, WHO, "account", "use", Scope(force=force)) as w:
        with behind_the_wall(w.session, force) as session:
            untold = session.execute(_UNTOLD).all()
            session.add_all(
                CourseNews(
                    force_id=force,
                    keeper_id=row.keeper_id,
                    referral_id=row.referral_id,
                    what=REFUSED_ELSEWHERE,
                    at=w.now,
                )
                for row in untold
            )
        if untold:
            w.record("victim.refusals_passed_on", Act.DISCLOSURE, force=force, codes={"keepers": len(untold)})
    yield len(untold)
