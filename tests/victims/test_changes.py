"""A new address or number: hidden at once, and used once another person has looked at it."""

import io
import json
import zipfile

import pytest
from cara.errors import Conflict, Forbidden, NotFound, NotNow
from cara.features.victims.contact import address_changes
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.wall import queries
from cara.features.victims.wall.vocabulary import SafeContact
from synthetic.browser import Browser, form_of

from .conftest import KEEPS, MANAGES, WORDS, fresh, supervisor

NEW = {"contact": str(SafeContact(phone="01632 960009")), "address": "2 Synthetic Street"}


def test_a_change_hides_the_old_at_once_and_wants_another_s_second_look(doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(KEEPS, "change") as w:
        person = queries.find(w, reference)
        address_changes.propose(w, keys, person, 1, source="victim", after=NEW)
    for who in (KEEPS, MANAGES, supervisor("hampshire")):
        with doing(who) as w:
            seen = whole(w, keys, queries.find(w, reference))
            assert WORDS not in (seen.contact.phone, seen.address)
            assert (seen.contact.phone, seen.address) == ("", "")
            assert seen.contact.code_word == "tea"
    with doing(KEEPS, "check") as w:
        person = queries.find(w, reference)
        with pytest.raises(Forbidden):
            address_changes.decide(w, keys, person, person.victim.version, confirm=True)
        with pytest.raises(NotNow):
            address_changes.propose(w, keys, person, person.victim.version, source="victim", after=NEW)
    with doing(MANAGES, "check") as w:
        person = queries.find(w, reference)
        address_changes.decide(w, keys, person, person.victim.version, confirm=True)
    with doing(KEEPS) as w:
        seen = whole(w, keys, queries.find(w, reference))
        assert (seen.contact.phone, seen.address) == ("01632 960009", "2 Synthetic Street")
        assert [one.title for one in seen.timeline][:2] == [
            "The change was confirmed",
            "A change of address or number was told",
        ]


def test_a_rejected_change_shows_the_old_again_and_two_cannot_both_decide(doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(KEEPS, "change") as w:
        address_changes.propose(w, keys, queries.find(w, reference), 1, source="other", after=NEW)
    with doing(MANAGES, "check") as w:
        person = queries.find(w, reference)
        address_changes.decide(w, keys, person, person.victim.version, confirm=False)
        with pytest.raises((NotFound, Conflict)):
            address_changes.decide(w, keys, person, person.victim.version, confirm=True)
    with doing(KEEPS) as w:
        seen = whole(w, keys, queries.find(w, reference))
        assert (seen.contact.phone, seen.address) == (WORDS, WORDS)


def test_the_page_refuses_the_same_person_s_second_look(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    worker = as_person(KEEPS.key)
    at = f"/victims/{reference}"
    assert worker.fill(f"{at}/change", f"{at}/change", {"source": "victim", "phone": "01632 960009"}).status_code == 303
    hidden = worker.get(at).text
    assert WORDS not in hidden.replace(f'cara-identity__name">{WORDS}', "")
    assert "Do not use any number or address" in hidden
    manager = as_person(MANAGES.key)
    assert f'action="{at}/check"' not in worker.get(f"{at}/check").text
    asked = form_of(manager.get(f"{at}/check").text, f"{at}/check")
    sent = {name: value for name, value in asked.items() if name != "_csrf_token"} | {"decision": "confirm"}
    assert worker.post(f"{at}/check", sent).status_code == 403
    assert manager.fill(f"{at}/check", f"{at}/check", {"decision": "confirm"}).status_code == 303
    assert "01632 960009" in worker.get(at).text


def test_no_copy_with_the_old_details_leaves_while_a_change_waits(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    with doing(KEEPS, "change") as w:
        address_changes.propose(w, keys, queries.find(w, reference), 1, source="victim", after=NEW)
    assert not words_in_copy(as_person(KEEPS.key), reference) & {WORDS, "2 Synthetic Street"}
    with doing(MANAGES, "check") as w:
        person = queries.find(w, reference)
        address_changes.decide(w, keys, person, person.victim.version, confirm=True)
    assert "2 Synthetic Street" in words_in_copy(as_person(KEEPS.key), reference)


def words_in_copy(browser: Browser, reference: str) -> set[str]:
    """What somebody's copy says of their addresses."""
    with zipfile.ZipFile(io.BytesIO(browser.get(f"/victims/{reference}/copy").content)) as archive:
        sections = json.loads(archive.read("copy.json"))["sections"]
    known = {one["title"]: one["records"] for one in sections}
    moved = known["Changes of your address or number"]
    return {known["Who you are, and how to reach you"][0]["Address"]} | {
        one[side]["Address"] for one in moved for side in ("Before", "After") if isinstance(one[side], dict)
    }
