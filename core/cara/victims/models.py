"""Tables behind the victim wall. What identifies a victim, or is their words, is stored encrypted with a key of their own.

Each row also carries the case wall's columns. `provider_id` names the organisation that keeps the record under the
force's arrangement: empty where the force itself does, and then no provider's session can reach it.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from cara.storage.columns import Instant
from cara.storage.scope import VICTIM


class Victim(SQLModel, table=True):
    """Somebody who was harmed, in one force. Every column that could lead to them is ciphertext."""

    __tablename__ = "victim"
    __table_args__ = (VICTIM,)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    provider_id: str | None = None
    key_id: str
    """Which key opens this person's columns; destroyed when they are erased."""
    name: bytes
    contact: bytes
    address: bytes
    added_at: datetime = Field(sa_type=Instant)
    erased_at: datetime | None = Field(default=None, sa_type=Instant)


class VictimInCase(SQLModel, table=True):
    """That a victim belongs to a case. The referral does not know it: the link stands on this side of the wall alone."""

    __tablename__ = "victim_in_case"
    __table_args__ = (VICTIM,)

    victim_id: int = Field(primary_key=True, foreign_key="victim.id")
    referral_id: int = Field(primary_key=True)
    force_id: str
    provider_id: str | None = None


class Hold(SQLModel, table=True):
    """A hold on a case, from whatever cause; the cause is encrypted. Only police release it."""

    __tablename__ = "victim_hold"
    __table_args__ = (Index("victim_hold_referral", "referral_id"), VICTIM)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str | None = None
    key_id: str
    cause: bytes
    placed_at: datetime = Field(sa_type=Instant)
    placed_by: str
    advice_before_b: bool = False
    """Released with care needed: the facilitator takes advice before workshop B, and is not told why."""
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str = ""
