"""Speaking with somebody who was harmed: attempts, what they said, how great the risk is, and news of the course."""

from datetime import timedelta

import pytest
from cara import clock
from cara.clock import london_day
from cara.errors import BadInput, WallBreached
from cara.features.referrals import queries
from cara.features.victims.contact import actions
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.contact.worklist import lines
from cara.features.victims.data_rights import erasure
from cara.features.victims.wall import hold_gate
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall.date_answers import LOOKS_BACK
from cara.platform.plugins.models import ForceArrangement
from sqlalchemy import insert, text, update
from synthetic.browser import form_of
from synthetic.cases import case_of, coordinator

from .conftest import KEEPS, fresh, supervisor


def test_what_is_told_of_the_course_is_news_and_each_word_is_known(doing, keys):
    reference, _number = fresh(doing, keys, "hampshire", "booked")
    provider = coordinator("north_provider")
    with doing(provider, "read", "referral") as w:
        case = queries.case(w, case_of("hampshire", "north_provider", "booked").reference)[0]
        hold_gate.tell(w, case, "missed_a", w.today)
        with pytest.raises(WallBreached):
            hold_gate.tell(w, case, "gossip")
        with pytest.raises(WallBreached):  # in, and never out
            w.session.execute(
                text("select * from victim_course_news where keeper_id = :scope_keeper"), {"scope_keeper": "x"}
            )
    with doing(KEEPS) as w:
        top = lines(w, keys)[0]
        assert top.reference == reference
        assert [one.what for one in top.facts.unseen] == ["missed_a"]
        person = wall_queries.find(w, reference)
        actions.see(w, person, max(one.id for one in top.facts.news))
        assert not next(one for one in lines(w, keys) if one.reference == reference).facts.unseen


def test_a_course_that_ended_leaves_the_list_after_a_while_but_never_with_news_unseen(doing, keys):
    reference, _number = fresh(doing, keys, "hampshire", "booked")
    with doing(coordinator("north_provider"), "read", "referral") as w:
        case = queries.case(w, case_of("hampshire", "north_provider", "booked").reference)[0]
        hold_gate.tell(w, case, "completed", w.today)
    with doing(KEEPS) as w:
        w.now += timedelta(days=90)
        assert reference in {one.reference for one in lines(w, keys)}
        actions.see(w, wall_queries.find(w, reference), 10_000)
        assert reference not in {one.reference for one in lines(w, keys)}
    with doing(KEEPS) as w:
        listed = next(one for one in lines(w, keys) if one.reference == reference)
        assert listed.due is not None
        assert listed.due.point == "after_b"
        actions.attempt(
            w,
            keys,
            wall_queries.find(w, reference),
            point="after_b",
            method="phone",
            outcome="declined",
            happened_at=w.now,
        )
        assert next(one for one in lines(w, keys) if one.reference == reference).due is None


def test_a_force_s_arrangement_asks_for_a_new_assessment_after_a_visit(app, doing, keys):
    """The application keeps the arrangements when it starts."""
    for force, asked in (("hampshire", True), ("leicestershire", False)):
        reference, _number = fresh(doing, keys, force, "attended_a")
        with doing(KEEPS, "contact") as w:
            person = wall_queries.find(w, reference)
            actions.converse(w, keys, person, point="midpoint", on=w.today, said={"method": "visit"})
            assert bool(whole(w, keys, person).reassess) == asked
            actions.assess(
                w, keys, person, on=w.today, assessed={"grade": "medium", "tool": "Synthetic", "assessor": "Synthetic"}
            )
            assert whole(w, keys, person).reassess is None


@pytest.mark.parametrize("far", [timedelta(days=-1), LOOKS_BACK + timedelta(days=1), timedelta(days=2026 * 365)])
def test_a_day_that_lies_ahead_or_in_another_time_is_a_slip_of_the_pen(doing, keys, far):
    reference, _number = fresh(doing, keys)
    with doing(KEEPS, "contact") as w:
        person, on, moment = wall_queries.find(w, reference), w.today - far, w.now - far
        for record in (
            lambda: actions.attempt(
                w, keys, person, point="before_a", method="phone", outcome="spoke", happened_at=moment
            ),
            lambda: actions.converse(w, keys, person, point="before_a", on=on, said={}),
            lambda: actions.assess(w, keys, person, on=on, assessed={"grade": "high"}),
        ):
            with pytest.raises(BadInput) as refused:
                record()
            assert [one.field for one in refused.value.faults] == ["on"]


def test_today_is_one_press_and_another_day_is_typed(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    worker, at = as_person(KEEPS.key), f"/victims/{reference}/attempt"
    sent = {"point": "before_a", "time": "00:00", "method": "phone", "outcome": "no_answer"}
    assert worker.fill(at, at, sent | {"which_day": "today"}).status_code == 303
    wrong = worker.fill(at, at, sent | {"which_day": "other", "on-day": "1", "on-month": "1", "on-year": "1700"})
    assert wrong.status_code == 422
    assert "The day must be within the last two years. Check the year" in wrong.text
    assert worker.fill(at, at, sent | {"which_day": "other"}).status_code == 422
    with doing(KEEPS) as w:
        spoken = whole(w, keys, wall_queries.find(w, reference)).facts.attempts
        assert [london_day(one.happened_at) for one in spoken] == [w.today]


SPOKE = {"point": "throughout", "time": "00:00", "method": "video", "outcome": "spoke"}


@pytest.mark.parametrize("day", [{"which_day": "today"}, {"which_day": "other", "on-day": "28", "on-month": "2"}])
def test_what_an_attempt_says_of_a_conversation_is_not_asked_again(as_person, doing, keys, day):
    reference, _number = fresh(doing, keys)
    worker, at, said = as_person(KEEPS.key), f"/victims/{reference}/attempt", f"/victims/{reference}/conversation"
    with doing(KEEPS) as w:
        day = {**day, "on-year": str(w.today.year - 1)} if "on-day" in day else day
    went = worker.fill(at, at, SPOKE | day)
    assert went.headers["location"] == f"{said}?done=attempt"
    page = worker.get(went.headers["location"])
    assert "Success" in page.text
    assert "The attempt has been saved" in page.text
    filled = {name: value for name, value in form_of(page.text, said).items() if not name.startswith("_")}
    assert {name: filled.get(name) for name in ("point", "method", *day)} == {
        "point": "throughout",
        "method": "video",
    } | day
    assert worker.fill(went.headers["location"], said, {"disclosed": "no"}).status_code == 303
    opened = form_of(worker.get(said).text, said)
    assert (opened.get("which_day"), opened.get("method")) == (None, None)  # it is written down: another is another


def test_what_was_tried_in_vain_or_long_ago_fills_in_nothing(as_person, doing, keys):
    reference, _number = fresh(doing, keys)
    worker, at, said = as_person(KEEPS.key), f"/victims/{reference}/attempt", f"/victims/{reference}/conversation"
    worker.fill(at, at, SPOKE | {"which_day": "today", "outcome": "no_answer"})
    assert form_of(worker.get(said).text, said).get("method") is None
    worker.fill(at, at, SPOKE | {"which_day": "today"})
    assert form_of(worker.get(said).text, said).get("method") == "video"
    with clock.at(clock.now() + timedelta(days=1)), doing(KEEPS) as w:
        assert whole(w, keys, wall_queries.find(w, reference)).spoke is None


def test_a_second_record_of_a_case_under_another_keeper_has_what_was_told_before(doing, keys, database):
    """Whoever keeps it learns each thing once; what one of them has seen the other has not."""
    mine = case_of("hampshire", "north_provider", "booked").reference
    first, _number = fresh(doing, keys, "hampshire", "booked")

    def tell(what):
        with doing(coordinator("north_provider"), "read", "referral") as w:
            hold_gate.tell(w, queries.case(w, mine)[0], what, w.today)

    police = supervisor("hampshire")

    def told(reference, who=police):
        with doing(who) as w:
            return [
                (one.what, one.seen_at is not None)
                for one in whole(w, keys, wall_queries.find(w, reference)).facts.news
            ]

    before = told(first)
    tell("missed_a")
    with doing(KEEPS, "contact") as w:
        actions.see(w, wall_queries.find(w, first), 1_000_000)
    with database.admin().begin() as connection:
        connection.execute(
            ForceArrangement.__table__.delete().where(ForceArrangement.force_id == "hampshire")  # type: ignore[attr-defined]
        )
        connection.execute(
            insert(ForceArrangement),
            {"force_id": "hampshire", "profile": {"victim_contact": {"who": "force"}}, "distribution": "", "version": "",
             "loaded_at": clock.now()},
        )  # fmt: skip
    second, _number = fresh(doing, keys, "hampshire", "booked")
    assert told(second) == [*((what, False) for what, _seen in before), ("missed_a", False)]
    assert told(first)[-1] == ("missed_a", True)
    tell("ended")
    for reference in (first, second):
        assert [what for what, _seen in told(reference)] == [*(what for what, _seen in before), "missed_a", "ended"]
    assert told(first, KEEPS)[-1] == ("ended", False)
    with doing(police, "contact") as w:
        actions.see(w, wall_queries.find(w, second), 1_000_000)
    assert told(second)[-1] == ("ended", True)
    assert told(first, KEEPS)[-1] == ("ended", False)


def test_a_record_made_after_all_others_were_erased_has_each_news_once(doing, keys, database):
    """Though several kept records of the case, and each of them was told."""
    mine, police = case_of("hampshire", "north_provider", "booked").reference, supervisor("hampshire")
    numbers = [fresh(doing, keys)[1]]
    with database.admin().begin() as connection:
        connection.execute(
            update(ForceArrangement)
            .where(ForceArrangement.force_id == "hampshire")
            .values(profile={"victim_contact": {"who": "force"}})  # type: ignore[arg-type]
        )
    numbers.append(fresh(doing, keys)[1])
    for what in ("attended_a", "missed_b"):
        with doing(coordinator("north_provider"), "read", "referral") as w:
            hold_gate.tell(w, queries.case(w, mine)[0], what, w.today)
    with doing(police, "erase") as w:
        for number in numbers:
            erasure.erase(w, keys, number)
    last, _number = fresh(doing, keys)
    with doing(police) as w:
        told = [one.what for one in whole(w, keys, wall_queries.find(w, last)).facts.news]
    assert told == [*dict.fromkeys(told)]
    assert told[-2:] == ["attended_a", "missed_b"]
