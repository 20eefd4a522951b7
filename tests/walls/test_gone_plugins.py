"""A plugin that is gone: its force is suspended wherever one comes in, until two people retire it; it comes back by the Trust alone."""

import importlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cara.errors import ForceSuspended
from cara.features.eligibility.examples import example
from cara.features.eligibility.quick_instruments import stored_standings
from cara.operations.app import create_app
from cara.operations.commands import eligibility
from cara.operations.doctor.checks import Patient
from cara.operations.doctor.service_checks import plugins as examined_plugins
from cara.operations.doctor.service_checks import suspended as examined_forces
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.models import LedgerEntry
from cara.platform.plugins import installed_plugins, load_forces
from cara.platform.plugins.force_settings import read_standings
from cara.platform.plugins.models import ForceArrangement
from litestar.testing import TestClient
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from synthetic.browser import Browser, key
from synthetic.cases import case_of, draft_of
from synthetic.people import PEOPLE, SERVES
from synthetic.routes import DOCUMENTATION, routes_of, targets
from synthetic.routes import body as body_of
from synthetic.victims import HELD, reference_of

FORCE = "kent"
"""The reference data knows of no plugin of it."""
KENT = """
from cara.api import *
from cara.api import hookimpl

@hookimpl
def force_profile():
    return ForceProfile(
        slug="kent", name="Kent", authorisation=Authorisation(required=True), chances_at_a=3,
        areas=(Option("east", "East"),), victim_contact=VictimContact(who="force"), notes=(),
    )

@hookimpl
def eligibility(view):
    return (Tighten("KENT1", "not_met", "nobody goes here", "An invented paper"),)
"""
TRUST, LICENSING = "hampton_trust.national.administrator", "hampton_trust.national.licensing_manager"
ADMINISTRATOR = "kent_police.administrator"
PAGE = f"/forces/{FORCE}"
NO_SERVER_ERROR = 500
ASK_THE_PLUGIN = {
    "GET /drafts/{reference}/check",
    "POST /drafts/{reference}/refer",
    "POST /cases/{reference}/authorise",
    "POST /eligibility",
}
"""Routes that are refused while a force is suspended: every other one answers as ever."""


class Kent:
    """An invented plugin of Kent, as an installer would put it in and take it out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, version: str = "2.0", source: str = KENT, slug: str = FORCE, name: str = "invented_kent") -> None:
        (self.folder / f"plugin_of_{name}.py").write_text(source, encoding="utf-8")
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[cara]\n{slug} = plugin_of_{name}\n", encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        importlib.invalidate_caches()

    def uninstall(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in [name for name in sys.modules if name.startswith("plugin_of_")]:
            del sys.modules[name]
        importlib.invalidate_caches()


@pytest.fixture
def kent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kent]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    made = Kent(folder)
    yield made
    made.uninstall()


@pytest.fixture
def running(database: Any) -> Any:
    """`with running() as client`: a process of CARA, started on this database with whatever is installed."""

    @contextmanager
    def start(**more: Any) -> Iterator[Any]:
        app = create_app(database.settings(), forces=load_forces(plugins=installed_plugins(more.get("disabled", ()))))
        try:
            with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
                yield client
        finally:
            app.state.store.engine.dispose()

    return start


@pytest.fixture
def gone(kent: Kent, running: Any) -> Kent:
    """It ran once, and is not there any more."""
    kent.install()
    with running() as client:
        assert client.app.state.forces.status(FORCE) == "active"
    kent.uninstall()
    return kent


def as_(client: Any, who: str) -> Browser:
    return Browser(client, PEOPLE[who])


def examined(check: Any, database: Any) -> list[Any]:
    """What one check of `cara doctor` finds."""
    patient = Patient(database.settings())
    try:
        return list(check(patient))
    finally:
        patient.close()


def status(client: Any) -> str:
    """As somebody who looks just now would find it."""
    as_(client, TRUST).get("/forces")
    return str(client.app.state.forces.status(FORCE))


def press(client: Any, person: str, action: str, **fields: str) -> int:
    return as_(client, person).post(f"{PAGE}/{action}", {"_key": key(), **fields}).status_code


def retire(client: Any) -> None:
    assert press(client, TRUST, "retire") == 303
    assert press(client, ADMINISTRATOR, "retire/confirm") == 303


def answers_nationally(client: Any) -> list[str]:
    """Every way in that would ask the plugin, and that answered all the same."""
    officer, draft = as_(client, "kent_police.referring_officer"), f"/drafts/{draft_of(FORCE).reference}"
    tried = {
        "check": officer.get(f"{draft}/check").status_code,
        "refer": officer.post(f"{draft}/refer", {"_key": key(), "_version": "1"}).status_code,
        "eligibility": _put(officer),
        "authorise": as_(client, "kent_police.supervisor").post(
            f"/cases/{case_of(FORCE, 'south_provider', 'awaiting_authorisation').reference}/authorise",
            {"_key": key(), "_version": "1"},
        ).status_code,
    }  # fmt: skip
    return [f"{name}: {code}" for name, code in tried.items() if code != ForceSuspended.status]


def _put(officer: Browser) -> int:
    page = officer.get("/eligibility")
    return (
        page.status_code if page.status_code == ForceSuspended.status else officer.post("/eligibility", {}).status_code
    )


def test_a_force_whose_plugin_is_gone_is_suspended_in_every_way_in(gone, running, database, record_count, monkeypatch):
    with running() as client:
        assert client.app.state.forces.status(FORCE) == "suspended"
        found = answers_nationally(client)
        told = client.get("/health/ready").json()
        assert told["suspended_forces"] == [FORCE]
        assert "invented_kent 2.0" in told["suspended"][FORCE]["why"]
        assert "hold" in told["suspended"][FORCE]["works"]
        assert "Trust" in told["suspended"][FORCE]["ends"]
        for who, path in ((TRUST, "/forces"), (ADMINISTRATOR, "/people"), ("kent_police.referring_officer", "/work"),
                          ("kent_police.victim_contact_officer", "/victims"), ("kent_police.supervisor", "/cases")):  # fmt: skip
            page = as_(client, who).get(path)
            if "uspended" not in page.text or "place holds" not in page.text:
                found.append(f"{path} does not say so")
        with client.app.state.store.session() as session:
            standings = read_standings(session.connection())
    home, url = database.settings().home, database.settings().database_url
    monkeypatch.setenv("CARA_HOME", str(home))
    monkeypatch.setenv("CARA_DATABASE_URL", url)
    assert stored_standings(FORCE) == {FORCE: standings[FORCE]}
    forces, installed = eligibility.forces_for(FORCE)
    assert installed
    assert forces.status(FORCE) == "suspended"
    said = examined(examined_forces, database)
    assert [(how, "Kent" in words) for how, words, _todo in said] == [("fail", True)]
    record_count("ways into a force whose plugin is gone", 12, found)


def test_two_people_retire_it_and_only_then_the_national_rules_apply(gone, running, database):
    with running() as client:
        page = as_(client, TRUST).get(PAGE)
        assert "What follows" in page.text
        assert "Retire the plugin" in page.text
        assert press(client, ADMINISTRATOR, "retire") == 403
        assert press(client, ADMINISTRATOR, "retire/confirm") == 409
        assert press(client, LICENSING, "retire") == 303
        assert press(client, TRUST, "retire") == 409
        assert status(client) == "suspended"
        assert not answers_nationally(client)
        assert press(client, TRUST, "retire/confirm") == 403
        for other in ("kent_police.supervisor", "hampshire_police.administrator"):
            assert press(client, other, "retire/confirm") in (403, 404)
        assert press(client, TRUST, "retire/withdraw") == 303
        assert press(client, ADMINISTRATOR, "retire/confirm") == 409
        assert status(client) == "suspended"
        assert press(client, TRUST, "retire") == 303
        assert "What follows" in as_(client, ADMINISTRATOR).get(PAGE).text
        assert press(client, ADMINISTRATOR, "retire/confirm") == 303
        assert status(client) == "national"
        forces = client.app.state.forces
        settled = forces.profile(FORCE)
        assert settled.authorisation.required
        assert settled.chances_at_a == 3
        assert settled.victim_contact.who == "force"
        page = as_(client, ADMINISTRATOR).get(PAGE).text
        assert "The force itself" in page
        assert ">3<" in page.replace("\n", "").replace(" ", "")
        officer, draft = as_(client, "kent_police.referring_officer"), f"/drafts/{draft_of(FORCE).reference}"
        assert officer.get(f"{draft}/check").status_code == 200
        assert client.get("/health/ready").json()["suspended_forces"] == []
        with Session(database.admin()) as session:
            told = [(row.verb, row.actor_id) for row in session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id)))
                    if row.verb.startswith("plugin.")]  # fmt: skip
    trust, licensing, administrator = (str(PEOPLE[who].number) for who in (TRUST, LICENSING, ADMINISTRATOR))
    assert told == [
        ("plugin.retired", licensing), ("plugin.retirement_withdrawn", trust), ("plugin.retired", trust),
        ("plugin.retirement_confirmed", administrator),
    ]  # fmt: skip
    with running() as client:
        assert status(client) == "national", "a start changes nothing"
    assert [how for how, _words, _todo in examined(examined_forces, database)] == []


def test_a_plugin_that_was_retired_counts_again_by_the_trusts_act_alone(gone, running, database):
    with running() as client:
        retire(client)
        assert press(client, TRUST, "bring-back") == 409, "none is installed"
    gone.install("3.0")
    with running() as client:
        assert status(client) == "national"
        with client.app.state.store.session() as session:
            assert session.get(ForceArrangement, FORCE).version == "2.0", "what it says is not taken up"
        found = [words for _how, words, _todo in examined(examined_plugins, database) if FORCE in words]
        assert found == [f"{FORCE} is installed, but was retired, so it does not count."]
        assert "does not count" in as_(client, TRUST).get(PAGE).text
        assert press(client, ADMINISTRATOR, "bring-back") == 403
        assert press(client, TRUST, "bring-back") == 303
        assert status(client) == "suspended"
        assert not answers_nationally(client)
    with running() as client:
        assert status(client) == "active"
        with client.app.state.store.session() as session:
            assert session.get(ForceArrangement, FORCE).version == "3.0"
    gone.uninstall()
    with running() as client:
        assert status(client) == "suspended"


def test_a_proposal_lapses_when_the_plugin_runs_again(gone, running):
    with running() as client:
        assert press(client, TRUST, "retire") == 303
    gone.install()
    with running() as client:
        assert status(client) == "active"
        assert press(client, ADMINISTRATOR, "retire/confirm") == 409
        assert press(client, TRUST, "retire") == 409, "it runs"
    gone.uninstall()
    with running() as client:
        assert press(client, ADMINISTRATOR, "retire/confirm") == 409
        assert status(client) == "suspended"


def test_who_contacts_victims_stays_until_two_people_change_it(gone, running):
    with running() as client:
        assert press(client, TRUST, "victim-contact", who="provider") == 409, "only of a plugin that was retired"
        retire(client)
        assert press(client, TRUST, "victim-contact", who="force") == 422
        assert press(client, TRUST, "victim-contact", who="provider") == 303
        assert press(client, TRUST, "victim-contact/confirm") == 403
        assert as_(client, ADMINISTRATOR).get(PAGE).text.count("Confirm who contacts victims") == 1
        assert kept_who(client) == "force"
        assert press(client, ADMINISTRATOR, "victim-contact/confirm") == 303
        assert kept_who(client) == "provider"
        as_(client, TRUST).get("/forces")
        settled = client.app.state.forces.profile(FORCE)
        assert (settled.victim_contact.who, settled.chances_at_a, settled.authorisation.required) == (
            "provider",
            3,
            True,
        )


def kept_who(client: Any) -> str:
    with client.app.state.store.session() as session:
        return str(session.get(ForceArrangement, FORCE).profile["victim_contact"]["who"])


def test_a_process_that_started_before_the_plugin_came_goes_by_it_at_once(kent, running):
    with running() as early:
        assert status(early) == "national"
        kent.install()
        with running() as late:
            assert status(late) == "active"
            assert status(early) == "suspended"
            assert not answers_nationally(early)
            assert early.get("/health/ready").json()["suspended_forces"] == [FORCE]


def test_a_retirement_counts_in_every_process(gone, running):
    with running() as here, running() as there:
        retire(here)
        assert (status(here), status(there)) == ("national", "national")


def test_an_older_plugin_than_the_one_that_ran_counts_only_when_the_trust_accepts_it(gone, running):
    gone.install("1.9")
    with running() as client:
        assert status(client) == "suspended"
        assert not answers_nationally(client)
        assert "version 2.0 ran before" in client.app.state.forces.why(FORCE)
        with client.app.state.store.session() as session:
            assert session.get(ForceArrangement, FORCE).version == "2.0"
        assert press(client, ADMINISTRATOR, "accept-older") == 403
        assert press(client, TRUST, "accept-older") == 303
        assert status(client) == "active"
        assert press(client, TRUST, "accept-older") == 409
    with running() as client:
        assert status(client) == "active"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("source", "slug"),
    [
        ("from cara.api import hookimpl\n\n@hookimpl\ndef extra_questions():\n    return ()\n", FORCE),
        (KENT.replace('slug="kent"', 'slug="kent_and_medway"'), "kent_and_medway"),
        (KENT.replace('slug="kent"', 'slug="essex"'), "essex"),
    ],
    ids=["declares no profile any more", "its slug was renamed to none", "its slug was renamed to another force's"],
)
def test_a_plugin_that_came_back_as_something_else(gone, running, source, slug):
    gone.install("3.0", source, slug)
    with running() as client:
        assert status(client) == "suspended"
        assert not answers_nationally(client)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_plugin_that_is_switched_off(gone, running):
    gone.install()
    with running(disabled={FORCE}) as client:
        assert status(client) == "suspended"
        assert "switched off" in client.app.state.forces.why(FORCE)
        assert not answers_nationally(client)
        retire(client)
        assert status(client) == "national"


DAMAGED: tuple[Any, ...] = ([], ["Synthetic"], "Synthetic", 5, {"areas": 5}, {"victim_contact": "x"}, {"victim_contact": {"who": "x"}},
           {"authorisation": None}, {"areas": [{}]}, {"services": [1]}, {"chances_at_a": "many"})  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED, ids=str)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_arrangement_that_cannot_be_read(gone, running, database, damage):
    with Session(database.admin()) as session, session.begin():
        session.execute(update(ForceArrangement).where(col(ForceArrangement.force_id) == FORCE).values(profile=damage))
    with running() as client:
        assert status(client) == "suspended"
        assert not answers_nationally(client)
        for who, path in ((TRUST, "/forces"), (TRUST, PAGE), (ADMINISTRATOR, PAGE), ("kent_police.referring_officer", "/work"),
                          ("kent_police.victim_contact_officer", "/victims"),
                          ("south_provider.coordinator", f"/cases/{case_of(FORCE, 'south_provider', 'accepted').reference}")):  # fmt: skip
            assert as_(client, who).get(path).status_code == 200, path
        assert any("cannot be read" in words for _how, words, _todo in examined(examined_forces, database))
        retire(client)
        assert status(client) == "national"
        settled = client.app.state.forces.profile(FORCE)
        assert settled.authorisation.required
        assert settled.victim_contact.who == "force"


def test_what_must_still_work_works_in_a_suspended_force(gone, running, record_count):
    wrong = []
    with running() as client:
        officer, supervisor = (as_(client, f"kent_police.{role}") for role in ("referring_officer", "supervisor"))
        case = f"/cases/{case_of(FORCE, 'south_provider', 'accepted').reference}"
        deeds = {
            "read a case": officer.get(case),
            "place a hold": officer.post(f"{case}/hold/place", {"_key": key(), "cause": "group", "words": "Synthetic"}),
            "open a record in an emergency": officer.post(f"{case}/emergency", {"_key": key(), "reason": "Synthetic danger"}),
        }  # fmt: skip
        numbers = re.findall(r'name="hold"[^>]*value="(\d+)"', supervisor.get(f"{case}/hold/release").text)
        released = {"hold": numbers[-1], "reason": "over", "advice": "no"}
        deeds["release a hold"] = supervisor.fill(f"{case}/hold/release", f"{case}/hold/release", released)
        record = f"/victims/{reference_of(FORCE, HELD[0])}"
        contact = as_(client, "kent_police.victim_contact_officer")
        deeds["read a victim's record"] = contact.get(record)
        wrong = [(name, answer.status_code) for name, answer in deeds.items() if answer.status_code not in (200, 303)]
    record_count("what must work in a suspended force", len(deeds), wrong)


def test_no_route_of_a_suspended_force_fails_or_answers_for_the_nation(
    gone, running, record_count, monkeypatch: pytest.MonkeyPatch
):
    """Every route, as everybody of the force, its provider and the Trust: nothing but answers, refusals and the page that says why."""

    def undo(session: Session) -> None:
        session.flush()
        session.expunge_all()
        session.rollback()

    wrong, tried, refused = [], 0, set()
    with running() as client, monkeypatch.context() as patched:
        patched.setattr(Session, "commit", undo)
        patched.setattr(Keyring, "destroy", lambda *_key: None)
        people = [
            who for who in PEOPLE.values() if who.force == FORCE or who.body.id == SERVES[FORCE][0] or who.key == TRUST
        ]
        for route in routes_of(client.app):
            if not route.does or route.path in DOCUMENTATION or route.path.startswith("/api/"):
                continue
            for target in [target for target in targets(route) if target.force in ("", FORCE)][:2]:
                for who in (who for who in people if who.reach(*route.does)):
                    browser = Browser(client, who)
                    answer = (
                        browser.get(target.path)
                        if route.method == "GET"
                        else browser.post(target.path, body_of(target))
                    )
                    tried += 1
                    if answer.status_code == ForceSuspended.status and "This force is suspended" in answer.text:
                        refused.add(str(route))
                    elif answer.status_code >= NO_SERVER_ERROR:
                        wrong.append((str(route), target.path, who.key, answer.status_code))
    record_count("routes of a suspended force × role", tried, wrong)
    assert refused == ASK_THE_PLUGIN


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_says_that_it_found_no_installation(database, tmp_path, monkeypatch, capsys):
    from cara.operations.cli import main

    file = tmp_path / "case.json"
    file.write_text(json.dumps(example()))
    monkeypatch.setenv("CARA_HOME", str(tmp_path / "nothing"))
    assert main(["eligibility", "--force", FORCE, str(file), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["force"] == FORCE
    assert "No database of an installation" in said.err
    assert main(["eligibility", "--force", FORCE, str(file)]) == 0
    assert "No database of an installation" in capsys.readouterr().out
    monkeypatch.setenv("CARA_HOME", str(database.settings().home))
    assert main(["eligibility", "--force", FORCE, str(file)]) == 0
    said = capsys.readouterr()
    assert "No database of an installation" not in said.out + said.err


def test_the_command_and_the_import_go_by_the_installation(gone, running, database, tmp_path, monkeypatch, capsys):
    from cara.operations.cli import main

    file = tmp_path / "case.json"
    file.write_text(json.dumps(example()))
    monkeypatch.setenv("CARA_HOME", str(database.settings().home))
    monkeypatch.setenv("CARA_DATABASE_URL", database.settings().database_url)
    assert main(["eligibility", "--force", FORCE, str(file), "--json"]) == 1
    assert "suspended" in json.loads(capsys.readouterr().out)["faults"][0]["message"]
    with running() as client:
        retire(client)
    assert main(["eligibility", "--force", FORCE, str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["force"] == FORCE


def test_the_upgrade_leaves_what_there_is(database):
    """From the schema before, on a country full of cases: nothing is lost, and the new table is walled as the others are."""
    import importlib as modules

    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    step = modules.import_module("cara.platform.database.migrations.versions.core_0018_force_decisions")
    engine = database.admin()
    with engine.begin() as connection:
        before = {
            name: connection.execute(text(f"select count(*) from {name}")).scalar_one()
            for name in ("referral", "instrument")
        }
        connection.execute(text("drop table force_decision"))
        with Operations.context(MigrationContext.configure(connection)):
            step.upgrade()
        after = {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in before}
    assert before == after
    assert before["referral"] > 0
    with database.bare().begin() as connection:
        row = {"force": FORCE, "at": "2026-11-30T00:00:00+00:00"}
        add = text(
            "insert into force_decision (force_id, kind, said, proposed_at, proposed_by, confirmed_by, ended_by)"
            " values (:force, 'retirement', '', :at, '1', '', '')"
        )
        connection.execute(add, row)
        with pytest.raises(IntegrityError):
            connection.execute(add, row)
