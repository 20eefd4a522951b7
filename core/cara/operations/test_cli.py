"""The commands as a shell sees them: exit codes, one document on standard output, never a traceback."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cara.errors import BadInput, Fault, Unavailable
from cara.feature import Command
from cara.features.eligibility.examples import example
from cara.operations import cli
from cara.operations.cli import COMMANDS, main


def shell(*words: str, env: dict[str, str] | None = None, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "cara.operations.cli", *words],
        env={**os.environ, **(env or {})},
        input=given,
        capture_output=True,
    )


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(example()), encoding="utf-8")
    return path


def test_every_row_of_the_table_has_its_two_functions() -> None:
    from importlib import import_module

    for command in COMMANDS:
        module = import_module(command.module)
        assert callable(module.add_arguments)
        assert callable(module.run)


def test_an_answer_is_one_document(case_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eligibility", "--force", "hampshire", str(case_file), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["pathway"], document["force"]) == ("eligible", "group", "hampshire")
    assert [rule["id"] for rule in document["rules"]] == [f"E{number:02}" for number in range(1, 19)]


def test_without_json_it_is_text_with_every_rule(case_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eligibility", "--force", "kent", str(case_file)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Eligible, proposed pathway: group")
    assert all(f"E{number:02} " in text for number in range(1, 19))
    assert "a named person decides" in text


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = json.dumps(example(risk="medium")).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert main(["eligibility", "--force", "kent", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "not_eligible"


def test_faults_are_listed_in_either_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(example(risk="low", surname="CANARY")), encoding="utf-8")
    assert main(["eligibility", "--force", "kent", str(path), "--json"]) == 1
    printed = capsys.readouterr()
    faults = json.loads(printed.out)["faults"]
    assert {(fault["field"], fault["code"]) for fault in faults} == {
        ("surname", "unknown_key"),
        ("risk", "not_in_list"),
    }
    assert main(["eligibility", "--force", "kent", str(path)]) == 1
    text = capsys.readouterr()
    assert text.out == ""
    assert "risk: This may be: standard, medium, high." in text.err
    assert "CANARY" not in printed.out + printed.err + text.err


@pytest.mark.parametrize("name", ["not_there.json", ".", "nul\0.json"])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eligibility", "--force", "kent", str(tmp_path / name), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "unreadable"


def test_an_unknown_force_is_a_wrong_use(case_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eligibility", "--force", "atlantis", str(case_file), "--json"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "words", [[], ["nonsense"], ["eligibility"], ["eligibility", "x", "--force"], ["plugins", "x"]]
)
def test_wrong_uses_exit_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "usage:" in printed.err


@pytest.mark.parametrize("words", [["--help"], ["plugins", "--help"], ["eligibility", "-h"]])
def test_help_is_no_fault(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "usage: cara" in capsys.readouterr().out


def test_a_force_whose_plugin_is_switched_off_gets_no_answer(
    case_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "hampshire")
    assert main(["eligibility", "--force", "hampshire", str(case_file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "force_suspended"
    assert main(["eligibility", "--force", "hampshire", str(case_file)]) == 1
    assert "suspended" in capsys.readouterr().err
    assert main(["eligibility", "--force", "leicestershire", str(case_file), "--json"]) == 0


def test_plugins_lists_metadata(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "thames_valley")
    assert main(["plugins", "--json"]) == 0
    listed = {row["slug"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["hampshire"] == {
        "slug": "hampshire",
        "distribution": "cara-hampshire",
        "version": "0.1.0",
        "enabled": True,
    }
    assert listed["thames_valley"]["enabled"] is False


def test_plugins_check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["plugins", "check", "hampshire", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "slug": "hampshire",
            "api": ">=1,<2",
            "status": "active",
            "hooks": ["eligibility", "extra_questions", "force_profile", "pathways"],
            "error": None,
        }
    ]
    assert main(["plugins", "check", "atlantis", "--json"]) == 2
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "hampshire")
    assert main(["plugins", "check", "hampshire", "--json"]) == 0
    assert '"status": "disabled"' in capsys.readouterr().out


def test_listing_plugins_imports_neither_them_nor_what_is_heavy() -> None:
    code = (
        "import sys; from cara.operations.cli import main; main(['plugins', '--json']); "
        "print([m for m in sys.modules if m.split('.')[0] in ('cara_hampshire', 'pydantic', 'sqlalchemy', 'litestar')],"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603
    assert done.stderr.strip() == b"[]"


def test_a_plugin_that_prints_and_leaves_spoils_nothing(tmp_path: Path, case_file: Path) -> None:
    (tmp_path / "noisy.py").write_text("print('noise'); import sys; sys.exit(0)")
    info = tmp_path / "noisy-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: noisy\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[cara]\nkent = noisy\n")
    env = {"PYTHONPATH": str(tmp_path)}
    checked = shell("plugins", "check", "kent", "--json", env=env)
    assert checked.returncode == 1
    assert json.loads(checked.stdout)[0]["status"] == "failed"
    asked = shell("eligibility", "--force", "kent", str(case_file), "--json", env=env)
    assert asked.returncode == 1
    assert json.loads(asked.stdout)["faults"][0]["code"] == "force_suspended"
    assert shell("eligibility", "--force", "surrey", str(case_file), "--json", env=env).returncode == 0


class Raises:
    """A command that does nothing but raise."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module: Any = ModuleType("raises")
        module.add_arguments = lambda parser: parser.add_argument("--json", action="store_true")
        module.run = self.run
        monkeypatch.setitem(sys.modules, "raises", module)
        monkeypatch.setattr(cli, "COMMANDS", (Command("raise", "raises", "raises"),))

    def run(self, _args: object) -> int:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("Two faults.", [Fault("a.b", "c", "Mend this.")]), 1, "cara: Two faults.\n  a.b: Mend this.\n"),
        (RuntimeError("CANARY"), 1, "RuntimeError"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_become_lines_and_codes(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Raises(error).install(monkeypatch)
    assert main(["raise"]) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert "CANARY" not in printed.err
    assert "Traceback" not in printed.err


def test_debugging_shows_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    Raises(RuntimeError("shown")).install(monkeypatch)
    monkeypatch.setenv("CARA_DEBUG", "1")
    with pytest.raises(RuntimeError, match="shown"):
        main(["raise"])


def test_a_reader_that_leaves_early_is_no_drama() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cara.operations.cli", "plugins"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.wait()
    process.stderr.close()
    assert said == b""


USES_OF_THE_DATABASE = (
    ["organisation", "client", "kent_police", "--name", "x", "--subject", "y"],
    ["db", "upgrade"],
    ["ledger", "verify"],
    ["reference", "refresh", "--packaged"],
)


def _broken(how: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_HOME", str(home))
    match how:
        case "home is a file":
            home.write_text("")
        case "no database":
            home.mkdir()
            (home / "cara.db").write_bytes(b"this is no database" * 100)
        case "no folder":
            (home / "cara.db").mkdir(parents=True)
        case "port":
            monkeypatch.setenv("CARA_DATABASE_URL", "postgresql+psycopg://cara@127.0.0.1:many/cara")
        case "own port":
            monkeypatch.setenv("CARA_PORT", "70000")


@pytest.mark.parametrize("words", USES_OF_THE_DATABASE, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("how", "named"),
    [
        ("home is a file", "CARA_HOME"), ("no database", "no database"), ("no folder", "CARA_HOME"), ("port", "CARA_DATABASE_URL"),
        ("own port", "CARA_PORT"),
    ],
)  # fmt: skip
def test_a_broken_installation_is_said_in_one_line(
    how: str,
    named: str,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _broken(how, tmp_path / "home", monkeypatch)
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("cara: ")
    assert said.err.count("\n") == 1
    assert named in said.err
    assert "unexpected" not in said.err
    assert main([*words, "--json"]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert named in json.loads(said.out)["faults"][0]["message"]


def test_a_setting_that_cannot_work_is_not_called_a_fault_of_the_force(
    case_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CARA_PORT", "0")
    assert main(["eligibility", "--force", "kent", str(case_file), "--json"]) == 1
    fault = json.loads(capsys.readouterr().out)["faults"][0]
    assert (fault["field"], fault["code"]) == ("settings", "misconfigured")


def test_a_file_that_is_no_database_is_said_by_the_quick_command_too(
    case_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _broken("no database", tmp_path / "home", monkeypatch)
    assert main(["eligibility", "--force", "kent", str(case_file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["faults"][0]["field"] == "settings"


@pytest.mark.parametrize(
    "error", [Unavailable(), RuntimeError("CANARY"), PermissionError("CANARY"), BadInput("Mend it.")]
)
def test_every_failure_is_one_document_where_one_was_asked_for(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Raises(error).install(monkeypatch)
    assert main(["raise", "--json"]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert "CANARY" not in said.out
    assert set(json.loads(said.out)["faults"][0]) == {"field", "code", "message"}
