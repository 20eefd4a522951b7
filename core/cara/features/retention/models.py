"""Tables of retention: how long a force keeps what, and what was decided."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant, only
from cara.platform.database.row_scope import CASE, of_its_case


class RetentionPeriod(SQLModel, table=True):
    """How long a force keeps one class of records before it looks at them again: dated policy, the newest counts."""

    __tablename__ = "retention_period"
    __table_args__ = (Index("retention_period_force", "force_id", "record_class"),)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    record_class: str
    """A key of `periods.CLASSES`."""
    months: int
    starts: date
    source: str
    """What the period rests on, in the force's words."""
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str


class RetentionReview(SQLModel, table=True):
    """One look at records whose period is over, and what was decided. The force's own: no provider sees it."""

    __tablename__ = "retention_review"
    __table_args__ = (
        Index("retention_review_open", "force_id", "decided_at", "due_on"),
        Index("retention_review_one", "referral_id", "record_class", unique=True, **only("decided_at IS NULL")),
        of_its_case(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str | None = None
    version: int = 1
    record_class: str
    referral_id: int | None = None
    """Empty: it is about all records of the class in the force that are older than `until`."""
    until: date
    """The day that the period runs from: the end of the case; for a class, records of this day and before."""
    due_on: date
    opened_at: datetime = Field(sa_type=Instant)
    proposed_at: datetime | None = Field(default=None, sa_type=Instant)
    proposed_by: str = ""
    reason: str = ""
    """Why it is kept, or why it may go, in the words of whoever decided."""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str = ""
    decision: str = ""
    """`keep` or `erase`."""
    keep_until: date | None = None
    erased: int = 0
    """Rows that were emptied or removed."""
