"""The course's pages as people use them: a register sent twice, a board that asks no more for more cases, what each side reads."""

from datetime import timedelta
from typing import Any

import pytest
from cara.errors import NotNow
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.records import queries as record_queries
from cara.features.course.records.event_models import Attendance
from cara.features.course.records.models import Venue
from cara.features.referrals import queries
from sqlalchemy import event, func, select
from synthetic.browser import Browser, form_of, key
from synthetic.cases import case_of
from synthetic.course import cohort_of
from synthetic.people import PEOPLE

from .conftest import FORCE, PROVIDER
from .doing import book

COORDINATOR, FACILITATOR = f"{PROVIDER}.coordinator", f"{PROVIDER}.facilitator"
OFFICER = f"{FORCE}_police.referring_officer"
REGISTER = f"/cohorts/{cohort_of(FORCE, PROVIDER).reference}/a/register"
BOOKED = case_of(FORCE, PROVIDER, "booked")


def lines(database: Any) -> int:
    with database.admin().connect() as connection:
        return connection.scalar(
            select(func.count())
            .select_from(Attendance.__table__)
            .where(Attendance.__table__.c.referral_id == BOOKED.id)
        )


def test_a_register_sent_twice_is_recorded_once(as_person, database):
    phone = as_person(FACILITATOR)
    page = phone.get(REGISTER)
    form = form_of(page.text, REGISTER) | {f"line-{BOOKED.id}": "attended"}
    assert phone.send(REGISTER, form).status_code == phone.send(REGISTER, form).status_code == 303
    assert lines(database) == 1
    again = form_of(phone.get(REGISTER).text, REGISTER) | {f"line-{BOOKED.id}": "attended"}
    assert again["_key"] != form["_key"]  # the page was opened anew: what it says is recorded already
    assert phone.send(REGISTER, again).status_code == 303
    assert lines(database) == 1


def test_somebody_taken_off_meanwhile_costs_nobody_else_s_line(as_person, database):
    phone, gone = as_person(FACILITATOR), case_of(FORCE, PROVIDER, "accepted")
    form = {"_key": key(), f"line-{BOOKED.id}": "attended", f"line-{gone.id}": ""}
    assert phone.post(REGISTER, form | {f"line-{gone.id}": "attended"}).status_code == 422
    answer = phone.post(REGISTER, form | {"_key": key(), f"line-{gone.id}": "attended"})
    assert 'value="attended" selected' in answer.text
    assert "has no place here any more" in answer.text
    assert lines(database) == 0
    assert phone.post(REGISTER, form | {"_key": key()}).status_code == 303  # what is left empty is said of nobody
    assert lines(database) == 1
    assert phone.post(REGISTER, form | {"_key": key(), "line-x": "attended"}).status_code == 422


def test_a_register_with_a_mistake_keeps_every_line_and_records_none(as_person, database):
    phone = as_person(FACILITATOR)
    attended = case_of(FORCE, PROVIDER, "attended_a")
    sent = {"_key": key(), f"line-{BOOKED.id}": "absent.ill", f"line-{attended.id}": "absent.ill"}
    answer = phone.post(REGISTER, sent)
    assert answer.status_code == 422
    assert "Say why you change what is recorded already" in answer.text
    assert answer.text.count('value="absent.ill" selected') == 2
    assert lines(database) == 0
    assert phone.post(REGISTER, {**sent, "_key": key(), "why": "Synthetic: the lines were mixed up"}).status_code == 303
    assert lines(database) == 1


def test_a_register_opens_on_its_day_and_can_be_printed_before(as_person):
    ahead = cohort_of(FORCE, PROVIDER, ahead=True).reference
    page = as_person(FACILITATOR).get(f"/cohorts/{ahead}/b/register")
    assert page.status_code == 200
    assert "The register opens on the day of the workshop" in page.text
    assert "<select" not in page.text
    assert as_person(FACILITATOR).get(f"/cohorts/{ahead}/c/register").status_code == 404


def test_the_last_safe_days_are_shown_before_a_place_is_booked(as_person):
    offered = case_of(FORCE, PROVIDER, "offered").reference
    page = as_person(COORDINATOR).get(f"/cases/{offered}/place").text
    assert page.index("Latest safe workshop A") < page.index("Room for one repeat") < page.index("Which cohort?")


def test_a_hold_reads_the_same_to_all_and_says_no_more(as_person):
    held = case_of(FORCE, PROVIDER, "accepted").reference
    shown = [as_person(who).get(f"/cases/{held}").text for who in (OFFICER, COORDINATOR, FACILITATOR)]
    assert all("This case is on hold: no workshop takes place meanwhile. The clock runs on." in text for text in shown)


def test_an_officer_reads_no_engagement_note_and_a_facilitator_does(as_person):
    case = case_of(FORCE, PROVIDER, "attended_a")
    text = case.mark("engagement_note", "text")
    assert text in as_person(FACILITATOR).get(f"/cases/{case.reference}").text
    assert text not in as_person(OFFICER).get(f"/cases/{case.reference}").text


def counted(app: Any, browser: Browser, path: str) -> int:
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    browser.get(path)
    event.listen(app.state.store.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(app.state.store.engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("who", [OFFICER, COORDINATOR])
def test_the_board_asks_no_more_for_more_cases(app, client, stage, who, record_count):
    browser = Browser(client, PEOPLE[who])
    few = [counted(app, browser, f"/deadlines?show={show}") for show in ("all", "risk")]
    for _ in range(30):
        stage.accepted()
    many = [counted(app, browser, f"/deadlines?show={show}") for show in ("all", "risk")]
    assert "Next page" in browser.get("/deadlines").text
    record_count("boards with few cases and many", 4, [] if few == many else [(few, many)])
    assert max(many) <= 16, many


def test_the_board_goes_on_where_it_stopped(app, client, stage):
    made = {stage.accepted() for _ in range(30)}
    browser, seen, path = Browser(client, PEOPLE[OFFICER]), set(), "/deadlines"
    for _ in range(5):
        text = browser.get(path).text
        found = {one for one in made if one in text}
        assert not found & seen
        seen |= found
        if "Next page" not in text:
            break
        path = text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert seen == made
    assert browser.get("/deadlines?show=none").status_code == browser.get("/deadlines?after=x").status_code == 404


def test_a_time_of_another_zone_is_no_defect(as_person):
    coordinator = as_person(COORDINATOR)
    answer = coordinator.fill("/cohorts/new", "/cohorts/new", {"starts_a": "09+01", "ends_a": "15:00"})
    assert answer.status_code == 422
    at = f"/cohorts/{cohort_of(FORCE, PROVIDER, ahead=True).reference}/b/date"
    answer = coordinator.fill(at, at, {"starts_b": "09+01", "reason": "Synthetic"})
    assert answer.status_code == 303


def test_a_workshop_moved_past_somebody_s_last_day_puts_them_at_risk(as_person, stage):
    one, cohort = stage.accepted(), stage.cohort(30, 28)
    book(stage, one, cohort)
    board = "/deadlines?show=risk"
    assert one not in as_person(OFFICER).get(board).text
    with stage.doing() as w:
        found, room = stage.workshop(w, cohort, "B")
        day = stage.case(w, one).complete_by + timedelta(1)
        slot = Slot(day, room.starts, room.ends, w.session.get_one(Venue, room.venue_id))
        cohort_actions.change_workshop(
            w, stage.forces, found, "B", room.version, slot, "Synthetic flood", "Synthetic flood"
        )
    text = as_person(OFFICER).get(board).text
    assert one in text
    assert "Workshop B is booked after the last day" in text


def test_a_place_is_confirmed_once(as_person):
    case = case_of(FORCE, PROVIDER, "booked").reference
    coordinator, step = as_person(COORDINATOR), f"/cases/{case}/confirm"
    assert step in coordinator.get(f"/cases/{case}").text
    assert coordinator.send(step, form_of(coordinator.get(step).text, step)).status_code == 303
    text = coordinator.get(f"/cases/{case}").text
    assert step not in text
    assert "Confirmed" in text
    assert coordinator.get(step).status_code == 409


def test_whoever_waits_is_let_off_the_list_and_whoever_sits_is_not(as_person, stage):
    waits, sits, made = stage.accepted(), stage.accepted(), stage.cohort()
    with stage.doing() as w:
        cohort = record_queries.cohort(w, made)
        actions.wait(w, queries.case(w, waits)[0], 1, cohort)
        actions.book(w, queries.case(w, sits)[0], 1, cohort)
    coordinator, step = as_person(COORDINATOR), f"/cases/{waits}/off-the-list"
    assert "Waiting list" in coordinator.get(f"/cases/{waits}").text
    form = form_of(coordinator.get(step).text, step) | {"reason": "other"}
    assert coordinator.send(step, form).status_code == 303
    text = coordinator.get(f"/cases/{waits}").text
    assert "Waiting list" not in text
    assert step not in text
    assert coordinator.get(f"/cases/{sits}/off-the-list").status_code == 409
    with stage.doing() as w, pytest.raises(NotNow, match="has a place"):
        actions.wait_no_more(w, queries.case(w, sits)[0], 2, "other")


def test_a_case_that_is_over_counts_no_days_and_owes_nothing(as_person):
    for state in ("completed", "breached"):
        text = as_person(COORDINATOR).get(f"/cases/{case_of(FORCE, PROVIDER, state).reference}").text
        last = text.partition("Complete by</dt>")[2].partition("</div>")[0]
        assert "2026" in last or "2027" in last
        assert "cara-day" not in last
        assert "To be booked" not in text


def test_a_case_says_in_which_format_the_course_goes_on(as_person):
    text = as_person(COORDINATOR).get(f"/cases/{case_of(FORCE, PROVIDER, 'by_telephone').reference}").text
    assert "CARA Telephone Intervention – since" in text
    assert "– confirmed" not in text


def test_a_venue_is_ended_after_saying_what_is_planned_there(as_person):
    coordinator, address = as_person(COORDINATOR), f"/venues/{cohort_of(FORCE, PROVIDER, ahead=True).venue}"
    asked = coordinator.get(f"{address}/end").text
    assert f'href="{address}/end"' in coordinator.get(address).text
    assert "2 workshops are planned here still" in asked
    assert coordinator.send(f"{address}/end", form_of(asked, f"{address}/end")).status_code == 303
    assert address not in coordinator.get("/venues").text
    assert f'href="{address}/end"' not in coordinator.get(address).text
