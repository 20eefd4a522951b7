"""Tables of rooms and places. Each stands behind the case wall: a venue is a provider's, in an area of one force."""

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant, only
from cara.platform.database.row_scope import CASE, of_its_case


def of_its_cohort() -> ForeignKeyConstraint:
    """A row belongs to a cohort of its own force and provider."""
    return ForeignKeyConstraint(
        ["cohort_id", "force_id", "provider_id"], ["cohort.id", "cohort.force_id", "cohort.provider_id"]
    )


def of_its_workshop() -> ForeignKeyConstraint:
    """A row belongs to a workshop of its own force and provider."""
    return ForeignKeyConstraint(
        ["workshop_id", "force_id", "provider_id"], ["workshop.id", "workshop.force_id", "workshop.provider_id"]
    )


class Venue(SQLModel, table=True):
    """Where workshops are held: one provider's, in one area of one force."""

    __tablename__ = "venue"
    __table_args__ = (
        Index("venue_own", "id", "force_id", "provider_id", unique=True),
        Index("venue_provider", "provider_id", "id"),
        CheckConstraint("capacity > 0", "venue_holds_somebody"),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str
    version: int = 1
    name: str
    area: str = ""
    address: str = ""
    access: str = ""
    """Steps, lifts, hearing loops, buses: what somebody must know to come."""
    capacity: int
    added_at: datetime = Field(sa_type=Instant)
    added_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class Cohort(SQLModel, table=True):
    """A group of people who do both workshops together."""

    __tablename__ = "cohort"
    __table_args__ = (
        Index("cohort_own", "id", "force_id", "provider_id", unique=True),
        Index("cohort_provider", "provider_id", "id"),
        CheckConstraint("taken >= 0 AND taken <= capacity", "cohort_seats"),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str
    version: int = 1
    group: str
    """`male`, `female`, `non_intimate`, or a pathway of the force."""
    area: str = ""
    capacity: int
    taken: int = 0
    """Seats offered or booked. Changed by one guarded statement, which is what gives the last seat to one person alone."""
    lead_id: int | None = Field(default=None, foreign_key="person.id")
    second_id: int | None = Field(default=None, foreign_key="person.id")
    cover_id: int | None = Field(default=None, foreign_key="person.id")
    interpreter_language: str = ""
    gap_reason: str = ""
    """Why B is not 28 to 35 days after A, where it is not: a coordinator's words."""
    made_at: datetime = Field(sa_type=Instant)
    made_by: str
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_by: str = ""
    cancel_reason: str = ""


class Workshop(SQLModel, table=True):
    """Workshop A or B of a cohort, as it stands now; `WorkshopChange` keeps what was."""

    __tablename__ = "workshop"
    __table_args__ = (
        Index("workshop_own", "id", "force_id", "provider_id", unique=True),
        Index("workshop_part", "cohort_id", "part", unique=True),
        Index("workshop_day", "provider_id", "day"),
        of_its_cohort(),
        ForeignKeyConstraint(
            ["venue_id", "force_id", "provider_id"], ["venue.id", "venue.force_id", "venue.provider_id"]
        ),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    cohort_id: int
    force_id: str
    provider_id: str
    version: int = 1
    part: str
    day: date
    starts: time
    ends: time
    venue_id: int
    sequence: int = 0
    """How often its day, time or venue was changed: calendar entries carry it."""


class WorkshopChange(SQLModel, table=True):
    """What a workshop's day, time or venue was before a change, and why it was changed. Append-only."""

    __tablename__ = "workshop_change"
    __table_args__ = (Index("workshop_change_workshop", "workshop_id"), of_its_workshop(), CASE)

    id: int | None = Field(default=None, primary_key=True)
    workshop_id: int
    force_id: str
    provider_id: str
    day: date
    starts: time
    ends: time
    venue_id: int
    reason: str
    changed_at: datetime = Field(sa_type=Instant)
    changed_by: str


_ACTIVE = "refused_at IS NULL AND released_at IS NULL"


class Place(SQLModel, table=True):
    """One person in one cohort: what was done with the place, by whom and when. `places.state_of` reads it."""

    __tablename__ = "place"
    __table_args__ = (
        Index("place_active", "referral_id", unique=True, **only(_ACTIVE)),
        Index("place_cohort", "cohort_id"),
        of_its_case(),
        of_its_cohort(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    cohort_id: int
    force_id: str
    provider_id: str
    version: int = 1
    only_b: bool = False
    """They attended A elsewhere and come for B alone."""
    gap_reason: str = ""
    """Why their B is not 28 to 35 days after their A: a coordinator's words."""
    waiting_at: datetime | None = Field(default=None, sa_type=Instant)
    waiting_by: str = ""
    offered_at: datetime | None = Field(default=None, sa_type=Instant)
    offered_by: str = ""
    booked_at: datetime | None = Field(default=None, sa_type=Instant)
    booked_by: str = ""
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_by: str = ""
    refused_at: datetime | None = Field(default=None, sa_type=Instant)
    refused_by: str = ""
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str = ""
    release_reason: str = ""
    """A code of `places.RELEASES`."""


class KeptApart(SQLModel, table=True):
    """Two people whom an officer keeps out of one room. No reason is asked, and none is kept."""

    __tablename__ = "kept_apart"
    __table_args__ = (
        Index("kept_apart_pair", "referral_id", "other_id", unique=True, **only("ended_at IS NULL")),
        Index("kept_apart_other", "other_id"),
        CheckConstraint("referral_id < other_id", "kept_apart_order"),
        of_its_case(),
        ForeignKeyConstraint(["other_id", "force_id"], ["referral.id", "referral.force_id"]),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    other_id: int
    force_id: str
    provider_id: str
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class GroupWorkPause(SQLModel, table=True):
    """Group work suspended: everyone of a provider in a force, of a whole force, goes by telephone. It holds no case."""

    __tablename__ = "group_work_pause"
    __table_args__ = (Index("group_work_pause_open", "force_id", "provider_id"),)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    provider_id: str | None = None
    """Empty: every provider in the force."""
    reason: str
    begun_at: datetime = Field(sa_type=Instant)
    begun_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""
