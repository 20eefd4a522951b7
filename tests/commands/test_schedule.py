"""`cara schedule plan` as it is typed."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cara.features.scheduling.test_parse import sample
from cara.operations.cli import main

CONTRACT = {
    "people": [
        {"id": "p1", "caution_date": "2026-01-05", "group": "male", "areas": ["north"], "keep_apart": []},
        {"id": "p9", "caution_date": "2026-01-20", "group": "female", "areas": ["north"], "keep_apart": []},
    ],
    "cohorts": [
        {"id": "c1", "group": "male", "area": "north", "a": "2026-02-07", "b": "2026-03-07", "capacity": 10, "cost": 2500}
    ],
    "fixed": ["c1"], "deadline_days": 112, "gap_days": [28, 35], "spare_for_repeat": True,
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "year.json"
    path.write_text(json.dumps(CONTRACT), encoding="utf-8")
    return path


def test_the_answer_is_one_document(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "plan", str(file), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "run": ["c1"], "places": {"p1": "c1"}, "unplaced": {"p9": "no cohort of its group in its areas before its deadline"},
        "cost": 2500, "optimal": True, "bound": 2500,
    }  # fmt: skip
    assert '"cost": 2500,' in printed.out
    assert printed.err == ""


def test_without_json_it_is_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "plan", str(file), "--seconds", "60"]) == 0
    text = capsys.readouterr().out
    assert "c1  male, north, A 2026-02-07, B 2026-03-07, 1 of 10 seats" in text
    assert "£2,500" in text
    assert "No plan is better." in text
    assert "p9: no cohort of its group" in text


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(CONTRACT).encode())))
    assert main(["schedule", "plan", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == ["c1"]


def test_faults_are_listed_and_repeat_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = sample()
    given["people"][1]["id"] = "Secret O’Name"
    given["cohorts"][0]["capacity"] = -1
    path = tmp_path / "year.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    assert main(["schedule", "plan", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["faults"]
    assert {(one["field"], one["code"]) for one in found} == {
        ("people.0.keep_apart.0", "unknown_person"),
        ("cohorts.0.capacity", "out_of_range"),
    }
    assert main(["schedule", "plan", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "cohorts.0.capacity: Write how many seats there are" in printed.err
    assert "Secret" not in printed.err


@pytest.mark.parametrize(
    "words", [[], ["plan"], ["draw", "x"], ["plan", "x", "--seconds", "0"], ["plan", "x", "--seconds", "nan"]]
)
def test_used_wrongly(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", *words]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "plan", str(tmp_path / "none.json"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "unreadable"


def test_the_solver_is_loaded_only_to_plan() -> None:
    code = "import sys, cara.features.scheduling.schedule_command; sys.exit('highspy' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
