"""Verbs of a review, one by one: nothing that is said is lost, and nothing is released but by a decision."""

from datetime import timedelta
from threading import Thread

import pytest
from cara import clock
from cara.bank_holidays import add_working_days
from cara.clock import london_day
from cara.errors import BadInput, Conflict, Forbidden, NotFound, NotNow, Stale
from cara.features.course.outcomes import closure
from cara.features.course.records.event_models import TelephoneIntervention
from cara.features.course.telephone import actions as telephone_actions
from cara.features.victims.contact import worklist
from cara.features.victims.data_rights import erasure
from cara.features.victims.disclosure_reviews import actions, police_holds, queries
from cara.features.victims.disclosure_reviews import detail as one_review
from cara.features.victims.disclosure_reviews import worklist as review_worklist
from cara.features.victims.wall import hold_gate, review_opening
from cara.features.victims.wall.date_answers import LOOKS_BACK
from cara.features.victims.wall.models import Hold
from cara.features.victims.wall.review_rules import Account
from cara.platform.database.engine import behind_the_wall
from course.conftest import FORCE
from sqlalchemy import select

from .conftest import CONTACT_OFFICER, COORDINATOR, FACILITATOR, OFFICER, SUPERVISOR, TRUST, WORKER

pytestmark = pytest.mark.usefixtures("room")
SAID = Account("Synthetic words", "high", child=True)


@pytest.fixture
def case(room):
    return room.accepted()


@pytest.fixture
def review(room, case):
    """A review that a concern from the room opened."""
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
    with room.doing(SUPERVISOR) as w:
        return queries.of_case(w, room.case(w, case))[0][0]


def whole(room, review, who=SUPERVISOR):
    with room.doing(who) as w:
        return one_review.read(w, room.keys, review)


def decide(room, review, decision, version=None, who=SUPERVISOR):
    version = version or whole(room, review).row.version
    with room.doing(who) as w:
        actions.decide(w, room.keys, review, version, decision, "Synthetic reasons")


def everybody_thinks(room, case, review, view="proceed"):
    with room.doing(OFFICER.replace("referring_officer", "victim_contact_officer")) as w:
        actions.give_view(w, room.keys, review, view, "S")
    if whole(room, review).may_ask_provider:
        with room.doing(SUPERVISOR) as w:
            actions.ask_provider(w, review)
    with room.doing(COORDINATOR) as w:
        actions.give_providers_view(w, room.keys, room.case(w, case), view, "S")
    with room.doing(SUPERVISOR) as w:
        actions.consult(w, review)


def test_whoever_keeps_the_record_reads_it_and_nobody_else(room, review):
    assert whole(room, review, WORKER).accounts[0][0] == SAID
    for who in ("safe_voices.victim_worker", "hampshire_police.supervisor"):
        with room.doing(who) as w, pytest.raises(NotFound):
            one_review.read(w, room.keys, review)


def test_a_second_account_goes_to_the_same_review_and_views_before_it_count_no_more(room, case, review):
    everybody_thinks(room, case, review)
    assert whole(room, review).lacking == ()
    with room.doing(COORDINATOR) as w:
        hold_gate.raise_concern(w, room.keys, room.case(w, case), "Synthetic, more")
    found = whole(room, review)
    assert [one.words for one, _at, _by in found.accounts] == ["Synthetic words", "Synthetic, more"]
    assert found.row.risk == "high"
    assert set(found.lacking) == {"view.police", "view.provider", "consulted.trust"}
    with room.doing(SUPERVISOR) as w, behind_the_wall(w.session, FORCE) as session:
        assert len(session.scalars(select(Hold).where(Hold.referral_id == room.case(w, case).id)).all()) == 1


def test_what_came_in_meanwhile_is_not_decided_over(room, case, review):
    everybody_thinks(room, case, review)
    version = whole(room, review).row.version
    with room.doing(WORKER) as w:
        actions.record_step(w, room.keys, review, "marac", "done", "S", w.now)
    with pytest.raises(Stale):
        decide(room, review, "proceed", version)
    assert whole(room, review).row.decision == ""


def test_to_proceed_with_care_releases_the_hold_and_asks_for_advice(room, case, review):
    everybody_thinks(room, case, review)
    decide(room, review, "managed")
    with room.doing(FACILITATOR) as w:
        mine = room.case(w, case)
        assert (hold_gate.held(w, mine), hold_gate.advice_before_b(w, mine)) == (False, True)
    with room.doing(SUPERVISOR) as w, pytest.raises(NotNow):
        actions.give_view(w, room.keys, review, "stop", "S")


@pytest.mark.parametrize("far", [timedelta(days=-1), LOOKS_BACK + timedelta(days=1)])
def test_a_step_was_taken_in_the_time_of_the_course(room, review, far):
    with room.doing(SUPERVISOR) as w, pytest.raises(BadInput) as refused:
        actions.record_step(w, room.keys, review, "marac", "done", "S", w.now - far)
    assert [one.field for one in refused.value.faults] == ["on"]


def test_to_stop_is_decided_at_once_and_for_good(room, case, review):
    decide(room, review, "stop")
    with pytest.raises((BadInput, NotNow)):
        decide(room, review, "proceed")
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
        assert hold_gate.held(w, room.case(w, case))
    with room.doing(SUPERVISOR) as w:
        assert queries.of_case(w, room.case(w, case)) == [(review, "stop")]


def test_the_hold_of_a_review_is_released_by_its_decision_alone(room, case, review):
    number = whole(room, review).row.hold_id
    with room.doing(SUPERVISOR) as w, pytest.raises(NotNow):
        police_holds.release_hold(w, number, "over")
    with room.doing(SUPERVISOR) as w:
        own = police_holds.place_hold(w, room.keys, room.case(w, case), "S")
        with pytest.raises(BadInput):
            police_holds.release_hold(w, own, "because")
        police_holds.release_hold(w, own, "over")
        assert hold_gate.held(w, room.case(w, case))


def test_a_case_on_hold_is_not_completed(room):
    """Whatever holds it: a review after workshop B, or a hold that police placed."""
    done = room.today - timedelta(2)
    case = room.accepted(a_on=done - timedelta(28), b_on=done, caution_date=done - timedelta(60))
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
    with room.doing(SUPERVISOR) as w:
        mine = room.case(w, case)
        review = queries.of_case(w, mine)[0][0]
        own = police_holds.place_hold(w, room.keys, mine, "S")
    everybody_thinks(room, case, review)

    def complete():
        with room.doing(COORDINATOR) as w:
            mine = room.case(w, case)
            closure.complete(w, mine, mine.version)

    with pytest.raises(NotNow, match="on hold, so it cannot be completed"):
        complete()
    decide(room, review, "proceed")
    with pytest.raises(NotNow, match="on hold, so it cannot be completed"):
        complete()
    with room.doing(SUPERVISOR) as w:
        police_holds.release_hold(w, own, "over")
    complete()
    with room.doing(COORDINATOR) as w:
        assert room.case(w, case).completed_at


def test_what_is_told_of_a_case_goes_to_where_its_record_is_whatever_was_arranged_since(room):
    case, later = room.accepted(), room.accepted()
    room.arrange(who="trust_victim_service")
    victim = room.harmed(case)
    room.arrange(who="force")
    with room.doing(COORDINATOR) as w:
        hold_gate.tell(w, room.case(w, case), "missed_a", room.today)
        hold_gate.tell(w, room.case(w, later), "booked", room.today)
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, case), "S")
    room.arrange(who="trust_victim_service")
    newly = room.harmed(later)
    with room.doing(WORKER) as w:
        known = {one.reference: one.facts for one in worklist.lines(w, room.keys)}
    assert [one.what for one in known[victim].unseen] == ["missed_a"]
    assert known[victim].held
    assert [one.what for one in known[newly].news] == ["booked"], "whoever keeps a record has what was told before it"


def test_where_the_provider_is_asked_nothing_the_trust_must_have_answered(room, case, review):
    room.arrange(who="force", provider_is_asked=False)
    with room.doing(COORDINATOR) as w, pytest.raises(NotNow):
        actions.give_providers_view(w, room.keys, room.case(w, case), "proceed", "S")
    with room.doing(SUPERVISOR) as w:
        actions.give_view(w, room.keys, review, "proceed", "S")
        actions.consult(w, review)
    with pytest.raises(BadInput, match=r".*"):
        decide(room, review, "proceed")
    asked = whole(room, review).row.consultation
    with room.doing(TRUST) as w:
        actions.answer_consultation(w, asked, "proceed", "S")
        with pytest.raises(NotNow):
            actions.answer_consultation(w, asked, "stop", "S")
    decide(room, review, "proceed")


def test_a_view_against_the_policy_is_refused_by_the_verb_itself(room, review):
    with room.doing(TRUST) as w, pytest.raises(Forbidden):
        actions.give_view(w, room.keys, review, "proceed", "S")
    with pytest.raises(Forbidden):
        decide(room, review, "stop", who=OFFICER)


def test_the_words_of_somebody_erased_are_gone_and_a_new_concern_is_not_lost(room, case):
    victim = room.harmed(case)
    with room.doing(WORKER) as w:
        review = actions.disclose(w, room.keys, victim, SAID)
    number = whole(room, review).row.victim_id
    assert whole(room, review).victim == victim
    with room.doing(SUPERVISOR) as w:
        erasure.erase(w, room.keys, number)
    assert whole(room, review).accounts[0][0] is None
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
    with room.doing(SUPERVISOR) as w:
        assert len(queries.of_case(w, room.case(w, case))) == 2


def test_two_people_harmed_in_one_case_have_a_review_each_and_erasing_one_takes_nothing_of_the_other(room, case):
    one, other = room.harmed(case), room.harmed(case)
    with room.doing(WORKER) as w:
        first = actions.disclose(w, room.keys, one, SAID)
    with room.doing(WORKER) as w:
        second = actions.disclose(w, room.keys, other, SAID)
    assert whole(room, second).victim == other
    decide(room, second, "stop")
    with room.doing(SUPERVISOR) as w:
        assert hold_gate.held(w, room.case(w, case))
    gone = whole(room, second).row.victim_id
    with room.doing(SUPERVISOR) as w:
        erasure.erase(w, room.keys, gone)
    assert whole(room, second).accounts[0][0] is None
    assert whole(room, first).accounts[0][0] == SAID


def test_an_account_that_comes_in_as_police_decide_is_not_laid_in_what_holds_nothing(room, case, review):
    everybody_thinks(room, case, review)
    with room.doing(WORKER) as w, review_opening.wall(w) as session:
        row = queries.by_reference(session, review)
    decide(room, review, "proceed")
    with room.doing(WORKER) as w, review_opening.wall(w) as session, pytest.raises(Stale):
        review_opening.add(w, room.keys, session, row, SAID)
    with room.doing(COORDINATOR) as w:
        hold_gate.raise_concern(w, room.keys, room.case(w, case), "Synthetic, more")
        assert hold_gate.held(w, room.case(w, case))


@pytest.mark.parametrize("who", [WORKER, CONTACT_OFFICER])
@pytest.mark.parametrize(
    ("told", "asked"),
    [((), "before_a"), (("booked", "booked_b"), "before_a"), (("booked", "attended_a"), "before_b"),
     (("attended_a", "missed_b"), "before_a"), (("attended_a", "attended_b"), "after_b")],
)  # fmt: skip
def test_what_is_asked_goes_by_where_the_course_stands(room, case, who, told, asked):
    harmed = room.harmed(case)
    for what in told:
        with room.doing(COORDINATOR) as w:
            hold_gate.tell(w, room.case(w, case), what, room.today)
    with room.doing(who) as w:
        made = actions.disclose(w, room.keys, harmed, SAID)
    assert whole(room, made, WORKER).row.question == asked


def by(room, review, who=SUPERVISOR):
    """The day by which a decision is needed."""
    return london_day(whole(room, review, who).due_at)


def test_before_a_a_decision_is_due_the_day_before_a(room, case, review):
    with room.doing(COORDINATOR) as w:
        for what, days in (("booked", 7), ("booked_b", 35)):
            hold_gate.tell(w, room.case(w, case), what, room.today + timedelta(days))
    assert by(room, review) == room.today + timedelta(1), "the risk is high: within a day"
    with room.doing(SUPERVISOR) as w:
        actions.assess(w, review, "medium")
    assert by(room, review) == by(room, review, WORKER) == add_working_days(room.today, 3)
    with room.doing(COORDINATOR) as w:
        hold_gate.tell(w, room.case(w, case), "moved_a", room.today + timedelta(2))
    assert by(room, review) == by(room, review, WORKER) == room.today + timedelta(1), "the workshop comes first"


def test_a_decision_is_due_the_day_before_b_is_booked(room, case, review):
    with room.doing(COORDINATOR) as w:
        hold_gate.tell(w, room.case(w, case), "booked_b", room.today)
    assert by(room, review) < room.today
    with room.doing(COORDINATOR) as w:
        hold_gate.tell(w, room.case(w, case), "place_withdrawn")
    assert by(room, review) == by(room, review, WORKER) == room.today + timedelta(1)


def test_the_trust_is_told_of_nobody(room, case, review):
    with room.doing(WORKER) as w:
        actions.consult(w, review)
    with room.doing(TRUST) as w:
        asked = max(queries.consultations(w), key=lambda one: one.id)
        told = {name: value for name, value in asked.model_dump().items() if value}
    assert set(told) == {"id", "reference", "force_id", "risk", "question", "asked_at"}
    assert told["reference"] not in (review, case)


def test_workshop_b_waits_for_a_disclosure_that_is_being_written_down(room):
    """And is then refused: neither passes by the other, on either engine."""
    case = room.accepted(a_on=room.today - timedelta(5), telephone_at=clock.now())
    with room.doing(COORDINATOR) as w:
        mine = room.case(w, case)
        w.session.add(
            TelephoneIntervention(
                referral_id=mine.id, force_id=FORCE, provider_id=mine.provider_id, reasons=["language"], other_reason="",
                facilitator_id=None, begun_at=w.now, begun_by="",
            )
        )  # fmt: skip
    told: list[object] = []

    def ring() -> None:
        try:
            with room.doing(FACILITATOR) as w:
                mine = room.case(w, case)
                telephone_actions.session(w, mine, mine.version, room.today, "covered_b")
            told.append("recorded")
        except Conflict as refused:
            told.append(refused)

    ringing = Thread(target=ring)
    with room.doing(SUPERVISOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
        ringing.start()
        ringing.join(1)
        assert ringing.is_alive(), "the call did not wait"
    ringing.join(20)
    assert len(told) == 1
    assert isinstance(told[0], Conflict)


def test_what_needs_a_supervisor_shows_a_review_until_its_case_is_closed(as_person, room, case, review):
    link = f'href="/reviews/{review}"'
    assert link in as_person(SUPERVISOR).get("/work").text
    assert link not in as_person(OFFICER).get("/work").text
    decide(room, review, "stop")
    assert "Stopped: close the case" in as_person(SUPERVISOR).get("/work").text
    with room.doing(OFFICER) as w:
        mine = room.case(w, case)
        closure.close(w, mine, mine.version, "withdrew", room.today)
    assert link not in as_person(SUPERVISOR).get("/work").text


def test_what_is_next_in_a_stopped_case_is_to_close_it_and_nothing_else(as_person, room, case, review):
    close = f'href="/cases/{case}/close">Close the case</a>'

    def what_is_next(who):
        return as_person(who).get(f"/cases/{case}").text.partition("What is next")[2].partition("</div>")[0]

    assert close not in what_is_next(OFFICER)
    decide(room, review, "stop")
    for who in (OFFICER, SUPERVISOR):
        following = what_is_next(who)
        assert close in following
        assert "The workshops wait" not in following
        assert "Nothing is asked of you now" not in following
    assert "was stopped" not in as_person(COORDINATOR).get(f"/cases/{case}").text


def test_what_a_decided_review_left_to_do_stands_on_the_list_the_case_and_the_review(as_person, room, case, review):
    """A high risk and a child: MARAC, MASH, safeguarding, and whoever manages the person."""
    pages = {
        "/reviews": "",
        f"/cases/{case}": f'href="/reviews/{review}#left"',
        f"/reviews/{review}?done=decided": 'href="#left"',
    }
    assert "4 things to do" not in as_person(SUPERVISOR).get(f"/cases/{case}").text, "the review is open"
    decide(room, review, "stop")
    for at, link in pages.items():
        page = as_person(SUPERVISOR).get(at).text
        assert "4 things to do" in page, at
        assert link in page
    assert "things to do" not in as_person(COORDINATOR).get(f"/cases/{case}").text
    for step in ("marac", "mash", "safeguarding"):
        with room.doing(SUPERVISOR) as w:
            actions.record_step(w, room.keys, review, step, "not_needed", "S", w.now)
    assert "1 thing to do" in as_person(SUPERVISOR).get("/reviews").text
    with room.doing(SUPERVISOR) as w:
        actions.record_step(w, room.keys, review, "mappa", "done", "S", w.now)
    for at in pages:
        assert "thing to do" not in as_person(SUPERVISOR).get(at).text, at


def test_a_review_that_left_something_to_do_stays_on_the_list_however_many_were_decided_since(
    as_person, room, case, review, monkeypatch
):
    monkeypatch.setattr(review_worklist, "PAGE", 0)  # so many have been decided since
    everybody_thinks(room, case, review)
    decide(room, review, "proceed")
    assert f"/reviews/{review}" in as_person(SUPERVISOR).get("/reviews").text
    with room.doing(SUPERVISOR) as w:
        for step in ("marac", "mash", "safeguarding", "mappa"):
            actions.record_step(w, room.keys, review, step, "not_needed", "S", w.now)
    assert f"/reviews/{review}" not in as_person(SUPERVISOR).get("/reviews").text


def test_what_needs_a_coordinator_names_reviews_that_want_their_view_and_no_place_for_whoever_is_held(
    as_person, room, case
):
    place, view = f'href="/cases/{case}/place"', f'href="/cases/{case}/review"'

    def needs_me(who=COORDINATOR):
        return as_person(who).get("/work").text

    def part_of_the_case():
        return as_person(COORDINATOR).get(f"/cases/{case}").text

    assert place in needs_me()
    assert view not in needs_me()
    with room.doing(FACILITATOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), SAID)
    with room.doing(SUPERVISOR) as w:
        review = queries.of_case(w, room.case(w, case))[0][0]
    assert place not in needs_me(), "nobody is given a place while their case is held"
    assert view not in needs_me(), "until police ask, it sees a hold like any other"
    with room.doing(SUPERVISOR) as w:
        actions.ask_provider(w, review)
    assert view in needs_me()
    assert view not in needs_me(FACILITATOR)
    assert ">Give your view</a>" in part_of_the_case()
    everybody_thinks(room, case, review)
    assert view not in needs_me()
    assert ">Give your view</a>" not in part_of_the_case()
    assert ">Give another view</a>" in part_of_the_case()
    with room.doing(SUPERVISOR) as w:
        actions.add_account(w, room.keys, review, SAID)
    assert view in needs_me(), "a view from before another account counts no more"
    room.arrange(who="force", provider_is_asked=False)
    assert view not in needs_me()
    room.arrange(who="force")
    everybody_thinks(room, case, review)
    decide(room, review, "proceed")
    assert place in needs_me()
