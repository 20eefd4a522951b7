"""Writing to those who decide, and then to the force's cover address, about a review that nobody has decided.

Each step is dated in the review and taken once, however often the clock is looked at and by however many. Where the force has no cover
address, the supervisors are told that as well. A review whose risk becomes high begins again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlmodel import col

from cara.features.messages.actions import post
from cara.features.referrals.models import Referral
from cara.features.victims.disclosure_reviews.worklist import due
from cara.features.victims.wall import review_rules
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_opening import QUIETLY, courses
from cara.platform.access.models import Membership, Organisation, Person
from cara.platform.access.policy import POLICY
from cara.platform.database.engine import Store, behind_the_wall
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.writer import Act
from cara.platform.plugins.force_contacts import reached_at
from cara.platform.unit_of_work import Work, operator, work_as

STEPS: Final[Mapping[str, Any]] = {
    "review_waits": col(DisclosureReview.supervisors_told_at), "review_overdue": col(DisclosureReview.cover_told_at),
}  # fmt: skip
"""Message → the column that says when it was queued."""
UNCOVERED: Final = "review_uncovered"
"""The message in place of that to the cover address where there is none. No column dates it: the cover address is written to as soon
as there is one, and the outbox takes a message to one supervisor once."""
DECIDES: Final = sorted(
    {row.role for row in POLICY if row.capacity == "force" and row.resource == "review" and "decide" in row.actions}
)


def escalate(store: Store, force: str) -> Iterator[int]:
    """Write what is due in one force, review by review, and say of each how many messages that were. Safe to repeat, and to run
    twice at once."""
    for number in _waiting(store, force):
        with work_as(store, operator("escalations"), "escalation", "queue", Scope(force=force)) as w:
            written = _escalate(w, force, number)
        yield written  # after the commit: on SQLite whoever is served meanwhile writes too


def _waiting(store: Store, force: str) -> Sequence[int]:
    """The open reviews of which a step is still to be taken."""
    open_ = select(col(DisclosureReview.id)).where(
        col(DisclosureReview.decision) == "",
        col(DisclosureReview.supervisors_told_at).is_(None) | col(DisclosureReview.cover_told_at).is_(None),
    )  # fmt: skip
    with (
        work_as(store, operator("escalations"), "escalation", "queue", Scope(force=force)) as w,
        behind_the_wall(w.session, force) as session,
    ):
        return [number or 0 for number in session.scalars(open_.order_by(col(DisclosureReview.id)))]


def _escalate(w: Work, force: str, number: int) -> int:
    with behind_the_wall(w.session, force) as session:
        row = session.get(DisclosureReview, number)
        if row is None:
            return 0
        ahead = courses(session, [row.referral_id]).get(row.referral_id)
        case, opened, by, cover = row.referral_id, row.opened_at, due(row, ahead, w.today), bool(_cover(w, force))
        steps = [
            step if cover or step != "review_overdue" else UNCOVERED
            for step, starts in review_rules.TOLD.items()
            if starts(opened, by) <= w.now
        ]
        steps = [step for step in steps if step == UNCOVERED or _take(w, session, number, step)]
        since = f":{row.risk_at:%Y%m%dT%H%M%S}" if row.risk == "high" and row.risk_at else ""
    referral = w.session.get(Referral, case) if steps else None
    if referral is None:
        return 0
    queued = 0
    for step in steps:
        about = f"review:{number}:{step}{since}"
        readers = [{}] if step == "review_overdue" else [{"watcher": who} for who in _supervisors(w, force)]
        made = sum(len(post(w, step, referral, one, about=":".join((about, *one.values())))) for one in readers)
        if made or step != UNCOVERED:
            w.record("review.escalated", Act.DISCLOSURE, subject=("review", number), force=force, codes={"step": step})
        queued += made
    return queued


def _take(w: Work, session: Any, number: int, step: str) -> bool:
    """Date a step. False where somebody has taken it already, or the review was decided."""
    column = STEPS[step]
    taken: Any = session.execute(
        update(DisclosureReview)
        .where(col(DisclosureReview.id) == number, col(DisclosureReview.decision) == "", column.is_(None))
        .values({column.key: w.now})
        .execution_options(**QUIETLY)
    )
    return bool(taken.rowcount)


def _supervisors(w: Work, force: str) -> list[str]:
    """The numbers of everybody in the force who may decide."""
    asked = (
        select(col(Person.id))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Organisation, col(Organisation.id) == col(Person.organisation_id))
        .where(
            col(Organisation.force_id) == force, col(Membership.capacity) == "force", col(Membership.role).in_(DECIDES),
            *(col(one.ended_at).is_(None) for one in (Person, Membership, Organisation)),
        )
    )  # fmt: skip
    return sorted({str(one) for one in w.session.scalars(asked)})


def _cover(w: Work, force: str) -> str:
    return reached_at(w.session, force, "review_cover", w.today)
