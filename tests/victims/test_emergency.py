"""Breaking the glass: for an hour, with the force told, and reviewed by somebody else."""

from datetime import timedelta

import pytest
from cara import clock
from cara.errors import NotNow
from cara.ledger.models import LedgerEntry
from cara.referrals import queries
from cara.victims import emergency, reading
from sqlalchemy import select
from synthetic.browser import key
from synthetic.cases import case_of, officer

from .conftest import WORDS, contact_officer, fresh, supervisor

CASE = case_of("kent", "south_provider", "booked").reference
OPEN = f"/cases/{CASE}/emergency"
NEWEST = 1_000_000


def test_the_glass_is_broken_for_an_hour_and_the_force_is_told(as_person, doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    amber = as_person(officer("kent").key)
    at = f"/victims/{reference}/emergency"
    assert amber.get(f"/victims/{reference}").status_code == 403
    assert amber.get(at).status_code == 409
    assert amber.fill(OPEN, OPEN, {"reason": ""}).status_code == 422
    went = amber.fill(OPEN, OPEN, {"reason": "Synthetic danger"})
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
    amber, at = as_person(officer("kent").key), f"/victims/{reference}/emergency"
    amber.fill(OPEN, OPEN, {"reason": "Synthetic danger"})
    assert amber.get(at).status_code == 200
    with doing(supervisor("kent"), "review_emergency") as w:
        emergency.review(w, reading.find(w, reference), NEWEST, justified=False)
    ended = amber.get(at)
    assert ended.status_code == 409
    assert WORDS not in ended.text.replace(f'cara-identity__name">{WORDS}', "")


def test_nobody_reviews_what_they_opened(doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    with doing(officer("kent"), "open_in_emergency") as w:
        found = queries.case(w, CASE)[0]
        emergency.open_case(w, keys, found, "Synthetic danger")
        with pytest.raises(NotNow):
            emergency.review(w, reading.find(w, reference), NEWEST, justified=True)


def test_what_was_opened_after_the_page_was_drawn_waits_for_a_look_of_its_own(as_person, doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    amber, sergeant = as_person(officer("kent").key), as_person(supervisor("kent").key)
    review = f"/victims/{reference}/emergency-review"
    amber.fill(OPEN, OPEN, {"reason": "Synthetic danger"})
    drawn = sergeant.get(review)
    amber.fill(OPEN, OPEN, {"reason": "Synthetic curiosity"})
    assert "Synthetic curiosity" not in drawn.text
    assert sergeant.fill(review, review, {"justified": "yes"}, page=drawn).status_code == 303
    left = sergeant.get(review).text
    assert "Synthetic curiosity" in left
    assert "Synthetic danger" not in left
    assert sergeant.post(review, {"_key": key(), "justified": "yes"}).status_code == 422


def test_an_emergency_is_offered_where_somebody_was_handed_over(as_person, doing, keys):
    other = case_of("kent", "south_provider", "attended_a").reference
    amber = as_person(officer("kent").key)
    before = amber.get(f"/cases/{other}").text
    assert f"/cases/{other}/emergency" not in before
    assert "Nobody has handed over who it is yet." in before
    fresh(doing, keys, "kent", "attended_a")
    assert f"/cases/{other}/emergency" in amber.get(f"/cases/{other}").text


def test_that_a_form_about_somebody_was_opened_is_on_record_with_its_case(as_person, database):
    as_person(officer("kent").key).get(OPEN)
    with database.admin().connect() as connection:
        found = connection.execute(
            select(LedgerEntry.subject_kind, LedgerEntry.subject_id, LedgerEntry.force_id).where(
                LedgerEntry.verb == "victim.form_opened"
            )
        ).all()
    number = str(case_of("kent", "south_provider", "booked").id)
    assert [tuple(one) for one in found] == [("referral", number, "kent")]
