"""Tables of disclosure reviews. The account, reasons and views are sealed; the risk is one word, and what is asked is a code."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.row_scope import VICTIM
from cara.platform.database.table_guards import guard_of


class DisclosureReview(SQLModel, table=True):
    """A review, from the disclosure or concern that opened it until police decide. Its case is held meanwhile."""

    __tablename__ = "disclosure_review"
    __table_args__ = (
        Index("disclosure_review_reference", "reference", unique=True),
        Index("disclosure_review_of_force", "force_id", "id", unique=True),
        Index("disclosure_review_referral", "referral_id"),
        VICTIM,
    )

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    referral_id: int
    case_reference: str
    reference: str
    victim_id: int | None = None
    """Empty where it began with a concern and nobody has recorded who was harmed."""
    hold_id: int
    """0: the course was over when it was opened, so that there was nothing to hold."""
    key_id: str
    area: str = ""
    """The area of the force that the case names; empty where none is known."""
    source: str
    """Whence it came: a word of `cara.features.victims.wall.review_rules.SOURCES`."""
    account: bytes
    risk: str
    """standard, medium, high, or `unknown` until somebody has assessed it."""
    risk_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when it stands at that; empty: since the review was opened."""
    question: str
    """What the views are asked for: a word of `cara.features.victims.wall.review_rules.QUESTIONS`."""
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: str
    consultation: str = ""
    """Reference of the Trust's consultation, which knows nothing of the case."""
    provider_asked_at: datetime | None = Field(default=None, sa_type=Instant)
    """When police asked the provider for its view. Before that it sees a hold like any other."""
    supervisors_told_at: datetime | None = Field(default=None, sa_type=Instant)
    cover_told_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the force's supervisors, and then its cover address, were written to because it waited."""
    decision: str = ""
    reasons: bytes = b""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str = ""
    version: int = 1


class ReviewView(SQLModel, table=True):
    """What one side thinks: proceed, proceed with care, or stop; and why. A later one of the same side replaces it."""

    __tablename__ = "disclosure_view"
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "review_id"], ["disclosure_review.force_id", "disclosure_review.id"]),
        Index("disclosure_view_review", "review_id"),
        VICTIM,
    )

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    review_id: int
    side: str
    """police, victim_service, provider or trust."""
    view: str
    words: bytes
    given_at: datetime = Field(sa_type=Instant)
    given_by: str


class ReviewStep(SQLModel, table=True):
    """Something done about a review beside deciding it: somebody told, or a prompt (MARAC, a school, 999) answered."""

    __tablename__ = "disclosure_step"
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "review_id"], ["disclosure_review.force_id", "disclosure_review.id"]),
        Index("disclosure_step_review", "review_id"),
        VICTIM,
    )

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    review_id: int
    step: str
    """A word of `cara.features.victims.wall.review_rules.STEPS`."""
    outcome: str
    """done or not_needed."""
    words: bytes
    happened_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


class TrustConsultation(SQLModel, table=True):
    """What the Trust is consulted on: a question and a word for the risk, of nobody. Nothing in it leads to a case, and yet it
    tells when somebody spoke: it is read by the review that asked, and by the Trust."""

    __tablename__ = "trust_consultation"
    __table_args__ = guard_of(kind="consultation")

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    risk: str
    question: str
    asked_at: datetime = Field(sa_type=Instant)
    view: str = ""
    words: str = ""
    """Advice in general words: whoever writes it knows no case."""
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str = ""


class EncompassAgreement(SQLModel, table=True):
    """That the local authority of an area takes part in Operation Encompass, from a day to a day. It names nobody, and is the force's
    to enter: no plugin ships one."""

    __tablename__ = "encompass_agreement"
    __table_args__ = (Index("encompass_agreement_force", "force_id"),)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    area: str = ""
    """A value of the force's areas; empty where the force has none: the whole force."""
    authority: str
    starts: date
    until: date | None = None
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""
