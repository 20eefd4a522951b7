"""The list of reviews: by when each is to be decided, and what is left to close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from cara.ledger.record import Act
from cara.referrals.models import Referral
from cara.referrals.states import IN_COURSE, state_of
from cara.victims.points import Course
from cara.victims.reviews import rules
from cara.victims.reviews.models import DisclosureReview
from cara.victims.reviews.opening import courses, wall
from cara.victims.reviews.reading import PAGE, state
from cara.work import Work

_r: Any = DisclosureReview
_f: Any = Referral


@dataclass(frozen=True, slots=True)
class Line:
    """A review in a list. `to_close`: it was stopped, and its case still runs."""

    reference: str
    case_reference: str
    risk: str
    state: str
    opened_at: datetime
    decide_by: date | None
    to_close: bool


def listed(w: Work) -> list[Line]:
    """Reviews of the actor's force, or of what they keep: open ones by the day on which a decision is needed, then what was
    decided last."""
    with wall(w) as session:
        wanted = select(DisclosureReview).order_by(_r.id.desc())
        rows = [*session.scalars(wanted.where(_r.decision == ""))]
        rows += session.scalars(wanted.where(_r.decision != "").limit(PAGE))
        ahead, cases = courses(session, [row.referral_id for row in rows]), cases_of(w, session, rows)
        lines = [_line(session, row, ahead, cases, w.today) for row in rows]
    lines.sort(key=lambda one: (one.state not in ("open", "views") and not one.to_close, one.decide_by or date.max))
    w.record("review.listed", Act.CONSULTATION, shown=[row.id or 0 for row in rows], codes={"found": len(rows)})
    return lines


def _line(
    session: Session, row: DisclosureReview, ahead: Mapping[int, Course], cases: Mapping[int, Any], today: date
) -> Line:
    case, stands = cases.get(row.referral_id), state(session, row)
    by = by_when(ahead.get(row.referral_id), case, today)
    return Line(
        row.reference, row.case_reference, row.risk, stands, row.opened_at, by if not row.decision else None, to_close(stands, case)
    )  # fmt: skip


def decide_by(w: Work, case: Referral) -> date | None:
    """The day by which a decision about a case is needed, for police, who have read it."""
    with wall(w) as session:
        return by_when(courses(session, [case.id or 0]).get(case.id or 0), case, w.today)


def by_when(known: Course | None, case: Referral | None, today: date) -> date | None:
    """The day by which a decision is needed: by what this side was told of the course, and by the case, for whoever reads it."""
    return rules.decide_by(known.ahead(today) if known else None, case.complete_by if case else None)


def to_close(stands: str, case: Referral | None) -> bool:
    """Whether a case whose review was stopped still runs."""
    return stands == "stopped" and case is not None and state_of(case) in IN_COURSE


def cases_of(w: Work, session: Session, rows: Sequence[DisclosureReview]) -> dict[int, Referral]:
    """The cases themselves, for police; whoever keeps victims' records reads none."""
    if w.actor.capacity != "force":
        return {}
    numbers = [row.referral_id for row in rows]
    return {one.id or 0: one for one in session.scalars(select(Referral).where(_f.id.in_(numbers)))}
