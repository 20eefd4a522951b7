"""Verbs of signing in and out. The identity provider says who somebody is; who they may be here is decided here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from cara.errors import Forbidden, SignInRefused
from cara.i18n import gettext as _
from cara.platform.access.models import BrowserSession, Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.policy import reach_of
from cara.platform.database.engine import tell
from cara.platform.ledger.writer import Act, append

ORDER = ("force", "provider", "victim_service", "national", "commissioner")
"""In which capacity somebody with several begins."""


class Said(Protocol):
    """What the identity provider asserted, already verified; see `oidc.Claims`."""

    @property
    def issuer(self) -> str: ...
    @property
    def person(self) -> tuple[str, str]: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def email_verified(self) -> bool: ...
    @property
    def groups(self) -> tuple[str, ...]: ...


def organisation_of(session: Session, work_address: str) -> Organisation:
    """The organisation whose people have this kind of work address.

    Raises:
        SignInRefused: no organisation has the domain, or it cannot sign anybody in yet. The text is the same for both.
    """
    domain = work_address.rpartition("@")[2].strip().casefold()
    for organisation in session.exec(select(Organisation).where(Organisation.ended_at.is_(None))):  # type: ignore[union-attr]
        if domain and domain in organisation.mail_domains and organisation.issuer:
            return organisation
    raise SignInRefused(_("No organisation on CARA uses this kind of address. Check it, or ask your administrator."))


def organisation_of_attempt(session: Session, organisation_id: str) -> Organisation:
    """The organisation with which a sign-in was begun.

    Raises:
        SignInRefused: it has gone meanwhile.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.ended_at:
        raise SignInRefused(_("Your organisation does not use CARA any more. Ask your administrator."))
    return organisation


def admit(session: Session, organisation: Organisation, said: Said, now: datetime) -> tuple[Person, str]:
    """The person that the organisation's provider vouches for, and the capacity they begin in.

    An account is found by the provider's subject. Only at the very first sign-in is it found by the address to which an
    administrator added it, and only if the provider verified the address and it is one of the organisation's own.

    Raises:
        SignInRefused: nobody here by that, or somebody without any role.
    """
    if said.issuer != organisation.issuer:
        raise SignInRefused(_("The answer came from another organisation’s sign-in. Begin again."))
    person = (
        _known(session, organisation, said)
        or _invited(session, organisation, said)
        or _newcomer(session, organisation, said, now)
    )
    if person is None or person.ended_at or person.kind != "person":
        raise SignInRefused(_("You have no account here. Ask your organisation’s administrator to add you."))
    _follow_groups(session, organisation, person, said.groups, now)
    capacities = _capacities(session, person)
    if not capacities:
        raise SignInRefused(_("You have no role at present. Ask your organisation’s administrator."))
    return person, next(one for one in ORDER if one in capacities)


def begin_session(
    session: Session,
    person: Person,
    organisation: Organisation,
    capacity: str,
    token_hash: str,
    lasts: timedelta,
    now: datetime,
    attempt: str | None = None,
) -> None:
    """Start a session under a token that this server has just made. `attempt` is the mark of the sign-in that it begins with.

    Raises:
        SignInRefused: a session began with that sign-in already.
    """
    tell(session, session=token_hash)
    session.add(
        BrowserSession(
            token_hash=token_hash,
            person_id=person.id or 0,
            capacity=capacity,
            started_at=now,
            seen_at=now,
            ends_at=now + lasts,
            attempt=attempt,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise SignInRefused(_("This sign-in was used already. Begin again.")) from None
    append(
        session,
        at=now,
        actor=("person", str(person.id), organisation.id, capacity, ""),
        act=Act.ACCESS,
        verb="account.signed_in",
        subject=("person", str(person.id)),
        force=organisation.force_id or "",
    )


def end_session(session: Session, token_hash: str, now: datetime) -> bool:
    """Sign out: the token opens nothing any more. Whether it did till now."""
    tell(session, session=token_hash)
    columns: Any = BrowserSession
    ended: Any = session.execute(
        update(BrowserSession)
        .where(columns.token_hash == token_hash, columns.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount)


def capacities_of(session: Session, person_id: int) -> Mapping[str, tuple[str, ...]]:
    """Capacity → roles in which a person may act at present."""
    person = session.get(Person, person_id)
    return _capacities(session, person) if person else {}


def switch(session: Session, token_hash: str, person_id: int, capacity: str) -> None:
    """Go on in another of one's capacities.

    Raises:
        Forbidden: the person has no role in it.
    """
    roles = capacities_of(session, person_id).get(capacity, ())
    if reach_of(capacity, frozenset(roles), "account", "use") is None:
        raise Forbidden(_("You have no role in that capacity."))
    tell(session, session=token_hash)
    columns: Any = BrowserSession
    session.execute(
        update(BrowserSession)
        .where(columns.token_hash == token_hash)
        .values(capacity=capacity)
        .execution_options(synchronize_session=False)
    )


def _known(session: Session, organisation: Organisation, said: Said) -> Person | None:
    return session.exec(
        select(Person).where(Person.organisation_id == organisation.id, Person.subject == said.person[1])
    ).one_or_none()


def _invited(session: Session, organisation: Organisation, said: Said) -> Person | None:
    if not _own_address(organisation, said):
        return None
    person = session.exec(
        select(Person).where(
            Person.organisation_id == organisation.id,
            Person.work_address == said.email.casefold(),
            Person.subject.is_(None),  # type: ignore[union-attr]
        )
    ).one_or_none()
    if person is not None:
        person.subject = said.person[1]
        session.add(person)
        session.flush()
    return person


def _newcomer(session: Session, organisation: Organisation, said: Said, now: datetime) -> Person | None:
    granted = [group for group in said.groups if group in organisation.group_roles]
    if not organisation.just_in_time or not granted or not _own_address(organisation, said):
        return None
    taken = session.exec(
        select(Person.id).where(Person.organisation_id == organisation.id, Person.work_address == said.email.casefold())
    ).first()
    if taken is not None:
        return None
    person = Person(
        organisation_id=organisation.id,
        name=said.name,
        work_address=said.email.casefold(),
        subject=said.person[1],
        added_at=now,
        added_by="sign_in",
    )
    session.add(person)
    session.flush()
    return person


def _own_address(organisation: Organisation, said: Said) -> bool:
    return said.email_verified and said.email.casefold().rpartition("@")[2] in organisation.mail_domains


def _follow_groups(
    session: Session, organisation: Organisation, person: Person, groups: tuple[str, ...], now: datetime
) -> None:
    """Give the roles that the person's groups map to; end those whose group has gone."""
    wanted = {tuple(organisation.group_roles[group]) for group in groups if group in organisation.group_roles}
    held = session.exec(
        select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))  # type: ignore[union-attr]
    ).all()
    for membership in held:
        if membership.by_group and (membership.capacity, membership.role) not in wanted:
            membership.ended_at, membership.ended_by = now, "group"
            session.add(membership)
    for capacity, role in wanted - {(one.capacity, one.role) for one in held}:
        session.add(
            Membership(
                person_id=person.id or 0, capacity=capacity, role=role, by_group=True, added_at=now, added_by="group"
            )
        )
    session.flush()


def _capacities(session: Session, person: Person) -> dict[str, tuple[str, ...]]:
    rows = session.exec(
        select(Membership.capacity, Membership.role)
        .join(OrganisationCapacity, OrganisationCapacity.capacity == Membership.capacity)  # type: ignore[arg-type]
        .where(
            OrganisationCapacity.organisation_id == person.organisation_id,
            Membership.person_id == person.id,
            Membership.ended_at.is_(None),  # type: ignore[union-attr]
        )
    ).all()
    found: dict[str, tuple[str, ...]] = {}
    for capacity, role in rows:
        found[capacity] = (*found.get(capacity, ()), role)
    return found
