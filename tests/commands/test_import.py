"""`cara import referrals` as an operator types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from cara.features.referrals.csv_import.samples import export, mixed, row
from cara.operations.cli import main
from sqlalchemy import text


@pytest.fixture
def here(empty_database: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database that commands find in their environment."""
    monkeypatch.setenv("CARA_HOME", str(empty_database.home))
    if empty_database.url:
        monkeypatch.setenv("CARA_DATABASE_URL", empty_database.url)
    return empty_database


def drafts(database: Any) -> int:
    with database.admin().connect() as connection:
        return connection.execute(text("select count(*) from draft")).scalar_one()


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["import", "referrals", *words, "--json"])
    printed = capsys.readouterr().out
    return code, json.loads(printed) if printed else None


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_ten_thousand_rows_tried_imported_and_imported_again(here, tmp_path: Path, capsys, encoding):
    rows, expected = mixed(10_000)
    file = tmp_path / "export.csv"
    file.write_bytes(export(rows, encoding=encoding, delimiter=";"))
    words = ("--force", "kent", str(file))
    code, tried = asked(capsys, *words, "--dry-run")
    assert (code, {name: tried[name] for name in expected}, drafts(here)) == (1, expected, 0)
    code, done = asked(capsys, *words, "--as", "synthetic.operator")
    assert (code, done, drafts(here)) == (1, tried, expected["accepted"])
    code, again = asked(capsys, *words)
    assert again["duplicates"] == expected["read"] - expected["rejected"]
    assert (again["accepted"], again["findings"]) == (0, done["findings"])
    assert drafts(here) == expected["accepted"]
    other = asked(capsys, "--force", "surrey", str(file), "--dry-run")[1]
    assert other["accepted"] == expected["accepted"]  # another force's cases are no repeats of these
    with here.admin().connect() as connection:
        ledger = connection.execute(text("select actor_kind, actor_id, verb from ledger_entry order by id")).all()
    assert [tuple(one) for one in ledger] == [
        ("operator", "system", "import.tried"), ("operator", "synthetic.operator", "import.run"),
        ("operator", "system", "import.run"), ("operator", "system", "import.tried"),
    ]  # fmt: skip


def test_a_file_without_a_fault_exits_with_0_and_says_what_was_done(here, tmp_path, capsys):
    file = tmp_path / "export.csv"
    file.write_bytes(export([row(1), row(2)]))
    assert main(["import", "referrals", "--force", "kent", str(file)]) == 0
    assert "2 became drafts" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (None, ["unreadable"]),
        (b"", ["file_empty"]),
        (b"surname,surname\n", ["missing_column"] * 3 + ["duplicate_column"]),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_1_and_keeps_the_form_of_the_answer(
    here, tmp_path, capsys, content, codes
):
    file = tmp_path / "export.csv"
    if content is not None:
        file.write_bytes(content)
    code, given = asked(capsys, "--force", "kent", str(file))
    assert code == 1
    assert [one["code"] for one in given.pop("findings")] == codes
    assert given == {"read": 0, "accepted": 0, "rejected": 0, "duplicates": 0}
    assert main(["import", "referrals", "--force", "kent", str(file)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("cara: ")
    assert drafts(here) == 0


def test_wrong_uses_exit_with_2(capsys):
    assert main(["import", "referrals", "--force", "atlantis", "x.csv", "--json"]) == 2
    assert main(["import", "victims", "--force", "kent", "x.csv"]) == 2
    assert main(["import", "referrals", "x.csv"]) == 2
    assert capsys.readouterr().out == ""


def test_a_suspended_force_still_imports_into_its_drafts(here, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "hampshire")
    file = tmp_path / "export.csv"
    file.write_bytes(export([row(1)]))
    assert asked(capsys, "--force", "hampshire", str(file))[1]["accepted"] == 1
