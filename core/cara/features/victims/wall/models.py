"""Tables behind the victim wall: who was harmed, in which case, and what holds it. What identifies somebody, or is their words,
is stored encrypted with a key of their own.

`keeper_id` names the organisation that keeps the record under the force's arrangement; it is empty where the force itself
does, and then nobody's session reaches the row but the force's own. A provider is no keeper: no scope of its opens a row here.
"""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.row_scope import VICTIM


class Victim(SQLModel, table=True):
    """Somebody who was harmed, in one force. Every column that could lead to them is ciphertext."""

    __tablename__ = "victim"
    __table_args__ = (Index("victim_of_force", "force_id", "id", unique=True), VICTIM)

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    key_id: str
    """Which key opens this person's columns, and all that they said; destroyed when they are erased."""
    name: bytes
    contact: bytes
    """How they can be reached safely: the JSON of a `cara.features.victims.wall.vocabulary.SafeContact`."""
    address: bytes
    added_at: datetime = Field(sa_type=Instant)
    erased_at: datetime | None = Field(default=None, sa_type=Instant)
    version: int = 1


class VictimInCase(SQLModel, table=True):
    """That a victim belongs to a case. The referral does not know it: the link stands on this side of the wall alone."""

    __tablename__ = "victim_in_case"
    __table_args__ = (Index("victim_in_case_reference", "reference", unique=True), VICTIM)

    victim_id: int = Field(primary_key=True, foreign_key="victim.id")
    referral_id: int = Field(primary_key=True)
    force_id: str
    keeper_id: str | None = None
    reference: str
    """How this side calls it. Random, and another than the case's: an address here leads to no page there."""
    case_reference: str
    """Kept on this side: whoever keeps the record reads no table of cases."""
    referral_risk: str = ""
    """The grade with which the case was referred: a graver one holds it."""
    area: str = ""
    """The area of the force that the case names; empty where none is known."""
    added_at: datetime = Field(sa_type=Instant)
    added_by: str


class DetailsChange(SQLModel, table=True):
    """A new address or number, as somebody told it. The old details are hidden from then on, and the new ones are used once
    another person has looked at them: a stale one can kill."""

    __tablename__ = "victim_details_change"
    __table_args__ = (
        ForeignKeyConstraint(["force_id", "victim_id"], ["victim.force_id", "victim.id"]),
        Index("victim_details_change_victim", "victim_id"),
        VICTIM,
    )

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    keeper_id: str | None = None
    victim_id: int
    reference: str
    source: str
    """Who said so: a word of `cara.features.victims.wall.vocabulary.SOURCES`."""
    before: bytes
    after: bytes
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: str
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str = ""
    confirmed: bool = False


class Hold(SQLModel, table=True):
    """A hold on a case, from whatever cause; the cause is encrypted. Only police release it."""

    __tablename__ = "victim_hold"
    __table_args__ = (Index("victim_hold_referral", "referral_id"), VICTIM)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    keeper_id: str | None = None
    key_id: str
    cause: bytes
    placed_at: datetime = Field(sa_type=Instant)
    placed_by: str
    advice_before_b: bool = False
    """Released with care needed: the facilitator takes advice before workshop B, and is not told why."""
    cancel_approved_at: datetime | None = Field(default=None, sa_type=Instant)
    cancel_approved_by: str = ""
    """Police approved that the person's place is cancelled while it stands."""
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str = ""
