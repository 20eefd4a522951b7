"""Asking somebody by a link what they thought of the contact: only who agreed, only in a safe way, and without a word of what it is
about."""

import html
import io
import re
import zipfile
from typing import Any

import pytest
from cara.errors import NotFound
from cara.features.messages import discretion
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.contact import address_changes
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.contact.worklist import lines
from cara.features.victims.data_rights import erasure
from cara.features.victims.survey import actions as survey_actions
from cara.features.victims.wall import actions
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall.contact_models import ViewsLink
from cara.features.victims.wall.models import DetailsChange
from cara.features.victims.wall.vocabulary import SafeContact
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import work_as
from sqlalchemy import select, update
from synthetic.canaries import found_in
from synthetic.cases import NOW, case_of, officer
from synthetic.messages import token_of
from synthetic.people import PEOPLE, SERVES
from synthetic.victims import reference_of, views_token

WORDS = "PLAINTEXT of what somebody thought, ŵ"
GIVEN = {"heard": "a_lot", "in_words": WORDS}
WORKER, SUPERVISOR = PEOPLE["hampton_trust.victim_service.victim_worker"], PEOPLE["kent_police.supervisor"]
LINK = f"/views/{views_token('kent')}"
TEXT = SafeContact(method="text", phone="01632 960003", avoid="Synthetic: course")


@pytest.fixture
def keys(database: Any) -> Keyring:
    return Keyring(database.settings().key_folder)


@pytest.fixture
def doing(database: Any) -> Any:
    """`with doing(somebody) as w:` is a unit of work of theirs behind the wall."""
    from cara.platform.access.actor import Actor

    def begin(who: Any, action: str = "read") -> Any:
        actor = Actor("person", str(who.number), organisation=who.body.id, force=who.force, capacity=who.capacity,
                      roles=frozenset({who.role}))  # fmt: skip
        return work_as(database.store(), actor, "account", "use", actor.scope(who.reach("victim", action) or ""))

    return begin


@pytest.fixture
def recorded(doing: Any, keys: Keyring) -> Any:
    """`recorded(contact)` is the record of somebody new who can be reached so: its reference."""

    def make(safe: SafeContact = TEXT) -> str:
        with doing(officer("kent"), "record") as w:
            from cara.features.referrals import queries

            case, _offender = queries.case(w, case_of("kent", SERVES["kent"][0], "booked").reference)
            number = actions.record_victim(w, keys, case, name="Synthetic", contact=str(safe), address="Synthetic")
        with doing(WORKER) as w:
            return next(one.reference for one in lines(w, keys) if one.victim == number)

    return make


def link_on(page: Any) -> str:
    """The address that a page shows to be copied."""
    found = re.search(r"/views/[\w-]+", page.text)
    assert found
    return found[0]


def outside(page: Any) -> str:
    """What somebody who looks over the shoulder can read."""
    body = re.sub(r"<footer.*|<head>.*?</head>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return html.unescape(body + " ".join(re.findall(r"<title>(.*?)</title>", page.text)))


@pytest.fixture
def settled(database):
    """The changes of details that wait in the invented country are rejected: until then no link opens anything."""
    with database.admin().begin() as connection:
        connection.execute(update(DetailsChange).values(decided_at=NOW, decided_by="1", confirmed=False))


def test_a_link_works_once_and_what_it_brought_stands_first_until_it_was_read(settled, as_person, doing, keys):
    nobody, worker, reference = as_person(), as_person(WORKER.key), reference_of("kent", "accepted")
    asks = nobody.get(LINK)
    assert asks.status_code == 200
    assert nobody.post(LINK, GIVEN).headers["location"] == "/views"
    assert {nobody.get(LINK).status_code, nobody.post(LINK, GIVEN).status_code} == {404}
    with doing(WORKER) as w:
        line = lines(w, keys)[0]
        assert (line.reference, [one.what for one in line.facts.answered]) == (reference, ["answered"])
        record = whole(w, keys, wall_queries.find(w, reference))
        assert record.talks[0].who == ""
        assert (len(record.talks[0].lines), WORDS in dict(record.talks[0].lines).values()) == (2, True)
    assert "They said what they thought of the contact" in worker.get("/victims").text
    page = worker.get(f"/victims/{reference}")
    assert WORDS in page.text
    assert worker.fill(f"/victims/{reference}", f"/victims/{reference}/seen", page=page).status_code == 303
    with doing(WORKER) as w:
        assert not [one for one in lines(w, keys) if one.facts.answered]


def test_an_answer_that_came_after_the_page_was_opened_stays_unread(settled, as_person, doing, keys):
    worker, at = as_person(WORKER.key), f"/victims/{reference_of('kent', 'accepted')}"
    before = worker.get(at)
    as_person().post(LINK, GIVEN)
    assert worker.post(f"{at}/seen", {"newest": "0", "_key": "k" * 20}).status_code == 303
    assert 'name="answered"' not in before.text
    with doing(WORKER) as w:
        assert [one for one in lines(w, keys) if one.facts.answered]


def test_the_page_says_nothing_of_what_it_is_about_and_whom_to_ring(settled, as_person):
    nobody = as_person()
    pages = [nobody.get(LINK), nobody.post(LINK, {}), nobody.get("/views"), nobody.get("/views/no-such-link")]
    assert [one.status_code for one in pages] == [200, 422, 200, 404]
    for one in pages:
        assert discretion.told(outside(one)) == ""
        assert "Nobody reads answers at once" in one.text
        assert "ring 999" in one.text
        assert "Leave this page quickly" in one.text
        assert not found_in(one.content)
        assert one.headers["referrer-policy"] == "no-referrer"


def test_neither_link_opens_the_other_s_page(as_person):
    nobody = as_person()
    assert nobody.get(f"/views/{token_of('kent')}").status_code == 404
    assert nobody.get(f"/feedback/{views_token('kent')}").status_code == 404


def test_the_worker_is_given_words_to_send_and_nothing_is_sent(as_person, recorded, database):
    worker, reference = as_person(WORKER.key), recorded()
    at = f"/victims/{reference}/ask"
    assert worker.fill(at, at, {"agreed": "no"}).status_code == 422
    assert worker.fill(at, at, {}).status_code == 422
    assert "/views/" not in worker.get(at).text
    assert worker.fill(at, at, {"agreed": "yes"}).status_code == 303
    page = worker.get(at)
    assert "01632 960003" in page.text
    assert "Synthetic: course" in page.text
    message = re.search(r'id="message">(.*?)</p>', page.text, re.DOTALL)
    assert message
    assert discretion.told(re.sub(r"\S+/views/\S+", "", message[1])) == ""
    first = link_on(page)
    assert reference not in first
    worker.fill(at, at, {"agreed": "yes"})
    second = link_on(worker.get(at))
    assert (as_person().get(first).status_code, as_person().get(second).status_code) == (404, 200)
    as_person().post(second, GIVEN)
    assert worker.fill(f"/victims/{reference}", f"/victims/{reference}/seen").status_code == 303
    assert "They have answered" in worker.get(at).text
    assert worker.post(at, {"agreed": "yes", "_key": "k" * 20}).status_code == 409
    with database.admin().connect() as connection:
        kept = connection.execute(select(ViewsLink.__table__)).all()
    assert second.rpartition("/")[2] not in str(kept)


@pytest.mark.parametrize(
    "safe",
    [SafeContact(method="phone", phone="01632 960003"), SafeContact(method="visit"), SafeContact(method="text"),
     SafeContact(method="email", phone="01632 960003"), SafeContact(phone="01632 960003", email="a@example.org")],
)  # fmt: skip
def test_whom_no_message_is_safe_for_gets_no_link(as_person, recorded, safe):
    worker, at = as_person(WORKER.key), f"/victims/{recorded(safe)}/ask"
    assert "type in what they say" in worker.get(at).text
    assert worker.post(at, {"agreed": "yes", "_key": "k" * 20}).status_code == 409
    assert "/views/" not in worker.get(at).text


def test_no_link_while_details_are_in_doubt_or_nobody_may_ring(as_person, recorded, doing, keys):
    moved, declined = recorded(), recorded()
    worker = as_person(WORKER.key)
    for reference in (moved, declined):
        worker.fill(f"/victims/{reference}/ask", f"/victims/{reference}/ask", {"agreed": "yes"})
    with doing(WORKER, "change") as w:
        address_changes.propose(
            w, keys, wall_queries.find(w, moved), 1, source="victim", after={"contact": str(TEXT), "address": ""}
        )
    with doing(WORKER, "contact") as w:
        contact_actions.attempt(
            w, keys, wall_queries.find(w, declined), point="before_a", method="phone", outcome="declined", happened_at=w.now,
            why="they_rang",
        )  # fmt: skip
    for reference in (moved, declined):
        page = worker.get(f"/victims/{reference}/ask")
        assert "/views/" not in page.text
        assert "01632 960003" not in page.text


@pytest.mark.parametrize(("confirmed", "answered"), [(None, 404), (True, 404), (False, 303)])
def test_a_link_made_before_a_change_of_number_takes_no_answer(as_person, recorded, doing, keys, confirmed, answered):
    worker, reference = as_person(WORKER.key), recorded()
    at = f"/victims/{reference}/ask"
    worker.fill(at, at, {"agreed": "yes"})
    link = link_on(worker.get(at))
    after = {"contact": str(SafeContact(method="text", phone="01632 960009")), "address": ""}
    with doing(WORKER, "change") as w:
        address_changes.propose(w, keys, wall_queries.find(w, reference), 1, source="victim", after=after)
    if confirmed is not None:
        with doing(SUPERVISOR, "check") as w:
            person = wall_queries.find(w, reference)
            address_changes.decide(w, keys, person, person.victim.version, confirm=confirmed)
    assert (link in worker.get(at).text) == (confirmed is False)
    opens = 200 if answered == 303 else 404
    assert as_person().get(link).status_code == opens
    assert as_person().post(link, GIVEN).status_code == answered


def test_whoever_was_erased_has_no_link_and_a_copy_says_that_they_were_asked(
    as_person, recorded, doing, keys, database
):
    reference = recorded()
    at = f"/victims/{reference}/ask"
    worker = as_person(WORKER.key)
    worker.fill(at, at, {"agreed": "yes"})
    link = link_on(worker.get(at))
    with zipfile.ZipFile(io.BytesIO(worker.get(f"/victims/{reference}/copy").content)) as archive:
        assert "When you were asked what you thought" in "".join(
            archive.read(one).decode() for one in archive.namelist()
        )
    with doing(WORKER) as w:
        person = wall_queries.find(w, reference)
    with doing(SUPERVISOR, "erase") as w:
        erasure.erase(w, keys, person.id)
    assert as_person().post(link, GIVEN).status_code == 404
    with pytest.raises(NotFound):
        survey_actions.answer(database.store(), keys, link.rpartition("/")[2], GIVEN)


def test_others_than_whoever_speaks_with_them_cannot_ask(as_person, recorded):
    at = f"/victims/{recorded()}/ask"
    for key, status in (
        ("safe_voices.victim_worker", 404),
        ("kent_police.referring_officer", 403),
        ("south_provider.coordinator", 403),
    ):
        assert as_person(key).get(at).status_code == status, key
