"""Tables of what was done for somebody who was harmed and what they said, and of what this side is told of the course."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.row_scope import VICTIM


def _of_victim(table: str) -> tuple[object, ...]:
    return (
        ForeignKeyConstraint(["force_id", "victim_id"], ["victim.force_id", "victim.id"]),
        Index(f"{table}_victim", "victim_id", "referral_id"),
        VICTIM,
    )


class _OfVictim(SQLModel):
    """What every row about somebody in one case carries."""

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    victim_id: int
    referral_id: int


class _Written(_OfVictim):
    """The same, of what somebody wrote down."""

    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


class ContactAttempt(_Written, table=True):
    """One attempt to reach somebody, whatever came of it."""

    __tablename__ = "victim_attempt"
    __table_args__ = _of_victim("victim_attempt")

    point: str
    """At which point of the course: a word of `cara.features.victims.wall.vocabulary.POINTS`."""
    method: str
    outcome: str
    note: bytes
    happened_at: datetime = Field(sa_type=Instant)
    warned: str = ""
    """What the page warned of before it was saved: words of `cara.features.victims.contact.attempt_warnings.WARNED`,
    with spaces between."""
    why: str = ""
    """Why the attempt was made all the same: a word of `cara.features.victims.wall.vocabulary.WHY_AGAINST`."""


class ContactRefusal(_Written, table=True):
    """That a victim does not want to be contacted again. It counts in every case of theirs until they withdraw it, which somebody
    confirms by the safe way. One victim can have several: those of a side are withdrawn together."""

    __tablename__ = "victim_refusal"
    __table_args__ = _of_victim("victim_refusal")

    on: date
    refused: str
    """Whom they refuse: a word of `cara.features.victims.wall.vocabulary.REFUSED`, or `not_recorded`, which counts as both."""
    company: str
    """Whether anyone was with them: a word of `cara.features.victims.wall.vocabulary.COMPANY`, or `not_recorded`."""
    withdrawn_on: date | None = None
    withdrawn_method: str = ""
    """By which way the change of mind was confirmed: a word of `cara.features.victims.wall.vocabulary.METHODS`."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = ""


class DetailsShown(_OfVictim, table=True):
    """That somebody showed themselves the number and address of a victim who refused contact. The reason is given afterwards: it is
    owed until then."""

    __tablename__ = "victim_details_shown"
    __table_args__ = _of_victim("victim_details_shown")

    shown_at: datetime = Field(sa_type=Instant)
    shown_by: str
    ends_at: datetime = Field(sa_type=Instant)
    why: str = ""
    """A word of `cara.features.victims.wall.vocabulary.WHY_OPENED`; empty: it is owed."""
    words: bytes = b""
    explained_at: datetime | None = Field(default=None, sa_type=Instant)
    explained_by: str = ""


class Conversation(_Written, table=True):
    """What somebody said at one point of the course. A later row corrects an earlier one; neither is ever changed."""

    __tablename__ = "victim_conversation"
    __table_args__ = _of_victim("victim_conversation")

    point: str
    on: date
    said: bytes
    """JSON of the answers, sealed whole: even a yes or no here is somebody's words."""
    weighed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was asked whether this holds the case; empty for what was written before that was asked at all."""


class RiskAssessment(_Written, table=True):
    """An assessment of risk by somebody's tool, kept so that nobody is asked twice. Grade, tool, count and assessor are sealed;
    no question of any tool is kept here."""

    __tablename__ = "victim_risk"
    __table_args__ = _of_victim("victim_risk")

    assessed_on: date
    assessed: bytes
    weighed_at: datetime | None = Field(default=None, sa_type=Instant)
    """As that of a conversation."""
    basis: str = ""
    """What it was made from: a word of `cara.features.victims.wall.vocabulary.BASES`."""


class CourseNews(SQLModel, table=True):
    """What this side is told of the course: dates and attendance, and no more. It comes in by the door as it happens, so that
    whoever keeps victims' records never reads a case."""

    __tablename__ = "victim_course_news"
    __table_args__ = (Index("victim_course_news_referral", "referral_id", "id"), VICTIM)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    referral_id: int
    what: str
    """A word of `cara.features.victims.wall.vocabulary.NEWS`."""
    day: date | None = None
    at: datetime = Field(sa_type=Instant)
    seen_at: datetime | None = Field(default=None, sa_type=Instant)
    seen_by: str = ""


class ViewsLink(_OfVictim, table=True):
    """That somebody who agreed to it was given a link to say what they thought of the contact, and whether they answered; what they
    said is a `Conversation`. The link itself is computed and never kept."""

    __tablename__ = "victim_views_link"
    __table_args__ = (Index("victim_views_link_hash", "token_hash"), *_of_victim("victim_views_link"))

    method: str
    """In which way they agreed to be sent it: a word of `cara.features.victims.wall.vocabulary.METHODS`."""
    nonce: str
    """What the link is computed from, together with a secret that is not in the database."""
    token_hash: str
    agreed_on: date
    made_at: datetime = Field(sa_type=Instant)
    made_by: str
    ends_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    seen_at: datetime | None = Field(default=None, sa_type=Instant)
    seen_by: str = ""


class BrokenGlass(_OfVictim, table=True):
    """That somebody opened a record which is not theirs to read, in an emergency. The force is told at once."""

    __tablename__ = "victim_broken_glass"
    __table_args__ = _of_victim("victim_broken_glass")

    reason: bytes
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: str
    ends_at: datetime = Field(sa_type=Instant)
    reviewed_at: datetime | None = Field(default=None, sa_type=Instant)
    reviewed_by: str = ""
    justified: bool | None = None
    second_by: str = ""
    """The officer whom somebody under a condition named; empty: they were under none, or nobody could be named."""
    second_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the second officer answered."""
    second_agreed: bool | None = None
    conditional: bool = False
    """Whether whoever opened it had to name a second officer."""
