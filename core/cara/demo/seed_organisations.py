"""Before the first case: organisations, people, licences and instruments, each entered by whoever enters such things."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import select

from cara import clock
from cara.demo.organisations import ORGANISATIONS, TRUST, DemoOrganisation
from cara.demo.people import PEOPLE, DemoMember
from cara.demo.units_of_work import Stage
from cara.errors import Misconfigured
from cara.features.accounts import organisation_actions, people_actions
from cara.features.eligibility import instruments
from cara.platform.access.actor import Actor
from cara.platform.access.models import Membership, Person
from cara.platform.database.engine import Store
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import operator, work_as

OPERATOR: Final = operator("demo")
CLIENT: Final = "cara"
_AUTHORITY: Final = "Invented authority"
_AFTER_HAMPSHIRES_EXTENSION: Final = date(2025, 4, 1)


def found(store: Store, forces: Forces, issuers: Mapping[str, str], on: datetime) -> Stage:
    """Everything that stands before the first case, entered at `on`. `issuers`: organisation → its practice sign-in."""
    cast: dict[tuple[str, str], Actor] = {}
    stage = Stage(store, forces, cast)
    for organisation in ORGANISATIONS:
        members = [one for one in PEOPLE if one.organisation == organisation.id]
        _add_organisation(stage, cast, organisation, issuers[organisation.id], on)
        _add_people(stage, cast, organisation, members, on + timedelta(minutes=20))
    _seed_features(stage, on + timedelta(hours=1))
    _renew(stage, on + timedelta(hours=2))
    return stage


def _add_organisation(
    stage: Stage, cast: dict[tuple[str, str], Actor], organisation: DemoOrganisation, issuer: str, on: datetime
) -> None:
    """The Trust is added by whoever installs the platform, every other organisation by the Trust's administrator."""
    sent = {
        "id": organisation.id, "name": organisation.name, "capacities": organisation.capacities, "issuer": issuer,
        "force_id": organisation.force, "mail_domains": organisation.domain, "client_id": CLIENT,
        "administrator": f"{organisation.first}@{organisation.domain}",
    }  # fmt: skip
    by = OPERATOR if organisation.id == TRUST else cast["nell.specimen", "national"]
    with clock.at(on), work_as(stage.store, by, "organisation", "add") as w:
        organisation_actions.add_organisation(w, sent, allow_http=True)
        first = w.session.exec(select(Person).where(Person.organisation_id == organisation.id)).one()
        member = next(one for one in PEOPLE if one.key == organisation.first)
        first.name = member.name
        w.session.add(first)
        w.session.flush()
        _enter(cast, organisation, member, first, (organisation.capacities[0],))


def _add_people(
    stage: Stage, cast: dict[tuple[str, str], Actor], organisation: DemoOrganisation, members: Sequence[DemoMember],
    on: datetime,
) -> None:  # fmt: skip
    """An organisation's administrator adds its people, and gives them their roles."""
    first = cast[organisation.first, organisation.capacities[0]]
    for capacity in organisation.capacities:
        # The first administrator is so in every capacity, until each has its own.
        administrator = replace(first, capacity=capacity, roles=frozenset({"administrator"}))
        with stage.sitting(administrator, on, "people", "add") as w:
            for member in members:
                roles = [role.partition(".")[2] for role in member.roles if role.startswith(f"{capacity}.")]
                if member.key == organisation.first or not roles:
                    continue
                person = people_actions.add_person(
                    w, member.name, f"{member.key}@{organisation.domain}", capacity, roles[0]
                )
                for role in roles[1:]:
                    people_actions.give_role(w, person.id or 0, capacity, role)
                _enter(cast, organisation, member, person, {capacity})
                w.now += timedelta(minutes=1)
    for capacity in organisation.capacities[1:]:
        _hand_over(stage, cast, members, int(first.id), capacity, on + timedelta(minutes=30))


def _hand_over(
    stage: Stage,
    cast: dict[tuple[str, str], Actor],
    members: Sequence[DemoMember],
    first: int,
    capacity: str,
    on: datetime,
) -> None:
    """A capacity's own administrator takes over from the first."""
    own = next(one for one in members if f"{capacity}.administrator" in one.roles)
    with stage.sitting(cast[own.key, capacity], on, "people", "end") as w:
        columns: Any = Membership
        held = select(Membership).where(columns.person_id == first, columns.capacity == capacity)
        people_actions.end_role(w, first, w.session.exec(held).one().id or 0)


def _enter(
    cast: dict[tuple[str, str], Actor], organisation: DemoOrganisation, member: DemoMember, person: Person, capacities: Any
) -> None:  # fmt: skip
    for capacity in capacities:
        cast[member.key, capacity] = Actor(
            "person", str(person.id), person.name, organisation.id, organisation.name,
            force=organisation.force if capacity in ("force", "commissioner") else None, capacity=capacity,
            roles=frozenset(role.partition(".")[2] for role in member.roles if role.startswith(f"{capacity}.")),
        )  # fmt: skip


def _seed_features(stage: Stage, on: datetime) -> None:
    """Have each feature of other distributions enter what it needs before the first case: without licences there is none."""
    seeds = [feature.load(seed) for feature in stage.forces.features() for seed in feature.demo_seeds]
    if not seeds:
        raise Misconfigured("The demonstration needs the licensing feature: install cara-licensing.")
    for seed in seeds:
        seed(stage, on)


def _renew(stage: Stage, on: datetime) -> None:
    """Hampshire's instruments are renewed, visibly for practice; Leicestershire's first one still waits for the Trust."""
    manager = stage.somebody(TRUST, "national", "licensing_manager")
    until = date(clock.london_day(on).year + 2, 3, 31)
    entered = []
    with stage.sitting(stage.somebody("hampshire", "force", "administrator"), on, "instrument", "enter") as w:
        for rule, kind in (("E09.medium", "dpp_dispensation"), ("E03.family", "commissioned_provision")):
            reference = f"PRACTICE ONLY, invented renewal ({rule})"
            starts = _AFTER_HAMPSHIRES_EXTENSION
            entered.append(instruments.enter(w, stage.forces, rule, kind, _AUTHORITY, reference, starts, until))
    with stage.sitting(manager, on + timedelta(hours=1), "instrument", "confirm") as w:
        for one in entered:
            instruments.confirm(w, stage.forces, one)
    waiting = stage.somebody("leicestershire", "force", "administrator")
    with stage.sitting(waiting, on + timedelta(hours=2), "instrument", "enter") as w:
        instruments.enter(
            w, stage.forces, "E09.medium", "dpp_dispensation", _AUTHORITY, "PRACTICE ONLY, not confirmed by the Trust",
            clock.london_day(on), until,
        )  # fmt: skip
