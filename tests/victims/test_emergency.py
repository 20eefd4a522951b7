"""Breaking the glass: for an hour, with the force told, and reviewed by somebody else."""

from datetime import timedelta

import pytest
from cara import clock, dates
from cara.errors import NotNow
from cara.features.messages.models import OutboxMessage
from cara.features.referrals import queries
from cara.features.victims import emergency_access, second_officers
from cara.features.victims.contact import actions, contact_refusals
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.pages import latest_risk
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall import review_opening
from cara.features.victims.wall.review_rules import Account
from cara.platform.access.models import Membership
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import select, update
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
            emergency_access.must_be_open(w, wall_queries.find(w, reference))
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
        emergency_access.review(w, wall_queries.find(w, reference), NEWEST, justified=False)
    ended = amber.get(at)
    assert ended.status_code == 409
    assert WORDS not in ended.text.replace(f'cara-identity__name">{WORDS}', "")


def test_nobody_reviews_what_they_opened(doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    with doing(officer("kent"), "open_in_emergency") as w:
        found = queries.case(w, CASE)[0]
        emergency_access.open_case(w, keys, found, "Synthetic danger")
        with pytest.raises(NotNow):
            emergency_access.review(w, wall_queries.find(w, reference), NEWEST, justified=True)


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


def open_one(doing, keys, who=None, **more):
    """Open the record of the case, as an officer does."""
    with doing(who or officer("kent"), "open_in_emergency") as w:
        return emergency_access.open_case(w, keys, queries.case(w, CASE)[0], "Synthetic danger", **more)


def test_one_officer_does_not_read_under_another_s_opening(as_person, doing, keys, database):
    """Each opening is of whoever made it: an hour of one officer is no other officer's, whose role is the same."""
    reference, _number = fresh(doing, keys, "kent")
    colleague = contact_officer("kent")
    with database.admin().begin() as connection:
        connection.execute(
            update(Membership).where(Membership.person_id == colleague.number).values(role="referring_officer")  # type: ignore[arg-type]
        )
    open_one(doing, keys)
    at = f"/victims/{reference}/emergency"
    assert as_person(officer("kent").key).get(at).status_code == 200
    browser = as_person(colleague.key)
    assert browser.get(OPEN).status_code == 200, "they could open it themselves"
    refused = browser.get(at)
    assert refused.status_code == 409
    assert WORDS not in refused.text
    assert browser.fill(OPEN, OPEN, {"reason": "Synthetic danger"}).status_code == 303
    assert WORDS in browser.get(at).text


@pytest.fixture
def unjustified(doing, keys):
    """An officer whose opening a supervisor found not justified."""
    reference, _number = fresh(doing, keys, "kent")
    open_one(doing, keys)
    with doing(supervisor("kent"), "review_emergency") as w:
        emergency_access.review(w, wall_queries.find(w, reference), NEWEST, justified=False)
    return reference


def test_after_an_unjustified_opening_a_second_officer_is_named_and_the_record_opens_at_once(
    as_person, doing, keys, unjustified, database
):
    amber, second = as_person(officer("kent").key), contact_officer("kent")
    page = amber.get(OPEN).text
    assert "Who is the second officer?" in page
    assert f'value="{second.number}"' in page
    for wrong in ({}, {"second": str(officer("kent").number)}, {"second": "99999"}):
        assert amber.fill(OPEN, OPEN, {"reason": "Synthetic danger"} | wrong).status_code == 422
    went = amber.fill(OPEN, OPEN, {"reason": "Synthetic danger", "second": str(second.number)})
    assert went.status_code == 303
    assert WORDS in amber.get(went.headers["location"]).text, "it opens on naming"
    with database.admin().connect() as connection:
        kinds = list(connection.execute(select(OutboxMessage.kind, OutboxMessage.facts)))
    told = {(one.kind, one.facts.get("watcher")) for one in kinds if one.kind.startswith("second")}
    assert ("second_asked", str(second.number)) in told
    assert ("second_named", str(supervisor("kent").number)) in told
    answer, browser = f"/cases/{CASE}/emergency-second", as_person(second.key)
    assert answer in browser.get("/work").text
    asked = browser.get(answer).text
    assert WORDS not in asked
    assert "Synthetic danger" not in asked
    assert amber.get(answer).status_code == 409, "nobody answers for themselves"
    assert browser.fill(answer, answer, {"agreed": "yes"}).status_code == 303
    assert answer not in browser.get("/work").text
    review = as_person(supervisor("kent").key).get(f"/victims/{unjustified}/emergency-review").text
    assert f"{second.name}: agreed" in review


@pytest.mark.parametrize(("days", "bound"), [(29, True), (31, False)])
def test_the_condition_ends_after_thirty_days(doing, unjustified, days, bound):
    with doing(officer("kent"), "open_in_emergency") as w:
        assert second_officers.under_condition(w)
        w.now += timedelta(days=days)
        assert second_officers.under_condition(w) == bound
    with doing(contact_officer("kent"), "read") as w:
        assert not second_officers.under_condition(w), "it binds nobody else"


def test_who_has_not_confirmed_in_a_day_is_on_the_supervisors_list(as_person, doing, keys, unjustified):
    second = contact_officer("kent")
    open_one(doing, keys, second=str(second.number))
    for later, waits in ((timedelta(hours=23), 0), (timedelta(hours=25), 1)):
        with doing(supervisor("kent")) as w:
            w.now += later
            assert len(second_officers.unconfirmed(w)) == waits
    with doing(second, "second_emergency") as w:
        second_officers.answer(w, queries.case(w, CASE)[0], emergency_access.watchers(w), agreed=False)
    assert "Did not agree" in as_person(supervisor("kent").key).get("/work").text


def test_a_supervisor_who_is_the_second_officer_does_not_review_the_opening(doing, keys, unjustified):
    open_one(doing, keys, second=str(supervisor("kent").number))
    with doing(supervisor("kent"), "review_emergency") as w, pytest.raises(NotNow):
        emergency_access.review(w, wall_queries.find(w, unjustified), NEWEST, justified=True)


def test_a_life_waits_for_nobody_where_there_is_no_colleague_to_name(doing, keys, unjustified, monkeypatch):
    monkeypatch.setattr(second_officers, "candidates", lambda _w: {})
    assert open_one(doing, keys) == unjustified
    with doing(supervisor("kent")) as w:
        assert len(second_officers.unconfirmed(w)) == 1


def test_in_an_emergency_the_latest_risk_comes_first_and_that_a_review_is_open(as_person, doing, keys):
    """A grade from the handover, and High told yesterday in a disclosure: the second is what counts."""
    reference, _number = fresh(doing, keys, "kent")
    with doing(supervisor("kent"), "contact") as w:
        actions.assess(
            w,
            keys,
            wall_queries.find(w, reference),
            on=w.today - timedelta(9),
            assessed={"grade": "standard", "tool": "Synthetic"},
        )
    open_one(doing, keys)
    amber, at = as_person(officer("kent").key), f"/victims/{reference}/emergency"
    page = amber.get(at).text
    assert "<b>Standard</b>" in page
    assert "There is no disclosure review." in page
    with doing(supervisor("kent"), "open", "review") as w:
        told = Account("PLAINTEXT of a synthetic disclosure", "high")
        review_opening.open_or_add(w, keys, review_opening.of_victim(w, reference), told, "victim")
    page = amber.get(at).text
    first = page[page.index("The latest risk") :]
    assert first.index("<b>High</b>") < first.index("Standard")
    assert dates.absolute(clock.today()) in first
    assert "A disclosure review is open." in first
    assert "PLAINTEXT of a synthetic disclosure" not in page
    with doing(supervisor("kent"), "contact") as w:
        actions.assess(
            w, keys, wall_queries.find(w, reference), on=w.today, assessed={"grade": "medium", "tool": "Synthetic"}
        )
        actions.assess(
            w, keys, wall_queries.find(w, reference), on=w.today, assessed={"grade": "high", "tool": "Synthetic"}
        )
        person = wall_queries.find(w, reference)
        assert [one.grade for one in whole(w, keys, person).risks] == ["High", "Medium", "Standard"], (
            "the newest of one day first"
        )
        assert latest_risk.latest(w, keys, person, ()).grade == "High"


def test_in_an_emergency_a_refusal_is_known_and_the_number_is_one_press_away(as_person, doing, keys):
    reference, _number = fresh(doing, keys, "kent")
    with doing(supervisor("kent"), "contact") as w:
        contact_refusals.refuse_contact(
            w, wall_queries.find(w, reference), on=w.today, refused="police", company="not_known"
        )
    open_one(doing, keys)
    page = as_person(officer("kent").key).get(f"/victims/{reference}/emergency").text
    page = page[page.index("<main") :]
    assert page.index("Do not contact: they do not want") < page.index("<details") < page.index(f"{WORDS}</dd>")


@pytest.mark.parametrize("named", [True, False])
def test_the_watchers_are_told_of_a_second_officer_only_where_one_was_named(
    doing, keys, unjustified, database, monkeypatch, named
):
    second = str(contact_officer("kent").number) if named else ""
    if not named:
        monkeypatch.setattr(second_officers, "candidates", lambda _w: {})
    mine = select(OutboxMessage.kind).where(OutboxMessage.kind.in_(("record_opened", "second_named")))
    with database.admin().connect() as connection:
        before = connection.execute(mine.order_by(OutboxMessage.id)).scalars().all()
    open_one(doing, keys, second=second)
    with database.admin().connect() as connection:
        told = connection.execute(mine.order_by(OutboxMessage.id)).scalars().all()[len(before) :]
    assert set(told) == {"second_named" if named else "record_opened"}


def test_a_second_officer_too_many_keeps_no_record_shut(as_person, doing, keys):
    """The condition ended after the page was opened, or the colleague has left."""
    reference, _number = fresh(doing, keys, "kent")
    sent = {"reason": "Synthetic danger", "second": str(contact_officer("kent").number)}
    went = as_person(officer("kent").key).fill(OPEN, OPEN, sent)
    assert (went.status_code, went.headers["location"]) == (303, f"/victims/{reference}/emergency")


def test_where_nobody_can_be_named_any_more_the_record_opens_all_the_same(doing, keys, unjustified, monkeypatch):
    monkeypatch.setattr(second_officers, "candidates", lambda _w: {})
    open_one(doing, keys, second=str(contact_officer("kent").number))
    with doing(supervisor("kent")) as w:
        assert len(second_officers.unconfirmed(w)) == 1
