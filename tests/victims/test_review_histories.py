"""Random histories of reviews: whoever does what in whatever order, B takes place under no review, and police alone release."""

from datetime import date
from typing import Any

from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.records import queries as course
from cara.features.course.telephone import actions as telephone_actions
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.disclosure_reviews import actions, detail, police_holds, queries
from cara.features.victims.wall import hold_gate, review_opening
from cara.features.victims.wall import queries as victims
from cara.features.victims.wall.models import Hold
from cara.features.victims.wall.review_models import DisclosureReview, ReviewView
from cara.features.victims.wall.review_rules import Account
from cara.platform.database.engine import behind_the_wall
from cara.platform.unit_of_work import Work
from course.conftest import FORCE
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from synthetic.people import PEOPLE

from .conftest import (
    CONTACT_OFFICER,
    COORDINATOR,
    FACILITATOR,
    OFFICER,
    STRANGER,
    SUPERVISOR,
    TRUST,
    WORKER,
    Room,
)  # fmt: skip
from .newcomers import CAUSED, CAUSES, ROUTES, last_step

CASES = 2
ONE = st.integers(0, CASES - 1)
ANYBODY = st.sampled_from(
    [SUPERVISOR, OFFICER, CONTACT_OFFICER, COORDINATOR, FACILITATOR, WORKER, STRANGER, TRUST, "hampshire_police.supervisor"]
)  # fmt: skip
DECIDER = st.one_of(st.just(SUPERVISOR), st.just(SUPERVISOR), ANYBODY)
VIEW = st.sampled_from(["proceed", "managed", "stop"])
PRESENT = {True: Line("attended"), False: Line("sent_away", "on_hold")}
ROUTE, CAUSE = st.sampled_from(sorted(ROUTES)), st.sampled_from(["", *CAUSES])
SAID: dict[str, dict[str, Any]] = {
    "ongoing": {"abuse": "ongoing"}, "both": {"abuse": "both"}, "incident": {"incident": True}, "historic": {"abuse": "historic"},
    "nothing": {"abuse": "none", "incident": False},
}  # fmt: skip
HOLDING = ("ongoing", "both", "incident", "high", "medium")
ANSWERS = st.sampled_from([*SAID, "high", "medium", "standard"])
POLICE = {str(one.number) for one in PEOPLE.values() if one.capacity == "force" and one.force == FORCE}


class Known:
    """What must be so of one case, kept beside the platform and by other means."""

    def __init__(self) -> None:
        self.review = ""
        """The review that is open, or was stopped."""
        self.stopped = False
        self.views: set[str] = set()
        """What came since the last account: sides, and `asked`, `trust`."""
        self.danger = False
        self.called = False
        self.alone = True
        """Whether nothing but recorded answers opened it."""
        self.may_say = False
        """Whether police asked the provider."""
        self.holds: list[int] = []
        """Holds of police's own."""
        self.asked = ""

    @property
    def held(self) -> bool:
        return bool(self.review or self.holds)

    def account(self, danger: bool) -> None:
        self.danger |= danger
        self.views.clear()

    def ready(self, provider_asked: bool) -> bool:
        other = {"provider", "asked"} if provider_asked else {"trust"}
        return self.views >= {"police", *other} and (self.called or not self.danger)


def machine(room: Room, told: dict[str, int]) -> type[RuleBasedStateMachine]:
    """The histories of one stage."""

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            room.today = date(2026, 3, 2)
            self.people: list[str] = []
            self.cohort = ""

        @initialize(asked=st.booleans())
        def accepted(self, asked: bool) -> None:
            self.asked = asked
            room.arrange(who="trust_victim_service", provider_is_asked=asked)
            self.people = [room.accepted(crime=f"SYN/{id(self)}/{number}") for number in range(CASES)]
            self.victims = [room.harmed(one) for one in self.people]
            self.known = [Known() for _ in self.people]
            self.cohort = room.cohort(1, 28, capacity=5)
            for one in range(CASES):
                self.book(one)
            self.a_day_at_a_workshop("A", [True] * CASES)

        def do(self, who: str, act: Any) -> bool:
            """Somebody does something; whether it was not refused."""
            return room.refusal(told, act, who) is None

        def case(self, w: Work, one: int) -> Any:
            return room.case(w, self.people[one])

        # What the course does.

        @rule(one=ONE)
        def book(self, one: int) -> None:
            def act(w: Work) -> None:
                booking_actions.book(w, case := self.case(w, one), case.version, course.cohort(w, self.cohort))

            if self.do(COORDINATOR, act):
                assert not self.known[one].held, "a place was booked while the case is held"

        @rule(
            part=st.sampled_from("ABB"), there=st.lists(st.booleans(), min_size=CASES, max_size=CASES), by=st.booleans()
        )
        def a_day_at_a_workshop(self, part: str, there: list[bool], by: bool = False) -> None:
            with room.doing() as w:
                day = room.workshop(w, self.cohort, part)[1].day
            room.today = max(day, room.today)

            def act(w: Work) -> None:
                found, hall = room.workshop(w, self.cohort, part)
                seated = {one.id: one.reference for one in course.members(w, found.id)}
                lines = {
                    number: PRESENT[there[self.people.index(reference)]]
                    for number, reference in seated.items()
                    if number is not None
                }
                attendance_actions.record(w, found, hall, lines, "Synthetic reason")

            self.workshop(lambda: self.do(FACILITATOR if by else COORDINATOR, act))

        @rule(one=ONE, verb=st.sampled_from(["begin", "covered_a", "covered_b", "covered_b", "end"]))
        def ring(self, one: int, verb: str) -> None:
            def act(w: Work) -> None:
                case = self.case(w, one)
                if verb == "begin":
                    telephone_actions.begin(w, case, case.version, ["language"])
                elif verb == "end":
                    telephone_actions.end(w, case, case.version)
                else:
                    telephone_actions.session(w, case, case.version, room.today, verb)

            self.workshop(lambda: self.do(COORDINATOR, act))

        @rule(one=ONE)
        def try_for_b(self, one: int) -> None:
            """By telephone, which needs no cohort: whoever is held gets no further than before."""
            self.ring(one, "begin")
            self.ring(one, "covered_a")
            room.turn(1)
            told["B tried while held"] += self.known[one].held
            self.ring(one, "covered_b")

        @rule(tries=st.lists(st.tuples(ROUTE, CAUSE, st.booleans(), st.integers(0, 3)), min_size=1, max_size=2))
        def b_while_held(self, tries: list[tuple[str, str, bool, int]]) -> None:
            """Everything is ready but for a hold, which comes at the last moment: by no route does B come about, or the end. Without
            one it does, or the route would prove nothing."""
            for one in tries:
                told["B tried while held"] += last_step(room, told, *one)

        @rule(one=ONE, part=st.sampled_from("AB"), present=st.booleans())
        def put_right(self, one: int, part: str, present: bool) -> None:
            def act(w: Work) -> None:
                _found, hall = room.workshop(w, self.cohort, part)
                attendance_actions.correct(w, self.case(w, one), hall, PRESENT[present], "Synthetic reason")

            self.workshop(lambda: self.do(COORDINATOR, act))

        def workshop(self, act: Any) -> None:
            """Do something of the course, and see that nobody's B came about while they are held."""
            before = self.bs()
            act()
            for one, (was, is_now) in enumerate(zip(before, self.bs(), strict=True)):
                if is_now and not was:
                    told["workshops B"] += 1
                    assert not self.known[one].held, "workshop B was recorded while a review is open"

        def bs(self) -> list[Any]:
            with room.doing() as w:
                return [self.case(w, one).b_on for one in range(CASES)]

        # What is disclosed, and heard.

        @rule(one=ONE, who=st.sampled_from([FACILITATOR, COORDINATOR, OFFICER, CONTACT_OFFICER]), danger=st.booleans())
        def concern(self, one: int, who: str, danger: bool) -> None:
            account = Account("Synthetic", danger=danger)
            assert self.do(who, lambda w: review_opening.concern(w, room.keys, self.case(w, one), account))
            self.accounted(one, danger)

        @rule(one=ONE, who=st.sampled_from([WORKER, WORKER, CONTACT_OFFICER, SUPERVISOR, STRANGER]))
        def disclosure(self, one: int, who: str) -> None:
            done = self.do(who, lambda w: actions.disclose(w, room.keys, self.victims[one], Account("Synthetic")))
            assert done == (who != STRANGER), "a disclosure was lost, or a stranger's was taken"
            if done:
                self.accounted(one, False)

        @rule(one=ONE, who=st.sampled_from([WORKER, SUPERVISOR, COORDINATOR, STRANGER]))
        def another_account(self, one: int, who: str) -> None:
            account, review = Account("Synthetic"), self.known[one].review
            if review and self.do(who, lambda w: actions.add_account(w, room.keys, review, account)):
                assert who in (WORKER, SUPERVISOR)
                self.accounted(one, False)

        @rule(one=ONE, who=st.sampled_from([WORKER, CONTACT_OFFICER, STRANGER]), what=ANSWERS)
        def an_answer(self, one: int, who: str, what: str) -> None:
            """Recorded by whoever speaks with them: it holds the case in the same moment, or is nothing to be reviewed."""

            def act(w: Work) -> None:
                person = victims.find(w, self.victims[one])
                if what in ("high", "medium", "standard"):
                    contact_actions.assess(w, room.keys, person, on=w.today, assessed={"grade": what})
                else:
                    contact_actions.converse(w, room.keys, person, point="midpoint", on=w.today, said=SAID[what])

            done = self.do(who, act)
            assert done == (who != STRANGER)
            if done and what in HOLDING:
                told["answers that hold"] += 1
                self.accounted(one, False, alone=True)

        def accounted(self, one: int, danger: bool, alone: bool = False) -> None:
            with room.doing(SUPERVISOR) as w:
                found = queries.of_case(w, self.case(w, one))
            known = self.known[one]
            if known.review:
                assert found[0][0] == known.review, "a second disclosure opened a second review"
            known.review = found[0][0]
            known.account(danger)
            known.alone &= alone

        # What is thought, done and decided about it.

        @rule(one=ONE, who=ANYBODY, view=VIEW)
        def give_view(self, one: int, who: str, view: str) -> None:
            review, capacity = self.known[one].review, PEOPLE[who].capacity
            if capacity == "provider":
                done = self.do(who, lambda w: actions.give_providers_view(w, room.keys, self.case(w, one), view, "S"))
            elif capacity == "national" or not review:
                return
            else:
                done = self.do(who, lambda w: actions.give_view(w, room.keys, review, view, "S"))
            if done:
                assert review
                assert not self.known[one].stopped
                assert capacity != "provider" or (self.asked and self.known[one].may_say)
                self.known[one].views.add({"force": "police", "provider": "provider"}.get(capacity, capacity))

        @rule(one=ONE, who=st.sampled_from([SUPERVISOR, SUPERVISOR, WORKER, COORDINATOR]))
        def ask_provider(self, one: int, who: str) -> None:
            known = self.known[one]
            if known.review and self.do(who, lambda w: actions.ask_provider(w, known.review)):
                assert who == SUPERVISOR
                assert self.asked
                assert not known.stopped
                known.may_say = True

        @rule(one=ONE, who=st.sampled_from([SUPERVISOR, WORKER, COORDINATOR]))
        def consult(self, one: int, who: str) -> None:
            known = self.known[one]
            if known.review and self.do(who, lambda w: actions.consult(w, known.review)):
                with room.doing(SUPERVISOR) as w:
                    known.asked = detail.read(w, room.keys, known.review).row.consultation
                known.views.add("asked")

        @rule(one=ONE, who=st.sampled_from([TRUST, TRUST, SUPERVISOR, WORKER]), view=VIEW)
        def the_trust_answers(self, one: int, who: str, view: str) -> None:
            known = self.known[one]
            if known.asked and self.do(who, lambda w: actions.answer_consultation(w, known.asked, view, "S")):
                assert who == TRUST
                if "asked" in known.views:
                    known.views.add("trust")
                known.asked = ""

        @rule(
            one=ONE,
            who=st.sampled_from([SUPERVISOR, WORKER, COORDINATOR]),
            step=st.sampled_from(["call_999", "marac", "told_victim"]),
        )
        def take_a_step(self, one: int, who: str, step: str) -> None:
            known = self.known[one]
            if known.review and self.do(
                who, lambda w: actions.record_step(w, room.keys, known.review, step, "done", "S", w.now)
            ):
                known.called |= step == "call_999"

        @rule(
            one=ONE,
            who=DECIDER,
            decision=st.sampled_from(["proceed", "proceed", "managed", "stop", "no_new_risk"]),
            late=st.booleans(),
        )
        def decide(self, one: int, who: str, decision: str, late: bool) -> None:
            known = self.known[one]
            if not known.review or (decision == "stop" and late):
                return  # stopping ends a case's history: half as often
            enough = known.alone if decision == "no_new_risk" else decision == "stop" or known.ready(self.asked)
            ready = enough and not known.stopped
            if decision != "stop":
                told["ready"] += ready
            with room.doing(SUPERVISOR) as w:
                version = detail.read(w, room.keys, known.review).row.version

            def act(w: Work) -> None:
                actions.decide(w, room.keys, known.review, version, decision, "S")

            done = self.do(who, act)
            assert done == (ready and who == SUPERVISOR), f"{decision} by {who}: {done}, but {known.views}"
            if done and decision == "stop":
                known.stopped = True
            elif done:
                told["released"] += 1
                kept = known.holds
                self.known[one] = Known()
                self.known[one].holds = kept

        @rule(
            one=ONE,
            others=st.sampled_from([True, True, True, False]),
            decision=st.sampled_from(["proceed", "managed"]),
            danger=st.booleans(),
        )
        def a_whole_review(self, one: int, others: bool, decision: str, danger: bool) -> None:
            """Everything in order, with or without what the others think."""
            if self.known[one].stopped:
                return
            self.concern(one, FACILITATOR, danger)
            self.give_view(one, CONTACT_OFFICER, decision)
            if others:
                self.ask_provider(one, SUPERVISOR)
                self.give_view(one, COORDINATOR, decision)
                self.consult(one, WORKER)
                self.the_trust_answers(one, TRUST, decision)
                self.take_a_step(one, SUPERVISOR, "call_999")
            self.decide(one, SUPERVISOR, decision, False)

        @rule(one=ONE)
        def police_hold(self, one: int) -> None:
            found: list[int] = []
            assert self.do(
                OFFICER, lambda w: found.append(police_holds.place_hold(w, room.keys, self.case(w, one), "S"))
            )
            self.known[one].holds += found

        @rule(one=ONE, who=ANYBODY, which=st.integers(0, 5))
        def release(self, one: int, who: str, which: int) -> None:
            """Any hold, by anybody: only police release, and only what they placed themselves."""
            with room.doing(SUPERVISOR) as w, behind_the_wall(w.session, FORCE) as session:
                numbers = session.scalars(select(Hold.id).where(Hold.referral_id == self.case(w, one).id)).all()
            if not numbers:
                return
            number = numbers[which % len(numbers)] or 0
            done = self.do(who, lambda w: police_holds.release_hold(w, number, "over"))
            own = self.known[one].holds
            assert done == (number in own and who in (SUPERVISOR, OFFICER, CONTACT_OFFICER)), f"{who} released: {done}"
            if done:
                own.remove(number)

        @rule(days=st.integers(1, 9))
        def wait(self, days: int) -> None:
            room.turn(days)

        @invariant()
        def what_must_hold(self) -> None:
            if not self.people:
                return
            told["looked"] += 1
            for who in (SUPERVISOR, FACILITATOR):
                with room.doing(who) as w:
                    assert [hold_gate.held(w, self.case(w, one)) for one in range(CASES)] == [
                        one.held for one in self.known
                    ]
            with room.doing(SUPERVISOR) as w:
                for one in range(CASES):
                    case = self.case(w, one)
                    with behind_the_wall(w.session, FORCE) as session:
                        for hold in session.scalars(select(Hold).where(Hold.referral_id == case.id)):
                            assert hold.released_at is None or hold.released_by in POLICE, (
                                "somebody else released a hold"
                            )
                        for row in session.scalars(
                            select(DisclosureReview).where(DisclosureReview.referral_id == case.id)
                        ):
                            hold = session.scalars(select(Hold).where(Hold.id == row.hold_id)).one()
                            released = row.decision in ("proceed", "managed", "no_new_risk")
                            assert (hold.released_at is not None) == released, "review and hold do not say the same"
                            sides = set(session.scalars(select(ReviewView.side).where(ReviewView.review_id == row.id)))
                            alone = row.decision == "no_new_risk"  # a supervisor may, where answers alone opened it
                            assert not released or alone or "police" in sides, "decided without a view of the police"

    return Histories


def play(room: Room, examples: int, *, full: bool = False) -> dict[str, int]:
    """Run so many histories. What fails is read as it is, to shrink it takes minutes; in full it is worth them."""
    told = dict.fromkeys(
        ("tried", "done", "looked", "ready", "released", "workshops B", "B tried while held", "answers that hold"), 0
    )
    run_state_machine_as_test(
        machine(room, told),
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.generate, Phase.shrink) if full else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    return told


def published(record_count: Any, told: dict[str, int], *, full: bool) -> None:
    record_count("verbs of random histories of reviews", told["tried"])
    record_count("times that every hold and review was looked over", told["looked"])
    record_count("holds that a decision released", told["released"])
    record_count("recorded answers that held a case", told["answers that hold"])
    if full:  # a few short histories need not come so far; every route to B is tried above, held and not
        record_count("workshops B tried while a case is held", told["B tried while held"])
        record_count("workshops B in histories of reviews", told["workshops B"])


def test_by_no_route_does_b_or_the_end_come_about_while_a_case_is_held(room, record_count):
    """Each route under each cause, and once without any."""
    told = {"tried": 0, "done": 0}
    ways = [(route, cause, stop) for route in ROUTES for cause, stop in (("", False), *CAUSED)]
    held = sum(last_step(room, told, *one, 0) for one in ways)
    assert held == len(ROUTES) * len(CAUSED)
    record_count("routes to workshop B under each cause of a hold", held)


def test_random_histories_of_reviews(room, record_count, full):
    """On either engine: sampled here, in full with `--full`."""
    published(record_count, play(room, 200 if full else 20, full=full), full=full)
