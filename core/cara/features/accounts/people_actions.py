"""Verbs of keeping people and their roles: each administrator within their own organisation."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import select

from cara.errors import BadInput, Fault, Forbidden, NotFound
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.access.models import BrowserSession, Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.roles import ROLES
from cara.platform.database.engine import tell
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_NOT_OWN = lazy("You cannot end your own access. Ask another administrator.")
ADDRESS = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s]+)")


def only_own_capacity(w: Work, capacity: str) -> None:
    """Administrators keep the roles of the capacity that they act in: a provider's does not make national managers.

    Raises:
        Forbidden: another capacity. Whoever installs the platform, by command, is bound to none.
    """
    if w.actor.kind == "person" and capacity != w.actor.capacity:
        raise Forbidden(_("You can give and take back roles only in the capacity that you act in now."))


def people_of(w: Work) -> Sequence[tuple[Person, tuple[Membership, ...]]]:
    """The actor's organisation's people with the roles they hold, by name; those ended last."""
    people = w.session.exec(select(Person).where(Person.organisation_id == w.actor.organisation)).all()
    roles = w.session.exec(
        select(Membership)
        .join(Person, Person.id == Membership.person_id)  # type: ignore[arg-type]
        .where(Person.organisation_id == w.actor.organisation, Membership.ended_at.is_(None))  # type: ignore[union-attr]
    ).all()
    held = {person.id: tuple(role for role in roles if role.person_id == person.id) for person in people}
    return [(one, held[one.id]) for one in sorted(people, key=lambda p: (p.ended_at is not None, p.name.casefold()))]


def add_person(w: Work, name: str, work_address: str, capacity: str, role: str) -> Person:
    """Add somebody to the actor's organisation, with a first role. They can sign in from now on.

    Raises:
        BadInput: not one of the organisation's addresses, already there, or no such role here.
        Forbidden: a role of another capacity than the one that the actor administers.
    """
    only_own_capacity(w, capacity)
    organisation = w.session.get_one(Organisation, w.actor.organisation)
    address = work_address.strip().casefold()
    found = ADDRESS.fullmatch(address)
    if not found or found[1] not in organisation.mail_domains:
        domains = ", ".join(organisation.mail_domains)
        raise BadInput(
            faults=[
                Fault(
                    "work_address",
                    "address",
                    _("Enter a work address that ends in one of: {domains}").format(domains=domains),
                )
            ]
        )
    if w.session.exec(
        select(Person.id).where(Person.organisation_id == organisation.id, Person.work_address == address)
    ).first():
        raise BadInput(faults=[Fault("work_address", "taken", _("Somebody with this address is already on the list"))])
    person = Person(
        organisation_id=organisation.id, name=name.strip(), work_address=address, added_at=w.now, added_by=w.actor.id
    )
    w.session.add(person)
    w.session.flush()
    give(w, person, capacity, role)
    w.record("person.added", Act.ACCESS, subject=("person", person.id or 0), codes={"capacity": capacity, "role": role})
    return person


def give_role(w: Work, person_id: int, capacity: str, role: str) -> None:
    """Give somebody else of the actor's organisation another role; it holds from their next request.

    Raises:
        BadInput: to oneself, or no such role here.
        Forbidden: a role of another capacity than the one that the actor administers.
    """
    person = _own(w, person_id, not_self=_("You cannot give yourself a role. Ask another administrator."))
    only_own_capacity(w, capacity)
    give(w, person, capacity, role)
    w.record("person.role_given", Act.ACCESS, subject=("person", person_id), codes={"capacity": capacity, "role": role})


def end_role(w: Work, person_id: int, membership_id: int) -> None:
    """Take a role back at once. Nobody takes back their own: an organisation would lock itself out."""
    _own(w, person_id, not_self=_NOT_OWN)
    membership = w.session.get(Membership, membership_id)
    if membership is None or membership.person_id != person_id or membership.ended_at:
        raise NotFound
    only_own_capacity(w, membership.capacity)
    membership.ended_at, membership.ended_by = w.now, w.actor.id
    w.session.add(membership)
    w.session.flush()
    w.record(
        "person.role_ended",
        Act.ACCESS,
        subject=("person", person_id),
        codes={"capacity": membership.capacity, "role": membership.role},
    )


def end_person(w: Work, person_id: int) -> None:
    """End somebody's access at once: their next request is refused, wherever they are signed in."""
    person = _own(w, person_id, not_self=_NOT_OWN)
    person.ended_at, person.ended_by = w.now, w.actor.id
    w.session.add(person)
    w.session.flush()
    tell(w.session, organisation=w.actor.organisation)
    columns: Any = BrowserSession
    w.session.execute(
        update(BrowserSession)
        .where(columns.person_id == person_id, columns.ended_at.is_(None))
        .values(ended_at=w.now)
        .execution_options(synchronize_session=False)
    )
    w.record("person.ended", Act.ACCESS, subject=("person", person_id))


def _own(w: Work, person_id: int, *, not_self: str) -> Person:
    person = w.session.get(Person, person_id)
    if person is None or person.organisation_id != w.actor.organisation or person.ended_at:
        raise NotFound
    if str(person.id) == w.actor.id:
        raise BadInput(str(not_self))
    return person


def give(w: Work, person: Person, capacity: str, role: str) -> None:
    """Give a role, if the organisation acts in that capacity; twice is once. Who may is for the caller to know."""
    held = w.session.exec(
        select(OrganisationCapacity).where(
            OrganisationCapacity.organisation_id == person.organisation_id, OrganisationCapacity.capacity == capacity
        )
    ).first()
    if (capacity, role) not in ROLES or role == "system" or held is None:
        raise BadInput(faults=[Fault("role", "role", _("Choose one of the roles of your organisation"))])
    already = w.session.exec(
        select(Membership.id).where(
            Membership.person_id == person.id,
            Membership.capacity == capacity,
            Membership.role == role,
            Membership.ended_at.is_(None),  # type: ignore[union-attr]
        )
    ).first()
    if already is None:
        w.session.add(
            Membership(person_id=person.id or 0, capacity=capacity, role=role, added_at=w.now, added_by=w.actor.id)
        )
        w.session.flush()
