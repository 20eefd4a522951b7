"""The list of reviews: by when each is to be decided, and what is left to close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from cara.clock import london_day
from cara.features.referrals.models import Referral
from cara.features.referrals.states import IN_COURSE, state_of
from cara.features.victims.disclosure_reviews import queries
from cara.features.victims.disclosure_reviews.queries import PAGE, state
from cara.features.victims.wall import review_rules
from cara.features.victims.wall.contact_points import Course
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_opening import courses, wall
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_r: Any = DisclosureReview
_f: Any = Referral
OPEN = ("open", "views")
LOOKS_BACK = timedelta(366)
"""How long a decided review is looked at for what is left to do [our default]."""


@dataclass(frozen=True, slots=True)
class Line:
    """A review in a list. `to_close`: it was stopped, and its case still runs; `left`: how much of what was prompted nobody has
    answered, where that was asked."""

    reference: str
    case_reference: str
    risk: str
    state: str
    opened_at: datetime
    decide_by: date | None
    to_close: bool
    left: int

    @property
    def done(self) -> bool:
        """Whether nobody need do anything about it any more."""
        return self.state not in OPEN and not (self.to_close or self.left)


def listed(w: Work, keys: Keyring | None = None) -> list[Line]:
    """Reviews of the actor's force, or of what they keep: open ones by the day on which a decision is needed, then those of which
    something is left to do, then what was decided last. `keys`: to say how much is left of what was prompted, too."""
    with wall(w) as session:
        wanted = select(DisclosureReview).order_by(_r.id.desc())
        rows = [*session.scalars(wanted.where(_r.decision == ""))]
        rows += session.scalars(wanted.where(_r.decision != "", _r.decided_at > w.now - LOOKS_BACK))
        ahead, cases = courses(session, [row.referral_id for row in rows]), cases_of(w, session, rows)
        left = {row.id: len(queries.left(w, keys, session, row)) for row in rows} if keys else {}
        lines = [
            _line(session, row, cases.get(row.referral_id), ahead.get(row.referral_id), w.today, left.get(row.id, 0))
            for row in rows
        ]
    done = [one for one in lines if one.done][:PAGE]
    shown = sorted((one for one in lines if not one.done), key=lambda one: one.decide_by or date.max) + done
    numbers = {row.reference: row.id or 0 for row in rows}
    w.record(
        "review.listed", Act.CONSULTATION, shown=[numbers[one.reference] for one in shown], codes={"found": len(shown)}
    )
    return shown


def _line(
    session: Session, row: DisclosureReview, case: Referral | None, known: Course | None, today: date, left: int
) -> Line:
    stands = state(session, row)
    by = None if row.decision else london_day(due(row, known, today))
    return Line(row.reference, row.case_reference, row.risk, stands, row.opened_at, by, to_close(stands, case), left)


def decide_by(w: Work, case: Referral) -> date | None:
    """The day by which a decision about a case is needed, for police, who have read it; None where no review of it is open."""
    with wall(w) as session:
        row = queries.open_of_case(session, case.id or 0)
        known = courses(session, [case.id or 0]).get(case.id or 0)
        return london_day(due(row, known, w.today)) if row else None


def due(row: DisclosureReview, known: Course | None, today: date) -> datetime:
    """By when a decision is needed: by the grade of the risk, and by what this side was told of the course."""
    return review_rules.due_at(
        row.opened_at, row.risk, row.risk_at or row.opened_at, known.ahead(today) if known else None
    )


def to_close(stands: str, case: Referral | None) -> bool:
    """Whether a case whose review was stopped still runs."""
    return stands == "stopped" and case is not None and state_of(case) in IN_COURSE


def cases_of(w: Work, session: Session, rows: Sequence[DisclosureReview]) -> dict[int, Referral]:
    """The cases themselves, for police; whoever keeps victims' records reads none."""
    if w.actor.capacity != "force":
        return {}
    numbers = [row.referral_id for row in rows]
    return {one.id or 0: one for one in session.scalars(select(Referral).where(_f.id.in_(numbers)))}
