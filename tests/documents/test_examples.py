"""The examples in the documents are run as they stand."""

import json
import re
import shlex
import sys
import tomllib
import types
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from cara import api
from cara.api import ForceProfile, QuestionKind
from cara.errors import BadInput
from cara.features.eligibility.engine import answer
from cara.features.eligibility.examples import example
from cara.features.eligibility.parse_facts import facts_from, read_facts
from cara.features.referrals.csv_import import Plan, read_export
from cara.operations.cli import main
from cara.platform.plugins import Forces, load_forces
from cara.platform.plugins.installed import Installed
from cara.platform.plugins.self_test import failure
from cara.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def blocks(document: str, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", (DOCS / document).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.fixture
def kent(monkeypatch: pytest.MonkeyPatch) -> Forces:
    """The forces, with the documented plugin installed as its documented metadata says."""
    project = tomllib.loads(blocks("plugin-authors.md", "toml")[0])["project"]
    ((slug, name),) = project["entry-points"]["cara"].items()
    module = types.ModuleType(name)
    exec(compile(blocks("plugin-authors.md", "python")[0], name, "exec"), module.__dict__)  # noqa: S102 - our own text
    monkeypatch.setitem(sys.modules, name.partition(".")[0], types.ModuleType(name.partition(".")[0]))
    monkeypatch.setitem(sys.modules, name, module)
    installed = Installed(slug, project["name"], project["version"], True, EntryPoint(slug, name, "cara"))
    return load_forces(plugins=[installed])


def test_the_documented_plugin_loads(kent: Forces) -> None:
    assert kent.status("kent") == "active", kent.why("kent")
    assert kent.profile("kent").authorisation.required
    assert [question.name for question in kent.extra_questions("kent")] == ["area", "earlier_course", "which_course"]


@pytest.mark.parametrize(
    ("on", "answers", "outcome", "pathway"),
    [
        ("2026-12-31", {"earlier_course": False, "area": "east"}, "eligible", "coast"),
        ("2026-12-31", {"earlier_course": False, "area": "west"}, "eligible", "group"),
        ("2026-12-31", {"earlier_course": True}, "not_eligible", None),
        ("2026-12-31", {}, "needs_information", None),
        ("2027-01-01", {"earlier_course": False}, "not_eligible", None),
    ],
)
def test_the_documented_plugin_answers(
    kent: Forces, on: str, answers: dict[str, object], outcome: str, pathway: str | None
) -> None:
    facts = facts_from(example(decided_on=on, risk="medium"))
    given = answer(facts, "kent", kent, kent.profile("kent").instruments, answers)
    assert (given.outcome, given.pathway) == (outcome, pathway)


def test_the_documented_rule_is_known_by_its_title(kent: Forces) -> None:
    given = answer(facts_from(example(risk="medium")), "kent", kent, kent.profile("kent").instruments, {})
    assert given.rules[-1].title == "no earlier course"
    assert "no earlier course (KENT1)" in given.advice[0]


@pytest.mark.usefixtures("kent")
def test_the_documented_test_of_hooks_passes() -> None:
    module: dict[str, Any] = {"__name__": "cara_kent.test_plugin"}
    exec(compile(blocks("plugin-authors.md", "python")[1], "test_plugin", "exec"), module)  # noqa: S102 - our own text
    tests = [one for name, one in module.items() if name.startswith("test_")]
    assert len(tests) == 3
    for one in tests:
        one()


def test_the_documented_plugin_answers_every_invented_case(kent: Forces) -> None:
    profile = kent.profile("kent")
    assert failure(sys.modules["cara_kent.plugin"], "kent", profile.pathways, kent.extra_questions("kent")) == ""


def test_every_field_and_kind_that_a_plugin_may_use_is_documented() -> None:
    text = (DOCS / "plugin-authors.md").read_text("utf-8")
    for name in (*ForceProfile.__dataclass_fields__, *QuestionKind.__args__):
        assert f"`{name}`" in text, name
    for name in re.findall(r"`(?:cara\.)?api\.(\w+)`", text):
        assert hasattr(api, name)


def test_the_documented_case_gets_the_documented_answer() -> None:
    asked, given, problem = blocks("api.md", "json")
    answered = answer(read_facts(asked.encode()), "hampshire", load_forces(only={"hampshire"}), ()).as_dict()
    told = json.loads(given)
    assert told.keys() == answered.keys()
    for name in ("outcome", "pathway", "force", "decided_on", "instruments", "regime"):
        assert told[name] == answered[name]
    assert told["rules"][0] == answered["rules"][0]  # type: ignore[index]
    with pytest.raises(BadInput) as caught:
        read_facts(json.dumps({**json.loads(asked), "risk": "low"}).encode())
    told = json.loads(problem)
    assert told["detail"] == caught.value.message
    assert told["faults"] == [{"field": f.field, "code": f.code, "message": f.message} for f in caught.value.faults]


def test_the_shipped_case_is_the_documented_one_and_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads((DOCS / "examples" / "case.json").read_text("utf-8")) == json.loads(blocks("api.md", "json")[0])
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    found = re.search(r"uv run cara (eligibility .*?)\s+#", readme)
    assert found
    force, case = found[1].split()[2:]
    assert main(["eligibility", "--force", force, str(DOCS.parent / case)]) == 0
    assert capsys.readouterr().out.startswith("Eligible")


def test_the_documented_export_gets_the_documented_findings() -> None:
    export = read_export(blocks("import.md", "csv")[0].encode(), today=date(2026, 6, 1))
    assert Plan(export, lambda _identity: None).run().answer() == json.loads(blocks("import.md", "json")[0])


def typed(document: str, begins: str) -> list[str]:
    """The words of a documented command, without `cara`."""
    (line,) = [one for block in blocks(document, "sh") for one in block.splitlines() if one.startswith(begins)]
    return shlex.split(line)[1:]


def test_the_first_organisation_and_a_machine_client_are_entered_as_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    monkeypatch.setenv("CARA_BASE_URL", "https://cara.example")
    trust = typed("operators.md", "cara organisation add")
    assert main(trust) == 0
    told = capsys.readouterr().out
    assert "https://cara.example/signed-in" in told
    assert str(tmp_path / "keys" / "clients" / "hampton_trust.key") in told
    assert "licence" in told
    force = shlex.join(trust).replace("hampton_trust", "kent_police").replace("trust.example", "kent.police.example")
    force = re.sub("(--capacity [a-z_]+ )+", "--capacity force --force kent ", force)
    assert main(shlex.split(force)) == 0
    assert main(typed("api.md", "cara organisation client")) == 0
    from cara.platform.access.actor import by_subject
    from cara.platform.access.models import Organisation
    from cara.platform.bootstrap import open_store
    from cara.platform.unit_of_work import operator, work_as

    store = open_store(Settings(home=tmp_path))
    with work_as(store, operator("test"), "people", "list") as w:
        assert w.session.get_one(Organisation, "hampton_trust").client_auth == "private_key_jwt"
        client = by_subject(w.session, "https://sign-in.kent.police.example", "the token's sub")
    store.engine.dispose()
    assert client
    assert (client.force, client.roles) == ("kent", {"system"})
