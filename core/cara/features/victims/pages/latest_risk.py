"""What whoever opens a record in an emergency must know first: the latest risk with its day, and the disclosure reviews of the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col

from cara.clock import london_day
from cara.features.victims.contact.record_detail import grade_of
from cara.features.victims.disclosure_reviews import queries
from cara.features.victims.wall import review_rules
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import RiskAssessment
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.review_models import DisclosureReview
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Risk:
    """A grade, the day that it is of, and where it was said."""

    grade: str
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A disclosure review of the case: since when, how grave, when something was last told; and what was decided, if it is decided."""

    opened_at: datetime
    told_at: datetime
    risk: str
    decision: str
    decided_at: datetime | None
    holds: bool
    """Whether it holds the case, or came when the course was over."""


def reviews(w: Work, person: Person) -> list[Reviewed]:
    """Read the disclosure reviews about this victim, or about nobody in particular in their case: open ones first, then the newest."""
    with behind(w) as session:
        rows = session.scalars(
            select(DisclosureReview)
            .where(
                col(DisclosureReview.referral_id) == person.link.referral_id,
                or_(col(DisclosureReview.victim_id) == person.id, col(DisclosureReview.victim_id).is_(None)),
            )
            .order_by(col(DisclosureReview.id).desc())
        ).all()  # fmt: skip
        found = [(row, queries.last_account(session, row)) for row in rows]
    made = [
        Reviewed(
            row.opened_at,
            told,
            row.risk,
            str(review_rules.DECISIONS.get(row.decision, "")),
            row.decided_at,
            bool(row.hold_id),
        )
        for row, told in found
    ]
    return sorted(made, key=lambda one: bool(one.decision))


def latest(w: Work, keys: Keyring, person: Person, reviewed: Sequence[Reviewed]) -> Risk | None:
    """Find the newest grade that anybody recorded of this victim: an assessment, or what was told in a review. On one day the later
    record counts."""
    with behind(w) as session:
        rows: Sequence[Any] = session.scalars(
            select(RiskAssessment).where(col(RiskAssessment.victim_id) == person.id)
        ).all()
    known = [
        (
            (row.assessed_on, row.recorded_at, row.id),
            Risk(grade_of(keys, person, row), row.assessed_on, _("Risk assessment")),
        )
        for row in rows
    ] + [
        (
            (london_day(one.told_at), one.told_at),
            Risk(str(review_rules.RISKS[one.risk]), london_day(one.told_at), _("Disclosure review")),
        )
        for one in reviewed
        if one.risk != "unknown"
    ]
    return max(known, key=lambda pair: pair[0])[1] if known else None
