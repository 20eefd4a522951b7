"""Who is asking. Resolved from the session (or token) in one query, anew for each request: a removed role bites at once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, select

from cara.identity.models import BrowserSession, Membership, Organisation, OrganisationCapacity, Person
from cara.storage.scope import Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, machine or operator, acting for one organisation in one capacity."""

    kind: str
    id: str
    name: str = ""
    organisation: str = ""
    organisation_name: str = ""
    force: str | None = None
    capacity: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    session: str = ""
    """Hash of the browser session's token; empty for machines and operators."""

    @property
    def signature(self) -> tuple[str, str, str, str, str]:
        """What the ledger keeps of an actor: ids and codes."""
        return self.kind, self.id, self.organisation, self.capacity, " ".join(sorted(self.roles))

    def scope(self, reach: str) -> Scope | None:
        """The scope that a policy reach means for this actor; None reaches no case table."""
        if reach == "own_force":
            return Scope(force=self.force)
        if reach == "own_provider":
            return Scope(provider=self.organisation)
        return None


NOBODY = Actor("nobody", "")

_BY_SESSION = (
    select(
        Person.id,
        Person.name,
        Person.organisation_id,
        Organisation.name.label("organisation_name"),  # type: ignore[attr-defined]  # a column
        Organisation.force_id,
        BrowserSession.capacity,
        BrowserSession.seen_at,
        Membership.role,
    )  # type: ignore[call-overload]  # more columns than its overloads count
    .join(Person, Person.id == BrowserSession.person_id)
    .join(Organisation, Organisation.id == Person.organisation_id)
    .join(Membership, Membership.person_id == Person.id)
    .join(
        OrganisationCapacity,
        (OrganisationCapacity.organisation_id == Organisation.id)
        & (OrganisationCapacity.capacity == BrowserSession.capacity),
    )
    .where(
        BrowserSession.token_hash == bindparam("token_hash"),
        BrowserSession.ended_at.is_(None),  # type: ignore[union-attr]
        BrowserSession.ends_at > bindparam("now"),
        BrowserSession.seen_at > bindparam("idle_since"),
        Person.ended_at.is_(None),  # type: ignore[union-attr]
        Organisation.ended_at.is_(None),  # type: ignore[union-attr]
        Membership.ended_at.is_(None),  # type: ignore[union-attr]
        Membership.capacity == BrowserSession.capacity,
    )
)


def by_session(session: Session, token_hash: str, now: datetime, idle: timedelta) -> tuple[Actor, datetime] | None:
    """The actor behind a browser session and when it was last seen, or None if it ended, idled out or has no role left."""
    sent = {"token_hash": token_hash, "now": now, "idle_since": now - idle}
    rows = session.connection().execute(_BY_SESSION, sent).all()
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        kind="person",
        id=str(first.id),
        name=first.name,
        organisation=first.organisation_id,
        organisation_name=first.organisation_name,
        force=first.force_id if first.capacity in ("force", "commissioner") else None,
        capacity=first.capacity,
        roles=frozenset(row.role for row in rows),
        session=token_hash,
    )
    return actor, first.seen_at


def by_subject(session: Session, issuer: str, subject: str) -> Actor | None:
    """The machine client that a force's issuer calls `subject`, or None."""
    rows = session.exec(
        select(Person, Organisation, Membership)
        .join(Organisation, Organisation.id == Person.organisation_id)  # type: ignore[arg-type]
        .join(Membership, Membership.person_id == Person.id)  # type: ignore[arg-type]
        .where(
            Organisation.issuer == issuer,
            Person.subject == subject,
            Person.kind == "machine",
            Person.ended_at.is_(None),  # type: ignore[union-attr]
            Organisation.ended_at.is_(None),  # type: ignore[union-attr]
            Membership.ended_at.is_(None),  # type: ignore[union-attr]
        )
    ).all()
    if not rows:
        return None
    person, organisation, membership = rows[0]
    return Actor(
        kind="machine",
        id=str(person.id),
        name=person.name,
        organisation=organisation.id,
        organisation_name=organisation.name,
        force=organisation.force_id,
        capacity=membership.capacity,
        roles=frozenset(row[2].role for row in rows),
    )
