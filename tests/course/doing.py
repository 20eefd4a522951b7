"""What is done in the course, in a few words each, for tests to tell a story with."""

from typing import Any

from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions
from cara.features.course.records import queries
from cara.features.referrals.states import state_of

from .conftest import PROVIDER, Stage

PRESENT, ABSENT = Line("attended"), Line("absent", "no_contact")


def book(stage: Stage, reference: str, cohort: str, **more: Any) -> None:
    with stage.doing() as w:
        case = stage.case(w, reference)
        actions.book(w, case, case.version, queries.cohort(w, cohort), **more)


def attend(stage: Stage, cohort: str, part: str, why: str = "", **lines: Line) -> int:
    """Write a register; `lines` by reference, with `_` for `-`."""
    with stage.doing(f"{PROVIDER}.facilitator") as w:
        found, room = stage.workshop(w, cohort, part)
        numbers = {stage.case(w, name.replace("_", "-")).id: line for name, line in lines.items()}
        return attendance_actions.record(w, found, room, numbers, why)


def line(reference: str, said: Line) -> dict[str, Line]:
    return {reference.replace("-", "_"): said}


def state(stage: Stage, reference: str) -> str:
    with stage.doing() as w:
        return state_of(stage.case(w, reference))


def taken(stage: Stage, cohort: str) -> int:
    with stage.doing() as w:
        return queries.cohort(w, cohort).taken


def through_a(stage: Stage) -> tuple[str, str]:
    """A case that has attended A in a cohort, on the day of A."""
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, PRESENT))
    return one, cohort


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
        return {one.reference for one in queries.members(w, queries.cohort(w, cohort).id)}
