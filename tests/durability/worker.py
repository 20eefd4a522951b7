"""A process that books, gives back, moves dates, seals and sends until somebody ends it. What is committed it reports, a line each.

It is started once and imports everything; for each line that it reads it forks a child, which does the work. Children share no
connection and no memory, and nothing that they know outlives them.
"""

import json
import os
import random
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cara import clock
from cara.errors import CaraError
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.records import queries
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Outgoing, Said
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.database.engine import Use
from cara.platform.ledger import seals
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import Work, operator, work_as
from course.conftest import PROVIDER, Stage, actor
from sqlalchemy import select
from synthetic.databases import Database
from synthetic.people import PEOPLE

FIRST_A, FIRST_B = 40, 71
"""Days from today on which workshops may stand: A on one of four from the first, B on one of five from the other."""
_e: Any = LedgerEntry


class Receiver:
    """The way to whoever takes messages: they are in another process, and remember what they took."""

    patience = 1.0
    follows = False

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port)).makefile("rw")

    def send(self, message: Outgoing) -> Answer:
        """Hand a message over."""
        return Answer(Said.TAKEN, receipt=self._say("send", message.reference))

    def ask(self, reference: str, began_at: datetime) -> Answer:  # noqa: ARG002 - the protocol's
        """Whether they took it."""
        known = self._say("ask", reference)
        return Answer(Said.TAKEN, receipt=known) if known == "taken" else Answer(Said.NEVER_SEEN)

    def follow(self, receipt: str) -> Answer:
        """Nothing is followed."""
        raise AssertionError(receipt)

    def _say(self, verb: str, reference: str) -> str:
        self.line.write(f"{verb} {reference}\n")
        self.line.flush()
        return self.line.readline().strip()


@dataclass
class Life:
    """One child: what it may touch, and what time it is."""

    database: Database
    cases: list[str]
    cohorts: list[str]
    port: int
    at: datetime
    seed: int
    chance: random.Random = field(init=False)
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.stage = Stage(self.database.store(), None, None)  # type: ignore[arg-type]  # it makes and tampers with nothing
        self.sealing = self.database.store("ledger")
        self.admin = self.database.admin()
        self.outbox = Outbox(
            self.stage.store,
            Receiver(self.port),
            Writer.of(self.database.settings(), Texts(), LINKED_MESSAGES),
            held_among,
        )

    def live(self) -> None:
        """Go on until the end comes from outside."""
        acts = (self.book, self.book, self.book, self.release, self.confirm, self.move, self.move)
        with clock.at(self.at):
            while True:
                if self.chance.random() < 0.25:
                    say(did="send", count=self.outbox.once())
                elif self.chance.random() < 0.05:
                    self.seal()
                else:
                    self.do(self.chance.choice(acts))

    def settle(self) -> None:
        """Send all that is due, at the end of all lives."""
        with clock.at(self.at):
            while self.outbox.once():
                pass
        say(did="settled")

    def do(self, act: Callable[[Work], dict[str, Any]]) -> None:
        """One unit of work of the coordinator; it is reported after it is committed, unless it was refused."""
        who = PEOPLE[f"{PROVIDER}.coordinator"]
        scope = actor(who).scope(who.reach("referral", "read") or "")
        before = max(self._entries(), default=0)
        try:
            with work_as(self.stage.store, actor(who), "course", "list", scope) as w:
                told = act(w)
        except CaraError:
            return
        say(did=act.__name__, entries=self._entries(before), **told)

    def _entries(self, after: int = 0) -> list[int]:
        """The numbers of entries that are committed: the application itself sees those of some acts only."""
        with self.admin.connect() as connection:
            return list(connection.execute(select(_e.id).where(_e.id > after).order_by(_e.id)).scalars())

    def book(self, w: Work) -> dict[str, Any]:
        """Somebody gets a place in some cohort."""
        case = self.stage.case(w, self.chance.choice(self.cases))
        actions.book(w, case, case.version, queries.cohort(w, self.chance.choice(self.cohorts)))
        return self._of_place(w, case, "booked_at")

    def confirm(self, w: Work) -> dict[str, Any]:
        """Somebody says that they will come."""
        case = self.stage.case(w, self.chance.choice(self.cases))
        actions.confirm(w, case, case.version)
        return self._of_place(w, case, "confirmed_at")

    def release(self, w: Work) -> dict[str, Any]:
        """A place is taken back."""
        case = self.stage.case(w, self.chance.choice(self.cases))
        place = queries.active_place(w, case)
        actions.release(w, case, case.version, "asked")
        return {
            "case": case.id,
            "version": case.version,
            "place": place.id if place else 0,
            "column": "released_at",
        }

    def move(self, w: Work) -> dict[str, Any]:
        """A workshop gets another day, and everybody goes along."""
        part = self.chance.choice("AB")
        cohort, room = self.stage.workshop(w, self.chance.choice(self.cohorts), part)
        offset = FIRST_A + self.chance.randrange(4) if part == "A" else FIRST_B + self.chance.randrange(5)
        day = self.stage.today + timedelta(offset)
        slot = Slot(day, time(9, 30), time(15), cohort_actions._venue_of(w, room))
        cohort_actions.change_workshop(w, self.stage.forces, cohort, part, room.version, slot, "Synthetic snow")
        return {"workshop": room.id, "sequence": room.sequence + 1, "day": day.isoformat()}

    def _of_place(self, w: Work, case: Any, column: str) -> dict[str, Any]:
        place = queries.active_place(w, case)
        return {"case": case.id, "version": case.version, "place": place.id if place else 0, "column": column}

    def seal(self) -> None:
        """The ledger is sealed, as a timer does."""
        with work_as(self.sealing, operator("sealer"), "ledger", "seal", use=Use.SEALING) as w:
            root = seals.seal(w.session)
        say(did="seal", count=root.count, root=root.root)


def say(**told: Any) -> None:
    """One line, whole or not at all."""
    os.write(1, (json.dumps(told) + "\n").encode())


def main() -> None:
    """`{"database": …, "cases": …, "cohorts": …, "port": …}`, then a line for each life: `{"act", "at", "seed"}`."""
    given = json.loads(sys.stdin.readline())
    database = {**given.pop("database"), "home": Path(given["home"])}
    given.pop("home")
    say(did="ready")
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            try:
                at = datetime.fromisoformat(asked["at"])
                life = Life(Database(**database), **given, at=at, seed=asked["seed"])
                {"live": life.live, "settle": life.settle}[asked["act"]]()
            except BaseException as error:
                say(did="failed", why=f"{type(error).__name__}: {error}")
                raise
            finally:
                os._exit(0)
        say(did="born", pid=child)
        os.waitpid(child, 0)
        say(did="gone")


if __name__ == "__main__":
    main()
