"""Victim contact: who keeps and reads a record in each arrangement, the second look, the emergency, the copy, and erasing."""

import io
import json
import re
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import Conflict, Forbidden, NotFound, NotNow, WallBreached
from cara.identity.actor import Actor
from cara.ledger.models import LedgerEntry
from cara.referrals import queries
from cara.referrals.models import Offender
from cara.storage.keys import Keyring
from cara.storage.scope import walled_tables
from cara.victims import actions, changes, contact, copying, emergency, erasing, holds, reading, sealing
from cara.victims.models import Hold, Victim
from cara.victims.policy_page import SAYS, rows
from cara.victims.safety import SafeContact
from cara.victims.whole import whole
from cara.victims.worklist import lines
from cara.work import work_as
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel
from synthetic.browser import Browser, form_of
from synthetic.canaries import found_in
from synthetic.cases import case_of, coordinator, officer
from synthetic.people import FORCES, PEOPLE, SERVES, Somebody
from synthetic.victims import KEEPERS, reference_of

WORDS = "PLAINTEXT-of-a-synthetic-victim-ŵ"
WORKER = PEOPLE["hampton_trust.victim_service.victim_worker"]
MANAGER = PEOPLE["hampton_trust.victim_service.manager"]
STRANGER = PEOPLE["safe_voices.victim_worker"]
NEW = {"contact": str(SafeContact(phone="01632 960009")), "address": "2 Synthetic Street"}


def contact_officer(force: str) -> Somebody:
    return PEOPLE[f"{force}_police.victim_contact_officer"]


def supervisor(force: str) -> Somebody:
    return PEOPLE[f"{force}_police.supervisor"]


@pytest.fixture
def keys(database):
    return Keyring(database.settings().key_folder)


@pytest.fixture
def doing(database):
    """`with doing(somebody, action) as w:` is a unit of work of theirs on victims' records, as far as the policy lets them."""
    store = database.store()

    @contextmanager
    def begin(who: Somebody, action: str = "read", resource: str = "victim"):
        actor = Actor("person", str(who.number), organisation=who.body.id, force=who.force, capacity=who.capacity,
                      roles=frozenset({who.role}))  # fmt: skip
        with work_as(store, actor, "account", "use", actor.scope(who.reach(resource, action) or "")) as w:
            yield w

    return begin


@pytest.mark.parametrize("force", FORCES)
def test_each_arrangement_shows_its_records_to_whoever_keeps_them_and_to_nobody_else(doing, keys, force):
    reference = reference_of(force, "referred")
    keeper = WORKER if KEEPERS[force] else contact_officer(force)
    for who in (keeper, contact_officer(force), supervisor(force)):
        with doing(who) as w:
            assert whole(w, keys, reading.find(w, reference)).name
            assert reference in {one.reference for one in lines(w, keys)}
    others = [STRANGER, contact_officer(next(one for one in FORCES if one != force))]
    for who in [*others, *([] if KEEPERS[force] else [WORKER])]:
        with doing(who) as w:
            with pytest.raises(NotFound):
                reading.find(w, reference)
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


def fresh(doing: Any, keys: Keyring, force: str = "hampshire", state: str = "booked") -> tuple[str, int]:
    """A record of somebody new in a case: reference and number."""
    with doing(officer(force), "record") as w:
        case = queries.case(w, case_of(force, SERVES[force][0], state).reference)[0]
        number = actions.record_victim(
            w, keys, case, name=WORDS, contact=str(SafeContact(phone=WORDS, code_word="tea")), address=WORDS
        )
    with doing(supervisor(force)) as w:
        return reading.by_number(w, number, case.id or 0).link.reference, number


def test_a_change_hides_the_old_at_once_and_wants_another_s_second_look(doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(WORKER, "change") as w:
        person = reading.find(w, reference)
        changes.propose(w, keys, person, 1, source="victim", after=NEW)
    for who in (WORKER, MANAGER, supervisor("hampshire")):
        with doing(who) as w:
            seen = whole(w, keys, reading.find(w, reference))
            assert WORDS not in (seen.contact.phone, seen.address)
            assert (seen.contact.phone, seen.address) == ("", "")
            assert seen.contact.code_word == "tea"
    with doing(WORKER, "check") as w:
        person = reading.find(w, reference)
        with pytest.raises(Forbidden):
            changes.decide(w, keys, person, person.victim.version, confirm=True)
        with pytest.raises(NotNow):
            changes.propose(w, keys, person, person.victim.version, source="victim", after=NEW)
    with doing(MANAGER, "check") as w:
        person = reading.find(w, reference)
        changes.decide(w, keys, person, person.victim.version, confirm=True)
    with doing(WORKER) as w:
        seen = whole(w, keys, reading.find(w, reference))
        assert (seen.contact.phone, seen.address) == ("01632 960009", "2 Synthetic Street")
        assert [one.title for one in seen.timeline][:2] == [
            "The change was confirmed",
            "A change of address or number was told",
        ]


def test_a_rejected_change_shows_the_old_again_and_two_cannot_both_decide(doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(WORKER, "change") as w:
        changes.propose(w, keys, reading.find(w, reference), 1, source="other", after=NEW)
    with doing(MANAGER, "check") as w:
        person = reading.find(w, reference)
        changes.decide(w, keys, person, person.victim.version, confirm=False)
        with pytest.raises((NotFound, Conflict)):
            changes.decide(w, keys, person, person.victim.version, confirm=True)
    with doing(WORKER) as w:
        seen = whole(w, keys, reading.find(w, reference))
        assert (seen.contact.phone, seen.address) == (WORDS, WORDS)


def test_the_page_refuses_the_same_person_s_second_look(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    worker = as_person(WORKER.key)
    at = f"/victims/{reference}"
    assert worker.fill(f"{at}/change", f"{at}/change", {"source": "victim", "phone": "01632 960009"}).status_code == 303
    hidden = worker.get(at).text
    assert WORDS not in hidden.replace(f'cara-identity__name">{WORDS}', "")
    assert "Do not use any number or address" in hidden
    manager = as_person(MANAGER.key)
    assert f'action="{at}/check"' not in worker.get(f"{at}/check").text
    asked = form_of(manager.get(f"{at}/check").text, f"{at}/check")
    sent = {name: value for name, value in asked.items() if name != "_csrf_token"} | {"decision": "confirm"}
    assert worker.post(f"{at}/check", sent).status_code == 403
    assert manager.fill(f"{at}/check", f"{at}/check", {"decision": "confirm"}).status_code == 303
    assert "01632 960009" in worker.get(at).text


def test_the_glass_is_broken_for_an_hour_and_the_force_is_told(as_person, doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    case = case_of("kent", "south_provider", "booked").reference
    amber = as_person(officer("kent").key)
    at = f"/victims/{reference}/emergency"
    assert amber.get(f"/victims/{reference}").status_code == 403
    assert amber.get(at).status_code == 409
    assert amber.fill(f"/cases/{case}/emergency", f"/cases/{case}/emergency", {"reason": ""}).status_code == 422
    went = amber.fill(f"/cases/{case}/emergency", f"/cases/{case}/emergency", {"reason": "Synthetic danger"})
    assert went.headers["location"] == at
    assert WORDS in amber.get(at).text
    for who in (supervisor("kent"), contact_officer("kent")):
        watcher = as_person(who.key)
        for page in ("/work", "/victims"):
            assert "opened in an emergency" in watcher.get(page).text, (who.key, page)
    with doing(officer("kent"), "open_in_emergency") as w, clock.at(clock.now() + timedelta(minutes=61)):
        w.now = clock.now()
        with pytest.raises(NotNow):
            emergency.must_be_open(w, reading.find(w, reference))
    sergeant = as_person(supervisor("kent").key)
    review = f"/victims/{reference}/emergency-review"
    assert "Synthetic danger" in sergeant.get(review).text
    assert sergeant.fill(review, review, {"justified": "yes"}).status_code == 303
    assert sergeant.get(review).status_code == 409


def test_an_opening_that_was_not_justified_ends_with_its_review(as_person, doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    case = case_of("kent", "south_provider", "booked").reference
    amber, at = as_person(officer("kent").key), f"/victims/{reference}/emergency"
    amber.fill(f"/cases/{case}/emergency", f"/cases/{case}/emergency", {"reason": "Synthetic danger"})
    assert amber.get(at).status_code == 200
    with doing(supervisor("kent"), "review_emergency") as w:
        emergency.review(w, reading.find(w, reference), justified=False)
    ended = amber.get(at)
    assert ended.status_code == 409
    assert WORDS not in ended.text.replace(f'cara-identity__name">{WORDS}', "")


def test_no_copy_with_the_old_details_leaves_while_a_change_waits(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(WORKER, "change") as w:
        changes.propose(w, keys, reading.find(w, reference), 1, source="victim", after=NEW)
    assert not words_in_copy(as_person(WORKER.key), reference) & {WORDS, "2 Synthetic Street"}
    with doing(MANAGER, "check") as w:
        person = reading.find(w, reference)
        changes.decide(w, keys, person, person.victim.version, confirm=True)
    assert "2 Synthetic Street" in words_in_copy(as_person(WORKER.key), reference)


def words_in_copy(browser: Browser, reference: str) -> set[str]:
    """What somebody's copy says of their addresses."""
    with zipfile.ZipFile(io.BytesIO(browser.get(f"/victims/{reference}/copy").content)) as archive:
        known = json.loads(archive.read("copy.json"))
    moved = known["Changes of your address or number"]
    return {known["Who you are, and how to reach you"][0]["Address"]} | {
        one[side]["address"] for one in moved for side in ("Before", "After") if isinstance(one[side], dict)
    }


def test_nobody_reviews_what_they_opened(doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    with doing(officer("kent"), "open_in_emergency") as w:
        found = queries.case(w, case_of("kent", "south_provider", "booked").reference)[0]
        emergency.open_case(w, keys, found, "Synthetic danger")
        with pytest.raises(NotNow):
            emergency.review(w, reading.find(w, reference), justified=True)


def test_one_person_harmed_in_one_case_and_offender_in_another_is_told_by_neither_side(
    as_person, doing, keys, database
):
    offended, harmed = case_of("kent", "south_provider", "booked"), case_of("kent", "south_provider", "attended_a")
    with database.admin().connect() as connection:
        name = connection.execute(select(Offender.surname).where(Offender.referral_id == offended.id)).scalar_one()
    before = {
        who: pages(as_person(who), offended, harmed) for who in (officer("kent").key, coordinator("south_provider").key)
    }
    with doing(officer("kent"), "record") as w:
        case = queries.case(w, harmed.reference)[0]
        number = actions.record_victim(w, keys, case, name=name, contact=WORDS, address=WORDS)
    for who, seen in before.items():
        assert pages(as_person(who), offended, harmed) == seen
    with doing(WORKER) as w:
        reference = reading.by_number(w, number, harmed.id).link.reference
    record = as_person(WORKER.key).get(f"/victims/{reference}").text
    assert offended.reference not in record
    assert as_person(WORKER.key).get(f"/cases/{offended.reference}").status_code == 403


def pages(browser: Browser, *cases: Any) -> list[str]:
    """What a side's pages say of some cases, without what differs each time."""
    texts = [browser.get(path).text for one in cases for path in (f"/cases/{one.reference}", "/cases", "/work")]
    return [re.sub(r'name="_(key|csrf_token)" value="[^"]*"|Read by.*', "", text) for text in texts]


def test_what_is_told_of_the_course_is_news_and_each_word_is_known(doing, keys):
    reference, _number = fresh(doing, keys, "hampshire", "booked")
    provider = coordinator("north_provider")
    with doing(provider, "read", "referral") as w:
        case = queries.case(w, case_of("hampshire", "north_provider", "booked").reference)[0]
        holds.tell(w, case, "missed_a", w.today)
        with pytest.raises(WallBreached):
            holds.tell(w, case, "gossip")
        with pytest.raises(WallBreached):  # in, and never out
            w.session.execute(
                text("select * from victim_course_news where keeper_id = :scope_keeper"), {"scope_keeper": "x"}
            )
    with doing(WORKER) as w:
        top = lines(w, keys)[0]
        assert top.reference == reference
        assert [one.what for one in top.facts.unseen] == ["missed_a"]
        person = reading.find(w, reference)
        contact.see(w, person, max(one.id for one in top.facts.news))
        assert not next(one for one in lines(w, keys) if one.reference == reference).facts.unseen


def test_a_course_that_ended_leaves_the_list_after_a_while_but_never_with_news_unseen(doing, keys):
    reference, _number = fresh(doing, keys, "hampshire", "booked")
    with doing(coordinator("north_provider"), "read", "referral") as w:
        case = queries.case(w, case_of("hampshire", "north_provider", "booked").reference)[0]
        holds.tell(w, case, "completed", w.today)
    with doing(WORKER) as w:
        w.now += timedelta(days=90)
        assert reference in {one.reference for one in lines(w, keys)}
        contact.see(w, reading.find(w, reference), 10_000)
        assert reference not in {one.reference for one in lines(w, keys)}
    with doing(WORKER) as w:
        listed = next(one for one in lines(w, keys) if one.reference == reference)
        assert listed.due is not None
        assert listed.due.point == "after_b"
        contact.attempt(
            w, keys, reading.find(w, reference), point="after_b", method="phone", outcome="declined", happened_at=w.now
        )
        assert next(one for one in lines(w, keys) if one.reference == reference).due is None


def test_a_force_s_arrangement_asks_for_a_new_assessment_after_a_visit(app, doing, keys):
    """The application keeps the arrangements when it starts."""
    for force, asked in (("hampshire", True), ("leicestershire", False)):
        reference, _number = fresh(doing, keys, force, "attended_a")
        with doing(WORKER, "contact") as w:
            person = reading.find(w, reference)
            contact.converse(w, keys, person, point="midpoint", on=w.today, said={"method": "visit"})
            assert bool(whole(w, keys, person).reassess) == asked
            contact.assess(
                w, keys, person, on=w.today, assessed={"grade": "medium", "tool": "Synthetic", "assessor": "Synthetic"}
            )
            assert whole(w, keys, person).reassess is None


def test_every_column_behind_the_wall_is_copied_or_withheld_with_a_reason():
    tables = {one.model.__tablename__: one for one in copying.TABLES}
    for name, table in SQLModel.metadata.tables.items():
        if table.info.get("wall") != "victim":
            continue
        if name in copying.NOT_THEIRS:
            assert name not in tables
            continue
        one = tables[name]
        assert set(one.given) <= set(table.c.keys()) <= set(one.given) | set(one.withheld), name
        assert not set(one.given) & set(one.withheld), name


def test_a_copy_holds_what_they_said_and_nothing_of_the_offender(as_person, doing, keys):
    reference = reference_of("hampshire", "referred")
    answer = as_person(WORKER.key).get(f"/victims/{reference}/copy")
    assert answer.headers["content-disposition"] == 'attachment; filename="copy.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["copy.html", "copy.json"]
        raw = {name: archive.read(name) for name in archive.namelist()}
    known = json.loads(raw["copy.json"])
    assert known["What you said"][0]["What you said"]["together"] == "apart"
    for content in raw.values():
        seen = found_in(content)
        assert {one.owner for one in seen} == {"victim:hampshire"}
        assert not {one.table for one in seen} & {"victim_hold", "disclosure_view", "disclosure_step"}
        assert {"name", "said", "note", "assessed"} <= {one.column for one in seen}
        assert "reason" not in {one.column for one in seen}


def test_erasing_takes_the_words_of_holds_and_reviews_along(doing, keys):
    reference = reference_of("kent", "accepted")
    with doing(supervisor("kent"), "erase") as w:
        person = reading.find(w, reference)
        key = person.victim.key_id
        erasing.erase(w, keys, person.id)
        with pytest.raises(NotFound):
            reading.find(w, reference)
        with actions.behind(w) as session:
            held = session.scalars(select(Hold).where(Hold.referral_id == person.link.referral_id)).all()
            assert held
            assert {one.cause for one in held} == {b""}
            for model, columns in (*erasing.OF_VICTIM, (Victim, sealing.SEALED)):
                which = model.id if model is Victim else model.victim_id
                for row in session.scalars(select(model).where(which == person.id)):
                    assert {getattr(row, column) for column in columns} == {b""}, model
    assert not list(keys.folder.rglob(f"{key}.key"))


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
    with doing(WORKER) as w:
        assert reading.by_number(w, number, case.id)


def test_every_reading_is_a_consultation_in_the_ledger(as_person, database):
    reference = reference_of("hampshire", "referred")
    browser = as_person(WORKER.key)
    for path in ("", "/attempt", "/conversation", "/risk", "/copy"):
        before = entries(database)
        assert browser.get(f"/victims/{reference}{path}").status_code == 200
        assert len(entries(database)) > len(before), path
    assert {one.subject_kind for one in entries(database) if one.actor_id == str(WORKER.number)} <= {"victim", ""}


def entries(database: Any) -> list[Any]:
    with database.admin().connect() as connection:
        return list(connection.execute(select(LedgerEntry)).all())


def test_leaving_ends_the_session_without_any_token(as_person):
    browser = as_person(WORKER.key)
    left = browser.send("/leave", {})
    assert left.status_code == 200
    assert left.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert left.headers["refresh"].startswith("0; url=https://")
    assert left.headers["cache-control"] == "no-store"
    again = as_person(WORKER.key).get("/victims")
    assert again.headers["location"].startswith("/sign-in")
    assert as_person().send("/leave", {}).status_code == 200


def test_the_policy_page_has_every_row_in_plain_words(as_person):
    from cara.identity.policy import POLICY

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
