"""What is done in the course, in a few words each, for tests to tell a story with."""

from typing import Any

from cara.cohorts import places, reading, register
from cara.cohorts.register import Line
from cara.features.referrals.states import state_of

from .conftest import PROVIDER, Stage

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
