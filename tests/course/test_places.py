"""Places, one by one: who may have one, who may sit with whom, and the last seat."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cara.errors import BadInput, CaraError, Conflict, NotNow
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.bookings import separation_actions
from cara.features.course.outcomes import breach
from cara.features.course.records import queries
from cara.features.course.records.event_models import BreachDecision
from cara.features.course.records.models import Cohort, Place
from cara.features.victims.wall import actions
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from .conftest import FORCE
from .doing import PRESENT, attend, book, line, state, taken, through_a


@pytest.mark.parametrize("why", ["crime", "officer", "victim"])
def test_people_kept_apart_never_share_a_cohort(stage, why):
    crime = "SYN/ 7 a" if why == "crime" else ""
    one, other = stage.accepted(crime=crime), stage.accepted(crime=crime.replace(" ", "").upper())
    with stage.police() as w:
        first, second = stage.case(w, one), stage.case(w, other)
        if why == "officer":
            separation_actions.keep_apart(w, second, first)
        if why == "victim":
            number = actions.record_victim(w, stage.keys, first, name="S", contact="S", address="S")
            actions.link(w, number, second)
    cohort = stage.cohort(7)
    book(stage, one, cohort)
    with pytest.raises(Conflict, match="cannot join") as refused:
        book(stage, other, cohort)
    assert str(refused.value) == "This person cannot join this cohort. Choose another."
    assert taken(stage, cohort) == 1
    book(stage, other, stage.cohort(8))


def test_an_entry_parts_those_who_sit_together_already(stage):
    one, other, cohort = stage.accepted(), stage.accepted(), stage.cohort(7)
    book(stage, other, cohort)
    book(stage, one, cohort)
    with stage.police() as w:
        separation_actions.keep_apart(w, stage.case(w, one), stage.case(w, other))
        with pytest.raises(Conflict):
            separation_actions.keep_apart(w, stage.case(w, other), stage.case(w, one))
    assert (state(stage, one), state(stage, other)) == ("accepted", "booked")
    with stage.police() as w:
        separation_actions.no_longer(w, stage.case(w, one), stage.case(w, other))
    book(stage, one, cohort)


def test_no_place_after_the_last_day_and_an_officer_moves_it(stage):
    one, cohort = stage.accepted(), stage.cohort(80)  # B is 118 days after the caution
    with pytest.raises(Conflict, match="last day"):
        book(stage, one, cohort)
    with stage.police() as w:
        case = stage.case(w, one)
        before = case.complete_by
        for bad in (stage.today - timedelta(1), before):
            with pytest.raises(BadInput):
                breach.vary(w, case, case.version, bad, "Synthetic reason")
        with pytest.raises(BadInput):
            breach.vary(w, case, case.version, before + timedelta(28), " ")
        breach.vary(w, case, case.version, before + timedelta(28), "Synthetic reason")
        kept = w.session.scalars(select(BreachDecision).where(BreachDecision.referral_id == case.id)).one()
        assert (kept.complete_by_before, kept.complete_by) == (before, before + timedelta(28))
    book(stage, one, cohort)


def test_one_active_place_a_person_whoever_writes_it(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with pytest.raises(NotNow):
        book(stage, one, cohort)
    with pytest.raises(DBAPIError), stage.doing() as w:
        booking_actions._add(w, stage.case(w, one), queries.cohort(w, cohort), waiting_at=w.now)


def test_the_waiting_list_takes_no_seat(stage):
    first, second, cohort = stage.accepted(), stage.accepted(), stage.cohort(7, capacity=1)
    book(stage, first, cohort)
    with pytest.raises(Conflict, match="full"):
        book(stage, second, cohort)
    with stage.doing() as w:
        case = stage.case(w, second)
        booking_actions.wait(w, case, case.version, queries.cohort(w, cohort))
        with pytest.raises(NotNow):
            booking_actions.wait(w, case, case.version, queries.cohort(w, cohort))
    with stage.doing() as w:
        booking_actions.release(w, case := stage.case(w, first), case.version, "asked")
    book(stage, second, cohort)
    assert (state(stage, first), state(stage, second), taken(stage, cohort)) == ("accepted", "booked", 1)


def test_the_database_itself_takes_no_more_than_there_are_seats(stage):
    cohort = stage.cohort(7, capacity=1)
    with pytest.raises(DBAPIError), stage.admin.begin() as connection:
        connection.execute(Cohort.__table__.update().where(Cohort.__table__.c.reference == cohort).values(taken=2))


def test_fifty_at_once_for_the_last_place(stage, record_count):
    """One winner, however many ask at the same moment."""
    cohort = stage.cohort(7, capacity=1)
    references = [stage.accepted() for _ in range(50)]
    start = threading.Event()

    def ask(reference: str) -> bool:
        start.wait(30)
        for _ in range(20):  # whoever finds the database busy asks again, as a browser would be told to
            try:
                book(stage, reference, cohort)
            except Conflict:
                return False
            except (CaraError, DBAPIError):
                continue
            return True
        raise AssertionError("never answered")

    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(ask, reference) for reference in references]
        start.set()
        won = [reference for reference, answer in zip(references, asked, strict=True) if answer.result()]
    with stage.doing() as w:
        found = queries.cohort(w, cohort)
        seated = w.session.scalars(select(Place).where(Place.cohort_id == found.id)).all()
    assert found.taken == len(seated) == len(won) == 1
    record_count("asking for the last place at once", len(references), won[1:])


def test_people_whose_course_is_over_can_be_kept_apart_from_then_on(stage):
    one, cohort = through_a(stage)
    two = stage.accepted()
    book(stage, two, cohort)
    attend(stage, cohort, "A", **line(two, PRESENT))
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, PRESENT), **line(two, PRESENT))
    with stage.police() as w:
        separation_actions.keep_apart(w, stage.case(w, one), stage.case(w, two))


def test_an_officer_takes_back_what_keeps_two_apart(as_person, stage):
    one, other = stage.accepted(), stage.accepted()
    officer, step = as_person(f"{FORCE}_police.referring_officer"), f"/cases/{one}/apart-no-longer"
    assert step not in officer.get(f"/cases/{one}").text
    with stage.police() as w:
        separation_actions.keep_apart(w, stage.case(w, one), stage.case(w, other))
    assert step in officer.get(f"/cases/{one}").text
    assert "No officer keeps these two apart" in officer.fill(step, step, {"other": stage.accepted()}).text
    assert officer.fill(step, step, {"other": other.lower()}).status_code == 303
    assert step not in officer.get(f"/cases/{one}").text
