"""Tables of who may act: organisations, people, roles, sessions; forms that were sent, and typing that waits for a sign-in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.table_guards import guard_of


class Organisation(SQLModel, table=True):
    """A police force, provider, victim service, commissioner or the Trust; it may act in several capacities."""

    __tablename__ = "organisation"

    id: str = Field(primary_key=True)
    """Slug: lower case, underscores."""
    name: str
    force_id: str | None = None
    """The force that it is, or commissions for. None for providers and the Trust."""
    mail_domains: list[str] = Field(default_factory=list, sa_type=JSON)
    """Domains of work addresses, by which sign-in finds the organisation. One domain belongs to one organisation."""
    issuer: str | None = Field(default=None, unique=True)
    """The one pinned OpenID Connect issuer. None: nobody can sign in yet."""
    client_id: str = ""
    client_auth: str = "none"
    """`private_key_jwt`, `client_secret_basic` or `none`; the secret itself is in the key folder."""
    entra: bool = False
    """Microsoft's: people are then known by tenant and object id, since its subject differs by application."""
    groups_claim: str = "groups"
    group_roles: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The issuer's group → [capacity, role]."""
    just_in_time: bool = False
    """People unknown so far may get an account at first sign-in, with the roles that their groups map to."""
    added_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class OrganisationCapacity(SQLModel, table=True):
    """A capacity in which an organisation may act."""

    __tablename__ = "organisation_capacity"

    organisation_id: str = Field(foreign_key="organisation.id", primary_key=True)
    capacity: str = Field(primary_key=True)


class Person(SQLModel, table=True):
    """Somebody (or a machine client) who may sign in to one organisation. Known to us as issuer and subject, never by address."""

    __tablename__ = "person"
    __table_args__ = (
        Index("person_subject", "organisation_id", "subject", unique=True),
        Index("person_address", "organisation_id", "work_address", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    kind: str = "person"
    """`person` or `machine`."""
    name: str
    work_address: str
    """Case-folded. Only to invite by: at first sign-in it is exchanged for the subject, and never asked again."""
    subject: str | None = None
    added_at: datetime = Field(sa_type=Instant)
    added_by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class Membership(SQLModel, table=True):
    """A role that a person has, or had, in one of their organisation's capacities."""

    __tablename__ = "membership"
    __table_args__ = (Index("membership_person", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    capacity: str
    role: str
    by_group: bool = False
    """Given by the issuer's group at sign-in; taken back when the group goes."""
    added_at: datetime = Field(sa_type=Instant)
    added_by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class BrowserSession(SQLModel, table=True):
    """One signed-in browser. Its cookie holds a random token; the row holds that token's hash."""

    __tablename__ = "browser_session"
    __table_args__ = (Index("browser_session_attempt", "attempt", unique=True), guard_of(kind="session"))

    token_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    capacity: str
    started_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    attempt: str | None = None
    """Mark of the sign-in that it began with: no other session can begin with the same."""


class KeptTyping(SQLModel, table=True):
    """A form that came without a valid session: for an hour, for the person on whose page it was typed, in the browser that sent
    it. Only that browser's cookie opens it."""

    __tablename__ = "kept_typing"

    token_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Instant, index=True)
