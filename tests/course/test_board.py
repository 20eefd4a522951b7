"""The board of deadlines: “At risk” shows every case of which the rules name a reason, and no other."""

from datetime import date
from typing import Any

import pytest
from cara.features.course.deadlines import queries
from cara.features.course.outcomes import breach
from cara.features.course.records.rules import RISKS
from cara.features.course.telephone import actions
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.wall import hold_gate
from synthetic.cases import case_of

from .conftest import FORCE, PROVIDER, Stage
from .doing import ABSENT, PRESENT, attend, book, line, through_a
from .test_reminders import left

OFFICER, COORDINATOR = f"{FORCE}_police.referring_officer", f"{PROVIDER}.coordinator"


def reasons(stage: Stage, who: str, narrowed: str) -> dict[str, str]:
    """Case → why it is at risk, of all pages of the board."""
    found: dict[str, str] = {}
    after: Any = None
    while True:
        with stage.doing(who) as w:
            rows, following = queries.board(w, narrowed, after)
        found |= {row.reference: risk for row, risk in rows}
        if not following:
            return found
        day, _dot, number = following.partition(".")
        after = date.fromisoformat(day), int(number)


def hold(stage: Stage, reference: str) -> str:
    with stage.police() as w:
        police_holds.place_hold(w, stage.keys, stage.case(w, reference), "Synthetic cause")
    return reference


def by_telephone(stage: Stage) -> str:
    one = stage.accepted()
    with stage.doing() as w:
        actions.begin(w, case := stage.case(w, one), case.version, ["health"])
    return one


def without_a_chance(stage: Stage) -> str:
    one = stage.accepted()
    for _ in range(2):
        cohort = stage.cohort(1)
        book(stage, one, cohort)
        stage.turn(1)
        attend(stage, cohort, "A", **line(one, ABSENT))
    return one


def both_done(stage: Stage) -> str:
    one, cohort = through_a(stage)
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, PRESENT))
    return one


def booked(stage: Stage) -> str:
    one = stage.accepted()
    book(stage, one, stage.cohort(7))
    return one


def test_at_risk_is_whatever_has_a_reason(stage, record_count):
    done, reported = both_done(stage), both_done(stage)
    with stage.doing() as w:
        breach.report(w, case := stage.case(w, reported), case.version, "conduct", "Synthetic account")
    wanted = {
        done: "", hold(stage, both_done(stage)): "", reported: "reported", without_a_chance(stage): "no_chance",
        hold(stage, stage.accepted()): "held", hold(stage, booked(stage)): "held", booked(stage): "", stage.accepted(): "",
        by_telephone(stage): "",
    }  # fmt: skip
    for days, like, why in (
        (14, by_telephone, "not_covered"), (15, by_telephone, ""), (-1, booked, "passed"), (30, booked, "too_late_for_b"),
        (56, Stage.accepted, "no_place"), (57, Stage.accepted, ""), (27, Stage.accepted, "no_pair_left"),
    ):  # fmt: skip
        one = like(stage)
        left(stage, one, days)
        wanted[one] = why
    for who in (OFFICER, COORDINATOR):
        everyone, shown = reasons(stage, who, "all"), reasons(stage, who, "risk")
        assert {one: everyone[one] for one in wanted} == wanted
        odd = [one for one in everyone if everyone[one] != shown.get(one, "")]
        record_count("cases on the board and in its filter “At risk”", len(everyone), odd)
        assert shown.keys() == {one for one in everyone if everyone[one]}


def test_the_door_names_no_case_on_hold_that_is_not_the_asker_s(stage):
    cases = {one: case_of("hampshire", one, "accepted") for one in ("hampton_trust", "north_provider")}
    with stage.doing("hampshire_police.referring_officer") as w:
        for one in cases.values():
            police_holds.place_hold(w, stage.keys, stage.case(w, one.reference), "Synthetic cause")
        assert {one.id for one in cases.values()} <= hold_gate.held_in(w, ["hampshire"])
    with stage.doing("north_provider.coordinator") as w:
        own = hold_gate.held_in(w, ["hampshire", "leicestershire"])
    assert cases["north_provider"].id in own
    assert cases["hampton_trust"].id not in own


@pytest.mark.parametrize("who", [OFFICER, COORDINATOR])
def test_a_hold_is_a_reason_in_words_that_everybody_may_read(as_person, stage, who):
    one = hold(stage, stage.accepted())
    row = as_person(who).get("/deadlines?show=risk").text.partition(one)[2].partition("</tr>")[0]
    assert RISKS["held"] in row
