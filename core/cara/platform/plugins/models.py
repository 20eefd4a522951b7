"""A force's arrangement as the core's own row, so that a suspended force still has it; what two people decide of it; and whom the
force names to be reached."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant


class ForceArrangement(SQLModel, table=True):
    """What a force's plugin said when it last loaded: its profile and local questions as plain data. Its row says that the force
    has a plugin, whether that is installed or not."""

    __tablename__ = "force_arrangement"

    force_id: str = Field(primary_key=True)
    profile: dict[str, Any] = Field(sa_type=JSON)
    distribution: str = ""
    version: str = ""
    loaded_at: datetime = Field(sa_type=Instant)


class ForceDecision(SQLModel, table=True):
    """What the Trust proposes of a force's arrangement and the force's own administrator confirms: two people, two acts.

    `kind`: "retirement" (the plugin counts no more) or "victim_contact" (`said` is who contacts victims from then on). `ended_at`
    is when it was withdrawn, lapsed, or, of a retirement, when the Trust brought the plugin back.
    """

    __tablename__ = "force_decision"
    __table_args__ = (
        Index(
            "force_decision_waiting", "force_id", "kind", unique=True,
            sqlite_where=text("confirmed_at is null and ended_at is null"),
            postgresql_where=text("confirmed_at is null and ended_at is null"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    kind: str
    said: str = ""
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: str
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class ForceContact(SQLModel, table=True):
    """Where a force is reached about a held case, from a day to a day, as its administrator entered it. An office's, not a person's."""

    __tablename__ = "force_contact"
    __table_args__ = (Index("force_contact_force", "force_id"),)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    kind: str
    """`duty_supervisor`: a telephone number; or `review_cover`: an email address."""
    reached_at: str
    starts: date
    until: date | None = None
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""
