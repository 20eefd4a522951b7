"""Registers, line by line: what is written, what is refused, and what a correction moves."""

from datetime import timedelta

import pytest
from cara.errors import BadInput, Conflict, NotNow
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.outcomes import closure
from cara.features.course.records import queries
from cara.features.course.records.event_models import Attendance
from cara.features.course.telephone import actions as telephone_actions
from cara.features.referrals.states import state_of
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.wall import hold_gate
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from .conftest import PROVIDER
from .doing import ABSENT, PRESENT, attend, book, corrected, line, members, missed_a, state, taken, through_a


def test_missing_b_means_repeating_both(stage):
    one, cohort = through_a(stage)
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, ABSENT))
    assert (state(stage, one), taken(stage, cohort)) == ("accepted", 0)
    with stage.doing() as w, pytest.raises(NotNow):
        closure.complete(w, stage.case(w, one), stage.case(w, one).version)
    again = stage.cohort(3)
    book(stage, one, again)
    stage.turn(3)
    attend(stage, again, "A", **line(one, PRESENT))
    stage.turn(28)
    attend(stage, again, "B", **line(one, PRESENT))
    assert state(stage, one) == "both_done"
    with stage.doing() as w:
        kept = w.session.scalars(select(Attendance).where(Attendance.referral_id == stage.case(w, one).id)).all()
        assert [(k.part, k.outcome) for k in kept] == [
            ("A", "attended"),
            ("B", "absent"),
            ("A", "attended"),
            ("B", "attended"),
        ]


def test_whoever_was_put_off_loses_neither_chance_nor_a(stage):
    one, cohort = through_a(stage)
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, Line("sent_away", "not_held")))
    assert (state(stage, one), taken(stage, cohort)) == ("attended_a", 0)
    later = stage.cohort(-7 + 14, 28)  # its B is 63 days after their A
    with pytest.raises(BadInput, match="problem"):
        book(stage, one, later)
    book(stage, one, later, gap_reason="Synthetic flood")
    stage.turn(35)
    attend(stage, later, "B", **line(one, PRESENT))
    assert state(stage, one) == "both_done"


def test_the_same_register_again_changes_nothing_and_another_one_corrects(stage):
    one, cohort = through_a(stage)
    assert attend(stage, cohort, "A", **line(one, PRESENT)) == 0
    with pytest.raises(BadInput):
        attend(stage, cohort, "A", **line(one, ABSENT))
    assert attend(stage, cohort, "A", "Synthetic: read the names wrongly", **line(one, ABSENT)) == 1
    assert (state(stage, one), taken(stage, cohort)) == ("accepted", 0)
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "A")
        attendance_actions.correct(w, stage.case(w, one), room, Line("left_early"), "Synthetic: ticked the wrong line")
    assert (state(stage, one), taken(stage, cohort)) == ("attended_a", 1)
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "A")
        lines = w.session.scalars(select(Attendance).where(Attendance.workshop_id == room.id)).all()
        assert [(k.outcome, bool(k.corrects)) for k in lines] == [
            ("attended", False),
            ("absent", True),
            ("left_early", True),
        ]


def test_what_a_register_refuses(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    stranger = stage.accepted()
    book(stage, one, cohort)
    with pytest.raises(NotNow):
        attend(stage, cohort, "A", **line(one, PRESENT))  # its day has not come
    stage.turn(7)
    for bad in (Line("absent"), Line("attended", "ill"), Line("absent", "intoxicated"), Line("slept")):
        with pytest.raises(BadInput):
            attend(stage, cohort, "A", **line(one, bad))
    with pytest.raises(BadInput):
        attend(stage, cohort, "A", **line(one, PRESENT), **line(stranger, PRESENT))
    assert state(stage, one) == "booked"  # nothing of it was recorded


def test_a_hold_stops_booking_and_attending_and_reads_the_same(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    other, full = stage.accepted(), stage.cohort(9)
    with stage.police() as w:
        for reference in (one, other):
            police_holds.place_hold(w, stage.keys, stage.case(w, reference), "Synthetic cause")
    with pytest.raises(Conflict, match="on hold"):
        book(stage, other, full)
    stage.turn(7)
    with pytest.raises(BadInput) as refused:
        attend(stage, cohort, "A", **line(one, PRESENT))
    assert [fault.code for fault in refused.value.faults] == ["on_hold"]
    with stage.doing() as w:
        before = stage.case(w, one).complete_by
    attend(stage, cohort, "A", **line(one, Line("sent_away", "on_hold")))
    with stage.doing() as w:
        case = stage.case(w, one)
        assert (state_of(case), case.complete_by) == ("accepted", before)
        assert queries.chances(w, case) == 2


def test_a_hold_placed_after_a_workshop_takes_nothing_from_it(stage):
    one, other, cohort = stage.accepted(), stage.accepted(), stage.cohort(7)
    for reference in (one, other):
        book(stage, reference, cohort)
    stage.turn(7)
    attend(stage, cohort, "A", **line(other, ABSENT))
    stage.turn(1)
    with stage.police() as w:
        for reference in (one, other):
            police_holds.place_hold(w, stage.keys, stage.case(w, reference), "Synthetic cause")
    assert attend(stage, cohort, "A", **line(one, PRESENT)) == 1  # written the day after
    corrected(stage, cohort, other, PRESENT)
    assert [state(stage, reference) for reference in (one, other)] == ["attended_a", "attended_a"]


def test_of_b_nobody_is_written_down_as_there_while_a_hold_stands(stage):
    one, cohort = through_a(stage)
    stage.turn(29)  # B was yesterday
    with stage.police() as w:
        number = police_holds.place_hold(w, stage.keys, stage.case(w, one), "Synthetic cause")
    with pytest.raises(BadInput) as refused:
        attend(stage, cohort, "B", **line(one, PRESENT))
    assert "until the police release it" in refused.value.faults[0].message
    with stage.police() as w:
        police_holds.release_hold(w, number, "over", advice_before_b=False)
    assert attend(stage, cohort, "B", **line(one, PRESENT)) == 1
    assert state(stage, one) == "both_done"


def test_a_hold_that_stood_when_a_workshop_began_is_not_passed_over_once_it_is_released(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.police() as w:
        number = police_holds.place_hold(w, stage.keys, stage.case(w, one), "Synthetic cause")
    stage.turn(8)
    with stage.police() as w:
        police_holds.release_hold(w, number, "over", advice_before_b=False)
    with pytest.raises(BadInput, match="problem"):
        attend(stage, cohort, "A", **line(one, PRESENT))
    assert attend(stage, cohort, "A", **line(one, Line("sent_away", "on_hold"))) == 1


def test_a_register_says_of_its_own_day_who_is_not_admitted(as_person, stage):
    now, ahead = stage.today, "Do not admit"
    before, since, cohorts = stage.accepted(), stage.accepted(), {}
    stage.today = now - timedelta(5)
    with stage.police() as w:
        police_holds.place_hold(w, stage.keys, stage.case(w, before), "Synthetic cause")
        number = police_holds.place_hold(w, stage.keys, stage.case(w, since), "Synthetic cause")
        police_holds.release_hold(w, number, "over", advice_before_b=False)
    cohorts["past"] = stage.cohort(1)
    book(stage, since, cohorts["past"])
    with stage.doing() as w:
        actions._add(w, stage.case(w, before), queries.cohort(w, cohorts["past"]), booked_at=w.now)
    stage.today = now
    with stage.police() as w:
        police_holds.place_hold(w, stage.keys, stage.case(w, since), "Synthetic cause")
    facilitator = as_person(f"{PROVIDER}.facilitator")
    past = facilitator.get(f"/cohorts/{cohorts['past']}/a/register").text
    assert ahead not in past
    assert past.count("The case was on hold on that day.") == 1
    assert facilitator.get(f"/cohorts/{cohorts['past']}/b/register").text.count(ahead) == 2


def test_b_alone_never_counts_and_order_is_kept(stage):
    one, cohort = stage.accepted(), stage.cohort(1)
    book(stage, one, cohort)
    stage.turn(29)
    with pytest.raises(BadInput):
        attend(stage, cohort, "B", **line(one, PRESENT))


def test_what_was_written_in_a_register_cannot_be_changed(stage):
    through_a(stage)
    table = Attendance.__table__
    for act in (table.update().values(outcome="absent"), table.delete()):
        with pytest.raises(DBAPIError, match="append-only"), stage.admin.begin() as connection:
            connection.execute(act)


def test_a_facilitator_is_told_that_b_needs_care_and_no_more(stage):
    one, _cohort = through_a(stage)
    with stage.police() as w:
        number = police_holds.place_hold(w, stage.keys, stage.case(w, one), "Synthetic cause")
        police_holds.release_hold(w, number, "over", advice_before_b=True)
    with stage.doing() as w:
        assert hold_gate.advice_before_b(w, stage.case(w, one))
        assert not hold_gate.held_among(w, [stage.case(w, one)])


def test_a_correction_seats_nobody_beside_somebody_kept_apart(stage):
    one, cohort = missed_a(stage, "SYN/APART")
    two = stage.accepted(crime="SYN/APART")
    book(stage, two, cohort)
    corrected(stage, cohort, one, PRESENT)
    assert state(stage, one) == "attended_a"
    assert (members(stage, cohort), taken(stage, cohort)) == ({two}, 1)


def test_a_correction_seats_nobody_who_goes_by_telephone(stage):
    one, cohort = missed_a(stage)
    with stage.doing() as w:
        telephone_actions.begin(w, case := stage.case(w, one), case.version, ["health"])
    corrected(stage, cohort, one, PRESENT)
    with stage.doing() as w:
        case = stage.case(w, one)
        assert (case.telephone_at is None, case.booked_at, queries.active_place(w, case)) == (False, None, None)


def test_whoever_had_attended_after_all_gives_up_the_place_for_the_repeat(stage):
    one, cohort = missed_a(stage)
    other = stage.cohort(5)
    book(stage, one, other)
    corrected(stage, cohort, one, PRESENT)
    assert (state(stage, one), members(stage, cohort), members(stage, other)) == ("attended_a", {one}, set())
    stage.turn(28)
    assert attend(stage, cohort, "B", **line(one, PRESENT)) == 1
    assert state(stage, one) == "both_done"


def test_whoever_had_not_attended_gives_up_the_place_for_b_alone(stage):
    one, cohort = through_a(stage)
    other = stage.cohort(1)
    with stage.doing() as w:
        actions.release(w, case := stage.case(w, one), case.version, "asked")
    book(stage, one, other)
    corrected(stage, cohort, one, ABSENT)
    assert (state(stage, one), members(stage, other), taken(stage, other)) == ("accepted", set(), 0)


def test_a_first_workshop_put_right_late_takes_nothing_from_the_second_one(stage):
    one, cohort = missed_a(stage)
    other = stage.cohort(5)
    book(stage, one, other)
    stage.turn(5)
    attend(stage, other, "A", **line(one, PRESENT))
    corrected(stage, cohort, one, PRESENT)
    assert members(stage, other) == {one}
    stage.turn(28)
    attend(stage, other, "B", **line(one, PRESENT))
    assert state(stage, one) == "both_done"


@pytest.mark.parametrize("said", [PRESENT, ABSENT])
def test_a_line_of_b_without_a_names_itself_and_stops_no_other(stage, said):
    one, cohort = through_a(stage)
    two = stage.accepted()
    book(stage, two, cohort)
    stage.turn(28)
    with pytest.raises(BadInput) as refused:
        attend(stage, cohort, "B", **line(one, PRESENT), **line(two, said))
    with stage.doing() as w:
        assert [fault.field for fault in refused.value.faults] == [f"line-{stage.case(w, two).id}"]
    assert attend(stage, cohort, "B", **line(one, PRESENT), **line(two, Line("absent", "not_held"))) == 2
    assert (state(stage, one), state(stage, two)) == ("both_done", "accepted")


def test_a_cancelled_cohort_s_register_can_still_be_put_right(stage):
    one, other, cohort = stage.accepted(), stage.accepted(), stage.cohort()
    book(stage, one, cohort)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, PRESENT))
    with stage.doing() as w:
        found = queries.cohort(w, cohort)
        cohort_actions.cancel_cohort(w, found, found.version, "Synthetic flood")
    attend(stage, cohort, "A", why="Synthetic: the lines were mixed up", **line(one, ABSENT))
    with stage.doing() as w:
        assert stage.case(w, one).a_on is None
    with pytest.raises(NotNow):
        attend(stage, cohort, "A", **line(other, PRESENT))
