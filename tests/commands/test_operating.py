"""`cara db`, `cara ledger`, `cara reference` and `cara doctor`: what they say of a sound installation, and of a broken one."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cara import clock
from cara.operations.cli import main
from cara.platform.crypto.keyring import installation_secret
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.ledger.writer import Act, append
from sqlalchemy import insert, text
from sqlmodel import Session

TABLES = ("ledger_entry", "ledger_seal", "ledger_sealed", "case_digest")


@pytest.fixture
def here(empty_database: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database that commands find in their environment, with five entries in its ledger."""
    for name, value in empty_database.environment().items():
        monkeypatch.setenv(name, value)
    empty_database.home.chmod(0o700)
    installation_secret(empty_database.home / "keys")
    write(empty_database, 5)
    return empty_database


def write(database: Any, count: int) -> None:

    with database.writing() as session:
        for number in range(count):
            append(
                session, at=clock.now(), actor=("operator", "test", "", "", ""), act=Act.ACCESS, verb=f"test.{number}"
            )


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def tamper(database: Any, statement: str) -> None:
    """Change what is append-only, as somebody who holds the machine can."""
    with database.admin().begin() as connection:
        if database.kind == "sqlite":
            for table in TABLES:
                for verb in ("update", "delete"):
                    connection.execute(text(f"drop trigger if exists {table}_no_{verb}"))
        else:
            for table in TABLES:
                connection.execute(text(f"alter table {table} disable trigger all"))
        connection.execute(text(statement))


def test_a_root_kept_elsewhere_is_verified_against(here, tmp_path, capsys):
    code, root = asked(capsys, "ledger", "root")
    assert (code, root["count"]) == (0, 5)
    write(here, 2)
    assert asked(capsys, "ledger", "verify", "--count", "5", "--root", root["root"].upper())[1].items() >= {
        "whole": True, "entries": 7, "seals": 1, "unsealed": 2, "faults": [], "unseen": [],
    }.items()  # fmt: skip
    kept = tmp_path / "root.json"
    kept.write_text(json.dumps(root))
    assert main(["ledger", "seal"]) == 0
    assert "7 entries are sealed" in capsys.readouterr().out
    assert asked(capsys, "ledger", "verify", "--root-file", str(kept))[0] == 0
    kept.write_text(json.dumps({**root, "root": "0" * 64}))
    code, verdict = asked(capsys, "ledger", "verify", "--root-file", str(kept))
    assert (code, len(verdict["faults"])) == (1, 1)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update ledger_entry set verb = 'x' where id = 2", "entry 2 was changed"),
        ("delete from ledger_entry where id = 5", "covers 5 entries, 4 are there"),
        ("delete from ledger_seal", "exported root of 5 entries is not in this ledger"),
    ],
)
def test_what_was_tampered_with_is_said(here, capsys, statement, said):
    root = asked(capsys, "ledger", "root")[1]
    tamper(here, statement)
    assert main(["ledger", "verify", "--count", "5", "--root", root["root"]]) == 1
    assert said in capsys.readouterr().out
    code, found = asked(capsys, "doctor")
    by_name = {one["name"]: one["status"] for one in found["checks"]}
    assert (by_name["ledger"], code) == ("fail", 1)


@pytest.mark.parametrize("words", [["--count", "5"], ["--root", "ab"]])
def test_half_a_root_is_a_wrong_use(here, capsys, words):
    assert main(["ledger", "verify", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("together")) == ("", 1)
    assert said.err.startswith("usage: cara ledger")


def test_a_root_that_cannot_be_read_is_said_once(here, capsys):
    assert main(["ledger", "verify", "--root-file", "nowhere.json"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("cannot be read")) == ("", 1)
    code, document = asked(capsys, "ledger", "verify", "--root-file", "nowhere.json")
    assert (code, [fault["field"] for fault in document["faults"]]) == (1, ["root-file"])


def test_reference_data_is_refreshed(here, capsys):
    with here.admin().begin() as connection:
        count = connection.execute(text("select count(*) from offence_code")).scalar_one()
        connection.execute(text("delete from offence_code where code > 'CJ8'"))
    assert {one["name"]: one["status"] for one in asked(capsys, "doctor")[1]["checks"]}["offences"] == "warn"
    assert asked(capsys, "reference", "refresh", "--packaged")[1]["offences"] == count
    assert {one["name"]: one["status"] for one in asked(capsys, "doctor")[1]["checks"]}["offences"] == "ok"


def test_a_schema_left_behind_is_found_and_mended(here, capsys):
    with here.admin().begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'core_0001' where version_num like 'core%'"))
    code, found = asked(capsys, "doctor")
    (one,) = [one for one in found["checks"] if one["name"] == "database"]
    assert (code, one["status"]) == (1, "fail")
    assert "cara db upgrade" in one["todo"]


def test_upgrading_makes_a_database_and_then_has_nothing_to_do(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("CARA_HOME", str(tmp_path / "new"))
    code, found = asked(capsys, "doctor")
    assert code == 0
    assert not (tmp_path / "new").exists()  # looking makes nothing
    assert {one["name"] for one in found["checks"] if one["status"] == "warn"} == {"database", "keys"}
    assert {one["name"] for one in found["checks"] if one["status"] == "skip"} == {
        "cover",
        "ledger",
        "licences",
        "roots",
        "sign-in",
    }
    assert asked(capsys, "db", "upgrade") == (0, {"database": "SQLite", "changed": True})
    assert asked(capsys, "db", "upgrade") == (0, {"database": "SQLite", "changed": False})


def test_a_sound_installation_needs_nothing_but_keys_kept_apart(here, capsys):
    assert main(["ledger", "seal"]) == 0
    capsys.readouterr()
    code, found = asked(capsys, "doctor")
    odd = {one["name"]: one for one in found["checks"] if one["status"] != "ok"}
    assert code == 0, odd
    assert set(odd) == {"roots"} | ({"keys"} if here.kind == "sqlite" else set())
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "It works." in printed or "All is well." in printed


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_what_others_could_read_is_found(here, capsys):
    (here.home / "keys" / "installation.secret").chmod(0o644)
    (here.home / "keys").chmod(0o755)
    here.home.chmod(0o755)
    (here.home / "cara.db").chmod(0o644)  # it begins as nobody else's
    code, found = asked(capsys, "doctor")
    said = [one["message"] for one in found["checks"] if one["name"] in ("keys", "files")]
    assert code == 1
    assert any("open the key folder" in one for one in said)
    assert any("read 1 files" in one for one in said)
    assert any("database’s files" in one for one in said)


def test_plugins_and_demonstration_and_settings(here, capsys, monkeypatch):
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "hampshire")
    monkeypatch.setenv("CARA_DEMO", "1")
    monkeypatch.setenv("CARA_BASE_URL", "https://cara.example.test")
    code, found = asked(capsys, "doctor")
    by_name = {one["name"]: one["status"] for one in found["checks"]}
    assert code == 1
    assert (by_name["plugins"], by_name["forces"], by_name["demonstration"]) == ("warn", "fail", "fail")
    assert by_name["links"] == "warn"  # the host tells whoever sees a text message
    monkeypatch.setenv("CARA_BASE_URL", "ftp://nowhere")
    code, found = asked(capsys, "doctor")
    assert (code, [one["name"] for one in found["checks"]]) == (1, ["settings"])


def test_a_force_with_cases_and_no_licence_is_named(here, capsys, tmp_path):
    from cara.features.referrals.csv_import.samples import export, row

    (tmp_path / "one.csv").write_bytes(export([row(1)]))
    main(["import", "referrals", "--force", "kent", str(tmp_path / "one.csv")])
    capsys.readouterr()
    found = asked(capsys, "doctor")[1]["checks"]
    (one,) = [one for one in found if one["name"] == "licences"]
    assert (one["status"], "Kent" in one["message"]) == ("warn", True)


def test_a_force_with_cases_that_nobody_can_reach_in_time_is_named(here, capsys, tmp_path):
    from cara.features.referrals.csv_import.samples import export, row
    from cara.platform.plugins.models import ForceContact

    def said():
        found = asked(capsys, "doctor")[1]["checks"]
        return [(one["status"], one["message"]) for one in found if one["name"] == "cover"]

    assert [status for status, _message in said()] == ["ok"], "no force has a case"
    (tmp_path / "one.csv").write_bytes(export([row(1)]))
    main(["import", "referrals", "--force", "kent", str(tmp_path / "one.csv")])
    capsys.readouterr()
    (first, duty), (second, cover) = said()
    assert (first, second) == ("warn", "warn")
    assert "Kent Police names no number of a duty supervisor" in duty
    assert "Kent Police names no cover address" in cover
    named = {"duty_supervisor": "01632 960 001", "review_cover": "cover@kent.example"}
    rows = [
        {"force_id": "kent", "kind": kind, "reached_at": value, "starts": clock.today(), "entered_at": clock.now(), "entered_by": "",
         "ended_by": ""}
        for kind, value in named.items()
    ]  # fmt: skip
    with here.admin().begin() as connection:
        connection.execute(insert(ForceContact.__table__), rows)
    assert [status for status, _message in said()] == ["ok"]


def test_a_database_that_does_not_answer_is_one_finding(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    monkeypatch.setenv("CARA_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    code, found = asked(capsys, "doctor")
    failed = {one["name"]: one["message"] for one in found["checks"] if one["status"] == "fail"}
    assert code == 1
    assert failed.keys() == {"database"}
    assert "does not answer" in failed["database"]
    assert "CARA_DATABASE_URL" in failed["database"]
    skipped = {one["name"]: one["message"] for one in found["checks"] if one["status"] == "skip"}
    assert skipped.keys() == {"cover", "ledger", "licences", "logins", "roots", "sign-in"}
    assert all(one.startswith("Not checked") for one in skipped.values())
    assert main(["db", "upgrade"]) == 1
    assert "CARA_DATABASE_OWNER_URL" in capsys.readouterr().err
    monkeypatch.delenv("CARA_DATABASE_URL")
    (tmp_path / "cara.db").write_bytes(b"no database at all" * 400)
    code, found = asked(capsys, "doctor")
    assert code == 1
    assert {one["name"]: one["status"] for one in found["checks"]}["database"] == "fail"


@pytest.mark.parametrize("action", ["verify", "root", "seal"])
def test_no_database_has_no_ledger_and_gets_none(tmp_path: Path, monkeypatch, capsys, action):
    monkeypatch.setenv("CARA_HOME", str(tmp_path / "mistyped"))
    assert main(["ledger", action]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "There is no database at" in printed.err
    assert not (tmp_path / "mistyped").exists()


def test_a_credential_that_is_missing_is_named(here, capsys):
    words = [
        "organisation",
        "add",
        "kent_police",
        "--name",
        "Kent (synthetic)",
        "--capacity",
        "force",
        "--force",
        "kent",
    ]
    words += ["--domain", "kent.example", "--issuer", "https://sign-in.kent.example", "--client-id", "cara"]
    words += ["--administrator", "first@kent.example", "--client-auth", "client_secret_basic"]
    assert main(words) == 0
    capsys.readouterr()
    code, found = asked(capsys, "doctor")
    (one,) = [one for one in found["checks"] if one["name"] == "sign-in"]
    assert (code, one["status"]) == (1, "fail")
    credential = here.home / "keys" / "clients" / "kent_police.key"
    assert str(credential) in one["todo"]
    credential.parent.mkdir(mode=0o700)
    credential.touch(mode=0o600)
    assert {one["name"]: one["status"] for one in asked(capsys, "doctor")[1]["checks"]}["sign-in"] == "ok"


def test_the_demonstration_s_database_is_told_from_others(tmp_path: Path, monkeypatch, capsys):
    from cara.platform.ledger import MADE

    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    assert main(["db", "upgrade"]) == 0
    capsys.readouterr()
    assert (
        "Off" in next(one for one in asked(capsys, "doctor")[1]["checks"] if one["name"] == "demonstration")["message"]
    )
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'cara.db'}")
    with Session(engine) as session, session.begin():
        session.info["ledger_keys"] = LedgerKeys(tmp_path / "keys")
        for verb, at in ((MADE, clock.now()), ("test.later", clock.now() + timedelta(hours=9))):
            append(session, at=at, actor=("operator", "test", "", "", ""), act=Act.ACCESS, verb=verb)
    engine.dispose()
    found = {one["name"]: one for one in asked(capsys, "doctor")[1]["checks"]}
    assert "invented" in found["demonstration"]["message"]
    assert found["clock"]["status"] == "ok"  # its stories go on until the end of the day


def test_roots_go_where_the_operator_says_and_the_doctor_looks_when(here, tmp_path, capsys, monkeypatch):
    def said() -> list[tuple[str, str]]:
        capsys.readouterr()
        main(["doctor", "--json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        return [(one["status"], one["message"]) for one in checks if one["name"] in ("ledger", "roots")]

    assert main(["ledger", "export"]) == 1
    assert "CARA_ROOT_FILE" in capsys.readouterr().err
    assert [status for status, _message in said()] == ["ok", "warn"]
    kept, caught = tmp_path / "roots.jsonl", tmp_path / "caught"
    monkeypatch.setenv("CARA_ROOT_FILE", str(kept))
    monkeypatch.setenv("CARA_ROOT_COMMAND", f"tee {caught}")
    assert said()[1:] == [("fail", "No root of the ledger was exported ever.")]
    assert main(["ledger", "export"]) == 0
    write(here, 2)
    assert main(["ledger", "export"]) == 0
    assert len(kept.read_text().splitlines()) == 2
    assert json.loads(caught.read_text())["count"] == 8  # five entries, two more, and that of the first export
    assert [status for status, _message in said()] == ["ok", "ok"]
    capsys.readouterr()
    assert main(["ledger", "verify"]) == 0
    assert "fits 2 exported roots" in capsys.readouterr().out

    with clock.at(clock.now() + timedelta(days=3)):
        assert "fail" in [status for status, message in said() if "was exported for" in message]
        assert any("has waited" in message for _status, message in said())
    monkeypatch.setenv("CARA_ROOT_COMMAND", "false")
    assert main(["ledger", "export"]) == 1
    tamper(here, "delete from ledger_sealed where id = 8")
    with here.admin().begin() as connection:
        connection.execute(text("delete from ledger_seal where id = 2"))
        connection.execute(text("delete from ledger_entry where id > 5"))
    code, verdict = asked(capsys, "ledger", "verify")
    assert code == 1
    assert any("exported root of 8 entries is not in this ledger" in one for one in verdict["faults"])


def test_an_emptied_ledger_beside_cases_is_a_fault(database, capsys, monkeypatch):
    for name, value in database.environment().items():
        monkeypatch.setenv(name, value)
    assert asked(capsys, "ledger", "verify")[1]["faults"] == []
    tamper(database, "delete from ledger_entry")
    code, verdict = asked(capsys, "ledger", "verify")
    assert code == 1
    assert any("empty beside" in one for one in verdict["faults"])
    _code, found = asked(capsys, "doctor")
    assert next(one["status"] for one in found["checks"] if one["name"] == "ledger") == "fail"
