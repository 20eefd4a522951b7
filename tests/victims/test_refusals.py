"""Victims who do not want to be contacted again: the record says so first, contact is cancelled, and nothing is shown without a trace."""

import re
from datetime import datetime, time, timedelta

import pytest
from cara import clock
from cara.clock import LONDON
from cara.errors import BadInput, NotFound, NotNow
from cara.features.referrals import queries
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.contact import contact_refusals, refusal_notifications
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.contact.refusal_worklists import POLICE
from cara.features.victims.contact.worklist import asked_of_police, lines
from cara.features.victims.survey import actions as survey_actions
from cara.features.victims.wall import hold_gate, review_opening
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall.review_rules import Account
from cara.features.victims.wall.vocabulary import SafeContact
from cara.platform.ledger.models import LedgerEntry
from cara.platform.plugins.models import ForceArrangement
from sqlalchemy import select, update
from synthetic.browser import key
from synthetic.cases import case_of, coordinator

from .conftest import KEEPS, MANAGES, contact_officer, fresh, supervisor

NUMBER = "01632 960077"
SENT = {"point": "before_a", "time": "00:00", "method": "phone", "outcome": "no_answer", "which_day": "today"}
DECLINED = SENT | {"outcome": "declined", "refused": "both", "company": "someone"}
SECRET = "synthetic-secret"
AT = datetime.combine(clock.today(), time(12), LONDON)


@pytest.fixture
def record(doing, keys):
    """A record of somebody who can be reached by telephone: reference and number."""

    def make(force="hampshire", state="booked", **more):
        reference, number = fresh(doing, keys, force, state)
        safe = SafeContact(**({"method": "phone", "phone": NUMBER, "code_word": "tea"} | more))
        with doing(supervisor(force), "change") as w:
            from cara.features.victims.wall import encryption
            from cara.features.victims.wall.actions import behind
            from cara.features.victims.wall.models import Victim

            person = wall_queries.find(w, reference)
            sealed = encryption.lock(keys, person.victim, "victim.contact", str(safe))
            with behind(w):
                w.change(Victim, number, 1, contact=sealed)
        return reference, number

    return make


def refuse(doing, reference, refused="both", who=KEEPS, on=None):
    with doing(who, "contact") as w:
        contact_refusals.refuse_contact(
            w, wall_queries.find(w, reference), on=on or w.today, refused=refused, company="alone"
        )


def tell(doing, state, what, day=None):
    with doing(coordinator("north_provider"), "read", "referral") as w:
        case = queries.case(w, case_of("hampshire", "north_provider", state).reference)[0]
        hold_gate.tell(w, case, what, day or w.today)


def test_the_refusal_comes_first_and_the_number_is_not_on_the_page(as_person, record):
    reference, _number = record()
    at, worker = f"/victims/{reference}", as_person(KEEPS.key)
    assert NUMBER in worker.get(at).text
    assert worker.fill(f"{at}/attempt", f"{at}/attempt", SENT | {"outcome": "declined"}).status_code == 422, (
        "whom, and who was there?"
    )
    assert worker.fill(f"{at}/attempt", f"{at}/attempt", DECLINED).headers["location"] == f"{at}?done=refused_contact"
    for who in (KEEPS, MANAGES, supervisor("hampshire"), contact_officer("hampshire")):
        browser = as_person(who.key)
        shown = browser.get(at).text
        body = shown[shown.index("<main") :]
        assert body.index("Do not contact: they do not want to be contacted again") < body.index("cara-identity__name")
        assert "The victim service and the police" in body
        assert "Someone else was there, or could hear" in body
        for gone in (
            NUMBER,
            "PLAINTEXT-of-a-synthetic-victim-ŵ</dd>",
            ">Record an attempt<",
            "new risk assessment is asked",
        ):
            assert gone not in body, (who.key, gone)
        assert "Telephone call" in body, "the safe way stands there"
        for form in ("attempt", "conversation", "risk", "change", "survey", "ask", "contact-again"):
            page = browser.get(f"{at}/{form}").text
            assert NUMBER not in page, (who.key, form)
            assert "not want to be contacted again" in page, (who.key, form)
    listed = worker.get("/victims").text
    row = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*{reference}.*?</tr>", listed, re.DOTALL)
    assert row is not None, "it is still on the list"
    assert "Do not contact" in row.group()
    assert "Before workshop A" not in row.group()


def test_one_press_shows_the_number_and_the_reason_is_owed_until_it_is_given(as_person, record, doing, database):
    reference, number = record()
    refuse(doing, reference)
    at, worker, other = f"/victims/{reference}", as_person(KEEPS.key), as_person(MANAGES.key)
    before = worker.get(at)
    assert '<form method="post" action="' + at + '/show"' in before.text
    assert worker.post(f"{at}/show", {"_key": key()}).status_code == 303
    opened = worker.get(at).text
    assert NUMBER in opened
    assert "The reason is owed" in opened
    assert NUMBER not in other.get(at).text, "each shows it to themselves"
    with database.admin().connect() as connection:
        verbs = connection.execute(
            select(LedgerEntry.verb).where(LedgerEntry.subject_kind == "victim", LedgerEntry.subject_id == str(number))
        ).scalars()
        assert "victim.details_shown" in set(verbs)
    due = "Details were shown although contact is refused: the reason is owed"
    assert due in worker.get("/victims").text
    assert due in other.get("/victims").text
    sergeant = as_person(supervisor("hampshire").key)
    assert due in sergeant.get("/work").text
    assert other.get(f"{at}/shown").status_code == 409, "only whoever showed it knows why"
    assert worker.fill(f"{at}/shown", f"{at}/shown", {"why": "curiosity"}).status_code == 422
    assert worker.fill(f"{at}/shown", f"{at}/shown", {"why": "life", "words": "Synthetic danger"}).status_code == 303
    assert due not in worker.get("/victims").text
    assert "Synthetic danger" in other.get(at).text
    with doing(KEEPS, "contact") as w, clock.at(clock.now() + timedelta(minutes=61)):
        w.now = clock.now()
        assert contact_refusals.shown_now(w, wall_queries.find(w, reference)) is None


def test_nobody_explains_what_another_showed(record, doing, keys):
    reference, _number = record()
    refuse(doing, reference)
    with doing(KEEPS, "contact") as w:
        person = wall_queries.find(w, reference)
        contact_refusals.show_details(w, person)
        showing = contact_refusals.owed_by(w, person).id
    with doing(MANAGES, "contact") as w, pytest.raises(NotNow):
        contact_refusals.explain(w, keys, wall_queries.find(w, reference), showing, why="life")


@pytest.mark.parametrize(
    ("refused", "service", "police"),
    [("service", True, False), ("police", False, True), ("both", True, True), ("not_recorded", True, True)],
)
def test_each_side_is_closed_to_whom_they_refuse(record, doing, keys, refused, service, police):
    """The stages are the victim service's here: they are cancelled with its contact, whoever looks."""
    reference, _number = record()
    refuse(doing, reference, refused)
    for who, closed in ((KEEPS, service), (contact_officer("hampshire"), police)):
        with doing(who) as w:
            found = whole(w, keys, wall_queries.find(w, reference))
            assert (found.facts.closed, found.folded) == (closed, closed)
            assert (found.contact.phone == NUMBER) == (not closed)
            assert (found.due is None) == (closed or service)
            assert found.refusal is not None


def test_a_refusal_counts_in_every_case_of_the_victim(record, doing, keys):
    reference, number = record()
    refuse(doing, reference)
    with doing(supervisor("hampshire"), "record") as w:
        from cara.features.victims.wall import actions

        case = queries.case(w, case_of("hampshire", "north_provider", "attended_a").reference)[0]
        actions.link(w, number, case)
        other = wall_queries.by_number(w, number, case.id)
    with doing(KEEPS) as w:
        assert next(one for one in lines(w, keys) if one.reference == other.link.reference).due is None


def test_a_change_of_mind_is_confirmed_by_the_safe_way_and_contact_begins_again(as_person, record, doing, keys):
    reference, _number = record()
    refuse(doing, reference)
    with doing(KEEPS, "contact") as w:
        person = wall_queries.find(w, reference)
        with pytest.raises(BadInput):
            contact_refusals.withdraw_refusal(w, keys, person, on=w.today, method="visit", wants="both")
        with pytest.raises(BadInput):
            contact_refusals.withdraw_refusal(w, keys, person, on=w.today - timedelta(1), method="phone", wants="both")
    at, worker = f"/victims/{reference}", as_person(KEEPS.key)
    assert (
        worker.fill(
            f"{at}/contact-again", f"{at}/contact-again", {"method": "phone", "wants": "both", "which_day": "today"}
        ).status_code
        == 303
    )
    page = worker.get(at).text
    assert NUMBER in page
    assert "Confirmed by the safe way: Telephone call" in page
    with doing(KEEPS) as w:
        line = next(one for one in lines(w, keys) if one.reference == reference)
        assert line.due is not None
        assert line.due.by > w.today, "what fell due meanwhile is not overdue at once"
    with doing(KEEPS, "contact") as w, pytest.raises(NotNow):
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, reference), on=w.today, method="phone", wants="both"
        )


@pytest.mark.parametrize("refused", [("both",), ("not_recorded",), ("service", "police"), ("both", "service")])
@pytest.mark.parametrize(("wants", "stays"), [("service", "police"), ("police", "service"), ("both", "")])
def test_only_what_she_changed_her_mind_about_is_withdrawn(record, doing, keys, refused, wants, stays):
    reference, _number = record()
    for one in refused:
        refuse(doing, reference, one)
    with doing(KEEPS, "contact") as w:
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, reference), on=w.today, method="phone", wants=wants
        )
    with doing(KEEPS) as w:
        found = whole(w, keys, wall_queries.find(w, reference))
        assert (found.refusal.refused if found.refusal else "") == stays
        assert (found.due is None) == (stays == "service"), "the stages are the victim service’s here"
        words = [one.text for one in found.timeline if one.title == "Does not want to be contacted again"]
        assert any(side in text for text in words for side in ("The victim service", "Not recorded"))
    if stays:
        with doing(KEEPS, "contact") as w:
            person = wall_queries.find(w, reference)
            with pytest.raises(BadInput):
                contact_refusals.withdraw_refusal(w, keys, person, on=w.today, method="phone", wants=wants)
            contact_refusals.withdraw_refusal(w, keys, person, on=w.today, method="phone", wants="both")
            assert contact_refusals.of_victim(w, person.id) is None


def test_the_grade_from_police_information_is_asked_only_while_contact_is_refused(as_person, record, doing, keys):
    reference, _number = record(state="attended_a")
    at, sergeant = f"/victims/{reference}/police-risk", as_person(supervisor("hampshire").key)
    sent = {"_key": key(), "grade": "medium", "assessor": "Synthetic", "which_day": "today"}
    assert sergeant.get(at).status_code == 409
    assert sergeant.post(at, sent).status_code == 409
    with doing(supervisor("hampshire")) as w:
        assert whole(w, keys, wall_queries.find(w, reference)).risks == []
    refuse(doing, reference)
    assert sergeant.get(at).status_code == 200


def test_police_grade_the_risk_from_their_own_information_before_b(as_person, record, doing, keys):
    reference, _number = record(state="attended_a")
    refuse(doing, reference)
    sergeant, worker = as_person(supervisor("hampshire").key), as_person(KEEPS.key)
    with doing(supervisor("hampshire")) as w:
        assert reference not in {one.reference for one in asked_of_police(w)}, "workshop A has not taken place"
    tell(doing, "attended_a", "attended_a")
    tell(doing, "attended_a", "booked_b", clock.today() + timedelta(5))
    with doing(supervisor("hampshire")) as w:
        asked = next(one for one in asked_of_police(w) if one.reference == reference)
        assert asked.by == w.today + timedelta(2) or asked.by == w.today + timedelta(4)
        assert asked.by < w.today + timedelta(5)
    at = f"/victims/{reference}/police-risk"
    assert at in sergeant.get("/work").text
    assert worker.get(at).status_code == 403, "it is the police’s own information"
    for nobody in ("north_provider.coordinator", "north_provider.facilitator"):
        assert str(POLICE) not in as_person(nobody).get("/work").text
    sent = {"grade": "medium", "assessor": "Synthetic", "which_day": "today"}
    assert sergeant.fill(at, at, sent).status_code == 303
    assert at not in sergeant.get("/work").text
    assert "From police information" in worker.get(f"/victims/{reference}").text
    with doing(supervisor("hampshire")) as w:
        assert reference not in {one.reference for one in asked_of_police(w)}


@pytest.mark.parametrize(("change", "words"), [
    ({"method": "visit"}, "another way than the safe one"), ({"time": "03:00"}, "outside the safe times"),
])  # fmt: skip
def test_an_unsafe_attempt_warns_before_it_is_saved_and_nothing_typed_is_lost(
    as_person, record, doing, keys, change, words
):
    reference, _number = record(safe_from="09:00", safe_until="17:00")
    at, worker = f"/victims/{reference}/attempt", as_person(KEEPS.key)
    yesterday = clock.today() - timedelta(1)
    day = {"which_day": "other", "on-day": yesterday.day, "on-month": yesterday.month, "on-year": yesterday.year}
    sent = (
        SENT | {"time": "12:00", "note": "Synthetic note of the attempt"} | {k: str(v) for k, v in day.items()} | change
    )
    assert "Why was the attempt made all the same?" not in worker.get(at).text
    warned = worker.fill(at, at, sent)
    assert warned.status_code == 422
    assert words in warned.text
    assert "Synthetic note of the attempt" in warned.text
    with doing(KEEPS) as w:
        assert whole(w, keys, wall_queries.find(w, reference)).facts.attempts == []
    assert worker.fill(at, at, sent | {"why": "they_asked"}).status_code == 303
    record_page = worker.get(f"/victims/{reference}").text
    assert words in record_page
    assert "They asked for this way, or this time" in record_page


def test_an_attempt_warns_of_a_refusal_and_of_details_in_doubt(record, doing, keys):
    from cara.features.victims.contact import address_changes

    reference, _number = record()
    with doing(KEEPS, "contact") as w:
        assert contact_actions.warned_of(w, keys, wall_queries.find(w, reference), "phone", w.now) == ()
    refuse(doing, reference)
    with doing(KEEPS, "contact") as w:
        person = wall_queries.find(w, reference)
        assert contact_actions.warned_of(w, keys, person, "phone", w.now) == ("refused",)
        with pytest.raises(BadInput):
            contact_actions.attempt(
                w, keys, person, point="before_a", method="phone", outcome="spoke", happened_at=w.now
            )
    with doing(KEEPS, "change") as w:
        person = wall_queries.find(w, reference)
        after = {"contact": str(SafeContact(phone="01632 960088")), "address": ""}
        address_changes.propose(w, keys, person, person.victim.version, source="police", after=after)
        assert contact_actions.warned_of(w, keys, wall_queries.find(w, reference), "visit", w.now) == (
            "refused",
            "doubt",
        )


def test_an_attempt_warns_of_every_refusal_that_was_in_force_on_its_day(record, doing, keys):
    reference, _number = record()
    today = clock.today()

    def warned(days):
        with doing(KEEPS, "contact") as w:
            person = wall_queries.find(w, reference)
            return contact_actions.warned_of(w, keys, person, "phone", w.now - timedelta(days))

    refuse(doing, reference, "service", on=today - timedelta(20))
    refuse(doing, reference, "police", on=today - timedelta(2))
    assert [warned(days) for days in (21, 20, 10, 0)] == [(), ("refused",), ("refused",), ("refused",)]
    refuse(doing, reference, "both", on=today - timedelta(1))
    assert warned(10) == ("refused",), "a newer one takes nothing from an older one"
    with doing(KEEPS, "contact") as w:
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, reference), on=today, method="phone", wants="service"
        )
    assert [warned(days) for days in (10, 1, 0)] == [("refused",), ("refused",), ()]


def test_a_link_that_was_made_before_the_refusal_opens_nothing_any_more(record, doing, keys, database):
    reference, _number = record(method="text")
    with doing(KEEPS, "survey") as w:
        survey_actions.ask(w, keys, SECRET, wall_queries.find(w, reference), agreed=True)
        token = survey_actions.standing(w, keys, SECRET, wall_queries.find(w, reference)).secret_part
    survey_actions.look(database.store(), token)
    refuse(doing, reference, "service")
    with pytest.raises(NotFound):
        survey_actions.look(database.store(), token)
    with doing(KEEPS, "survey") as w:
        found = survey_actions.standing(w, keys, SECRET, wall_queries.find(w, reference))
        assert found.closed
        assert not found.contact.phone
        with pytest.raises(NotNow):
            survey_actions.ask(w, keys, SECRET, wall_queries.find(w, reference), agreed=True)
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, reference), on=w.today, method="text", wants="service"
        )
    with pytest.raises(NotFound):  # the old link stays closed; a new one can be made
        survey_actions.look(database.store(), token)


def test_details_that_are_folded_away_are_not_changed_unseen(as_person, record, doing):
    reference, _number = record()
    refuse(doing, reference)
    at, worker = f"/victims/{reference}/change", as_person(KEEPS.key)
    page = worker.get(at).text
    assert "Folded away" in page
    assert 'name="phone"' not in page
    sent = {"_key": key(), "_version": "2", "source": "victim", "address": "Synthetic"}
    assert worker.post(at, sent).status_code == 409


@pytest.fixture
def two_keepers(app, doing, keys, database):
    """The arrangement has changed: the Trust keeps one record of the case and the force another, maybe of the same person. Their
    references, the Trust's first."""
    reference, _number = fresh(doing, keys)
    with database.admin().begin() as connection:
        connection.execute(
            update(ForceArrangement)
            .where(ForceArrangement.force_id == "hampshire")
            .values(profile={"victim_contact": {"who": "force"}})  # type: ignore[arg-type]
        )
    other, _number = fresh(doing, keys)
    return reference, other


def pass_on(database, force="hampshire"):
    return sum(refusal_notifications.tell_other_keepers(database.store(), force))


def heard(doing, keys, who, reference):
    with doing(who) as w:
        return [
            one.what
            for one in whole(w, keys, wall_queries.find(w, reference)).facts.news
            if one.what.endswith("_elsewhere")
        ]


def test_another_keeper_of_the_case_is_told_once(two_keepers, doing, keys, database):
    reference, other = two_keepers
    refuse(doing, other, who=contact_officer("hampshire"))
    assert [pass_on(database), pass_on(database), pass_on(database, "kent")] == [1, 0, 0], "once"
    with doing(KEEPS) as w:
        top = next(one for one in lines(w, keys) if one.reference == reference)
        assert "refused_elsewhere" in {one.what for one in top.facts.unseen}
    assert heard(doing, keys, contact_officer("hampshire"), other) == []


@pytest.mark.parametrize(
    ("refused", "told"), [("police", False), ("service", True), ("both", True), ("not_recorded", True)]
)
def test_a_keeper_is_told_only_of_what_concerns_its_side(two_keepers, doing, keys, database, refused, told):
    trusts, forces = two_keepers
    refuse(doing, forces, refused, who=contact_officer("hampshire"))
    assert pass_on(database) == int(told)
    assert heard(doing, keys, KEEPS, trusts) == ["refused_elsewhere"] * told
    refuse(doing, trusts, refused)
    assert pass_on(database) == int(refused != "service")
    assert heard(doing, keys, contact_officer("hampshire"), forces) == ["refused_elsewhere"] * (refused != "service")


@pytest.mark.parametrize(("wants", "told"), [("police", False), ("service", True), ("both", True)])
def test_a_keeper_that_was_told_of_a_refusal_is_told_of_its_end(two_keepers, doing, keys, database, wants, told):
    trusts, forces = two_keepers
    officer = contact_officer("hampshire")
    refuse(doing, forces, who=officer)
    assert pass_on(database) == 1
    with doing(officer, "contact") as w:
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, forces), on=w.today, method="phone", wants=wants
        )
    assert [pass_on(database), pass_on(database)] == [int(told), 0], "once"
    assert heard(doing, keys, KEEPS, trusts) == ["refused_elsewhere", *["wanted_elsewhere"] * told]
    refuse(doing, forces, "service", who=officer)
    assert pass_on(database) == 1, "another refusal is told again"


def test_a_refusal_that_ended_before_anyone_was_told_is_told_to_nobody(two_keepers, doing, keys, database):
    _trusts, forces = two_keepers
    officer = contact_officer("hampshire")
    refuse(doing, forces, who=officer)
    with doing(officer, "contact") as w:
        contact_refusals.withdraw_refusal(
            w, keys, wall_queries.find(w, forces), on=w.today, method="phone", wants="both"
        )
    assert pass_on(database) == 0


def test_the_page_of_a_disclosure_review_says_that_the_victim_refuses_contact(as_person, record, doing, keys):
    reference, _number = record()
    with doing(supervisor("hampshire"), "open", "review") as w:
        made = review_opening.open_or_add(
            w, keys, review_opening.of_victim(w, reference), Account("Synthetic", "medium"), "victim"
        )
    sergeant, words = as_person(supervisor("hampshire").key), "The victim does not want to be contacted again."
    assert words not in sergeant.get(f"/reviews/{made}").text
    refuse(doing, reference)
    assert words in sergeant.get(f"/reviews/{made}").text
