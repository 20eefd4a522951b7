"""Tables of what happened: registers, notes, the telephone intervention, reports and decisions, ends and what follows them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.features.course.records.models import of_its_workshop
from cara.platform.database.column_types import Instant, only
from cara.platform.database.row_scope import CASE, of_its_case


class Attendance(SQLModel, table=True):
    """One line of a register. Append-only: a correction is a new row that names the one it takes the place of."""

    __tablename__ = "attendance"
    __table_args__ = (
        Index("attendance_first", "workshop_id", "referral_id", unique=True, **only("corrects IS NULL")),
        Index("attendance_workshop", "workshop_id"),
        Index("attendance_corrected", "corrects", unique=True),
        Index("attendance_referral", "referral_id"),
        of_its_case(),
        of_its_workshop(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    workshop_id: int
    force_id: str
    provider_id: str
    part: str
    outcome: str
    """A key of `rules.OUTCOMES`."""
    reason_code: str = ""
    """A key of `rules.REASONS`."""
    gap_reason: str = ""
    """Why B is not 28 to 35 days after A, as the cohort or the place had it."""
    happened_on: date
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    corrects: int | None = Field(default=None, foreign_key="attendance.id")
    correction_reason: str = ""


class EngagementNote(SQLModel, table=True):
    """What a facilitator writes of how somebody took part, apart from the facts of attendance. The provider's own."""

    __tablename__ = "engagement_note"
    __table_args__ = (Index("engagement_note_referral", "referral_id"), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    workshop_id: int | None = None
    force_id: str
    provider_id: str
    text: str
    written_at: datetime = Field(sa_type=Instant)
    written_by: str


class TelephoneIntervention(SQLModel, table=True):
    """The course by telephone for one person: why, and with whom."""

    __tablename__ = "telephone_intervention"
    __table_args__ = (
        Index("telephone_intervention_open", "referral_id", unique=True, **only("ended_at IS NULL")),
        Index("telephone_intervention_own", "id", "force_id", "provider_id", unique=True),
        of_its_case(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of `telephone.REASONS`."""
    other_reason: str = ""
    facilitator_id: int | None = Field(default=None, foreign_key="person.id")
    begun_at: datetime = Field(sa_type=Instant)
    begun_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class TelephoneSession(SQLModel, table=True):
    """One call, answered or not. Append-only."""

    __tablename__ = "telephone_session"
    __table_args__ = (
        Index("telephone_session_intervention", "intervention_id"),
        Index("telephone_session_referral", "referral_id"),
        of_its_case(),
        ForeignKeyConstraint(
            ["intervention_id", "force_id", "provider_id"],
            ["telephone_intervention.id", "telephone_intervention.force_id", "telephone_intervention.provider_id"],
        ),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    intervention_id: int
    referral_id: int
    force_id: str
    provider_id: str
    happened_on: date
    outcome: str
    """A key of `telephone.OUTCOMES`."""
    covers: str = ""
    """`A` or `B`, where the call completed that workshop; empty for any other."""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


class NonCompliance(SQLModel, table=True):
    """A provider's report to the officer, with what it rests on."""

    __tablename__ = "non_compliance"
    __table_args__ = (Index("non_compliance_referral", "referral_id"), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str
    ground: str
    """A key of `breach.GROUNDS`."""
    account: str
    """What happened, in the provider's words."""
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Places and registers as they stood when it was reported."""
    reported_at: datetime = Field(sa_type=Instant)
    reported_by: str


class BreachDecision(SQLModel, table=True):
    """What an officer decided: of a report, or of the last day by itself. Software never decides this."""

    __tablename__ = "breach_decision"
    __table_args__ = (Index("breach_decision_referral", "referral_id"), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str
    report_id: int | None = Field(default=None, foreign_key="non_compliance.id")
    decision: str
    """`prosecute`, `vary` or `excuse`."""
    reason: str
    complete_by_before: date
    complete_by: date
    """The last day from then on."""
    decided_at: datetime = Field(sa_type=Instant)
    decided_by: str


class Closing(SQLModel, table=True):
    """How a case ended."""

    __tablename__ = "closing"
    __table_args__ = (of_its_case(), CASE)

    referral_id: int = Field(primary_key=True)
    force_id: str
    provider_id: str
    kind: str
    """A key of `ending.KINDS`."""
    note: str = ""
    happened_on: date
    closed_at: datetime = Field(sa_type=Instant)
    closed_by: str


class FollowUp(SQLModel, table=True):
    """Whether somebody offended again within 12 months of the course: asked of the force when the day has come."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("follow_up_due", "force_id", "due_on"), of_its_case(), CASE)

    referral_id: int = Field(primary_key=True)
    force_id: str
    provider_id: str
    due_on: date
    outcome: str = ""
    """A key of `ending.FOLLOW_UPS`."""
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str = ""
