"""A force's key is changed while processes record, read and erase victims, and whoever changes it is killed again and again."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from cara.features.victims.wall import encryption
from cara.features.victims.wall.models import Victim
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger import verifier
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import func, select
from sqlmodel import Session
from synthetic.cases import case_of

from keeping.conftest import whole

WORKER = Path(__file__).with_name("worker.py")
FORCE = "hampshire"
CASE = case_of(FORCE, "north_provider", "accepted")
PATIENCE = 60.0


class House:
    """The parent: starts children, ends them, and hears what they report."""

    def __init__(self, database: Any) -> None:
        settings = {"CARA_HOME": str(database.home), "CARA_DATABASE_URL": database.url}
        self.worker = subprocess.Popen(
            [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | settings
        )
        self.told: list[dict[str, Any]] = []
        self.heard: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.ear = Thread(target=self._listen, daemon=True)
        self.ear.start()
        urls = {name: getattr(database, name) for name in ("kind", "url", "owner_url", "admin_url", "logins")}
        self.ask(database=urls, home=str(database.home), case=vars(whole(CASE)))
        self.until("ready")

    def ask(self, **line: Any) -> None:
        assert self.worker.stdin
        self.worker.stdin.write((json.dumps(line) + "\n").encode())
        self.worker.stdin.flush()

    def _listen(self) -> None:
        for line in self.worker.stdout or ():
            self.heard.put(json.loads(line))

    def hear(self, timeout: float) -> dict[str, Any] | None:
        """The next report, if one comes in time."""
        try:
            self.told.append(self.heard.get(timeout=timeout))
        except Empty:
            return None
        return self.told[-1]

    def until(self, did: str, **like: Any) -> dict[str, Any]:
        while one := self.hear(PATIENCE):
            assert one["did"] != "failed", one
            if one["did"] == did and like.items() <= one.items():
                return one
        raise AssertionError("the worker hangs")

    def start(self, act: str, seed: int = 0) -> int:
        self.ask(act=act, seed=seed)
        return int(self.until("born", act=act)["pid"])

    def close(self) -> None:
        assert self.worker.stdin
        self.worker.stdin.close()
        self.worker.wait(PATIENCE)
        self.ear.join(PATIENCE)
        self.worker.stdout.close()  # type: ignore[union-attr]
        while self.hear(0):
            pass


def test_keys_are_changed_under_traffic(database, record_count, full):
    keys, chance, killed, changed = Keyring(database.settings().key_folder), random.Random(21), 0, 0
    house = House(database)
    lives = [house.start("live", seed) for seed in range(3)]
    for _turn in range(60 if full else 4):
        rotator = house.start("rotate")
        ended = chance.random() < 0.6
        for _report in range(chance.randrange(30, 200)) if ended else ():
            one = house.hear(PATIENCE)
            assert one is not None
            if one["did"] == "rotated":
                break
        if ended:
            os.kill(rotator, signal.SIGKILL)
            killed += 1
        else:
            house.until("rotated")
            changed += 1
    house.start("rotate")
    house.until("rotated")
    for pid in lives:
        os.kill(pid, signal.SIGKILL)
    house.close()
    told = Counter(one["did"] for one in house.told)
    wrong = [one for one in house.told if one["did"] in ("failed", "read something else", "read after erasure")]
    with Session(database.admin()) as session:
        wrong += list(amiss(session, keys, house.told, len(lives)))
        wrong += verifier.verify(session, keys=database.ledger_keys).faults
        begun, ended_well = (
            session.scalar(
                select(func.count()).where(LedgerEntry.verb == verb, LedgerEntry.actor_id == "synthetic.keeper")
            )
            for verb in ("keys.rotation_begun", "keys.rotated")
        )
    assert begun >= ended_well > changed
    assert not keys.retired(FORCE)
    record_count("changes of a force's key, begun", begun)
    record_count("of these killed by the system", killed)
    record_count("victims read while keys changed", told["read"])
    record_count("victims erased while keys changed", told["erased"])
    record_count("victims recorded while keys changed", told["recorded"], wrong)


def amiss(session: Session, keys: Keyring, told: list[dict[str, Any]], ended: int) -> Iterator[Any]:
    """Recorded and unreadable, or erased and readable. `ended`: how many were killed at whatever they did."""
    gone = {one["victim"] for one in told if one["did"] == "erased"}
    rows = {one.id: one for one in session.scalars(select(Victim).where(Victim.force_id == FORCE))}
    unread = []
    for one in told:
        if one["did"] != "recorded":
            continue
        row = rows.get(one["victim"])
        if row is None:
            yield "lost", one
        elif one["victim"] in gone or row.erased_at:
            if keys.has(FORCE, row.key_id):
                yield "came back", one
        elif not keys.has(FORCE, row.key_id):
            unread.append(one)
        elif encryption.unsealed(keys, row)["name"] != "Synthetic name":
            yield "another's", one
    # Killed between the key's destruction and the commit, one leaves a row that cannot be read, and that it never reported.
    if len(unread) > ended:
        yield "cannot be read", unread
