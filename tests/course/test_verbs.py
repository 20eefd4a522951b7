"""The course's verbs, one by one: what they do, and what they refuse."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
from cara.cohorts import breach, ending, group_work, parting, places, planning, reading, register, telephone
from cara.cohorts.models import Cohort, Place, WorkshopChange
from cara.cohorts.planning import Slot
from cara.cohorts.records import Attendance, BreachDecision, FollowUp
from cara.cohorts.register import Line
from cara.errors import BadInput, CaraError, Conflict, NotFound, NotLicensed, NotNow, Stale
from cara.ledger.models import LedgerEntry
from cara.referrals.states import state_of
from cara.victims import actions as victims
from cara.victims import holds
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from .conftest import FORCE, PROVIDER, Stage

PRESENT, ABSENT = Line("attended"), Line("absent", "no_contact")


def book(stage: Stage, reference: str, cohort: str, **more: Any) -> None:
    with stage.doing() as w:
        case = stage.case(w, reference)
        places.book(w, case, case.version, reading.cohort(w, cohort), **more)


def attend(stage: Stage, cohort: str, part: str, why: str = "", **lines: Line) -> int:
    """Write a register; `lines` by reference, with `_` for `-`."""
    with stage.doing(f"{PROVIDER}.facilitator") as w:
        found, room = stage.workshop(w, cohort, part)
        numbers = {stage.case(w, name.replace("_", "-")).id: line for name, line in lines.items()}
        return register.record(w, found, room, numbers, why)


def line(reference: str, said: Line) -> dict[str, Line]:
    return {reference.replace("-", "_"): said}


def state(stage: Stage, reference: str) -> str:
    with stage.doing() as w:
        return state_of(stage.case(w, reference))


def taken(stage: Stage, cohort: str) -> int:
    with stage.doing() as w:
        return reading.cohort(w, cohort).taken


def through_a(stage: Stage) -> tuple[str, str]:
    """A case that has attended A in a cohort, on the day of A."""
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, PRESENT))
    return one, cohort


def test_from_acceptance_to_follow_up(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    with stage.doing() as w:
        case = stage.case(w, one)
        places.offer(w, case, case.version, reading.cohort(w, cohort))
        assert state_of(case) == "offered"
    book(stage, one, cohort)
    with stage.doing() as w:
        places.confirm(w, case := stage.case(w, one), case.version)
    assert (state(stage, one), taken(stage, cohort)) == ("booked", 1)
    stage.turn(7)
    assert attend(stage, cohort, "A", **line(one, Line("late"))) == 1
    assert state(stage, one) == "attended_a"
    stage.turn(28)
    assert attend(stage, cohort, "B", **line(one, PRESENT)) == 1
    with stage.doing() as w:
        case = stage.case(w, one)
        ending.complete(w, case, case.version)
        assert state_of(case) == "completed"
        assert w.session.get_one(FollowUp, case.id).due_on == stage.today + timedelta(365)
    with stage.police() as w, pytest.raises(NotNow):
        ending.follow_up(w, stage.case(w, one), "none")
    stage.turn(365)
    with stage.police() as w:
        ending.follow_up(w, stage.case(w, one), "none")
    with stage.police() as w, pytest.raises(NotNow):
        ending.follow_up(w, stage.case(w, one), "offended")


def test_missing_b_means_repeating_both(stage):
    one, cohort = through_a(stage)
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, ABSENT))
    assert (state(stage, one), taken(stage, cohort)) == ("accepted", 0)
    with stage.doing() as w, pytest.raises(NotNow):
        ending.complete(w, stage.case(w, one), stage.case(w, one).version)
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
        register.correct(w, stage.case(w, one), room, Line("left_early"), "Synthetic: ticked the wrong line")
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
            victims.place_hold(w, stage.keys, stage.case(w, reference), "Synthetic cause")
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
        assert reading.chances(w, case) == 2


def test_b_alone_never_counts_and_order_is_kept(stage):
    one, cohort = stage.accepted(), stage.cohort(1)
    book(stage, one, cohort)
    stage.turn(29)
    with pytest.raises(BadInput):
        attend(stage, cohort, "B", **line(one, PRESENT))


def test_by_telephone_both_are_covered_in_order(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        case = stage.case(w, one)
        telephone.begin(w, case, case.version, ["language"])
        assert (state_of(case), reading.cohort(w, cohort).taken) == ("by_telephone", 0)
        with pytest.raises(Conflict):
            telephone.session(w, case, case.version, stage.today, "covered_b")
        telephone.session(w, case, case.version, stage.today, "no_answer")
        telephone.session(w, case, case.version, stage.today, "covered_a")
        with pytest.raises(Conflict):
            telephone.session(w, case, case.version, stage.today, "covered_b")
    stage.turn(5)
    with stage.doing() as w:
        case = stage.case(w, one)
        telephone.session(w, case, case.version, stage.today, "covered_b")
        ending.complete(w, case, case.version)
        assert state_of(case) == "completed"


def test_group_work_suspended_and_back(stage):
    placed, cohort = stage.accepted(), stage.cohort(7)
    book(stage, placed, cohort)
    needs_it = stage.accepted()
    with stage.doing() as w:
        telephone.begin(w, case := stage.case(w, needs_it), case.version, ["health"])
    done_a, _cohort = through_a(stage)
    with stage.doing(f"{PROVIDER}.manager") as w:
        assert group_work.suspend(w, FORCE, "Synthetic outbreak") >= 2
        number = group_work.pauses(w)[0].id
        with pytest.raises(NotNow):
            group_work.suspend(w, FORCE, "Synthetic again")
    assert [state(stage, one) for one in (placed, done_a)] == ["by_telephone", "attended_a"]
    new = stage.accepted()
    with pytest.raises(Conflict, match="suspended"):
        book(stage, new, stage.cohort(3))
    with stage.doing(f"{PROVIDER}.manager") as w:
        group_work.resume(w, number or 0)
    assert [state(stage, one) for one in (placed, done_a, needs_it)] == ["accepted", "attended_a", "by_telephone"]
    book(stage, placed, stage.cohort(3))
    assert state(stage, placed) == "booked"


def test_a_force_suspends_every_provider(stage):
    one = stage.accepted()
    with stage.doing(f"{FORCE}_police.supervisor") as w:
        group_work.suspend(w, FORCE, "Synthetic order")
    assert state(stage, one) == "by_telephone"
    with stage.doing() as w:
        (seen,) = (one for one in group_work.pauses(w) if one.provider_id is None)
    with stage.doing() as w, pytest.raises(NotFound):
        group_work.resume(w, seen.id)  # it is the force's, not the provider's


def test_a_cohort_needs_a_licence_a_gap_two_facilitators_and_seats(stage):
    with pytest.raises(BadInput):
        stage.cohort(7, 27)
    assert stage.cohort(7, 27, reason="Synthetic Easter")
    with stage.doing() as w:
        hall = planning.add_venue(w, force="surrey", name="Hall", area="", address="", capacity=10)
        slots = {p: Slot(stage.today + timedelta(d), time(9), time(15), hall) for p, d in (("A", 1), ("B", 29))}
        made = {"force": "surrey", "group": "male", "area": "", "slots": slots}
        with pytest.raises(NotLicensed):
            planning.make_cohort(w, stage.forces, **made, capacity=10, facilitators=stage.facilitators(w))
        for bad in ([], [stage.facilitators(w)[0]] * 2, [1, 2], [None, *stage.facilitators(w)]):
            with pytest.raises(BadInput):
                planning.make_cohort(w, stage.forces, **made, capacity=10, facilitators=bad)
        for seats in (0, 11):
            with pytest.raises(BadInput):
                planning.make_cohort(w, stage.forces, **made, capacity=seats, facilitators=stage.facilitators(w))


def test_a_date_takes_everybody_with_it_and_keeps_what_was(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        found, room = stage.workshop(w, cohort, "B")
        before, hall = room.day, planning._venue_of(w, room)
        slot = Slot(before + timedelta(8), room.starts, room.ends, hall)
        with pytest.raises(BadInput):
            planning.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
        slot = Slot(before + timedelta(5), room.starts, room.ends, hall)
        with pytest.raises(BadInput):
            planning.change_workshop(w, stage.forces, found, "B", room.version, slot, "")
        planning.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
    with stage.doing() as w:
        found, _room = stage.workshop(w, cohort, "B")
        with pytest.raises(Stale):
            planning.change_workshop(w, stage.forces, found, "B", 1, slot, "Synthetic snow")
        w.session.rollback()
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "B")
        kept = w.session.scalars(select(WorkshopChange).where(WorkshopChange.workshop_id == room.id)).all()
        assert [(k.day, k.reason) for k in kept] == [(before, "Synthetic snow")]
        assert (room.day, room.sequence) == (before + timedelta(5), 1)
        told = w.session.scalar(
            select(func.count(LedgerEntry.id)).where(
                LedgerEntry.verb == "course.date_changed", LedgerEntry.subject_id == str(stage.case(w, one).id)
            )
        )
        assert told == 1


def test_a_licence_that_lapses_does_not_stop_a_cohort_under_way(stage, monkeypatch):
    _one, cohort = through_a(stage)
    fresh = stage.cohort(7)
    monkeypatch.setattr(stage.forces, "_only", lambda *_: lambda **_given: [])
    for reference, refused in ((cohort, False), (fresh, True)):
        with stage.doing() as w:
            found, room = stage.workshop(w, reference, "B")
            slot = Slot(room.day + timedelta(1), room.starts, room.ends, planning._venue_of(w, room))
            if refused:
                with pytest.raises(NotLicensed):
                    planning.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
            else:
                planning.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")


def test_a_cancelled_cohort_gives_everybody_their_place_back(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        found = reading.cohort(w, cohort)
        assert planning.cancel_cohort(w, found, found.version, "Synthetic flood") == 1
    assert (state(stage, one), taken(stage, cohort)) == ("accepted", 0)
    with pytest.raises(Conflict):
        book(stage, one, cohort)


@pytest.mark.parametrize("why", ["crime", "officer", "victim"])
def test_people_kept_apart_never_share_a_cohort(stage, why):
    crime = "SYN/ 7 a" if why == "crime" else ""
    one, other = stage.accepted(crime=crime), stage.accepted(crime=crime.replace(" ", "").upper())
    with stage.police() as w:
        first, second = stage.case(w, one), stage.case(w, other)
        if why == "officer":
            parting.keep_apart(w, second, first)
        if why == "victim":
            number = victims.record_victim(w, stage.keys, first, name="S", contact="S", address="S")
            victims.link(w, number, second)
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
        parting.keep_apart(w, stage.case(w, one), stage.case(w, other))
        with pytest.raises(Conflict):
            parting.keep_apart(w, stage.case(w, other), stage.case(w, one))
    assert (state(stage, one), state(stage, other)) == ("accepted", "booked")
    with stage.police() as w:
        parting.no_longer(w, stage.case(w, one), stage.case(w, other))
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


@pytest.mark.parametrize("kind", ending.CHOSEN)
def test_closing_gives_the_place_back(stage, kind):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        ending.close(w, case := stage.case(w, one), case.version, kind, stage.today, "Synthetic note")
        assert state_of(case) == "closed"
    assert taken(stage, cohort) == 0
    with stage.police() as w, pytest.raises(NotNow):
        breach.vary(w, case := stage.case(w, one), case.version, stage.today + timedelta(200), "Synthetic reason")


def test_one_active_place_a_person_whoever_writes_it(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with pytest.raises(NotNow):
        book(stage, one, cohort)
    with pytest.raises(DBAPIError), stage.doing() as w:
        places._add(w, stage.case(w, one), reading.cohort(w, cohort), waiting_at=w.now)


def test_the_waiting_list_takes_no_seat(stage):
    first, second, cohort = stage.accepted(), stage.accepted(), stage.cohort(7, capacity=1)
    book(stage, first, cohort)
    with pytest.raises(Conflict, match="full"):
        book(stage, second, cohort)
    with stage.doing() as w:
        case = stage.case(w, second)
        places.wait(w, case, case.version, reading.cohort(w, cohort))
        with pytest.raises(NotNow):
            places.wait(w, case, case.version, reading.cohort(w, cohort))
    with stage.doing() as w:
        places.release(w, case := stage.case(w, first), case.version, "asked")
    book(stage, second, cohort)
    assert (state(stage, first), state(stage, second), taken(stage, cohort)) == ("accepted", "booked", 1)


def test_the_database_itself_takes_no_more_than_there_are_seats(stage):
    cohort = stage.cohort(7, capacity=1)
    with pytest.raises(DBAPIError), stage.admin.begin() as connection:
        connection.execute(Cohort.__table__.update().where(Cohort.__table__.c.reference == cohort).values(taken=2))


def test_what_was_written_in_a_register_cannot_be_changed(stage):
    through_a(stage)
    table = Attendance.__table__
    for act in (table.update().values(outcome="absent"), table.delete()):
        with pytest.raises(DBAPIError, match="append-only"), stage.admin.begin() as connection:
            connection.execute(act)


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
        found = reading.cohort(w, cohort)
        seated = w.session.scalars(select(Place).where(Place.cohort_id == found.id)).all()
    assert found.taken == len(seated) == len(won) == 1
    record_count("asking for the last place at once", len(references), won[1:])


def test_a_facilitator_is_told_that_b_needs_care_and_no_more(stage):
    one, _cohort = through_a(stage)
    with stage.police() as w:
        number = victims.place_hold(w, stage.keys, stage.case(w, one), "Synthetic cause")
        victims.release_hold(w, number, advice_before_b=True)
    with stage.doing() as w:
        assert holds.advice_before_b(w, stage.case(w, one))
        assert not holds.held_among(w, [stage.case(w, one)])


def corrected(stage, cohort, reference, said):
    """Put somebody's line of workshop A right."""
    attend(stage, cohort, "A", "Synthetic: the wrong line", **line(reference, said))


def missed_a(stage, crime=""):
    one, cohort = stage.accepted(crime=crime), stage.cohort(7)
    book(stage, one, cohort)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, ABSENT))
    return one, cohort


def members(stage, cohort):
    with stage.doing() as w:
        return {one.reference for one in reading.members(w, reading.cohort(w, cohort).id)}


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
        telephone.begin(w, case := stage.case(w, one), case.version, ["health"])
    corrected(stage, cohort, one, PRESENT)
    with stage.doing() as w:
        case = stage.case(w, one)
        assert (case.telephone_at is None, case.booked_at, reading.active_place(w, case)) == (False, None, None)


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
        places.release(w, case := stage.case(w, one), case.version, "asked")
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


def test_a_force_suspends_group_work_that_a_provider_has_suspended_already(stage):
    with stage.doing() as w:
        group_work.suspend(w, FORCE, "Synthetic outbreak")
    with stage.police() as w:
        group_work.suspend(w, FORCE, "Synthetic outbreak everywhere")
        assert len(group_work.pauses(w)) == 2
    with stage.police() as w, pytest.raises(NotNow):
        group_work.suspend(w, FORCE, "Again")


def test_people_whose_course_is_over_can_be_kept_apart_from_then_on(stage):
    one, cohort = through_a(stage)
    two = stage.accepted()
    book(stage, two, cohort)
    attend(stage, cohort, "A", **line(two, PRESENT))
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, PRESENT), **line(two, PRESENT))
    with stage.police() as w:
        parting.keep_apart(w, stage.case(w, one), stage.case(w, two))


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
        found = reading.cohort(w, cohort)
        planning.cancel_cohort(w, found, found.version, "Synthetic flood")
    attend(stage, cohort, "A", why="Synthetic: the lines were mixed up", **line(one, ABSENT))
    with stage.doing() as w:
        assert stage.case(w, one).a_on is None
    with pytest.raises(NotNow):
        attend(stage, cohort, "A", **line(other, PRESENT))


def test_a_last_day_is_varied_by_two_years_at_most(stage):
    one = stage.accepted()
    with stage.police() as w:
        case = stage.case(w, one)
        with pytest.raises(BadInput):
            breach.vary(w, case, case.version, date(9999, 12, 31), "Synthetic")
