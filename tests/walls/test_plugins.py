"""Plugins that are missing or broken: their force is suspended and says so, every other one works."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cara.operations.app import create_app
from cara.platform.plugins import load_forces
from cara.platform.plugins.installed import installed_plugins
from litestar.testing import TestClient
from synthetic.browser import Browser, key
from synthetic.cases import case_of, draft_of
from synthetic.people import FORCES, PEOPLE, SERVES

SOUND = """
from cara.api import *
from cara.api import hookimpl

@hookimpl
def force_profile():
    return ForceProfile(slug="hampshire", name="Hampshire", api="{api}")
{more}
"""
SICK = {
    "raises at import": "raise RuntimeError('CANARY')",
    "ends the process at import": "import sys; sys.exit('CANARY')",
    "is no Python": "def def def",
    "has no profile": "from cara.api import hookimpl",
    "answers for another force": SOUND.format(api=">=1,<2", more="").replace('slug="hampshire"', 'slug="kent"'),
    "says nonsense of itself": SOUND.format(api=">=1,<2", more="").replace("return ForceProfile", "return repr"),
    "wants another api": SOUND.format(api=">=9", more=""),
    "asks nonsense": SOUND.format(api=">=1,<2", more="\n@hookimpl\ndef extra_questions():\n    return ['CANARY']"),
    "answers the nation's hooks": SOUND.format(api=">=1,<2", more="\n@hookimpl\ndef clearance():\n    return 'CANARY'"),
    "is missing": None,
}
FAILING = {
    "raises": "raise RuntimeError('CANARY')",
    "ends the process": "import sys; sys.exit('CANARY')",
    "returns nonsense": "return 'CANARY'",
    "uses a national rule's name": "return [Tighten('E09', 'met', 'CANARY', 'x')]",
    "loosens what nothing may loosen": "return [Loosen('E09', 'high', 'CANARY')]",
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a plugin of Hampshire on the path, as an installer would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(source: str) -> None:
        (tmp_path / "sick_plugin_of_a_test.py").write_text(source, encoding="utf-8")
        info = tmp_path / "sick_hampshire-1.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text("[cara]\nhampshire = sick_plugin_of_a_test\n", encoding="utf-8")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sick-hampshire\nVersion: 1\n")
        importlib.invalidate_caches()

    yield put
    sys.modules.pop("sick_plugin_of_a_test", None)


def plugins() -> list[Any]:
    """Those installed, but of Hampshire only the sick one."""
    return [one for one in installed_plugins() if one.slug != "hampshire" or one.distribution == "sick-hampshire"]


def start(database: Any) -> Any:
    return create_app(database.settings(), forces=load_forces(plugins=plugins()))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sickness", SICK)
def test_a_plugin_that_does_not_load(sickness, install, database, record_count, caplog):
    """Started with it, the application is up; Hampshire can read its cases, and is told why it can do no more."""
    if SICK[sickness] is not None:
        install(SICK[sickness])
    app = start(database)
    assert app.state.forces.status("hampshire") == "suspended"
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        wrong = others_that_do_not_work(client)
        wrong += what_hampshire_misses(client)
    assert "CANARY" not in caplog.text
    record_count("pages of every force, one plugin not loading", 5 * len(FORCES), wrong)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("failure", FAILING)
def test_a_plugin_that_fails_when_asked(failure, install, database, record_count, caplog):
    """It loads; the first question breaks it; from then on its force is suspended."""
    hook = f"\n@hookimpl\ndef eligibility(view):\n    {FAILING[failure]}"
    install(SOUND.format(api=">=1,<2", more=hook))
    app = start(database)
    assert app.state.forces.status("hampshire") == "active"
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        check = officer(client, "hampshire").get(f"/drafts/{draft_of('hampshire').reference}/check")
        assert check.status_code == 503
        assert app.state.forces.status("hampshire") == "suspended"
        wrong = others_that_do_not_work(client)
        wrong += what_hampshire_misses(client)
        assert client.get("/health/ready").json()["suspended_forces"] == ["hampshire"]
    assert "CANARY" not in caplog.text + check.text
    record_count("pages of every force, one plugin failing", 5 * len(FORCES), wrong)


def officer(client: Any, force: str) -> Browser:
    return Browser(client, PEOPLE[f"{force}_police.referring_officer"])


def others_that_do_not_work(client: Any) -> list[Any]:
    """Every other force refers a case from beginning to end; its provider takes it."""
    wrong = []
    for force in FORCES:
        if force == "hampshire":
            continue
        draft, browser = draft_of(force), officer(client, force)
        check = browser.get(f"/drafts/{draft.reference}/check")
        sent = browser.post(f"/drafts/{draft.reference}/refer", {"_key": key(), "_version": "1"})
        if (check.status_code, sent.status_code) != (200, 303):
            wrong.append((force, check.status_code, sent.status_code))
            continue
        case = sent.headers["location"].partition("?")[0]
        version = "1"
        if "done=proposed" in sent.headers["location"]:
            supervisor = Browser(client, PEOPLE[f"{force}_police.supervisor"])
            supervisor.post(f"{case}/authorise", {"_key": key(), "_version": "1"})
            version = "2"
        provider = Browser(client, PEOPLE[f"{SERVES[force][0]}.coordinator"])
        taken = provider.post(f"{case}/accept", {"_key": key(), "_version": version, "format": "group"})
        if taken.status_code != 303 or "uspended" in browser.get(case).text:
            wrong.append((force, "accept", taken.status_code))
    return wrong


def what_hampshire_misses(client: Any) -> list[Any]:
    """Suspended, it reads on and is told; what asks the plugin is refused with 503, and nothing of a draft is lost."""
    wrong = []
    browser, draft = officer(client, "hampshire"), f"/drafts/{draft_of('hampshire').reference}"
    case = f"/cases/{case_of('hampshire', 'north_provider', 'accepted').reference}"
    for path, status in (("/work", 200), ("/cases", 200), (case, 200), ("/drafts", 200), (draft, 200), (f"{draft}/offender", 200),
                         (f"{draft}/check", 503)):  # fmt: skip
        answer = browser.get(path)
        if answer.status_code != status:
            wrong.append((path, answer.status_code))
        if path in (case, draft, f"{draft}/check") and "uspended" not in answer.text:
            wrong.append((path, "does not say so"))
        if "CANARY" in answer.text:
            wrong.append((path, "tells what the plugin said"))
    if (
        browser.post(f"{draft}/refer", {"_key": key(), "_version": "1", "provider": "north_provider"}).status_code
        != 503
    ):
        wrong.append("referred all the same")
    saved = browser.fill(f"{draft}/needs", f"{draft}/needs")
    if saved.status_code != 303:
        wrong.append(("typing lost", saved.status_code))
    told = Browser(client, PEOPLE["hampton_trust.national.administrator"]).get("/forces").text
    if "Suspended" not in told:
        wrong.append("the Trust is not told")
    return wrong
