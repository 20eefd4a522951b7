"""Random histories of a few people and cohorts: whatever is done in whatever order, refused or not, what must hold holds."""

from datetime import date, timedelta
from typing import Any

import pytest
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.bookings import separation_actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries, rules
from cara.features.course.records.event_models import Attendance, BreachDecision
from cara.features.course.records.models import Cohort, Place
from cara.features.course.telephone import actions as telephone_actions
from cara.features.course.telephone import group_suspension
from cara.features.referrals.models import Referral
from cara.features.referrals.states import TRANSITIONS, state_of
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.wall import actions, hold_gate
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import Work
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from .conftest import FORCE, Stage

PEOPLE = 5
STEPS = {(one.verb, source, one.to) for one in TRANSITIONS for source in one.sources}
SOMEBODY = st.integers(0, PEOPLE - 1)
SOME_COHORT = st.integers(0, 5)
LINES = st.sampled_from(
    [Line("attended"), Line("attended"), Line("attended"), Line("late"), Line("left_too_early"), Line("absent", "no_contact"),
     Line("sent_away", "on_hold"), Line("absent", "not_held")]
)  # fmt: skip
WHY = "Synthetic reason"


def machine(stage: Stage, told: dict[str, int]) -> type[RuleBasedStateMachine]:
    """The histories of one stage. Each begins with new people, on the day on which the last one ended."""

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            stage.today = date(2026, 3, 2)
            self.cohorts: list[str] = []
            self.people: list[str] = []
            self.decided: dict[str, date] = {}
            self.apart: set[frozenset[str]] = set()
            self.paused = False

        @initialize()
        def accepted(self) -> None:
            crimes = ["", "", "", f"SYN/{id(self)}", f"syn/{id(self)}"]
            self.people = [stage.accepted(crime=crime) for crime in crimes]
            with stage.police() as w:
                self.decided = {one: stage.case(w, one).complete_by for one in self.people}
                harmed = actions.record_victim(w, stage.keys, self.case(w, 0), name="S", contact="S", address="S")
                actions.link(w, harmed, self.case(w, 1))
            self.apart = {frozenset(self.people[:2]), frozenset(self.people[3:])}  # by one victim; by one crime

        def do(self, act: Any, who: str = "") -> bool:
            """Do something in a unit of work of its own; whether it was not refused."""
            return stage.refusal(told, act, who) is None

        def case(self, w: Work, somebody: int) -> Referral:
            return stage.case(w, self.people[somebody])

        def room(self, number: int) -> str | None:
            return self.cohorts[number % len(self.cohorts)] if self.cohorts else None

        @rule(start=st.integers(0, 20), gap=st.integers(26, 37), seats=st.integers(1, 3))
        def make(self, start: int, gap: int, seats: int) -> None:
            if len(self.cohorts) < 6:
                reason = WHY if not 28 <= gap <= 35 else ""
                self.cohorts.append(stage.cohort(start, gap, capacity=seats, reason=reason))

        @rule(
            one=SOMEBODY, number=SOME_COHORT, verb=st.sampled_from(["book", "book", "offer", "wait"]), gap=st.booleans()
        )
        def place(self, one: int, number: int, verb: str, gap: bool) -> None:
            def act(w: Work) -> None:
                case, cohort = self.case(w, one), queries.cohort(w, reference)
                more = {"gap_reason": WHY if gap else ""} if verb != "wait" else {}
                getattr(booking_actions, verb)(w, case, case.version, cohort, **more)

            if reference := self.room(number):
                self.do(act)

        @rule(one=SOMEBODY, verb=st.sampled_from(["confirm", "refuse", "release"]))
        def give_back(self, one: int, verb: str) -> None:
            def act(w: Work) -> None:
                case = self.case(w, one)
                getattr(booking_actions, verb)(w, case, case.version, *(["asked"] if verb == "release" else []))

            self.do(act)

        @rule(data=st.data())
        def go_to_a_workshop(self, data: st.DataObject) -> None:
            """The next workshop takes place, and its register is written, whole."""
            with stage.doing() as w:
                rooms = [
                    (r.day, c, p)
                    for c in self.cohorts
                    for p, r in queries.workshops(w, queries.cohort(w, c).id).items()
                ]
                rooms = sorted(room for room in rooms if room[0] >= stage.today)
            if rooms:
                self.hold_workshop(*rooms[0], data)
                stage.turn(data.draw(st.integers(0, 3)))

        def hold_workshop(self, day: date, reference: str, part: str, data: st.DataObject) -> None:
            stage.today = max(day, stage.today)

            def act(w: Work) -> None:
                found, room = stage.workshop(w, reference, part)
                there = [one.id or 0 for one in queries.members(w, found.id)]
                held = hold_gate.held_among(w, list(queries.members(w, found.id)))
                lines = {number: data.draw(LINES) for number in there}
                if attendance_actions.record(w, found, room, lines, WHY) and not found.cancelled_at:
                    assert not [n for n in held if rules.OUTCOMES[lines[n].outcome].present], "a hold was passed over"

            self.do(act)

        @rule(data=st.data())
        def a_whole_course(self, data: st.DataObject) -> None:
            """Everybody who can joins a new cohort; both workshops take place, with something in between; whoever can is done."""
            if len(self.cohorts) >= 6:
                return
            self.cohorts.append(stage.cohort(1, 28, capacity=3))
            number = len(self.cohorts) - 1
            for one in range(PEOPLE):
                self.place(one, number, "book", False)
            self.hold_workshop(stage.today + timedelta(1), self.cohorts[number], "A", data)
            self.what_must_hold()
            if data.draw(st.booleans()):
                self.correct(data.draw(SOMEBODY), data.draw(LINES))
            self.hold_workshop(stage.today + timedelta(28), self.cohorts[number], "B", data)
            self.what_must_hold()
            for one in range(PEOPLE):
                self.end(one, "complete")

        @rule(one=SOMEBODY, said=LINES)
        def correct(self, one: int, said: Line) -> None:
            def act(w: Work) -> None:
                case = self.case(w, one)
                written = w.session.scalars(
                    select(Attendance).where(Attendance.referral_id == case.id).order_by(Attendance.id.desc())
                ).first()
                if written:
                    from cara.features.course.records.models import Workshop

                    room = w.session.get_one(Workshop, written.workshop_id)
                    attendance_actions.correct(w, case, room, said, WHY)

            self.do(act)

        @rule(number=SOME_COHORT, part=st.sampled_from("AB"), days=st.integers(-6, 9))
        def move_a_date(self, number: int, part: str, days: int) -> None:
            def act(w: Work) -> None:
                found, room = stage.workshop(w, reference, part)
                slot = Slot(room.day + timedelta(days), room.starts, room.ends, cohort_actions._venue_of(w, room))
                cohort_actions.change_workshop(w, stage.forces, found, part, room.version, slot, WHY, WHY)

            if reference := self.room(number):
                self.do(act)

        @rule(number=SOME_COHORT)
        def cancel(self, number: int) -> None:
            def act(w: Work) -> None:
                found = queries.cohort(w, reference)
                cohort_actions.cancel_cohort(w, found, found.version, WHY)

            if reference := self.room(number):
                self.do(act)

        @rule(one=SOMEBODY, verb=st.sampled_from(["begin", "covered_a", "covered_b", "no_answer", "end"]))
        def ring(self, one: int, verb: str) -> None:
            def act(w: Work) -> None:
                case = self.case(w, one)
                if verb == "begin":
                    telephone_actions.begin(w, case, case.version, ["language"])
                elif verb == "end":
                    telephone_actions.end(w, case, case.version)
                else:
                    telephone_actions.session(w, case, case.version, stage.today, verb)

            self.do(act)

        @rule(
            one=SOMEBODY,
            days=st.integers(1, 60),
            verb=st.sampled_from(["report", "report", "vary", "vary", "excuse", "excuse", "prosecute"]),
        )
        def decide(self, one: int, days: int, verb: str) -> None:
            until = stage.today + timedelta(days)

            def act(w: Work) -> None:
                case = self.case(w, one)
                if verb == "report":
                    breach.report(w, case, case.version, "missed", WHY)
                elif verb == "vary":
                    breach.vary(w, case, case.version, until, WHY)
                else:
                    getattr(breach, verb)(w, case, case.version, WHY)

            officer = f"{FORCE}_police.referring_officer"
            if self.do(act, "" if verb == "report" else officer) and verb == "vary":
                self.decided[self.people[one]] = until

        @rule(
            one=SOMEBODY, over=st.sampled_from(["complete", "complete", "complete", "complete", "complete", "withdrew"])
        )
        def end(self, one: int, over: str) -> None:
            def act(w: Work) -> None:
                case = self.case(w, one)
                if over == "complete":
                    closure.complete(w, case, case.version)
                    told["completed"] += 1
                else:
                    closure.close(w, case, case.version, over, stage.today)

            self.do(act)

        @rule(one=SOMEBODY)
        def hold(self, one: int) -> None:
            with stage.police() as w:
                number = police_holds.place_hold(w, stage.keys, self.case(w, one), "Synthetic")
            self.go_on()
            with stage.police() as w:
                police_holds.release_hold(w, number, "over", advice_before_b=False)

        def go_on(self) -> None:
            """While somebody's case is on hold, the others' courses go on."""
            for one in range(PEOPLE):
                if self.cohorts:
                    self.place(one, one, "book", False)
                self.ring(one, "covered_a")

        @rule(one=SOMEBODY, other=SOMEBODY)
        def keep_apart(self, one: int, other: int) -> None:
            def act(w: Work) -> None:
                separation_actions.keep_apart(w, self.case(w, one), self.case(w, other))

            if self.do(act, f"{FORCE}_police.supervisor"):
                self.apart.add(frozenset((self.people[one], self.people[other])))

        @rule(days=st.integers(1, 9))
        def wait(self, days: int) -> None:
            stage.turn(days)

        @rule()
        def suspend(self) -> None:
            def act(w: Work) -> None:
                found = group_suspension.pauses(w)
                if found:
                    group_suspension.resume(w, found[0].id or 0)
                else:
                    group_suspension.suspend(w, FORCE, WHY)

            self.do(act)

        def teardown(self) -> None:
            with stage.doing() as w:
                for one in group_suspension.pauses(w):
                    group_suspension.resume(w, one.id or 0)

        @invariant()
        def what_must_hold(self) -> None:
            if not self.people:
                return
            told["looked"] += 1
            with stage.police() as w:
                cases = {reference: stage.case(w, reference) for reference in self.people}
                for reference, case in cases.items():
                    self._a_case(w, reference, case)
                for reference in self.cohorts:
                    self._a_cohort(w, queries.cohort(w, reference))

        def _a_case(self, w: Work, reference: str, case: Referral) -> None:
            found = queries.progress_of(w, case)
            assert (case.a_on, case.b_on) == (found.a_on, found.b_on), "the case says other than what happened"
            if case.completed_at:
                assert case.a_on
                assert case.b_on
                assert case.a_on < case.b_on <= case.complete_by, "completed without a valid pair in time"
                closing = [e for e in queries.events(w, case) if (e.part, e.on, e.present) == ("B", case.b_on, True)]
                in_order = 28 <= (case.b_on - case.a_on).days <= 35
                assert closing, "completed, and nothing says that B took place"
                assert in_order or any(e.any_gap for e in closing), "completed with another gap, and nobody said why"
            assert case.complete_by == self.decided[reference], "a last day moved by itself"
            decisions = w.session.scalars(
                select(BreachDecision).where(BreachDecision.referral_id == case.id).order_by(BreachDecision.id)
            ).all()
            told_day = decisions[-1].complete_by if decisions else case.caution_date + timedelta(112)
            assert case.complete_by == told_day, "a last day without a decision"
            active = w.session.scalars(
                select(Place).where(
                    Place.referral_id == case.id, Place.refused_at.is_(None), Place.released_at.is_(None)
                )
            ).all()
            assert len(active) <= 1
            assert bool(case.booked_at) == any(place.booked_at for place in active), "booked, and no place"
            assert bool(case.offered_at) == any(place.offered_at and not place.booked_at for place in active)
            assert (
                bool(case.telephone_at) == bool(queries.telephone(w, case))
                or case.completed_at
                or case.closed_at
                or case.breached_at
            )
            self._a_timeline(w, case)

        def _a_timeline(self, w: Work, case: Referral) -> None:
            import json

            entries = w.session.execute(
                select(LedgerEntry.verb, LedgerEntry.codes)
                .where(LedgerEntry.subject_kind == "referral", LedgerEntry.subject_id == str(case.id))
                .order_by(LedgerEntry.id)
            ).all()
            state = "accepted"
            for verb, codes in entries:
                if to := json.loads(codes).get("to"):
                    assert (verb, state, to) in STEPS, f"no transition {verb} from {state} to {to}"
                    state = to
            assert state == state_of(case), "the timeline tells another story"

        def _a_cohort(self, w: Work, cohort: Cohort) -> None:
            there = list(queries.members(w, cohort.id))
            assert cohort.taken == len(there) <= cohort.capacity, "a seat too many"
            live = {one.reference for one in there if not one.b_on}
            assert not [pair for pair in self.apart if pair <= live], "two who are kept apart sit together"

    return Histories


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_random_histories(stage, record_count, full):
    told = dict.fromkeys(("tried", "done", "looked", "completed"), 0)
    run_state_machine_as_test(
        machine(stage, told),
        settings=settings(
            max_examples=60 if full else 10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert told["done"] > told["tried"] // 10, told
    record_count("verbs of random histories", told["tried"])
    record_count("times that everything was looked over", told["looked"])
    if full:  # a few short histories need not come to an end
        record_count("courses completed in random histories", told["completed"])


@pytest.mark.full
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_random_histories_there_too(stage, record_count):
    told = dict.fromkeys(("tried", "done", "looked", "completed"), 0)
    run_state_machine_as_test(
        machine(stage, told),
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    record_count("verbs of random histories", told["tried"])
