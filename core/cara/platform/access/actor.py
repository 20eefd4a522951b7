"""Who is asking. Resolved from the session (or token) in one query, anew for each request: a removed role bites at once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from cara.platform.access.models import BrowserSession, Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.policy import reach_of
from cara.platform.database.engine import tell
from cara.platform.database.row_scope import Scope


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
    elsewhere: bool = False
    """Whether this person could act in another capacity too."""

    @property
    def signature(self) -> tuple[str, str, str, str, str]:
        """What the ledger keeps of an actor: ids and codes."""
        return self.kind, self.id, self.organisation, self.capacity, " ".join(sorted(self.roles))

    def may(self, resource: str, action: str) -> bool:
        """Whether the policy lets the actor do something, so that a page offers it to nobody else."""
        return reach_of(self.capacity, self.roles, resource, action) is not None

    def scope(self, reach: str) -> Scope | None:
        """The scope that a policy reach means for this actor; None reaches no case table."""
        if reach == "own_force":
            return Scope(force=self.force)
        if reach == "own_provider":
            return Scope(provider=self.organisation)
        if reach == "own_victims":
            return Scope(keeper=self.organisation)
        return None


NOBODY = Actor("nobody", "")

_p: Any = Person
_o: Any = Organisation
_m: Any = Membership
_s: Any = BrowserSession
_c: Any = OrganisationCapacity

_m2: Any = aliased(Membership)
_c2: Any = aliased(OrganisationCapacity)
_ELSEWHERE = exists(
    select(_m2.id)
    .join(_c2, (_c2.capacity == _m2.capacity) & (_c2.organisation_id == _p.organisation_id))
    .where(_m2.person_id == _p.id, _m2.ended_at.is_(None), _m2.capacity != _s.capacity)
    .correlate(Person, BrowserSession)
)
_BY_SESSION = (
    select(
        _p.id,
        _p.name,
        _p.organisation_id,
        _o.name.label("organisation_name"),
        _o.force_id,
        _s.capacity,
        _s.seen_at,
        _m.role,
        _ELSEWHERE.label("elsewhere"),
    )
    .join_from(_s, _p, _p.id == _s.person_id)
    .join(_o, _o.id == _p.organisation_id)
    .join(_m, _m.person_id == _p.id)
    .join(_c, (_c.organisation_id == _o.id) & (_c.capacity == _s.capacity))
    .where(
        _s.token_hash == bindparam("token_hash"),
        _s.ended_at.is_(None),
        _s.ends_at > bindparam("now"),
        _s.seen_at > bindparam("idle_since"),
        _p.ended_at.is_(None),
        _o.ended_at.is_(None),
        _m.ended_at.is_(None),
        _m.capacity == _s.capacity,
    )
)
_KNOWN = select(_s.person_id).where(_s.token_hash == bindparam("token_hash"))
_BY_SUBJECT = (
    select(
        _p.id,
        _p.name,
        _o.id.label("organisation_id"),
        _o.name.label("organisation_name"),
        _o.force_id,
        _m.capacity,
        _m.role,
    )
    .join_from(_p, _o, _o.id == _p.organisation_id)
    .join(_m, _m.person_id == _p.id)
    .join(_c, (_c.organisation_id == _o.id) & (_c.capacity == _m.capacity))
    .where(
        _o.issuer == bindparam("issuer"),
        _p.subject == bindparam("subject"),
        _p.kind == "machine",
        _p.ended_at.is_(None),
        _o.ended_at.is_(None),
        _m.ended_at.is_(None),
    )
)


def by_session(session: Session, token_hash: str, now: datetime, idle: timedelta) -> tuple[Actor, datetime] | None:
    """The actor behind a browser session and when it was last seen, or None if it ended, idled out or has no role left."""
    sent = {"token_hash": token_hash, "now": now, "idle_since": now - idle}
    tell(session, session=token_hash)
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
        elsewhere=bool(first.elsewhere),
    )
    return actor, first.seen_at


def is_known(session: Session, token_hash: str) -> bool:
    """Whether there is, or was not long ago, a browser session by this token: a stranger's cookie is none."""
    tell(session, session=token_hash)
    return session.connection().execute(_KNOWN, {"token_hash": token_hash}).first() is not None


def by_subject(session: Session, issuer: str, subject: str) -> Actor | None:
    """The machine client that a force's issuer calls `subject`, or None."""
    rows = session.connection().execute(_BY_SUBJECT, {"issuer": issuer, "subject": subject}).all()
    if not rows:
        return None
    first = rows[0]
    return Actor(
        kind="machine",
        id=str(first.id),
        name=first.name,
        organisation=first.organisation_id,
        organisation_name=first.organisation_name,
        force=first.force_id,
        capacity=first.capacity,
        roles=frozenset(row.role for row in rows if row.capacity == first.capacity),
    )
