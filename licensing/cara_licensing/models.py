"""The table of licences. A licence belongs to no case: it stands outside the scope wall."""

from datetime import date, datetime

from cara.platform.database.column_types import Instant
from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Licence(SQLModel, table=True):
    """One provider may deliver in one force, from one day to another. Never deleted: it is ended, and stays."""

    __tablename__ = "licence"
    __table_args__ = (Index("licence_pair", "provider_id", "force_id"),)

    id: int | None = Field(default=None, primary_key=True)
    provider_id: str = Field(foreign_key="organisation.id")
    force_id: str
    """The force's slug."""
    starts: date
    """The first day on which it is in force."""
    until: date | None = None
    """The last day on which it is in force; None: it has no end."""
    reference: str
    """As it stands on the paper: the number of the agreement, or what else finds it."""
    granted_at: datetime = Field(sa_type=Instant)
    granted_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was ended before its time; from that day on it is not in force."""
    ended_by: str = ""
