"""Tables of reference data: offence codes, and the dated instruments that let a force go beyond a national rule."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant


class OffenceCode(SQLModel, table=True):
    """One offence of the justice system's standing data. Replaced as a whole by `cara reference refresh`."""

    __tablename__ = "offence_code"

    code: str = Field(primary_key=True)
    title: str
    folded: str
    """The title as searched: lower case, single spaces."""
    mode: str = ""
    """Category of the standing data: CS summary, CE either way, CI indictable, …"""
    home_office: str = ""
    category: str = ""
    """The E07 category that it maps to; "other": outside E07; empty: an officer must say."""


class StoredInstrument(SQLModel, table=True):
    """An instrument as data: shipped by a plugin, or entered by a force's administrator and confirmed by the Trust."""

    __tablename__ = "instrument"
    __table_args__ = (Index("instrument_force", "force_id"),)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    rule: str
    admits: str
    kind: str
    authority: str
    reference: str
    starts: date
    until: date | None = None
    shipped: bool = False
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str = ""
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_by: str = ""
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_by: str = ""
