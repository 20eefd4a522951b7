"""Tables of the ledger. Both are append-only by trigger on either engine, and by grant on PostgreSQL."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.table_guards import Guard
from cara.platform.ledger import MADE

FAMILIES = ("referral", "course", "onward", "draft", "import")
"""Beginnings of the verbs that a scope reads of the ledger: the timeline of a case. None of them has to do with a victim."""


class LedgerEntry(SQLModel, table=True):
    """One act of one person. Record ids and codes only: no names, no free text."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ledger_entry_subject", "subject_kind", "subject_id"),
        {"info": {"guard": Guard("ledger", FAMILIES, (MADE,))}},
    )

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
    tag: str = ""
    """Keyed: that this installation made the seal. Empty in a seal from before, which covers a range of numbers."""


class LedgerSealed(SQLModel, table=True):
    """Which seal covers an entry."""

    __tablename__ = "ledger_sealed"
    __table_args__ = (Index("ledger_sealed_seal", "seal_id", "id"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """The entry's number."""
    seal_id: int


class CaseDigest(SQLModel, table=True):
    """What one unit of work left of a case that it touched: a keyed digest of the row, which nobody can make who has the database
    alone, and which tells nothing once the row is gone."""

    __tablename__ = "case_digest"
    __table_args__ = (Index("case_digest_case", "referral_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    version: int
    columns: str
    """A short name of the columns that there were; `gone` where the row has gone."""
    digest: str
    entry: str
    """The digest of the entry that says what was done; empty if none does."""
