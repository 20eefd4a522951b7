"""Killed at any point, by the system and without warning: what was acknowledged is there, nothing is half done or sent twice."""

import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cara import clock
from cara.features.course.records.models import Cohort, Place, Workshop, WorkshopChange
from cara.features.messages import states
from cara.features.messages.message_types import BY_HAND
from cara.features.messages.models import OutboxMessage
from cara.features.referrals.models import Referral
from cara.features.referrals.states import state_of
from cara.platform.ledger import seals, verifier
from cara.platform.ledger.models import LedgerEntry, LedgerSeal
from course.conftest import Stage
from sqlalchemy import func, select, text
from sqlmodel import Session
from synthetic import world

WORKER = Path(__file__).with_name("worker.py")
AFTER = states.LEASE + timedelta(minutes=1)
PATIENCE = 60.0
"""Seconds after which a silent process counts as hung."""
VERBS = {
    "book": "course.booked",
    "release": "course.released",
    "confirm": "course.confirmed",
    "move": "cohort.date_changed",
}
_e: Any = LedgerEntry
_m: Any = OutboxMessage
_p: Any = Place
_r: Any = Referral
_w: Any = Workshop
_h: Any = WorkshopChange


@dataclass
class House:
    """The parent: hears what the worker reports, and is the receiver of its messages."""

    worker: "subprocess.Popen[bytes]"
    door: socket.socket
    told: list[dict[str, Any]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    heard: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)
    _rest: bytes = b""
    _lines: dict[Any, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.worker.stdout is not None
        os.set_blocking(self.worker.stdout.fileno(), False)
        self.heard.register(self.worker.stdout, selectors.EVENT_READ, "worker")
        self.heard.register(self.door, selectors.EVENT_READ, "door")

    def ask(self, **line: Any) -> None:
        """Give the worker a line."""
        assert self.worker.stdin is not None
        self.worker.stdin.write((json.dumps(line) + "\n").encode())
        self.worker.stdin.flush()

    def hear(self, timeout: float, *, mute: bool = False) -> bool:
        """Take in what there is; False if nothing came in time. `mute`: take messages, and do not say so."""
        ready = self.heard.select(timeout)
        for key, _events in ready:
            if key.data == "door":
                line, _address = self.door.accept()
                self.heard.register(line, selectors.EVENT_READ, "line")
            elif key.data == "line":
                self._receive(key.fileobj, mute=mute)
            else:
                self._read()
        return bool(ready)

    def until(self, did: str) -> dict[str, Any]:
        """Hear until the worker reports this; that line."""
        begun = len(self.told)
        while not (found := [one for one in self.told[begun:] if one["did"] in (did, "failed")]):
            assert self.hear(PATIENCE), "the worker hangs"
        assert found[0]["did"] == did, found[0]
        return found[0]

    def close(self) -> None:
        """Hang up."""
        for key in list(self.heard.get_map().values()):
            if key.data == "line":
                key.fileobj.close()  # type: ignore[union-attr]
        self.heard.close()

    def _read(self) -> None:
        assert self.worker.stdout is not None
        *lines, self._rest = (self._rest + (self.worker.stdout.read() or b"")).split(b"\n")
        self.told += [json.loads(line) for line in lines]

    def _receive(self, line: Any, *, mute: bool) -> None:
        try:
            came = line.recv(4096)
        except ConnectionError:
            came = b""
        if not came:
            self.heard.unregister(line)
            line.close()
            return
        *whole, self._lines[line] = (self._lines.get(line, b"") + came).split(b"\n")
        for one in whole:
            self.asked += 1
            verb, _space, reference = one.decode().partition(" ")
            known = bool(self.taken[reference])
            self.taken[reference] += verb == "send"
            if not mute:
                line.sendall(b"taken\n" if verb == "send" or known else b"never\n")

    def kill(self, chance: random.Random, number: int, at: Any) -> None:
        """One life, and its end: after so many reports, or so many messages handed over, or some time; in the middle of what
        it then does."""
        self.ask(act="live", at=at.isoformat(), seed=number)
        child = self.until("born")["pid"]
        begun, asked = len(self.told), self.asked
        way = chance.choice(("reports", "messages", "messages", "time"))
        reports, messages = chance.randint(0, 14), chance.randint(1, 40)
        heard = True
        while heard:
            if way == "reports" and len(self.told) - begun >= reports:
                break
            if way == "messages" and self.asked - asked >= messages:
                break
            if way == "time" and len(self.told) > begun:
                break
            heard = self.hear(PATIENCE)
        assert heard, "the worker hangs"
        if chance.random() < 0.7:
            self.hear(chance.uniform(0, 0.02), mute=chance.random() < 0.5)
        os.kill(child, signal.SIGKILL)
        before = len(self.told)
        while not any(one["did"] == "gone" for one in self.told[before:]):
            assert self.hear(PATIENCE, mute=True), "the worker hangs"
        while self.hear(0, mute=True):
            pass  # what it had handed over before it died


@contextmanager
def house(database: Any, cases: list[str], cohorts: list[str]) -> Iterator[House]:
    """The worker, and the receiver's door."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        worker = stack.enter_context(
            subprocess.Popen([sys.executable, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        )
        stack.callback(worker.kill)
        made = House(worker, door)
        stack.callback(made.close)
        urls = {name: getattr(database, name) for name in ("kind", "url", "owner_url", "admin_url", "logins")}
        made.ask(database=urls, home=str(database.home), cases=cases, cohorts=cohorts, port=door.getsockname()[1])
        made.until("ready")
        yield made
        made.worker.stdin.close()  # type: ignore[union-attr]


def lives(database: Any, number: int, record_count: Any) -> None:
    """So many lives, each ended by force; then one that ends by itself, and a look at everything."""
    stage = Stage(database.store(), database.admin(), None, forces=world.forces())  # type: ignore[arg-type]
    cohorts = [stage.cohort(40, 31, capacity=seats) for seats in (1, 2, 3, 4)]
    cases = [stage.accepted() for _ in range(8)]
    with stage.doing() as w:
        begun = {stage.case(w, one).id or 0: stage.case(w, one).version for one in cases}
    stage.store.engine.dispose()
    chance, at = random.Random(16), clock.now()
    at = at.replace(year=stage.today.year, month=stage.today.month, day=stage.today.day, hour=9)
    with house(database, cases, cohorts) as made:
        for one in range(number):
            made.kill(chance, one, at)
            at += AFTER
        made.ask(act="settle", at=at.isoformat(), seed=0)
        made.until("settled")
        told, taken, total = made.told, made.taken, sum(made.taken.values())
    wrong = [one for one in told if one["did"] == "failed"]
    with Session(database.admin()) as session:
        wrong += [
            *acknowledged(session, told),
            *half_done(session, begun),
            *sent(session, taken, at),
            *broken(session, told),
        ]
    kinds = Counter(one["did"] for one in told)
    assert all(kinds[one] for one in ("book", "release", "move", "send")), kinds
    record_count("processes killed by the system", number, wrong)
    record_count("acknowledged writes after that", sum(kinds[one] for one in ("book", "release", "confirm", "move")))
    record_count("messages taken by their receiver", total)


def acknowledged(session: Session, told: list[dict[str, Any]]) -> Iterator[Any]:
    """What was reported and is not there, or not with its entries in the ledger."""
    entries = {one.id: one for one in session.scalars(select(LedgerEntry))}
    rows = {one.id: one for one in session.scalars(select(Place))}
    cases = {one.id: one.version for one in session.execute(select(_r.id, _r.version))}
    days = {one.id: [one.day] for one in session.execute(select(_w.id, _w.day))}
    for change in session.execute(select(_h.workshop_id, _h.day).order_by(_h.id.desc())):
        days[change.workshop_id].insert(0, change.day)
    for one in told:
        if "entries" not in one:
            continue
        kept = [entries.get(number) for number in one["entries"]]
        if None in kept or VERBS[one["did"]] not in [e and e.verb for e in kept]:
            yield "no entry in the ledger", one, [e and e.verb for e in kept]
        if "place" in one and not (one["place"] in rows and getattr(rows[one["place"]], one["column"])):
            yield "no place", one
        if "case" in one and cases[one["case"]] < one["version"]:
            yield "an older case", one
        if "workshop" in one and str(days[one["workshop"]][one["sequence"]]) != one["day"]:
            yield "no such day", one


def half_done(session: Session, begun: dict[int, int]) -> Iterator[Any]:
    """Seats without people, cases that stand elsewhere than their timeline, places of which nobody was told."""
    for cohort in session.scalars(select(Cohort)):
        there = session.scalar(
            select(func.count(_p.id)).where(
                _p.cohort_id == cohort.id, _p.refused_at.is_(None), _p.released_at.is_(None),
                _p.offered_at.is_not(None) | _p.booked_at.is_not(None),
            )
        )  # fmt: skip
        if cohort.taken != there or there > cohort.capacity:
            yield "seats and people differ", cohort.reference, cohort.taken, there
    for case in session.scalars(select(Referral).where(_r.id.in_(begun))):
        codes = session.scalars(
            select(_e.codes).where(_e.subject_kind == "referral", _e.subject_id == str(case.id)).order_by(_e.id)
        )
        steps = [step for step in map(json.loads, codes) if "to" in step]
        if steps and steps[-1]["to"] != state_of(case):
            yield "the timeline tells another story", case.reference, steps[-1], state_of(case)
        if case.version != begun[case.id or 0] + len(steps):
            yield "steps and versions differ", case.reference, case.version, len(steps)
        booked = session.scalar(select(func.count(_p.id)).where(_p.referral_id == case.id, _p.booked_at.is_not(None)))
        said = session.scalar(
            select(func.count(_m.id)).where(_m.referral_id == case.id, _m.kind == "place_booked", _m.channel == "email")
        )
        if booked != said:
            yield "places and messages differ", case.reference, booked, said


def sent(session: Session, taken: Counter[str], at: Any) -> Iterator[Any]:
    """What was not sent, sent twice, or sent without an entry that says so."""
    disclosed = Counter(
        int(number)
        for shown in session.scalars(select(_e.shown).where(_e.verb == "message.sent"))
        for number in json.loads(shown)
    )
    for row in session.scalars(select(OutboxMessage)):
        times, state = taken.pop(row.reference, 0), states.state_of(row)
        gone = state == "sent" and row.receipt == "taken"
        if times > 1:
            yield "sent twice", row.id, times
        if times != gone or (times and disclosed[row.id or 0] != 1):
            yield "sent, and not known as sent, or the other way round", row.id, row.kind, times, state
        if row.channel not in BY_HAND and state in ("waiting", "sending") and row.due_at and row.due_at <= at:
            yield "not sent", row.id, row.kind, state
    yield from taken


def broken(session: Session, told: list[dict[str, Any]]) -> Iterator[str]:
    """What the database and the ledger say of themselves."""
    if session.get_bind().dialect.name == "sqlite":
        yield from (one for one in session.scalars(text("pragma integrity_check")) if one != "ok")
        yield from map(str, session.execute(text("pragma foreign_key_check")))
    sealed = {(one.count, one.root) for one in session.scalars(select(LedgerSeal))}
    exported = [(one["count"], one["root"]) for one in told if one["did"] == "seal"]
    yield from (f"the seal over {count} entries is lost" for count, root in exported if (count, root) not in sealed)
    yield from verifier.verify(session, [seals.Root(*one) for one in exported[-1:]]).faults


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_killed_at_random_points(database, record_count, full):
    lives(database, 500 if full else 12, record_count)


@pytest.mark.full
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_killed_at_random_points_there_too(database, record_count):
    lives(database, 40, record_count)
