"""How a case goes on and ends: chances, reports, officers' decisions, completion and follow-up."""

from datetime import date, timedelta

import pytest
from cara.errors import BadInput, NotNow
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries
from cara.features.course.records.event_models import FollowUp
from cara.features.referrals.states import state_of

from .doing import ABSENT, PRESENT, attend, book, line, state, taken


def test_from_acceptance_to_follow_up(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    with stage.doing() as w:
        case = stage.case(w, one)
        actions.offer(w, case, case.version, queries.cohort(w, cohort))
        assert state_of(case) == "offered"
    book(stage, one, cohort)
    with stage.doing() as w:
        actions.confirm(w, case := stage.case(w, one), case.version)
    assert (state(stage, one), taken(stage, cohort)) == ("booked", 1)
    stage.turn(7)
    assert attend(stage, cohort, "A", **line(one, Line("late"))) == 1
    assert state(stage, one) == "attended_a"
    stage.turn(28)
    assert attend(stage, cohort, "B", **line(one, PRESENT)) == 1
    with stage.doing() as w:
        case = stage.case(w, one)
        closure.complete(w, case, case.version)
        assert state_of(case) == "completed"
        assert w.session.get_one(FollowUp, case.id).due_on == stage.today + timedelta(365)
    with stage.police() as w, pytest.raises(NotNow):
        closure.follow_up(w, stage.case(w, one), "none")
    stage.turn(365)
    with stage.police() as w:
        closure.follow_up(w, stage.case(w, one), "none")
    with stage.police() as w, pytest.raises(NotNow):
        closure.follow_up(w, stage.case(w, one), "offended")


def test_chances_at_a_run_out_and_an_officer_gives_one_more(stage):
    one = stage.accepted()
    for _ in range(2):  # the first time, and the one rebooking that is the default
        cohort = stage.cohort(1)
        book(stage, one, cohort)
        stage.turn(1)
        attend(stage, cohort, "A", **line(one, ABSENT))
    cohort = stage.cohort(1)
    with pytest.raises(NotNow, match="chance"):
        book(stage, one, cohort)
    with stage.doing() as w:
        case = stage.case(w, one)
        breach.report(w, case, case.version, "missed", "Synthetic account")
        assert breach.latest(w, case).evidence["register"] == [
            ["A", (stage.today - timedelta(1)).isoformat(), "absent", "no_contact"],
            ["A", stage.today.isoformat(), "absent", "no_contact"],
        ]
    with stage.police() as w:
        breach.excuse(w, case := stage.case(w, one), case.version, "Synthetic reason")
        assert state_of(case) == "accepted"
    book(stage, one, cohort)
    assert state(stage, one) == "booked"


def test_prosecuting_ends_the_case_and_its_place(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        breach.report(w, case := stage.case(w, one), case.version, "refused", "Synthetic account")
        with pytest.raises(NotNow):
            breach.report(w, case, case.version, "refused", "Synthetic account")
    with stage.police() as w:
        breach.prosecute(w, case := stage.case(w, one), case.version, "Synthetic reason")
        assert state_of(case) == "breached"
    assert taken(stage, cohort) == 0
    with stage.police() as w, pytest.raises(NotNow):
        breach.excuse(w, case := stage.case(w, one), case.version, "Synthetic reason")


@pytest.mark.parametrize("kind", closure.CHOSEN)
def test_closing_gives_the_place_back(stage, kind):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        closure.close(w, case := stage.case(w, one), case.version, kind, stage.today, "Synthetic note")
        assert state_of(case) == "closed"
    assert taken(stage, cohort) == 0
    with stage.police() as w, pytest.raises(NotNow):
        breach.vary(w, case := stage.case(w, one), case.version, stage.today + timedelta(200), "Synthetic reason")


def test_a_last_day_is_varied_by_two_years_at_most(stage):
    one = stage.accepted()
    with stage.police() as w:
        case = stage.case(w, one)
        with pytest.raises(BadInput):
            breach.vary(w, case, case.version, date(9999, 12, 31), "Synthetic")
