"""Verbs of keeping people and organisations. Each administrator within their own organisation; the Trust's, organisations."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import select

from cara.errors import BadInput, Fault, NotFound
from cara.i18n import gettext as _
from cara.identity.models import BrowserSession, Membership, Organisation, OrganisationCapacity, Person
from cara.identity.roles import CAPACITIES, ROLES
from cara.ledger.record import Act
from cara.reference.forces import FORCES
from cara.work import Work

_ADDRESS = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s]+)")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SLUG = re.compile(r"[a-z][a-z0-9_]{2,39}")


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
    """
    organisation = w.session.get_one(Organisation, w.actor.organisation)
    address = work_address.strip().casefold()
    found = _ADDRESS.fullmatch(address)
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
    _give(w, person, capacity, role)
    w.record("person.added", Act.ACCESS, subject=("person", person.id or 0), codes={"capacity": capacity, "role": role})
    return person


def give_role(w: Work, person_id: int, capacity: str, role: str) -> None:
    """Give somebody of the actor's organisation another role; it holds from their next request."""
    person = _own(w, person_id)
    _give(w, person, capacity, role)
    w.record("person.role_given", Act.ACCESS, subject=("person", person_id), codes={"capacity": capacity, "role": role})


def end_role(w: Work, person_id: int, membership_id: int) -> None:
    """Take a role back at once. Nobody takes back their own: an organisation would lock itself out."""
    _own(w, person_id, not_self=True)
    membership = w.session.get(Membership, membership_id)
    if membership is None or membership.person_id != person_id or membership.ended_at:
        raise NotFound
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
    person = _own(w, person_id, not_self=True)
    person.ended_at, person.ended_by = w.now, w.actor.id
    w.session.add(person)
    w.session.flush()
    columns: Any = BrowserSession
    w.session.execute(
        update(BrowserSession)
        .where(columns.person_id == person_id, columns.ended_at.is_(None))
        .values(ended_at=w.now)
        .execution_options(synchronize_session=False)
    )
    w.record("person.ended", Act.ACCESS, subject=("person", person_id))


def organisations(w: Work) -> Sequence[tuple[Organisation, tuple[str, ...]]]:
    """Every organisation with its capacities, by name."""
    capacities = w.session.exec(select(OrganisationCapacity)).all()
    held = w.session.exec(select(Organisation).order_by(Organisation.name)).all()
    return [(one, tuple(c.capacity for c in capacities if c.organisation_id == one.id)) for one in held]


def add_organisation(w: Work, sent: Mapping[str, Any]) -> Organisation:
    """Add an organisation with its capacities, addresses, sign-in and first administrator.

    Raises:
        BadInput: names each field that will not do.
    """
    domains = [one.strip().casefold() for one in sent["mail_domains"].replace(",", " ").split()]
    taken = {domain for row in w.session.exec(select(Organisation)).all() for domain in row.mail_domains}
    faults = []
    if not _SLUG.fullmatch(sent["id"]):
        faults.append(Fault("id", "slug", _("Enter a short name of lower-case letters, digits and underscores")))
    elif w.session.get(Organisation, sent["id"]):
        faults.append(Fault("id", "taken", _("An organisation has this short name already")))
    if not domains or not all(_DOMAIN.fullmatch(one) for one in domains):
        faults.append(
            Fault("mail_domains", "domain", _("Enter the domains of its work addresses, such as force.police.example"))
        )
    elif taken & set(domains):
        faults.append(Fault("mail_domains", "taken", _("Another organisation uses one of these domains")))
    if not str(sent["issuer"]).startswith(("https://", "http://localhost", "http://127.0.0.1")):
        faults.append(Fault("issuer", "address", _("Enter the https:// address of its OpenID Connect issuer")))
    elif w.session.exec(select(Organisation.id).where(Organisation.issuer == sent["issuer"])).first():
        faults.append(Fault("issuer", "taken", _("Another organisation signs in there already")))
    capacities = [one for one in sent["capacities"] if one in CAPACITIES]
    if not capacities:
        faults.append(Fault("capacities", "missing", _("Choose at least one capacity")))
    force = sent.get("force_id") or None
    if ({"force", "commissioner"} & set(capacities)) and force not in FORCES:
        faults.append(Fault("force_id", "force", _("Choose which force it is, or commissions for")))
    administrator = str(sent["administrator"]).strip().casefold()
    found = _ADDRESS.fullmatch(administrator)
    if not found or found[1] not in domains:
        faults.append(Fault("administrator", "address", _("Enter a work address in one of its domains")))
    if faults:
        raise BadInput(faults=faults)
    organisation = Organisation(
        id=sent["id"], name=sent["name"], force_id=force, mail_domains=domains, issuer=sent["issuer"],
        client_id=sent["client_id"], added_at=w.now,
    )  # fmt: skip
    w.session.add(organisation)
    w.session.flush()
    w.session.add_all(OrganisationCapacity(organisation_id=organisation.id, capacity=one) for one in capacities)
    person = Person(
        organisation_id=organisation.id,
        name=administrator,
        work_address=administrator,
        added_at=w.now,
        added_by=w.actor.id,
    )
    w.session.add(person)
    w.session.flush()
    _give(w, person, capacities[0], "administrator")
    w.record(
        "organisation.added",
        Act.ACCESS,
        subject=("organisation", organisation.id),
        codes={"capacities": " ".join(capacities)},
    )
    return organisation


def end_organisation(w: Work, organisation_id: str) -> None:
    """End an organisation: nobody of it can sign in or go on. Its cases and its ledger entries stay."""
    organisation = w.session.get(Organisation, organisation_id)
    if organisation is None or organisation.ended_at or organisation.id == w.actor.organisation:
        raise NotFound
    organisation.ended_at = w.now
    w.session.add(organisation)
    w.session.flush()
    w.record("organisation.ended", Act.ACCESS, subject=("organisation", organisation_id))


def _own(w: Work, person_id: int, *, not_self: bool = False) -> Person:
    person = w.session.get(Person, person_id)
    if person is None or person.organisation_id != w.actor.organisation or person.ended_at:
        raise NotFound
    if not_self and str(person.id) == w.actor.id:
        raise BadInput(_("You cannot end your own access. Ask another administrator."))
    return person


def _give(w: Work, person: Person, capacity: str, role: str) -> None:
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
