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
from cara.storage.keys import Keyring
from cara.victims.records import CourseNews
from cara.victims.reviews import reading, rules
from cara.victims.reviews.models import DisclosureReview
from cara.victims.reviews.opening import wall
from cara.victims.reviews.reading import PAGE, state
from cara.work import Work

_r: Any = DisclosureReview
_n: Any = CourseNews
_f: Any = Referral
OPEN = ("open", "views")
BOOKED_B = ("booked_b", "moved_b")
"""The news that names the day of workshop B."""
NO_B = ("place_withdrawn", "by_telephone", "missed_a", "missed_b", "attended_b", "completed", "ended", "prosecuted")
"""News after which there is no such day any more."""


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


def listed(w: Work, keys: Keyring | None = None) -> list[Line]:
    """Reviews of the actor's force, or of what they keep: open ones by the day on which a decision is needed, then what was
    decided last. `keys`: to say what is left to do too."""
    with wall(w) as session:
        wanted = select(DisclosureReview).order_by(_r.id.desc())
        rows = [*session.scalars(wanted.where(_r.decision == ""))]
        rows += session.scalars(wanted.where(_r.decision != "").limit(PAGE))
        booked, cases = booked_bs(session, [row.referral_id for row in rows]), cases_of(w, session, rows)
        left = {row.id: len(reading.left(w, keys, session, row)) for row in rows} if keys else {}
        lines = [_line(session, row, booked, cases, left.get(row.id, 0)) for row in rows]
    lines.sort(key=lambda one: (one.state not in OPEN and not (one.to_close or one.left), one.decide_by or date.max))
    w.record("review.listed", Act.CONSULTATION, shown=[row.id or 0 for row in rows], codes={"found": len(rows)})
    return lines


def _line(
    session: Session, row: DisclosureReview, booked: Mapping[int, date], cases: Mapping[int, Any], left: int
) -> Line:
    case, stands = cases.get(row.referral_id), state(session, row)
    by = rules.decide_by(booked.get(row.referral_id), case.complete_by if case else None)
    return Line(
        row.reference, row.case_reference, row.risk, stands, row.opened_at, by if not row.decision else None, to_close(stands, case),
        left,
    )  # fmt: skip


def decide_by(w: Work, case: Referral) -> date | None:
    """The day by which a decision about a case is needed, for police, who have read it."""
    with wall(w) as session:
        return rules.decide_by(booked_bs(session, [case.id or 0]).get(case.id or 0), case.complete_by)


def to_close(stands: str, case: Referral | None) -> bool:
    """Whether a case whose review was stopped still runs."""
    return stands == "stopped" and case is not None and state_of(case) in IN_COURSE


def booked_bs(session: Session, numbers: Sequence[int]) -> dict[int, date]:
    """Case → the day of workshop B, where this side was told of one and nothing since took it back."""
    found: dict[int, date] = {}
    for news in session.scalars(select(CourseNews).where(_n.referral_id.in_(numbers)).order_by(_n.id)):
        if news.what in BOOKED_B and news.day:
            found[news.referral_id] = news.day
        elif news.what in NO_B:
            found.pop(news.referral_id, None)
    return found


def cases_of(w: Work, session: Session, rows: Sequence[DisclosureReview]) -> dict[int, Referral]:
    """The cases themselves, for police; whoever keeps victims' records reads none."""
    if w.actor.capacity != "force":
        return {}
    numbers = [row.referral_id for row in rows]
    return {one.id or 0: one for one in session.scalars(select(Referral).where(_f.id.in_(numbers)))}
