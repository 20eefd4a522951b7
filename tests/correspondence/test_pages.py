"""Pages of the outbox, what can be done there, the demonstration's kept messages, and the timer that sends."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cara.features.messages import outbox_loop
from cara.features.messages.models import OutboxMessage
from cara.features.messages.pages import _title
from cara.operations.app import create_app
from cara.operations.linked_messages import LINKED_MESSAGES
from icalendar import Calendar
from litestar.testing import TestClient
from sqlalchemy import insert, select, update
from synthetic import notify as stand_in
from synthetic import world
from synthetic.browser import Browser, key
from synthetic.canaries import found_in
from synthetic.messages import _message, facts, message_of
from synthetic.notify import KEY, TEMPLATES
from synthetic.people import PEOPLE

COORDINATOR = "south_provider.coordinator"
OFFICER = "kent_police.referring_officer"
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
_m: Any = OutboxMessage


def row(database: Any, number: int) -> Any:
    with database.admin().connect() as connection:
        return connection.execute(select(OutboxMessage).where(_m.id == number)).one()


def test_what_waits_for_a_person_comes_first(as_person):
    page = as_person(COORDINATOR).get("/messages")
    assert page.status_code == 200
    for standing in ("to_post", "doubtful", "failed"):
        assert page.text.index(message_of("kent", standing).reference) < page.text.index("All others, newest first")
    assert page.text.index(message_of("kent", "kept").reference) > page.text.index("All others, newest first")
    assert "No sending service is set up" in page.text
    case = message_of("kent", "kept").case
    assert "/messages" in as_person(OFFICER).get(f"/cases/{case.reference}").text
    assert as_person(OFFICER).get(f"/cases/{case.reference}/messages").status_code == 200


@pytest.mark.parametrize(
    ("standing", "verb", "wanted"),
    [("to_post", "posted", "Posted"), ("doubtful", "was_sent", "Sent"), ("doubtful", "again", "Waiting"), ("failed", "again", "Waiting"),
     ("waiting", "cancel", "Cancelled")],
)  # fmt: skip
def test_what_a_person_says_of_a_message(as_person, standing, verb, wanted):
    browser, path = as_person(COORDINATOR), f"/messages/{message_of('kent', standing).reference}"
    assert browser.fill(path, f"{path}/{verb}").status_code == 303
    page = browser.get(path)
    assert re.search(rf"govuk-tag[^>]*>{wanted}<", page.text)
    assert f'action="{path}/{verb}"' not in page.text
    assert browser.post(f"{path}/{verb}", {"_key": key(), "_version": "2"}).status_code == 409


def test_only_who_may_sees_the_buttons(as_person):
    path = f"/messages/{message_of('kent', 'doubtful').reference}"
    for who, there in ((COORDINATOR, True), ("south_provider.facilitator", False), (OFFICER, False)):
        assert (f'action="{path}/again"' in as_person(who).get(path).text) is there


def test_a_letter_and_an_entry_to_take_away(as_person, database):
    one = message_of("kent", "to_post")
    browser, path = as_person(COORDINATOR), f"/messages/{one.reference}/file"
    letter = browser.get(path)
    assert letter.content.startswith(b"%PDF")
    assert letter.headers["content-type"] == "application/pdf"
    assert not found_in(b"".join(value for _name, value in letter.headers.raw))
    where = {name: facts()[name] for name in ("date", "time", "ends", "venue", "venue_address")}
    entry = {"channel": "calendar", "kind": "workshop_entry", "facts": where | {"place": "1", "sequence": 2}}
    with database.admin().begin() as connection:
        connection.execute(update(OutboxMessage).where(_m.id == one.id).values(entry))
    event = Calendar.from_ical(browser.get(path).content).walk("VEVENT")[0]
    assert (str(event["summary"]), int(event["sequence"])) == ("Appointment", 2)
    assert browser.get(f"/messages/{message_of('kent', 'doubtful').reference}/file").status_code == 409


@SQLITE
def test_the_demonstration_keeps_and_shows_what_it_would_have_sent(database, monkeypatch):
    monkeypatch.setattr(
        "cara.operations.practice_guard.practice", lambda _session: {"whole": True}
    )  # as if it had made this database
    settings = database.settings(demo=True, notify_key=KEY, notify_email_template="x", notify_sms_template="x")
    app = create_app(settings, forces=world.forces())
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        one = message_of("kent", "waiting")
        browser = Browser(client, PEOPLE[COORDINATOR])
        for _ in range(100):  # the timer has begun with the application
            page = browser.get(f"/messages/{one.reference}")
            if "Kept, not sent" in page.text:
                break
            time.sleep(0.02)
        assert "What was kept instead of sending it" in page.text
        assert "Your place is booked" in page.text
        assert "What would have been sent" in browser.get("/messages").text
    assert row(database, one.id).kept["to"] == one.case.mark("offender", "email")
    app.state.store.engine.dispose()


@SQLITE
def test_without_a_service_everything_waits(client, database):
    assert client.app.state.outbox is None
    assert row(database, message_of("kent", "waiting").id).due_at is not None


def test_a_force_whose_texts_have_a_fault_is_suspended_and_says_why(database, tmp_path, monkeypatch):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "reminder.sms.txt").write_text("On {dat}")
    forces = world.forces()
    monkeypatch.setattr(forces, "letters", lambda: {"hampshire": tmp_path})
    outbox_loop.writer(database.settings(), forces, LINKED_MESSAGES)
    assert forces.status("hampshire") == "suspended"
    assert "{dat}" in forces.why("hampshire")
    assert forces.status("leicestershire") == "active"


def work(database: Any, url: str) -> subprocess.Popen[str]:
    """`cara work --once` in a process of its own."""
    given = {
        "CARA_HOME": str(database.home), "CARA_NOTIFY_KEY": KEY, "CARA_NOTIFY_EMAIL_TEMPLATE": TEMPLATES["email"],
        "CARA_NOTIFY_SMS_TEMPLATE": TEMPLATES["sms"], "CARA_NOTIFY_URL": url, "CARA_SETTINGS": str(database.home / "none.toml"),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "cara.operations.cli", "work", "--once"], env=os.environ | given, cwd=Path(database.home), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@SQLITE
def test_a_process_killed_while_it_sends_loses_and_repeats_nothing(database, record_count, full):
    """A real process and a real kill, while Notify's stand-in takes its messages; then the outbox is looked after once more."""
    deaths, number = (40 if full else 4), 30
    pattern, wrong = _message(message_of("hampshire", "waiting")), []
    with database.admin().begin() as connection:
        connection.execute(update(OutboxMessage).values(due_at=None))
    with stand_in.running() as notify:
        for death in range(deaths):
            with database.admin().begin() as connection:
                names = {5000 + 100 * death + n: f"k{death}-{n}" for n in range(number)}
                more = [pattern | {"id": one, "reference": name, "key": name} for one, name in names.items()]
                connection.execute(insert(OutboxMessage), more)
            before, process = len(notify.taken), work(database, notify.url)
            while process.poll() is None and len(notify.taken) < before + 3 + 7 * (death % 4):
                time.sleep(0.005)
            process.kill()
            process.communicate()
            with database.admin().begin() as connection:  # as if the lease had ended
                held = update(OutboxMessage).where(_m.due_at.is_not(None), _m.sent_at.is_(None))
                connection.execute(held.values(due_at=pattern["queued_at"]))
            for _ in range(2):
                said, error = (process := work(database, notify.url)).communicate(timeout=60)
                assert process.returncode == 0, error
        assert "looked after" in said
        times = notify.times
    for death in range(deaths):
        wrong += [(death, n, times[f"k{death}-{n}"]) for n in range(number) if times[f"k{death}-{n}"] != 1]
    with database.admin().connect() as connection:
        sent = connection.execute(select(_m.id).where(_m.id >= 5000, _m.sent_at.is_(None))).all()
    assert sent == []
    record_count("messages of processes that were killed", deaths * number, wrong)


def test_the_entries_of_two_workshops_are_told_apart_in_a_list():
    def listed(kind, **facts):
        return _title(SimpleNamespace(kind=kind, facts=facts))

    a, b = (listed("workshop_entry", date=day, place="1/A") for day in ("2026-11-28", "2026-12-26"))
    assert (a, b) == ("Workshop in the calendar: 28 November 2026", "Workshop in the calendar: 26 December 2026")
    assert listed("place_booked", date="2026-11-28", second_date="2026-12-26") == "Place booked"
    assert listed("feedback_invitation") == "Invitation to say what one thought"
