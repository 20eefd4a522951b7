"""The watch over victims' words is itself tried: leaks planted one by one, each found where it was planted, and none without."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cara.features.course.outcomes.breach_report_pdf
import cara.features.messages.pages as message_pages
import cara.features.messages.render as writing
import cara.features.messages.render_outbox as outgoing
import cara.features.referrals.pages as case_pages
import cara.features.subject_access.collect
import cara.web.pages.page
import pikepdf
import pytest
from cara.errors import NotNow
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Said
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.telemetry import referral_moved
from cara.web.ui.layout import Flash
from opentelemetry import trace
from silence import plugin, rooms
from silence.scanner import isolated, places
from silence.watch import Secret, Watch
from sqlalchemy import text, update
from synthetic.browser import key
from synthetic.canaries import found_in
from synthetic.cases import case_of
from synthetic.messages import facts, message_of
from synthetic.people import PEOPLE
from synthetic.routes import routes_of, targets
from synthetic.victims import KEEPERS, victim_canary

WORDS = victim_canary("kent", "victim", "name")
NAME = Secret("kent", "victim.name")
CASE = case_of("kent", "south_provider", "referred")
BREACH = case_of("kent", "south_provider", "breach_review")
COORDINATOR, OFFICER = "south_provider.coordinator", "kent_police.referring_officer"
_m: Any = OutboxMessage


class Room:
    """What a leak can use: people's browsers, the database, somewhere to write, and a patch that ends with the test."""

    def __init__(self, as_person: Any, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.as_person, self.database, self.patch = as_person, database, monkeypatch

    def before(self, owner: Any, name: str, act: Callable[..., Any]) -> None:
        """Do something besides, whenever this is called."""
        was = getattr(owner, name)

        def both(*given: Any, **named: Any) -> Any:
            act(*given)
            return was(*given, **named)

        self.patch.setattr(owner, name, both)

    def instead(self, owner: Any, name: str, change: Callable[[Any], Any]) -> None:
        """Change what this returns."""
        was = getattr(owner, name)
        self.patch.setattr(owner, name, lambda *given, **named: change(was(*given, **named)))

    def case(self) -> Any:
        return self.as_person(COORDINATOR).get(f"/cases/{CASE.reference}")

    def accept(self) -> Any:
        browser, path = self.as_person(COORDINATOR), f"/cases/{CASE.reference}/accept"
        answer = browser.post(path, {"format": "group", "_version": "1", "_key": key()})
        return browser.get(answer.headers["location"])

    def letter(self) -> Any:
        return self.as_person(COORDINATOR).get(f"/messages/{message_of('kent', 'to_post').reference}/file")

    def entry(self) -> Any:
        where = {name: facts()[name] for name in ("date", "time", "ends", "venue", "venue_address")}
        entry = {"channel": "calendar", "kind": "workshop_entry", "facts": where | {"place": "1", "sequence": 2}}
        with self.database.admin().begin() as connection:
            connection.execute(update(OutboxMessage).where(_m.id == message_of("kent", "to_post").id).values(entry))
        return self.letter()

    def send(self) -> None:
        class Receiver:
            patience, follows = 1.0, False

            def send(self, message: Any) -> Answer:  # noqa: ARG002 - the protocol's
                return Answer(Said.TAKEN, receipt="synthetic")

        Outbox(
            self.database.store(),
            Receiver(),
            outgoing.Writer.of(self.database.settings(), Texts(), LINKED_MESSAGES),
            held_among,
        ).once()

    def record(self) -> Any:
        return self.as_person(OFFICER).get(f"/cases/{BREACH.reference}/record-of-failure")

    def copy(self) -> Any:
        return self.as_person("kent_police.supervisor").post(f"/cases/{CASE.reference}/subject-access", {"_key": key()})

    def left_behind(self) -> None:
        self.case()
        plugin.files(self.database.home)
        if self.database.kind == "postgresql":
            plugin.database(self.database)

    def command(self) -> None:
        said = [sys.executable, "-c", getattr(self, "code", "print('nothing')")]
        subprocess.run(said, capture_output=True, check=True)


@dataclass(frozen=True, slots=True)
class Planted:
    """A leak: where it must be found, what plants it, and the ordinary deed that carries it out."""

    name: str
    found: frozenset[str]
    plant: Callable[[Room], None]
    deed: Callable[[Room], Any]


def _raise(*_given: Any) -> None:
    raise NotNow(f"Speak with {WORDS} first.")


def _property(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.docinfo["/Keywords"] = WORDS
        made = io.BytesIO()
        opened.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def _sql(w: Any, *_given: Any) -> None:
    with w.session.begin_nested():
        w.session.execute(text(f"select '{WORDS}' from nowhere"))


def _and_this(made: list[dict[str, str]]) -> list[dict[str, str]]:
    return [*made, {"case": "", "day": "2026-01-02", "what": WORDS, "by": ""}]


def _case_read(act: Callable[..., Any]) -> Callable[[Room], None]:
    return lambda room: room.before(case_pages.queries, "case", act)


def planted() -> list[Planted]:
    """All of them."""
    texts = outgoing.Writer

    def leak(name: str, found: str, plant: Callable[[Room], Any], deed: Callable[[Room], Any]) -> Planted:
        return Planted(name, frozenset(found.split()), plant, deed)

    return [
        leak("a case's page", "answer", lambda r: r.instead(
            cara.web.pages.page, "_said", lambda said: (*said, Flash(WORDS))), Room.case),
        leak("a letter's words", "letter answer", lambda r: r.instead(
            writing, "letter", lambda made: replace(made, body=f"{made.body}\n\nFor {WORDS}.")), Room.letter),
        leak("a PDF's properties", "answer", lambda r: r.instead(texts, "file", _property), Room.letter),
        leak("the name of a download", "headers", lambda r: r.patch.setitem(
            message_pages._FILES, "letter", ("application/pdf", f"{WORDS}.pdf")), Room.letter),
        leak("a calendar entry's title", "calendar answer", lambda r: r.instead(
            writing, "appointment", lambda made: replace(made, title=f"Appointment about {WORDS}")), Room.entry),
        leak("an e-mail", "message", lambda r: r.instead(
            texts, "words", lambda made: replace(made, body=f"{made.body} {WORDS}")), Room.send),
        leak("a log line", "log", _case_read(lambda *_g: logging.getLogger("cara.features.referrals").warning("read %s",
        WORDS)), Room.case),
        leak("a span", "span", _case_read(lambda *_g: trace.get_current_span().set_attribute("victim", WORDS)), Room.case),
        leak("a metric", "metric", _case_read(lambda *_g: referral_moved("kent", WORDS)), Room.case),
        leak("an address", "headers address", lambda r: r.patch.setattr(
            cara.web.pages.page, "go", (lambda go: lambda to: go(f"{to}?for={WORDS}"))(cara.web.pages.page.go)), Room.accept),
        leak("an error", "error answer", _case_read(_raise), Room.case),
        leak("an error of the database", "SQL-error", _case_read(_sql), Room.case),
        leak("the record of failure", "letter answer", lambda r: r.instead(
            cara.features.course.outcomes.breach_report_pdf, "record_of", lambda made: replace(made,
            reasons=(*made.reasons, WORDS))), Room.record),
        leak("the offender's copy of what is held", "answer", lambda r: r.instead(
            cara.features.subject_access.collect, "happenings", _and_this), Room.copy),
        leak("a code of the ledger", "file|database", _case_read(
            lambda w, *_g: w.record("case.read", Act.CONSULTATION, codes={"for": WORDS})), Room.left_behind),
        leak("the name of a file", "file-name", _case_read(lambda *_g: None), Room.left_behind),
        leak("what a command says", "output", lambda r: setattr(r, "code", f"print('Told {WORDS}')"), Room.command),
    ]  # fmt: skip


PLANTED = planted()
EACH = pytest.mark.parametrize("one", PLANTED, ids=[one.name for one in PLANTED])


@pytest.fixture
def room(as_person, database, monkeypatch) -> Room:
    return Room(as_person, database, monkeypatch)


@pytest.mark.plants_leaks
@EACH
def test_a_planted_leak_is_found(room, one, record_count):
    one.plant(room)
    if one.name == "the name of a file":
        (room.database.home / f"copy-for-{WORDS}.txt").write_text("nothing")
    with isolated() as scanner:
        one.deed(room)
    expected = {f.partition("|")[0 if room.database.kind == "sqlite" else 2] or f for f in one.found}
    assert places(scanner.hits) == expected, scanner.hits
    assert {hit.secret for hit in scanner.hits} == {NAME}
    assert WORDS not in repr(scanner.hits)
    record_count("leaks planted, and not found", 1, [])


@EACH
def test_without_it_the_same_deed_is_silent(room, one):
    with isolated() as scanner:
        answer = one.deed(room)
    assert answer is None or answer.status_code == 200
    assert not scanner.hits
    assert scanner.counts


def test_a_text_without_a_canary_is_found_however_it_is_written(database):
    watch, keys = Watch(), Keyring(database.settings().key_folder)
    watch.everything = True
    watch.seal(
        "kent", "victim.contact", '{"number": "07700 900977", "words": "Say it\'s Tamsin’s <library>", "way": "phone"}'
    )
    spellings = (
        b"call 07700 900977", b"07700%20900977", b"07700+900977", "SAY IT'S TAMSIN’S <LIBRARY>".encode(),
        "<p>Say it&#39;s Tamsin’s &lt;library&gt;</p>".encode(), b'"Say it\'s Tamsin\\u2019s <library>"',
    )  # fmt: skip
    for raw in spellings:
        assert watch.found_in(raw) == {Secret("kent", "victim.contact")}, raw
    assert not watch.found_in(b"by phone on 2026-11-22")
    watch.open(b"note=07700+900977")  # typed by somebody into a page outside the room
    assert not watch.found_in(b"07700+900977")
    assert keys


def test_who_may_read_a_victim_s_words_and_where(app, record_count):
    """The one exception, tried for everybody against the force's arrangement, whatever rows the policy has."""
    forces, tried, wrong = app.state.forces, 0, []
    for route in routes_of(app):
        for who in PEOPLE.values():
            reach = who.reach(*route.does) if route.does else None
            actor = Actor("person", "1", organisation=who.body.id, force=who.force, capacity=who.capacity,
                          roles=frozenset({who.role}))  # fmt: skip
            for force, keeper in KEEPERS.items():
                may = rooms.may_read(route.does, actor, forces, Secret(force, "victim.name"))
                own = who.force == force and who.capacity == "force"
                keeps = who.capacity == "victim_service" and who.body.id == keeper and keeper is not None
                tried += 1
                if may and not (route.does[0] in rooms.READ and ((reach == "own_force" and own) or keeps)):
                    wrong.append((str(route), who.key, force))
    record_count("who may read victims' words", tried, wrong)


def test_their_own_pages_hold_them_and_give_no_hit(app, as_person, record_count):
    """Whoever speaks with victims reads their words at every page of the room; nobody else's watch finds any."""
    opened, seen, hits = 0, 0, []
    readers = [one for one in PEOPLE.values() if one.role in ("victim_worker", "victim_contact_officer", "supervisor")]
    for route in (r for r in routes_of(app) if r.method == "GET" and rooms.is_room(r.does)):
        for who in (one for one in readers if one.reach(*route.does)):
            for target in targets(route):
                with isolated() as scanner:
                    answer = as_person(who.key).get(target.path)
                opened, hits = opened + 1, [*hits, *scanner.hits]
                seen += any(o.owner.startswith("victim:") for o in found_in(answer.content))
    assert seen
    record_count("pages of the victims' room, read by those whose it is", opened, hits)
