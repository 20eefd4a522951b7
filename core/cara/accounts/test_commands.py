"""The first organisation of an installation comes by command, and so does a force's own system."""

import json
from pathlib import Path

import pytest

from cara.cli import main

TRUST = [
    "organisation", "add", "hampton_trust", "--name", "The Trust (synthetic)", "--capacity", "national", "--domain", "trust.example",
    "--issuer", "https://sign-in.trust.example", "--client-id", "cara", "--administrator", "first@trust.example", "--json",
]  # fmt: skip
KENT = [
    "organisation", "add", "kent_police", "--name", "Kent Police (synthetic)", "--capacity", "force", "--force", "kent",
    "--domain", "kent.example", "--issuer", "https://sign-in.kent.example", "--client-id", "cara",
    "--administrator", "first@kent.example", "--json",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_HOME", str(tmp_path / "home"))


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_an_organisation_is_added_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(TRUST) == 0
    assert said(capsys) == {"organisation": "hampton_trust"}
    assert main(TRUST) == 1
    faults = said(capsys)["faults"]
    assert {fault["field"] for fault in faults} == {"id", "mail_domains", "issuer"}  # type: ignore[attr-defined,index,union-attr]


def test_a_force_must_say_which_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word if word != "kent" else "atlantis" for word in KENT]) == 1
    assert [fault["field"] for fault in said(capsys)["faults"]] == ["force_id"]  # type: ignore[attr-defined,index,union-attr]


def test_a_system_belongs_to_a_force(capsys: pytest.CaptureFixture[str]) -> None:
    client = ["organisation", "client", "kent_police", "--name", "Records", "--subject", "records-1", "--json"]
    assert main(client) == 1
    assert [fault["field"] for fault in said(capsys)["faults"]] == ["id"]  # type: ignore[attr-defined,index,union-attr]
    assert main(KENT) == 0
    capsys.readouterr()
    assert main(client) == 0
    assert said(capsys)["organisation"] == "kent_police"
    assert main(client) == 1


def test_faults_name_the_option_that_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in KENT if word != "--json"]
    assert main([*words, "--domain", "no domain"]) == 1
    assert main(["atlantis" if word == "kent" else word for word in words]) == 1
    told = capsys.readouterr().err
    assert "--domain: " in told
    assert "--force: " in told
    assert "force_id" not in told


def test_what_comes_next_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*(word for word in KENT if word != "--json"), "--client-auth", "client_secret_basic"]) == 0
    told = capsys.readouterr().out
    assert "/signed-in" in told
    assert str(tmp_path / "home" / "keys" / "clients" / "kent_police.key") in told
    assert "licence" not in told  # a force needs none
