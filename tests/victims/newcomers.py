"""Somebody whose course has come so far that one thing alone is left to do, by each route to it; and what can hold the case."""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from cara.errors import BadInput, CaraError, Conflict
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.outcomes import closure
from cara.features.course.proposals import accept
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.records import queries as course
from cara.features.course.telephone import actions as telephone_actions
from cara.features.referrals.name_matching import new_reference
from cara.features.victims.disclosure_reviews import actions, detail, police_holds, queries
from cara.features.victims.wall import review_opening
from cara.features.victims.wall.review_rules import Account
from cara.platform.unit_of_work import Work
from course.conftest import FORCE, PROVIDER
from sqlalchemy import select

from .conftest import COORDINATOR, FACILITATOR, OFFICER, SUPERVISOR, WORKER, Room

THERE = Line("attended")
TERMS = Terms((), ("male",), (5,), time(9, 30), time(15), date(2026, 3, 1), date(2026, 9, 1), (28,), 10, Decimal(2500))


def said(error: CaraError) -> str:
    """An error's words, those of its faults too."""
    faults = error.faults if isinstance(error, BadInput) else ()
    return " ".join([error.message, *(one.message for one in faults)])


class Newcomer:
    """Somebody whose course has come so far that one thing alone is left to do."""

    def __init__(self, room: Room, told: dict[str, int]) -> None:
        self.room, self.told = room, told
        self.reference = room.accepted()
        self.cohort = ""

    def does(self, act: Any, who: str = COORDINATOR) -> None:
        """A step on the way there, which must go."""
        refused = self.room.refusal(self.told, act, who)
        assert refused is None, said(refused)

    def case(self, w: Work) -> Any:
        return self.room.case(w, self.reference)

    def stands(self) -> tuple[Any, ...]:
        """How far the course has come."""
        with self.room.doing() as w:
            case = self.case(w)
            return case.a_on, case.b_on, case.booked_at, case.completed_at

    def a_day(self, part: str, line: Line) -> None:
        with self.room.doing() as w:
            self.room.today = self.room.workshop(w, self.cohort, part)[1].day
        self.does(self.registers(part, line))

    def registers(self, part: str, line: Line) -> Any:
        def act(w: Work) -> None:
            found, hall = self.room.workshop(w, self.cohort, part)
            attendance_actions.record(w, found, hall, {self.case(w).id: line}, "Synthetic reason")

        return act

    def corrects(self, part: str, line: Line) -> Any:
        def act(w: Work) -> None:
            attendance_actions.correct(
                w, self.case(w), self.room.workshop(w, self.cohort, part)[1], line, "Synthetic reason"
            )

        return act

    def in_a_group(self) -> None:
        """Workshop A was attended, and B is today."""
        self.cohort = self.room.cohort(1, 28, capacity=2)

        def book(w: Work) -> None:
            case = self.case(w)
            booking_actions.book(w, case, case.version, course.cohort(w, self.cohort))

        self.does(book)
        self.a_day("A", THERE)
        with self.room.doing() as w:
            self.room.today = self.room.workshop(w, self.cohort, "B")[1].day

    def by_register(self) -> Any:
        self.in_a_group()
        return self.registers("B", THERE)

    def by_correction(self) -> Any:
        self.in_a_group()
        self.a_day("B", Line("sent_away", "not_held"))
        return self.corrects("B", THERE)

    def by_a_put_right(self) -> Any:
        """B counts again as soon as A does."""
        self.in_a_group()
        self.a_day("B", THERE)
        self.does(self.corrects("A", Line("absent", "not_held")))
        return self.corrects("A", THERE)

    def by_telephone(self) -> Any:
        def begin(w: Work) -> None:
            case = self.case(w)
            telephone_actions.begin(w, case, case.version, ["language"])

        def call(covers: str) -> Any:
            def act(w: Work) -> None:
                case = self.case(w)
                telephone_actions.session(w, case, case.version, self.room.today, covers)

            return act

        self.does(begin)
        self.does(call("covered_a"))
        self.room.turn(1)
        return call("covered_b")

    def by_plan(self) -> Any:
        """A plan was made while nothing held the case, and is taken now."""
        self.cohort = self.room.cohort(7, 28, capacity=2)
        with self.room.doing() as w:
            number = str(self.case(w).id)
        plan = {"rooms": [{"id": "c", "new": False, "reference": self.cohort, "people": [number]}]}

        def take(w: Work) -> None:
            row = ScheduleProposal(
                reference=new_reference(), force_id=FORCE, provider_id=PROVIDER, terms=TERMS.as_json(), plan=plan, asked_at=w.now,
                asked_by=w.actor.id,
            )  # fmt: skip
            w.session.add(row)
            w.session.flush()
            accept.accept(w, self.room.forces, row, row.version, accept.Chosen({"c": ()}, "book"))
            if failed := _failed(w, row):
                raise Conflict(failed[number])

        return take

    def by_completion(self) -> Any:
        self.in_a_group()
        self.a_day("B", THERE)

        def complete(w: Work) -> None:
            case = self.case(w)
            closure.complete(w, case, case.version)

        return complete

    def concern(self) -> None:
        self.does(lambda w: review_opening.concern(w, self.room.keys, self.case(w), Account("Synthetic")), FACILITATOR)

    def disclosure(self) -> None:
        victim = self.room.harmed(self.reference)
        self.does(lambda w: actions.disclose(w, self.room.keys, victim, Account("Synthetic")), WORKER)

    def police(self) -> None:
        self.does(lambda w: police_holds.place_hold(w, self.room.keys, self.case(w), "Synthetic"), OFFICER)

    def stop(self) -> None:
        with self.room.doing(SUPERVISOR) as w:
            review = queries.of_case(w, self.case(w))[0][0]
            version = detail.read(w, self.room.keys, review).row.version
        self.does(lambda w: actions.decide(w, self.room.keys, review, version, "stop", "S"), SUPERVISOR)


def _failed(w: Work, row: ScheduleProposal) -> dict[str, str]:
    """Whose place a plan could not give, as it is kept."""
    columns: Any = ScheduleProposal
    taken = w.session.scalar(select(columns.taken).where(columns.id == row.id)) or {}
    return dict(taken["c"]["failed"])


ROUTES: Mapping[str, Callable[[Newcomer], Any]] = {
    "register": Newcomer.by_register, "correction": Newcomer.by_correction, "correction of A": Newcomer.by_a_put_right,
    "telephone": Newcomer.by_telephone, "plan": Newcomer.by_plan, "completion": Newcomer.by_completion,
}  # fmt: skip
"""How workshop B, the place for it or the end of the course can come about."""
CAUSES: Mapping[str, Callable[[Newcomer], None]] = {
    "concern": Newcomer.concern, "disclosure": Newcomer.disclosure, "police": Newcomer.police,
}  # fmt: skip
CAUSED = (("concern", False), ("concern", True), ("disclosure", False), ("disclosure", True), ("police", False))
"""Every cause, and whether police have decided meanwhile that the case stops."""


def last_step(room: Room, told: dict[str, int], route: str, cause: str, stopped: bool, days: int) -> bool:
    """Everything is ready but for a hold, which comes at the last moment: nothing comes about, and the hold is why. Without one it
    does, or the route would prove nothing. Returns whether it was held."""
    newcomer = Newcomer(room, told)
    last = ROUTES[route](newcomer)
    stood = newcomer.stands()
    if cause:
        CAUSES[cause](newcomer)
        if stopped and cause != "police":
            newcomer.stop()
    room.turn(days)
    refused = room.refusal(told, last, COORDINATOR)
    assert (refused is not None) == bool(cause), f"{route} under {cause or 'no hold'}: {refused}"
    assert refused is None or "on hold" in said(refused)
    assert (newcomer.stands() == stood) == bool(cause), "what was refused left something, or what was not left nothing"
    return bool(cause)
