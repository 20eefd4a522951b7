"""Processes that record, read and erase victims, or change a force's key, until somebody ends them. What is committed they
report, a line each.

The worker imports everything once; for each line that it reads it forks a child, which shares no connection and no memory.
"""

import json
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cara.errors import NotFound
from cara.features.victims.data_rights import erasure
from cara.features.victims.wall import actions
from cara.operations.backup import key_commands as _keys_command  # noqa: F401 - before the fork: a child begins at once
from cara.operations.cli import main as command
from cara.platform.access.actor import Actor
from cara.platform.crypto.key_rotation import rotate as _rotate  # noqa: F401
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import work_as
from synthetic.databases import Database
from synthetic.people import PEOPLE

FORCE = "hampshire"
OFFICER = PEOPLE[f"{FORCE}_police.victim_contact_officer"]


class Life:
    """One child with a connection of its own."""

    def __init__(self, database: Database, seed: int, case: dict[str, Any]) -> None:
        self.store: Store = database.store()
        self.keys = Keyring(database.settings().key_folder)
        self.chance, self.case = random.Random(seed), SimpleNamespace(**case)
        self.mine: list[int] = []

    def live(self) -> None:
        """Go on until the end comes from outside."""
        while True:
            act = self.chance.choice((self.record, self.record, self.read, self.read, self.erase))
            if act == self.record or self.mine:
                act()

    def record(self) -> None:
        with self._work() as w:
            words = {name: f"Synthetic {name}" for name in ("name", "contact", "address")}
            number = actions.record_victim(w, self.keys, self.case, **words)
        self.mine.append(number)
        say(did="recorded", victim=number)

    def read(self) -> None:
        number = self.chance.choice(self.mine)
        with self._work() as w:
            found = actions.read_victim(w, self.keys, number)
        say(did="read" if found["name"] == "Synthetic name" else "read something else", victim=number)

    def erase(self) -> None:
        number = self.mine.pop(self.chance.randrange(len(self.mine)))
        with self._work() as w:
            erasure.erase(w, self.keys, number)
        say(did="erased", victim=number)
        try:
            with self._work() as w:
                actions.read_victim(w, self.keys, number)
        except NotFound:
            return
        say(did="read after erasure", victim=number)

    def _work(self) -> Any:
        who = Actor("person", str(OFFICER.number), organisation=OFFICER.body.id, force=FORCE, capacity="force",
                    roles=frozenset({OFFICER.role}))  # fmt: skip
        return work_as(self.store, who, "referral", "read", Scope(force=FORCE))


def say(**told: Any) -> None:
    """One line, whole or not at all."""
    os.write(1, (json.dumps(told) + "\n").encode())


def main() -> None:
    """`{"database": …, "case": …}`, then a line for each child: `{"act": "live" | "rotate", "seed": …}`."""
    given = json.loads(sys.stdin.readline())
    database = {**given["database"], "home": Path(given["home"])}
    say(did="ready")
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            try:
                if asked["act"] == "rotate":
                    code = _quietly(["keys", "rotate", "--force", FORCE, "--as", "synthetic.keeper", "--json"])
                    say(did="rotated" if code == 0 else "failed", why=code)
                else:
                    Life(Database(**database), asked["seed"], given["case"]).live()
            except BaseException as error:
                say(did="failed", why=f"{type(error).__name__}: {error}")
            finally:
                os._exit(0)
        say(did="born", pid=child, act=asked["act"])


def _quietly(words: list[str]) -> int:
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the rest of this child's life
    return command(words)


if __name__ == "__main__":
    main()
