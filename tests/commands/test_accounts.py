"""The first organisation of an installation comes by command, and so does a force's own system."""

import json
from pathlib import Path

import pytest
from cara.operations.cli import main

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


@pytest.mark.parametrize(
    "issuer",
    [
        "http://127.0.0.1.evil.example", "http://localhost.evil.example/", "http://localhost@evil.example", "https://", "https://[",
        "https://trust.example?x", "ftp://trust.example",
    ],
)  # fmt: skip
def test_an_issuer_is_by_tls_or_on_this_very_machine(issuer: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [issuer if word.startswith("https://") else word for word in TRUST]
    assert main(words) == 1
    assert [fault["field"] for fault in said(capsys)["faults"]] == ["issuer"]  # type: ignore[attr-defined,index,union-attr]


def test_an_issuer_on_this_machine_will_do_while_cara_is_there_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["http://localhost:9000" if word.startswith("https://") else word for word in TRUST]
    monkeypatch.setenv("CARA_BASE_URL", "https://cara.example")
    assert main(here) == 1
    assert [fault["field"] for fault in said(capsys)["faults"]] == ["issuer"]  # type: ignore[attr-defined,index,union-attr]
    monkeypatch.delenv("CARA_BASE_URL")
    assert main(here) == 0


def test_a_client_id_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([" " if word == "cara" else word for word in TRUST]) == 1
    assert [fault["field"] for fault in said(capsys)["faults"]] == ["client_id"]  # type: ignore[attr-defined,index,union-attr]


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
