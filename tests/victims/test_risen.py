"""An answer that asks for it holds the case in the transaction that records it, by whoever and however it is recorded."""

import re
from datetime import UTC, datetime, time, timedelta
from threading import Thread
from unittest.mock import patch

import pytest
from cara import clock
from cara.bank_holidays import add_working_days
from cara.errors import BadInput, Forbidden, NotFound, NotNow
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.outcomes import closure
from cara.features.course.records import queries as course
from cara.features.course.records.rules import PUT_OFF
from cara.features.course.telephone import actions as telephone_actions
from cara.features.course.telephone import group_suspension
from cara.features.messages.message_types import FAILURES
from cara.features.messages.models import OutboxMessage
from cara.features.referrals.states import state_of
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.disclosure_reviews import actions, backlog, encompass_agreements, escalation, police_holds
from cara.features.victims.disclosure_reviews import detail as one_review
from cara.features.victims.disclosure_reviews import queries as reviews
from cara.features.victims.wall import hold_gate, queries, review_opening
from cara.features.victims.wall.actions import link
from cara.features.victims.wall.contact_models import Conversation, RiskAssessment
from cara.features.victims.wall.models import VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_rules import Account
from cara.platform.database.engine import behind_the_wall
from cara.platform.plugins.models import ForceArrangement
from course.conftest import FORCE
from sqlalchemy import select, update
from synthetic.browser import form_of

from .conftest import CONTACT_OFFICER, COORDINATOR, FACILITATOR, OFFICER, SUPERVISOR, WORKER
from .test_same_hold import _TOKENS

HOLDS = [
    ("conversation", {"abuse": "ongoing"}), ("conversation", {"abuse": "both"}), ("conversation", {"incident": True}),
    ("conversation", {"disclosed": True}), ("risk", {"grade": "high"}), ("risk", {"grade": "medium"}),
]  # fmt: skip
HOLDS_NOT = [
    ("conversation", {"abuse": "historic"}), ("conversation", {"abuse": "none", "incident": False}), ("risk", {"grade": "standard"}),
    ("conversation", {"worse": "Synthetic"}),
]  # fmt: skip


@pytest.fixture
def case(room):
    return room.accepted(a_on=room.today - timedelta(14))


@pytest.fixture
def victim(room, case):
    return room.harmed(case)


def record(room, victim, form, given, who=WORKER, on=None, why=""):
    """Record an answer; returns the review that it opened, or nothing."""
    with room.doing(who) as w:
        person = queries.find(w, victim)
        if form == "risk":
            return contact_actions.assess(w, room.keys, person, on=on or w.today, assessed=given, no_disclosure=why)
        said, disclosed = (
            {name: one for name, one in given.items() if name != "disclosed"},
            given.get("disclosed", False),
        )
        return contact_actions.converse(
            w, room.keys, person, point="midpoint", on=on or w.today, said=said, disclosed=disclosed, no_disclosure=why
        )


def held(room, case):
    with room.doing(FACILITATOR) as w:
        return hold_gate.held(w, room.case(w, case))


def whole(room, review, who=SUPERVISOR):
    with room.doing(who) as w:
        return one_review.read(w, room.keys, review)


def close(room, review, decision="no_new_risk", reasons="Synthetic reasons"):
    version = whole(room, review).row.version
    with room.doing(SUPERVISOR) as w:
        actions.decide(w, room.keys, review, version, decision, reasons)


@pytest.mark.parametrize("who", [WORKER, CONTACT_OFFICER, SUPERVISOR])
@pytest.mark.parametrize(("form", "given"), HOLDS)
def test_such_an_answer_holds_the_case_whoever_records_it(room, case, victim, who, form, given):
    review = record(room, victim, form, given, who, why="Synthetic: known already")
    assert held(room, case)
    found = whole(room, review)
    (account, _at, _by), *more = found.accounts
    assert not more
    assert account.causes
    assert account.words == "Synthetic: known already"
    assert found.row.source == "answer"
    assert found.row.risk == given.get("grade", "unknown")
    assert found.victim == victim


@pytest.mark.parametrize(("form", "given"), HOLDS_NOT)
def test_no_other_answer_does(room, case, victim, form, given):
    assert record(room, victim, form, given) == ""
    assert not held(room, case)


def test_a_rise_holds_every_running_case_of_the_same_victim(room, case, victim):
    running, ended = room.accepted(crime="SYN/second"), room.accepted(crime="SYN/third")
    with room.doing(WORKER) as w:
        person = queries.find(w, victim)
        number = person.id
    with room.doing(SUPERVISOR) as w:
        for other in (running, ended):
            link(w, number, room.case(w, other))
    with room.doing() as w:
        hold_gate.tell(w, room.case(w, ended), "completed")
    assert record(room, victim, "risk", {"grade": "high"})
    assert [held(room, one) for one in (case, running, ended)] == [True, True, False]


def test_a_grade_is_held_against_that_of_the_referral(room):
    medium = room.accepted(risk="medium")
    harmed = room.harmed(medium)
    assert record(room, harmed, "risk", {"grade": "medium"}) == ""
    assert record(room, harmed, "risk", {"grade": "high"})
    assert held(room, medium)


def test_where_the_review_cannot_be_opened_the_answer_is_not_kept_either(room, case, victim, monkeypatch):
    monkeypatch.setattr(review_opening, "_open", lambda *_a: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        record(room, victim, "conversation", {"abuse": "ongoing"})
    with room.doing(WORKER) as w, behind_the_wall(w.session, "") as session:
        number = queries.find(w, victim).id
        assert session.scalars(select(Conversation).where(Conversation.victim_id == number)).all() == []


def test_what_comes_while_it_is_open_is_another_account_of_the_same_review(room, case, victim):
    review = record(room, victim, "conversation", {"incident": True})
    assert record(room, victim, "risk", {"grade": "high"}) == review
    found = whole(room, review)
    assert len(found.accounts) == 2
    assert found.row.risk == "high"
    assert found.answers_alone


def test_a_supervisor_closes_it_alone_and_only_what_is_newer_holds_again(room, case, victim):
    told_on = room.today
    review = record(room, victim, "risk", {"grade": "high"})
    assert whole(room, review).lacking
    room.turn(1)
    close(room, review)
    assert not held(room, case)
    room.turn(2)
    assert record(room, victim, "risk", {"grade": "high"}, on=told_on) == "", "it was on record when they decided"
    assert not held(room, case)
    assert record(room, victim, "conversation", {"incident": True}, on=told_on), "this was not"
    assert held(room, case)


def test_the_same_answer_given_later_holds_again(room, case, victim):
    close(room, record(room, victim, "conversation", {"abuse": "ongoing"}))
    again = record(room, victim, "conversation", {"abuse": "ongoing"})
    assert again
    assert held(room, case), "on the day of the decision nobody can tell which came first"
    close(room, again)
    room.turn(3)
    assert record(room, victim, "conversation", {"abuse": "ongoing"})
    assert held(room, case)


@pytest.mark.parametrize("who", [FACILITATOR, WORKER])
def test_what_is_also_about_something_said_or_heard_is_not_closed_so(room, case, victim, who):
    review = record(room, victim, "conversation", {"abuse": "ongoing"})
    with room.doing(who) as w:
        if who == FACILITATOR:
            review_opening.concern(w, room.keys, room.case(w, case), Account("Synthetic"))
        else:
            assert actions.disclose(w, room.keys, victim, Account("Synthetic")) == review
    assert not whole(room, review).answers_alone
    with pytest.raises(BadInput):
        close(room, review)
    assert held(room, case)


def test_a_disclosure_holds_the_case_before_its_words_are_written_down(room, case, victim, as_person):
    worker, at = as_person(WORKER), f"/victims/{victim}/conversation"
    said = {"point": "midpoint", "which_day": "today", "disclosed": "yes"}
    led_on = worker.fill(at, at, said).headers["location"]
    assert led_on == f"/victims/{victim}/disclosure?done=to_write_down"
    assert held(room, case), "the next form may never be sent"
    with room.doing(SUPERVISOR) as w:
        (review,) = reviews.of_case(w, room.case(w, case))
    assert "A disclosure review is open" in worker.get(led_on).text
    with room.doing(WORKER) as w:
        assert actions.disclose(w, room.keys, victim, Account("Synthetic")) == review[0], (
            "its words go to the same review"
        )


def test_that_something_was_disclosed_no_supervisor_decides_alone(room, case, victim):
    review = record(room, victim, "conversation", {"disclosed": True})
    assert not whole(room, review).answers_alone
    with pytest.raises(BadInput):
        close(room, review)
    assert held(room, case)


def test_it_is_not_closed_without_reasons_nor_by_anybody_else(room, case, victim):
    review = record(room, victim, "conversation", {"abuse": "ongoing"})
    with pytest.raises(BadInput):
        close(room, review, reasons=" ")
    version = whole(room, review).row.version
    for who in (CONTACT_OFFICER, WORKER):
        with room.doing(who) as w, pytest.raises(Forbidden):
            actions.decide(w, room.keys, review, version, "no_new_risk", "S")


@pytest.mark.parametrize("who", [WORKER, CONTACT_OFFICER])
def test_once_the_course_is_over_the_review_and_its_prompts_open_without_a_hold(room, case, victim, who):
    with room.doing(COORDINATOR) as w:
        hold_gate.tell(w, room.case(w, case), "completed", w.today)
    review = record(room, victim, "risk", {"grade": "high"}, who)
    assert not held(room, case)
    found = whole(room, review)
    assert found.row.hold_id == 0
    assert "marac" in found.open_prompts
    close(room, review)
    assert whole(room, review).row.decision == "no_new_risk"


def test_a_grade_prompts_marac_and_where_the_area_says_so_the_mash_first(room):
    room.arrange(who="trust_victim_service", mash_first=["town"])
    settle_areas(room, "town", "county")
    for area, first in (("town", "mash"), ("county", "marac"), ("", "mash")):
        case = room.accepted()
        harmed = room.harmed(case)
        named(room, harmed, area)
        prompts = whole(room, record(room, harmed, "risk", {"grade": "high"})).open_prompts
        assert prompts[0] == first, area
        assert "marac" in prompts


def named(room, victim, area):
    """Let the case of somebody name an area."""
    with room.admin.begin() as connection:
        connection.execute(update(VictimInCase).where(VictimInCase.reference == victim).values(area=area))


def settle_areas(room, *areas):
    with room.admin.begin() as connection:
        kept = connection.scalar(select(ForceArrangement.profile).where(ForceArrangement.force_id == FORCE))
        profile = dict(kept) | {"areas": [{"value": one, "label": one.title()} for one in areas]}
        connection.execute(update(ForceArrangement).where(ForceArrangement.force_id == FORCE).values(profile=profile))


def agree(room, area, starts, until=None):
    with room.doing(SUPERVISOR) as w:
        encompass_agreements.enter(w, area=area, authority="Synthetic Council", starts=starts, until=until)


def prompted(room, area):
    harmed = room.harmed(room.accepted())
    named(room, harmed, area)
    with room.doing(WORKER) as w:
        review = actions.disclose(w, room.keys, harmed, Account("Synthetic", child=True))
    return {one for one in whole(room, review, WORKER).open_prompts if "encompass" in one}


def test_operation_encompass_is_prompted_in_the_area_that_agreed_and_on_its_days(room):
    room.arrange(encompass_areas=["town", "county"])
    settle_areas(room, "town", "county")
    assert prompted(room, "town") == prompted(room, "") == set(), "what a plugin says counts no more"
    agree(room, "town", room.today, room.today + timedelta(3))
    assert prompted(room, "town") == {"encompass"}
    assert prompted(room, "county") == set(), "another area's agreement prompts nothing"
    assert prompted(room, "") == {"check_encompass"}
    room.turn(4)
    assert prompted(room, "town") == prompted(room, "") == set()
    agree(room, "county", room.today + timedelta(1))
    assert prompted(room, "county") == set(), "not yet"


def test_an_agreement_is_ended_and_is_one_force_s_alone(room):
    room.arrange()
    settle_areas(room, "town")
    agree(room, "town", room.today)
    with room.doing(SUPERVISOR) as w:
        number = encompass_agreements.listed(w)[0].id
    with room.doing("hampshire_police.supervisor") as w:
        assert number not in {one.id for one in encompass_agreements.listed(w)}
        with pytest.raises(NotFound):
            encompass_agreements.end(w, number)
    with room.doing(SUPERVISOR) as w:
        encompass_agreements.end(w, number)
        with pytest.raises(NotFound):
            encompass_agreements.end(w, number)
    assert prompted(room, "town") == set()


@pytest.mark.parametrize(
    ("area", "authority", "days", "field"),
    [("nowhere", "S", 1, "area"), ("", "S", 1, "area"), ("town", " ", 1, "authority"), ("town", "S", -1, "until")],
)
def test_an_agreement_names_an_area_an_authority_and_days_in_order(room, area, authority, days, field):
    room.arrange()
    settle_areas(room, "town")
    with room.doing(SUPERVISOR) as w, pytest.raises(BadInput) as refused:
        encompass_agreements.enter(w, area=area, authority=authority, starts=w.today, until=w.today + timedelta(days))
    assert [one.field for one in refused.value.faults] == [field]


def queued(room, kind):
    with room.admin.connect() as connection:
        return list(connection.execute(select(OutboxMessage.__table__).where(OutboxMessage.kind == kind)).mappings())


def cover(room, address):
    with room.admin.begin() as connection:
        kept = connection.scalar(select(ForceArrangement.profile).where(ForceArrangement.force_id == FORCE))
        profile = dict(kept) | {"review_cover": address}
        connection.execute(update(ForceArrangement).where(ForceArrangement.force_id == FORCE).values(profile=profile))


def at(room, hours):
    return clock.at(datetime.combine(room.today, time(9), UTC) + timedelta(hours=hours))


def test_a_review_that_waits_is_told_to_every_supervisor_and_then_to_the_cover_address_once_each(room, case, victim):
    room.arrange()
    cover(room, "cover@kent.example")
    before = {kind: len(queued(room, kind)) for kind in ("review_waits", "review_overdue")}
    with room.admin.begin() as connection:  # the invented country's own reviews are old
        connection.execute(update(DisclosureReview).values(supervisors_told_at=clock.now(), cover_told_at=clock.now()))
    review = record(room, victim, "risk", {"grade": "high"})

    def after(hours):
        with at(room, hours):
            done = sum(escalation.escalate(room.store, FORCE)) + sum(escalation.escalate(room.store, FORCE))
        found = [len(queued(room, kind)) - before[kind] for kind in ("review_waits", "review_overdue")]
        assert done == sum(found) - sum(after.seen)
        after.seen = found
        return found

    after.seen = [0, 0]
    assert after(1) == [0, 0]
    assert after(13) == [1, 0], "half of its 24 hours is gone"
    assert after(25) == [1, 1]
    assert after(30) == [1, 1], "once each"
    found = whole(room, review)
    assert found.row.supervisors_told_at < found.row.cover_told_at
    for one in (*queued(room, "review_waits"), *queued(room, "review_overdue")):
        assert one["provider_id"] is None


def test_who_decided_is_not_written_to_and_without_an_address_nobody_covers(room, case, victim):
    room.arrange()
    with room.admin.begin() as connection:
        connection.execute(update(DisclosureReview).values(supervisors_told_at=clock.now(), cover_told_at=clock.now()))
    close(room, record(room, victim, "risk", {"grade": "high"}))
    with at(room, 100):
        assert sum(escalation.escalate(room.store, FORCE)) == 0
    review = record(room, victim, "conversation", {"abuse": "both"})
    with at(room, 24 * 10):
        assert sum(escalation.escalate(room.store, FORCE)) == 2
        assert sum(escalation.escalate(room.store, FORCE)) == 0, "once each"
    assert len(queued(room, "review_uncovered")) == 1, "the supervisors are told that no one else is"
    assert whole(room, review).row.cover_told_at is None
    cover(room, "cover@kent.example")
    with at(room, 24 * 10):
        assert sum(escalation.escalate(room.store, FORCE)) == 1, "the cover address is told as soon as there is one"


@pytest.mark.parametrize("how", ["answer", "assessed"])
def test_a_review_that_becomes_high_is_told_again(room, case, victim, how):
    room.arrange()
    cover(room, "cover@kent.example")
    with room.admin.begin() as connection:
        connection.execute(update(DisclosureReview).values(supervisors_told_at=clock.now(), cover_told_at=clock.now()))
    review = record(room, victim, "conversation", {"abuse": "ongoing"})
    with at(room, 24 * 10):
        assert sum(escalation.escalate(room.store, FORCE)) == 2
    room.turn(11)
    if how == "answer":
        record(room, victim, "risk", {"grade": "high"})
    else:
        with room.doing(SUPERVISOR) as w:
            actions.assess(w, review, "high")
    with at(room, 1):
        assert sum(escalation.escalate(room.store, FORCE)) == 2
        assert sum(escalation.escalate(room.store, FORCE)) == 0
    with room.doing(SUPERVISOR) as w:
        actions.assess(w, review, "medium")
    with at(room, 2):
        assert sum(escalation.escalate(room.store, FORCE)) == 0, "a lower risk is due no sooner"


def test_two_who_look_at_once_write_once(room, case, victim):
    room.arrange()
    record(room, victim, "risk", {"grade": "high"})
    before = len(queued(room, "review_waits"))
    done = []
    with room.admin.begin() as connection:
        others = update(DisclosureReview).where(DisclosureReview.source != "answer")
        connection.execute(others.values(supervisors_told_at=clock.now(), cover_told_at=clock.now()))

    def look():
        with at(room, 20):
            done.append(sum(escalation.escalate(room.store, FORCE)))

    looking = [Thread(target=look) for _ in range(2)]
    for one in looking:
        one.start()
    for one in looking:
        one.join()
    assert sum(done) == len(queued(room, "review_waits")) - before == 1


def test_high_is_due_within_a_day_and_any_other_within_three_working_days(room, case, victim):
    review = record(room, victim, "conversation", {"incident": True})
    opened = whole(room, review).row.opened_at
    assert clock.london_day(whole(room, review).due_at) == add_working_days(room.today, 3)
    record(room, victim, "risk", {"grade": "high"})
    found = whole(room, review)
    assert found.due_at == found.row.risk_at + timedelta(hours=24) > opened


# What was recorded before.


def of_before(room, victim, form, given, on=None):
    """An answer as an earlier version recorded it: nobody asked whether it holds the case."""
    with room.doing(WORKER) as w:
        person = queries.find(w, victim)
        with patch.object(contact_actions.automatic_opening, "weigh", lambda *_a: ""):
            if form == "risk":
                contact_actions.assess(w, room.keys, person, on=on or w.today, assessed=given)
            else:
                contact_actions.converse(w, room.keys, person, point="midpoint", on=on or w.today, said=given)
    with room.admin.begin() as connection:
        for model in (Conversation, RiskAssessment):
            number = select(VictimInCase.victim_id).where(VictimInCase.reference == victim).scalar_subquery()
            connection.execute(update(model).where(model.victim_id == number).values(weighed_at=None))


def earlier(room):
    with room.doing(SUPERVISOR) as w:
        return [one.reference for one in backlog.listed(w, room.keys)[0]]


def test_what_was_recorded_before_is_listed_until_a_supervisor_has_seen_to_it(room, case, victim):
    calm, other = room.harmed(room.accepted()), room.harmed(room.accepted())
    of_before(room, victim, "conversation", {"abuse": "ongoing"})
    of_before(room, calm, "conversation", {"abuse": "none"})
    of_before(room, other, "risk", {"grade": "high"})
    assert earlier(room) == [other, victim], "the gravest first"
    with room.doing(SUPERVISOR) as w, pytest.raises(NotNow):
        backlog.finish(w, room.keys)
    with room.doing(SUPERVISOR) as w, pytest.raises(BadInput):
        backlog.settle(w, room.keys, other, "no_new_risk", "")
    with room.doing(SUPERVISOR) as w:
        review = backlog.settle(w, room.keys, victim, "hold", "")
    assert held(room, case)
    assert whole(room, review).accounts[0][0].causes == ("abuse",)
    with room.doing(SUPERVISOR) as w:
        closed = backlog.settle(w, room.keys, other, "no_new_risk", "Synthetic reasons")
    assert whole(room, closed).row.decision == "no_new_risk"
    assert earlier(room) == []
    with room.doing(SUPERVISOR) as w:
        assert backlog.unweighed(w) > 0
        backlog.finish(w, room.keys)
        assert backlog.unweighed(w) == 0
    with room.doing("hampshire_police.supervisor") as w:
        assert backlog.listed(w, room.keys) == ([], [])


def test_a_record_that_cannot_be_read_hides_no_other_and_stays(room, case, victim, as_person):
    lost = room.harmed(room.accepted())
    for one in (lost, victim):
        of_before(room, one, "conversation", {"abuse": "ongoing"})
    with room.doing(SUPERVISOR) as w:
        gone = queries.find(w, lost).victim
        room.keys.destroy(FORCE, gone.key_id)
    shown = as_person(SUPERVISOR).get("/earlier-answers")
    assert shown.status_code == 200
    assert f'href="/earlier-answers/{victim}"' in shown.text
    assert f"<li>{lost}</li>" in shown.text
    with room.doing(SUPERVISOR) as w:
        backlog.settle(w, room.keys, victim, "hold", "")
    with room.doing(SUPERVISOR) as w:
        backlog.finish(w, room.keys)
        assert backlog.listed(w, room.keys) == ([], [lost]), "nobody has looked at it"
        assert backlog.unweighed(w) == 1


def test_what_was_reviewed_since_is_not_listed(room, case, victim):
    of_before(room, victim, "conversation", {"abuse": "ongoing"})
    with room.doing(WORKER) as w:
        review = actions.disclose(w, room.keys, victim, Account("Synthetic"))
    assert earlier(room) == []
    close(room, review, "stop")
    assert earlier(room) == []


# On the pages.


def test_the_page_says_what_holds_the_case_before_it_is_sent_and_what_the_hold_does_not_do(
    as_person, room, case, victim
):
    browser = as_person(WORKER)
    for path, says in (
        ("conversation", ("Abuse goes on", "There was a further incident")),
        ("risk", ("The risk is high",)),
    ):
        shown = browser.get(f"/victims/{victim}/{path}").text
        for words in (
            *says,
            "holds the case from the moment that you save",
            "This hold does not protect the victim now. Call 999",
        ):
            assert words in shown, (path, words)
    room.arrange()
    with room.admin.begin() as connection:
        profile = {"victim_contact": {}, "duty_supervisor": "01632 960123"}
        connection.execute(update(ForceArrangement).where(ForceArrangement.force_id == FORCE).values(profile=profile))
    assert "the duty supervisor on 01632 960123." in browser.get(f"/victims/{victim}/risk").text


def test_whoever_records_it_is_led_to_the_review_and_told(as_person, room, case, victim):
    browser = as_person(WORKER)
    form = form_of(browser.get(f"/victims/{victim}/risk").text, f"/victims/{victim}/risk")
    sent = form | {
        "which_day": "today",
        "tool": "Synthetic",
        "grade": "high",
        "assessor": "Synthetic",
        "no_disclosure": "Synthetic why",
    }
    answer = browser.post(f"/victims/{victim}/risk", sent)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/reviews/")
    shown = browser.get(answer.headers["location"]).text
    for words in (
        "has opened a disclosure review",
        "The risk is high",
        "Synthetic why",
        "does not protect the victim now",
    ):
        assert words in shown
    supervisor = as_person(SUPERVISOR)
    review = answer.headers["location"].partition("?")[0]
    assert "Close: no new risk" in supervisor.get(review).text
    form = form_of(supervisor.get(f"{review}/no-new-risk").text, f"{review}/no-new-risk")
    closed = supervisor.post(f"{review}/no-new-risk", form | {"reasons": "Synthetic"})
    assert closed.status_code == 303
    assert not held(room, case)


def test_two_cases_that_differ_in_the_answer_look_the_same_to_the_provider_and_the_referring_officer(
    as_person, room, record_count
):
    """Where police hold the other by themselves: their pages differ in nothing but which case it is."""
    cases = [room.accepted(), room.accepted()]
    victims = [room.harmed(one) for one in cases]
    pages = ("", "/messages", "/concern", "/review", "/hold", "/hold/place")
    told, other = {"abuse": "ongoing"}, {"abuse": "none"}
    record(room, victims[0], "conversation", told, CONTACT_OFFICER)
    record(room, victims[1], "conversation", other, CONTACT_OFFICER)
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, cases[1]), "S")
    assert [held(room, one) for one in cases] == [True, True]
    wrong, tried = [], 0
    for who in (COORDINATOR, FACILITATOR, OFFICER):
        browser = as_person(who)
        for page in pages:
            seen = [browser.get(f"/cases/{one}{page}").text for one in cases]
            tried += 1
            if plain(seen[0], cases[0]) != plain(seen[1], cases[1]):
                wrong.append((who, page))
    record_count("pages of two cases that differ in a recorded answer", tried, wrong)


def plain(html, case):
    """A page without what differs between any two cases, or any two readings."""
    html = _TOKENS.sub("", html).replace(case, "CASE")
    return re.sub(r"SYN[-/A-Za-z0-9]*|\d{2}:\d{2}(:\d{2})?|Synthetic\d*|id=\"[^\"]*\"", "", html)


def test_reviews_about_it_are_read_by_nobody_else(room, case, victim):
    review = record(room, victim, "conversation", {"abuse": "ongoing"})
    with room.doing("safe_voices.victim_worker") as w, pytest.raises(NotFound):
        one_review.read(w, room.keys, review)
    with room.doing(COORDINATOR) as w:
        assert reviews.asked(w, room.case(w, case)) is None
        with pytest.raises(NotNow):
            actions.give_providers_view(w, room.keys, room.case(w, case), "proceed", "S")
    with room.doing(SUPERVISOR) as w:
        actions.ask_provider(w, review)
        with pytest.raises(NotNow):
            actions.ask_provider(w, review)
    with room.doing(COORDINATOR) as w:
        asked = reviews.asked(w, room.case(w, case))
        assert asked is not None
        assert (asked.risk, asked.question) == ("unknown", "before_a")


def test_police_approve_it_before_a_held_person_s_place_is_cancelled(room):
    case, cohort = room.accepted(), room.cohort(20, 28, capacity=2)
    with room.doing() as w:
        mine = room.case(w, case)
        booking_actions.book(w, mine, mine.version, course.cohort(w, cohort))
    with room.doing(SUPERVISOR) as w:
        with pytest.raises(NotNow):
            police_holds.approve_cancellation(w, room.case(w, case))
        police_holds.place_hold(w, room.keys, room.case(w, case), "S")

    def take_back():
        with room.doing() as w:
            mine = room.case(w, case)
            booking_actions.release(w, mine, mine.version, "other")

    with pytest.raises(NotNow, match="the police must approve this first"):
        take_back()
    with room.doing(OFFICER) as w:
        police_holds.approve_cancellation(w, room.case(w, case))
    with room.doing(SUPERVISOR) as w:
        review_opening.concern(w, room.keys, room.case(w, case), Account("Synthetic"))
    with room.doing(OFFICER) as w, pytest.raises(NotNow):
        police_holds.approve_cancellation(w, room.case(w, case))
    take_back()
    assert held(room, case), "the hold stays"


@pytest.mark.parametrize("what", ["telephone", "close"])
@pytest.mark.parametrize("seated", [True, False])
def test_no_other_way_of_losing_a_place_goes_round_their_approval(room, what, seated):
    case, cohort = room.accepted(), room.cohort(20, 28, capacity=2)
    if seated:
        with room.doing() as w:
            mine = room.case(w, case)
            booking_actions.book(w, mine, mine.version, course.cohort(w, cohort))
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, case), "S")

    def act(who=COORDINATOR):
        with room.doing(who) as w:
            mine = room.case(w, case)
            if what == "telephone":
                telephone_actions.begin(w, mine, mine.version, [telephone_actions.SUSPENDED])
            else:
                closure.close(w, mine, mine.version, "withdrew", room.today)

    if seated or what == "close":
        with pytest.raises(NotNow, match="the police must approve this first"):
            act()
        with room.doing(OFFICER) as w:
            police_holds.approve_cancellation(w, room.case(w, case))
    act()
    with room.doing(OFFICER) as w:
        assert state_of(room.case(w, case)) == {"telephone": "by_telephone", "close": "closed"}[what]


def test_an_officer_closes_a_held_case_without_asking(room):
    case = room.accepted()
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, case), "S")
    with room.doing(OFFICER) as w:
        mine = room.case(w, case)
        closure.close(w, mine, mine.version, "withdrew", room.today)


def test_where_group_work_is_suspended_a_held_person_goes_along_with_everyone(room):
    case, cohort = room.accepted(), room.cohort(20, 28, capacity=2)
    with room.doing() as w:
        mine = room.case(w, case)
        booking_actions.book(w, mine, mine.version, course.cohort(w, cohort))
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, case), "S")
    with room.doing() as w:
        group_suspension.suspend(w, FORCE, "Synthetic outbreak")
    with room.doing(OFFICER) as w:
        assert state_of(room.case(w, case)) == "by_telephone"
    assert held(room, case)


def test_the_provider_reads_what_to_say_and_is_never_told_to_ring(as_person, room, case, victim):
    record(room, victim, "conversation", {"abuse": "ongoing"})
    for who in (COORDINATOR, FACILITATOR):
        shown = as_person(who).get(f"/cases/{case}").text
        for words in (
            str(PUT_OFF),
            "The officer in the case speaks with the person",
            "The police approve it before the provider cancels the place",
        ):
            assert words in shown
    assert "Ring" not in FAILURES["on_hold"]
