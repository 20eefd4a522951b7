"""Tables of the ledger. Both are append-only by trigger on either engine, and by grant on PostgreSQL."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from cara.storage.columns import Instant


class LedgerEntry(SQLModel, table=True):
    """One act of one person. Record ids and codes only: no names, no free text."""

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ledger_entry_subject", "subject_kind", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor_kind: str
    """`person`, `machine`, `operator` (a command) or `nobody` (not signed in)."""
    actor_id: str
    organisation_id: str = ""
    capacity: str = ""
    roles: str = ""
    act: str
    """One of the six of DPA 2018 s.62 (see `Act`), or `access` for sign-in and administration."""
    verb: str
    subject_kind: str = ""
    subject_id: str = ""
    force_id: str = ""
    provider_id: str = ""
    shown: str = "[]"
    """JSON list of the ids that a list or search showed, or that an import made; those of an import as ranges ("1-7000")."""
    codes: str = "{}"
    """JSON object of codes: outcomes, states, counts."""
    reason: str = ""
    digest: str


class LedgerSeal(SQLModel, table=True):
    """A seal over all entries since the last one, chained to it."""

    __tablename__ = "ledger_seal"

    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    last_entry: int
    count: int
    """Entries sealed from the beginning up to here."""
    root: str
