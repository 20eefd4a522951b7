"""The problem as JSON: what is understood, and every fault by its name."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cara.errors import BadInput
from cara.features.scheduling.parse import LARGEST, read_problem


def sample() -> dict[str, Any]:
    return {
        "people": [
            {"id": "p1", "caution_date": "2026-01-05", "group": "male", "areas": ["north"], "keep_apart": ["p2"]},
            {"id": "p2", "caution_date": "2026-01-20", "group": "male", "areas": ["north", "east"], "keep_apart": []},
        ],
        "cohorts": [
            {"id": "c1", "group": "male", "area": "north", "a": "2026-02-07", "b": "2026-03-07", "capacity": 10, "cost": 2500},
            {"id": "c2", "group": "male", "area": "east", "a": "2026-02-07", "b": "2026-03-14", "capacity": 1, "cost": 0.1},
        ],
        "fixed": ["c1"], "deadline_days": 100, "gap_days": [28, 34], "spare_for_repeat": False,
    }  # fmt: skip


def faults(document: object) -> set[tuple[str, str]]:
    given = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(BadInput) as raised:
        read_problem(given)
    return {(fault.field, fault.code) for fault in raised.value.faults}


def test_it_is_read_whole_and_exactly() -> None:
    problem = read_problem(b"\xef\xbb\xbf" + json.dumps(sample()).encode())
    one = problem.people[0]
    assert (one.caution_date, one.areas, one.keep_apart) == (date(2026, 1, 5), ("north",), ("p2",))
    assert [cohort.cost for cohort in problem.cohorts] == [Decimal(2500), Decimal("0.1")]
    assert (problem.fixed, problem.deadline_days, problem.gap_days) == (("c1",), 100, (28, 34))
    assert (problem.spare_for_repeat, problem.pinned) == (False, {})


def test_what_may_be_left_out() -> None:
    given = sample()
    for name in ("fixed", "deadline_days", "gap_days", "spare_for_repeat"):
        del given[name]
    del given["people"][1]["keep_apart"]
    problem = read_problem(json.dumps(given).encode())
    assert (problem.fixed, problem.deadline_days, problem.gap_days, problem.spare_for_repeat) == (
        (),
        112,
        (28, 35),
        True,
    )
    assert read_problem(json.dumps(sample() | {"pinned": {"p1": "c1"}}).encode()).pinned == {"p1": "c1"}


def put(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(given: Any) -> None:
        *way, last = path
        for step in way:
            given = given[step]
        given[last] = to

    return change


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (put("colour", to=1), "colour", "unknown_key"),
        (put("people", 0, "name", to="x"), "people.0.name", "unknown_key"),
        (put("cohorts", 1, "venue", to="x"), "cohorts.1.venue", "unknown_key"),
        (put("people", to={}), "people", "wrong_type"),
        (put("cohorts", to=None), "cohorts", "missing"),
        (put("people", 0, to="p"), "people.0", "wrong_type"),
        (put("people", 0, "id", to=7), "people.0.id", "wrong_type"),
        (put("people", 1, "id", to="p1"), "people.1.id", "repeated_id"),
        (put("people", 0, "id", to=" "), "people.0.id", "not_an_id"),
        (put("people", 0, "caution_date", to="2026-02-30"), "people.0.caution_date", "not_a_date"),
        (put("people", 0, "caution_date", to=None), "people.0.caution_date", "missing"),
        (put("people", 0, "areas", to="north"), "people.0.areas", "wrong_type"),
        (put("people", 0, "areas", to=None), "people.0.areas", "missing"),
        (put("people", 0, "keep_apart", to=["p7"]), "people.0.keep_apart.0", "unknown_person"),
        (put("people", 0, "keep_apart", to=["p1"]), "people.0.keep_apart.0", "own_id"),
        (put("cohorts", 1, "id", to="c1"), "cohorts.1.id", "repeated_id"),
        (put("cohorts", 0, "a", to=20260207), "cohorts.0.a", "not_a_date"),
        (put("cohorts", 0, "capacity", to=-1), "cohorts.0.capacity", "out_of_range"),
        (put("cohorts", 0, "capacity", to=10.5), "cohorts.0.capacity", "wrong_type"),
        (put("cohorts", 0, "capacity", to=True), "cohorts.0.capacity", "wrong_type"),
        (put("cohorts", 0, "cost", to="2500"), "cohorts.0.cost", "wrong_type"),
        (put("cohorts", 0, "cost", to=-0.01), "cohorts.0.cost", "out_of_range"),
        (put("cohorts", 0, "cost", to=0.001), "cohorts.0.cost", "too_precise"),
        (put("cohorts", 0, "cost", to=1e30), "cohorts.0.cost", "out_of_range"),
        (put("fixed", to=["c1", "c9"]), "fixed.1", "unknown_cohort"),
        (put("fixed", to="c1"), "fixed", "wrong_type"),
        (put("deadline_days", to=-1), "deadline_days", "out_of_range"),
        (put("deadline_days", to="112"), "deadline_days", "wrong_type"),
        (put("gap_days", to=[35, 28]), "gap_days", "impossible_gap"),
        (put("gap_days", to=[0, 28]), "gap_days", "impossible_gap"),
        (put("gap_days", to=[28]), "gap_days", "wrong_type"),
        (put("gap_days", to=28), "gap_days", "wrong_type"),
        (put("spare_for_repeat", to=1), "spare_for_repeat", "wrong_type"),
        (put("pinned", to=["p1"]), "pinned", "wrong_type"),
        (put("pinned", to={"p1": 1}), "pinned.0", "wrong_type"),
        (put("pinned", to={"p7": "c1"}), "pinned.0", "unknown_pin"),
        (put("pinned", to={"p1": "c9"}), "pinned.0", "unknown_pin"),
        (put("pinned", to={"p1": "c2"}), "pinned.0", "does_not_fit"),
        (put("pinned", to={"p1": "c1", "p2": "c1"}), "pinned.0", "kept_apart"),
    ],
)
def test_each_fault_is_named(change: Callable[[dict[str, Any]], None], field: str, code: str) -> None:
    given = sample()
    change(given)
    found = faults(given)
    assert (field, code) in found
    # What follows from the fault may be named too: a changed id is missed where it was used, a pair has two ends.
    assert {where for where, _ in found} - {field} <= {"fixed.0", "pinned.1", "people.0.keep_apart.0"}


def test_a_pin_on_the_day_of_the_caution_does_not_fit() -> None:
    given = sample() | {"pinned": {"p1": "c1"}}
    given["people"][0]["caution_date"] = given["cohorts"][0]["a"]
    assert faults(given) == {("pinned.0", "does_not_fit")}


def test_too_many_pins_for_the_seats() -> None:
    given = sample() | {"gap_days": [28, 35], "pinned": {"p2": "c2", "p3": "c2"}}
    given["people"].append({**given["people"][1], "id": "p3"})
    assert faults(given) == {("pinned.1", "too_full")}


def test_all_faults_at_once() -> None:
    given = sample()
    given["people"][0]["caution_date"] = 5
    given["cohorts"][0]["capacity"] = -2
    given["cohorts"][1]["id"] = "c1"
    given["surprise"] = None
    assert faults(given) == {
        ("people.0.caution_date", "not_a_date"), ("cohorts.0.capacity", "out_of_range"), ("cohorts.1.id", "repeated_id"),
        ("surprise", "unknown_key"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "document", [b"", b"{", b"\xff", b"[" * 100_000, b'{"people": NaN}', b'{"deadline_days": 1' + b"0" * 5000 + b"}"]
)
def test_what_is_no_json(document: bytes) -> None:
    assert faults(document) == {("", "not_json")}


def test_other_documents() -> None:
    assert faults(b"[]") == {("", "wrong_type")}
    assert faults(b'{"people": [], "people": [], "cohorts": []}') == {("people", "repeated_key")}
    assert faults(b" " * (LARGEST + 1)) == {("", "too_large")}
