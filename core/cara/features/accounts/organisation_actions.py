"""Verbs of keeping organisations: the Trust adds and ends them, each one's administrator settles how its people come in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import select

from cara.errors import BadInput, Fault, NotFound
from cara.features.accounts.people_actions import ADDRESS, give, only_own_capacity
from cara.i18n import gettext as _
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.roles import CAPACITIES, ROLES
from cara.platform.ledger.writer import Act
from cara.platform.oidc.configured_issuers import issuer_faults
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SLUG = re.compile(r"[a-z][a-z0-9_]{2,39}")


def organisations(w: Work) -> Sequence[tuple[Organisation, tuple[str, ...]]]:
    """Every organisation with its capacities, by name."""
    capacities = w.session.exec(select(OrganisationCapacity)).all()
    held = w.session.exec(select(Organisation).order_by(Organisation.name)).all()
    return [(one, tuple(c.capacity for c in capacities if c.organisation_id == one.id)) for one in held]


def add_organisation(w: Work, sent: Mapping[str, Any], *, allow_http: bool) -> Organisation:
    """Add an organisation with its capacities, addresses, sign-in and first administrator.

    `allow_http`: its issuer may be on this machine by plain http, as CARA itself then is.

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
    wrong = issuer_faults(str(sent["issuer"]), str(sent["client_id"]), allow_http=allow_http)
    faults.extend(wrong)
    if not wrong and w.session.exec(select(Organisation.id).where(Organisation.issuer == sent["issuer"])).first():
        faults.append(Fault("issuer", "taken", _("Another organisation signs in there already")))
    capacities = [one for one in sent["capacities"] if one in CAPACITIES]
    if not capacities:
        faults.append(Fault("capacities", "missing", _("Choose at least one capacity")))
    force = sent.get("force_id") or None
    if force not in FORCES and (force or {"force", "commissioner"} & set(capacities)):
        faults.append(Fault("force_id", "force", _("Choose which force it is, or commissions for")))
    if "national" in capacities and w.actor.kind != "operator":
        faults.append(
            Fault("capacities", "national", _("A national organisation is added by whoever installs the platform"))
        )
    if "force" in capacities and _stands_for(w, force):
        faults.append(Fault("force_id", "taken", _("Another organisation is this force already. End that one first")))
    administrator = str(sent["administrator"]).strip().casefold()
    found = ADDRESS.fullmatch(administrator)
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
    for capacity in capacities:
        give(w, person, capacity, "administrator")
    w.record(
        "organisation.added",
        Act.ACCESS,
        subject=("organisation", organisation.id),
        codes={"capacities": " ".join(capacities)},
    )
    return organisation


def add_client(w: Work, organisation_id: str, name: str, subject: str) -> Person:
    """Register a system of a force. It asks by the API, with access tokens of the force's own provider for `subject`.

    Raises:
        BadInput: no such force's organisation, or the subject is registered already.
    """
    organisation = w.session.get(Organisation, organisation_id)
    capacity = w.session.get(OrganisationCapacity, (organisation_id, "force"))
    if organisation is None or organisation.ended_at or capacity is None:
        raise BadInput(faults=[Fault("id", "unknown", _("There is no such force’s organisation. Add it first"))])
    columns: Any = Person
    taken = select(Person).where(columns.organisation_id == organisation_id, columns.subject == subject)
    if w.session.exec(taken).first():
        raise BadInput(faults=[Fault("subject", "taken", _("Somebody or something is known by this subject already"))])
    client = Person(
        organisation_id=organisation_id, kind="machine", name=name, work_address=f"{subject.casefold()}@machine.invalid",
        subject=subject, added_at=w.now, added_by=w.actor.id,
    )  # fmt: skip
    w.session.add(client)
    w.session.flush()
    w.session.add(
        Membership(person_id=client.id or 0, capacity="force", role="system", added_at=w.now, added_by=w.actor.id)
    )
    w.session.flush()
    w.record("person.client_added", Act.ACCESS, subject=("person", client.id or 0), force=organisation.force_id)
    return client


def _stands_for(w: Work, force: str | None) -> bool:
    """Whether some organisation is this force already: a second one would be a way to its cases."""
    columns: Any = Organisation
    held: Any = OrganisationCapacity
    query = (
        select(columns.id)
        .join(held, held.organisation_id == columns.id)
        .where(columns.force_id == force, columns.ended_at.is_(None), held.capacity == "force")
    )
    return w.session.exec(query).first() is not None


def end_organisation(w: Work, organisation_id: str) -> None:
    """End an organisation: nobody of it can sign in or go on. Its cases and its ledger entries stay."""
    organisation = w.session.get(Organisation, organisation_id)
    if organisation is None or organisation.ended_at or organisation.id == w.actor.organisation:
        raise NotFound
    organisation.ended_at = w.now
    w.session.add(organisation)
    w.session.flush()
    w.record("organisation.ended", Act.ACCESS, subject=("organisation", organisation_id))


def settle(w: Work, just_in_time: bool, groups_claim: str, group_lines: str) -> None:
    """Settle how the actor's organisation's people come in: by invitation alone, or also by the groups of its provider.

    `group_lines` has one `group = capacity.role` a line.

    Raises:
        BadInput: a line that does not read so, or names a role that the organisation does not have.
    """
    organisation = w.session.get_one(Organisation, w.actor.organisation)
    columns: Any = OrganisationCapacity
    held = set(w.session.exec(select(columns.capacity).where(columns.organisation_id == organisation.id)).all())
    mapped: dict[str, list[str]] = {}
    for number, line in enumerate(group_lines.splitlines(), start=1):
        group, equals, role = (part.strip() for part in line.partition("="))
        capacity, _dot, name = role.partition(".")
        if not line.strip():
            continue
        if not group or not equals or (capacity, name) not in ROLES or capacity not in held or name == "system":
            message = _("Line {number} must read: group = capacity.role, with a role of your organisation").format(
                number=number
            )
            raise BadInput(faults=[Fault("group_lines", "line", message)])
        only_own_capacity(w, capacity)
        mapped[group] = [capacity, name]
    if just_in_time and not mapped:
        message = _("Say which groups give which roles before people may come in by themselves")
        raise BadInput(faults=[Fault("group_lines", "missing", message)])
    organisation.just_in_time, organisation.groups_claim, organisation.group_roles = just_in_time, groups_claim, mapped
    w.session.add(organisation)
    w.session.flush()
    w.record(
        "organisation.settled", Act.ACCESS, subject=("organisation", organisation.id),
        codes={"just_in_time": int(just_in_time), "groups": len(mapped)},
    )  # fmt: skip
