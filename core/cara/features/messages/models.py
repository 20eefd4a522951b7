"""Tables of correspondence. A message keeps no name and no address: whom it goes to is read when it goes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.row_scope import CASE, of_its_case

_UNORDERED = {**CASE, "sqlite_with_rowid": False}
"""For rows that must not tell in which order they came: SQLite otherwise numbers each row in secret."""


class OutboxMessage(SQLModel, table=True):
    """One message on one way to one reader. States are derived from its times: see `states`."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("outbox_message_due", "force_id", "due_at"),
        Index("outbox_message_case", "referral_id"),
        Index("outbox_message_provider", "provider_id", "id"),
        of_its_case(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    """Random: what a receiver knows the message by, and its address on our pages."""
    force_id: str
    provider_id: str | None = None
    referral_id: int
    version: int = 1
    key: str = Field(unique=True)
    """What the message is about, as a hash: the same thing is never queued twice."""
    kind: str
    channel: str
    """`letter`, `email`, `sms` or `calendar`."""
    audience: str
    language: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    """Days, times and places that its text needs."""
    queued_at: datetime = Field(sa_type=Instant)
    queued_by: str
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the outbox looks at it next: to send, to ask whether it was accepted, or how it went. Empty: never again."""
    attempts: int = 0
    began_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a sending began whose end is not known yet."""
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    sent_by: str = ""
    """Who said so, where a person did: of a letter that was posted, or of one in doubt."""
    receipt: str = ""
    """The receiver's own number for it."""
    delivery: str = ""
    """The last that the receiver said of its delivery."""
    doubtful_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it could not be found out whether it went. A person decides."""
    failed_at: datetime | None = Field(default=None, sa_type=Instant)
    failure: str = ""
    """Why it did not go: a word from a closed list."""
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_by: str = ""
    kept: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """In a demonstration, what would have been sent. Empty anywhere else."""


class FeedbackRequest(SQLModel, table=True):
    """That somebody was asked what they thought, and whether they answered; never what."""

    __tablename__ = "feedback_request"
    __table_args__ = (Index("feedback_request_case", "referral_id", unique=True), of_its_case(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    provider_id: str | None = None
    referral_id: int
    token_hash: str = Field(default="", index=True)
    """Of the newest link. Empty where none was made: answers then come on paper or a tablet."""
    nonce: str = ""
    """What the link is computed from, together with a secret that is not in the database."""
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    asked_at: datetime = Field(sa_type=Instant)
    answered_on: date | None = None


class SealedFeedback(SQLModel, table=True):
    """One filled-in form that waits to be released: what it says, from whom of which strand, and how it came is unreadable without
    a key outside the database. It goes when it is released: see `feedback_release`."""

    __tablename__ = "feedback_sealed"
    __table_args__ = (Index("feedback_sealed_mark", "mark", unique=True), _UNORDERED)

    id: str = Field(primary_key=True)
    """Random."""
    force_id: str
    provider_id: str | None = None
    key_id: str
    """Of the key that opens this one answer, and is destroyed with it. Empty: moved here by the upgrade, and sealed at the next
    release."""
    mark: str
    """The request’s own, under a secret outside the database: no request is answered twice, and erasing a case finds its answer."""
    answer: bytes
    waits_since: date


class Feedback(SQLModel, table=True):
    """One released form: four answers, and what figures need. No case, no name, no day, and no order."""

    __tablename__ = "feedback"
    __table_args__ = (Index("feedback_month", "force_id", "month"), _UNORDERED)

    id: str = Field(primary_key=True)
    """Random: it says nothing of when the form came."""
    force_id: str
    provider_id: str | None = None
    """Empty where it was released with forms about other providers."""
    month: date
    """First day of the month in which it was released, together with at least four others."""
    way: str
    """`link`, `paper` or `tablet`; empty where those released with it came in other ways."""
    strand: str
    """`intimate` or `non_intimate`; empty where it was released with forms of the other."""
    awareness: str
    relationships: str
    own_behaviour: str
    motivation: str
