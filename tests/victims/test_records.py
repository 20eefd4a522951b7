"""Who keeps and reads a record in each arrangement, and that neither side of somebody who is on both can tell."""

import re
from typing import Any

import pytest
from cara.errors import NotFound, WallBreached
from cara.features.referrals import queries
from cara.features.referrals.models import Offender
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.contact.worklist import lines
from cara.features.victims.pages.policy import SAYS, rows
from cara.features.victims.wall import actions
from cara.features.victims.wall import queries as wall_queries
from cara.platform.database.row_scope import walled_tables
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from synthetic.browser import Browser
from synthetic.cases import case_of, coordinator, officer
from synthetic.people import FORCES, PEOPLE, SERVES
from synthetic.victims import KEEPERS, reference_of

from .conftest import KEEPS, STRANGER, WORDS, contact_officer, fresh, supervisor


@pytest.mark.parametrize("force", FORCES)
def test_each_arrangement_shows_its_records_to_whoever_keeps_them_and_to_nobody_else(doing, keys, force):
    reference = reference_of(force, "referred")
    keeper = KEEPS if KEEPERS[force] else contact_officer(force)
    for who in (keeper, contact_officer(force), supervisor(force)):
        with doing(who) as w:
            assert whole(w, keys, wall_queries.find(w, reference)).name
            assert reference in {one.reference for one in lines(w, keys)}
    others = [PEOPLE[STRANGER], contact_officer(next(one for one in FORCES if one != force))]
    for who in [*others, *([] if KEEPERS[force] else [KEEPS])]:
        with doing(who) as w:
            with pytest.raises(NotFound):
                wall_queries.find(w, reference)
            assert reference not in {one.reference for one in lines(w, keys)}


def test_a_provider_reaches_nothing_whatever_it_asks(doing, database):
    """Thames Valley: its provider is refused by the application, and on PostgreSQL by the database itself."""
    provider = coordinator(SERVES["thames_valley"][0])
    with doing(provider, "read", "referral") as w, pytest.raises(WallBreached), actions.behind(w):
        pass
    if database.kind != "postgresql":
        return
    tables = [name for name, wall in walled_tables().items() if wall == "victim"]
    with database.admin().connect() as raw:
        raw.exec_driver_sql("set role cara_application")
        for force, victims in (("", ""), ("", "on"), ("thames_valley", "")):
            for name, value in (("force", force), ("provider", "south_provider"), ("keeper", ""), ("victims", victims)):
                raw.exec_driver_sql(f"select set_config('app.{name}', '{value}', true)")
            for table in tables:
                assert raw.exec_driver_sql(f"select count(*) from {table}").scalar() == 0, (table, force, victims)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has no second wall
def test_the_trust_s_service_gets_nothing_of_thames_valley_from_the_database_itself(database):
    with database.admin().connect() as raw:
        raw.exec_driver_sql("set role cara_application")
        for name, value in (("force", ""), ("provider", ""), ("keeper", "hampton_trust"), ("victims", "on")):
            raw.exec_driver_sql(f"select set_config('app.{name}', '{value}', true)")
        forces = raw.exec_driver_sql("select distinct force_id from victim").scalars().all()
        assert "thames_valley" not in forces
        assert set(forces) == {force for force in FORCES if KEEPERS[force]}
        with pytest.raises(DBAPIError):
            raw.exec_driver_sql("insert into victim (force_id, key_id, name, contact, address, added_at, version)"
                                " values ('thames_valley', 'x', '', '', '', now(), 1)")  # fmt: skip


def test_one_person_harmed_in_one_case_and_offender_in_another_is_told_by_neither_side(
    as_person, doing, keys, database
):
    offended, harmed = case_of("kent", "south_provider", "booked"), case_of("kent", "south_provider", "attended_a")
    with database.admin().connect() as connection:
        name = connection.execute(select(Offender.surname).where(Offender.referral_id == offended.id)).scalar_one()
    fresh(doing, keys, "kent", "attended_a")  # an officer's page says that somebody is on record, of whoever it is
    before = {
        who: pages(as_person(who), offended, harmed) for who in (officer("kent").key, coordinator("south_provider").key)
    }
    with doing(officer("kent"), "record") as w:
        case = queries.case(w, harmed.reference)[0]
        number = actions.record_victim(w, keys, case, name=name, contact=WORDS, address=WORDS)
    for who, seen in before.items():
        assert pages(as_person(who), offended, harmed) == seen
    with doing(KEEPS) as w:
        reference = wall_queries.by_number(w, number, harmed.id).link.reference
    record = as_person(KEEPS.key).get(f"/victims/{reference}").text
    assert offended.reference not in record
    assert as_person(KEEPS.key).get(f"/cases/{offended.reference}").status_code == 403


def pages(browser: Browser, *cases: Any) -> list[str]:
    """What a side's pages say of some cases, without what differs each time."""
    texts = [browser.get(path).text for one in cases for path in (f"/cases/{one.reference}", "/cases", "/work")]
    return [re.sub(r'name="_(key|csrf_token)" value="[^"]*"|Read by.*', "", text) for text in texts]


def test_linking_somebody_says_nothing_of_who_is_known(as_person, doing, keys):
    reference, number = fresh(doing, keys, "kent")
    case = case_of("kent", "south_provider", "attended_a")
    amber, at = as_person(officer("kent").key), f"/cases/{case.reference}/victim"
    for unknown in ("2222-2222", reference_of("hampshire", "referred")):
        refused = amber.fill(at, at, {"known": unknown})
        assert refused.status_code == 422
        assert "no such reference" in refused.text
    linked = amber.fill(at, at, {"known": reference.lower()})
    assert linked.status_code == 303
    assert amber.fill(at, at, {"known": reference}).status_code == 303  # once more is once
    assert WORDS not in linked.text + amber.get(f"/cases/{case.reference}").text
    with doing(KEEPS) as w:
        assert wall_queries.by_number(w, number, case.id)


def test_every_reading_is_a_consultation_in_the_ledger(as_person, database):
    reference = reference_of("hampshire", "referred")
    browser = as_person(KEEPS.key)
    for path in ("", "/attempt", "/conversation", "/risk", "/copy"):
        before = entries(database)
        assert browser.get(f"/victims/{reference}{path}").status_code == 200
        assert len(entries(database)) > len(before), path
    assert {one.subject_kind for one in entries(database) if one.actor_id == str(KEEPS.number)} <= {"victim", ""}


def entries(database: Any) -> list[Any]:
    with database.admin().connect() as connection:
        return list(connection.execute(select(LedgerEntry)).all())


def test_leaving_ends_the_session_without_any_token(as_person):
    browser = as_person(KEEPS.key)
    left = browser.send("/leave", {})
    assert left.status_code == 200
    assert left.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert left.headers["refresh"].startswith("0; url=https://")
    assert left.headers["cache-control"] == "no-store"
    again = as_person(KEEPS.key).get("/victims")
    assert again.headers["location"].startswith("/sign-in")
    assert as_person().send("/leave", {}).status_code == 200


def test_the_policy_page_has_every_row_in_plain_words(as_person):
    from cara.platform.access.policy import POLICY

    kept = [row for row in POLICY if row.resource == "victim"]
    assert {row.capacity for row in kept} == {"force", "victim_service"}
    assert not {row.role for row in kept} & {"analyst", "administrator", "system"}
    assert {action for row in kept for action in row.actions} == set(SAYS["victim"])
    unsaid = [
        (row.resource, one)
        for row in POLICY
        if row.resource in SAYS
        for one in row.actions
        if one not in SAYS[row.resource]
    ]
    assert not unsaid
    shown = as_person(supervisor("kent").key).get("/policy/victims").text
    for line in (line for table in rows().values() for line in table):
        assert line.why
        for words in (line.does, line.roles, line.why):
            assert words in shown
