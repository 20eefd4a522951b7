"""What administrators cannot do: raise themselves, reach into other capacities, or add a second organisation for a force."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from cara.errors import BadInput, Forbidden
from cara.features.accounts import organisation_actions, people_actions
from cara.platform.access.actor import Actor
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.bootstrap import open_store
from cara.platform.database.engine import Store
from cara.platform.unit_of_work import Work, operator, work_as
from cara.settings import Settings

SENT = {
    "id": "trust", "name": "Trust (synthetic)", "capacities": ["national", "provider"], "force_id": None,
    "mail_domains": "trust.example", "issuer": "https://sign-in.trust.example", "client_id": "cara",
    "administrator": "first@trust.example",
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings.load({}, home=tmp_path))
    with work_as(made, operator("test"), "organisation", "add") as w:
        organisation_actions.add_organisation(w, SENT, allow_http=False)
    yield made
    made.engine.dispose()


def administrator(w: Work, organisation: str, capacity: str) -> Actor:
    first = w.session.exec(select(Person).where(Person.organisation_id == organisation)).first()
    assert first is not None
    return Actor(
        "person", str(first.id), organisation=organisation, capacity=capacity, roles=frozenset({"administrator"})
    )


def acting(store: Store, organisation: str, capacity: str) -> Actor:
    with work_as(store, operator("test"), "people", "list") as w:
        return administrator(w, organisation, capacity)


def test_nobody_gives_themselves_a_role(store: Store) -> None:
    me = acting(store, "trust", "national")
    with work_as(store, me, "people", "add") as w, pytest.raises(BadInput, match="yourself"):
        people_actions.give_role(w, int(me.id), "national", "licensing_manager")


@pytest.mark.parametrize("verb", ["add", "give", "end", "map"])
def test_nobody_reaches_into_another_capacity(store: Store, verb: str) -> None:
    with work_as(store, acting(store, "trust", "national"), "people", "add") as w:
        other = people_actions.add_person(w, "Nell Testcase", "nell@trust.example", "national", "trainer").id or 0
        held = w.session.exec(select(Membership).where(Membership.person_id == other)).one().id or 0
    with work_as(store, acting(store, "trust", "provider"), "people", "add") as w, pytest.raises(Forbidden):  # noqa: PT012 - one verb of four
        if verb == "add":
            people_actions.add_person(w, "Max Testcase", "max@trust.example", "national", "trainer")
        elif verb == "give":
            people_actions.give_role(w, other, "national", "licensing_manager")
        elif verb == "end":
            people_actions.end_role(w, other, held)
        else:
            organisation_actions.settle(
                w, just_in_time=True, groups_claim="groups", group_lines="all = national.licensing_manager"
            )


def test_the_first_administrator_is_so_in_each_capacity(store: Store) -> None:
    with work_as(store, operator("test"), "people", "list") as w:
        assert {row.capacity for row in w.session.exec(select(Membership))} == {"national", "provider"}


def test_no_second_national_organisation_but_by_whoever_installs(store: Store) -> None:
    again = SENT | {
        "id": "other", "capacities": ["national"], "mail_domains": "other.example", "issuer": "https://other.example",
        "administrator": "first@other.example",
    }  # fmt: skip
    with (
        work_as(store, acting(store, "trust", "national"), "organisation", "add") as w,
        pytest.raises(BadInput) as refused,
    ):
        organisation_actions.add_organisation(w, again, allow_http=False)
    assert [fault.field for fault in refused.value.faults] == ["capacities"]


def test_one_organisation_stands_for_a_force(store: Store) -> None:
    def kent(name: str) -> dict[str, object]:
        return SENT | {
            "id": name, "capacities": ["force"], "force_id": "kent", "mail_domains": f"{name}.example".replace("_", "-"),
            "issuer": f"https://{name}.example", "administrator": f"first@{name}.example".replace("_", "-"),
        }  # fmt: skip

    me = acting(store, "trust", "national")
    with work_as(store, me, "organisation", "add") as w:
        organisation_actions.add_organisation(w, kent("kent_police"), allow_http=False)
    with work_as(store, me, "organisation", "add") as w, pytest.raises(BadInput) as refused:
        organisation_actions.add_organisation(w, kent("kent_second"), allow_http=False)
    assert [fault.field for fault in refused.value.faults] == ["force_id"]
    with work_as(store, me, "organisation", "end") as w:
        organisation_actions.end_organisation(w, "kent_police")
    with work_as(store, me, "organisation", "add") as w:
        organisation_actions.add_organisation(w, kent("kent_second"), allow_http=False)
        assert w.session.get(OrganisationCapacity, ("kent_second", "force"))
        assert w.session.get_one(Organisation, "kent_police").ended_at
