"""What a demonstration is made from, what one that is there was made from, and whether that is what somebody asked for.

That a database was made here is written in its own ledger; no other is ever touched, and none is replaced without a word.
"""

import hashlib
import json
import sqlite3  # noqa: TID251 - looks whether a file is a practice database, before anything opens it
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from cara import __version__
from cara.errors import Misconfigured
from cara.platform.ledger import MADE

CASES: Final = 240
SEED: Final = 2021


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a demonstration is made from: equal recipes make equal cases."""

    seed: int
    cases: int
    generator: str

    @classmethod
    def of(cls, seed: int, cases: int) -> "Recipe":
        """The recipe by this version's generator, told apart by its own source."""
        return cls(seed, cases, _generator())

    @property
    def older(self) -> bool:
        """Whether another version's generator made it."""
        return self.generator != _generator()


def _generator() -> str:
    hasher = hashlib.sha256(__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        hasher.update(source.read_bytes())
    return hasher.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for; None where any will do. `fresh`: whatever is there is thrown away."""

    seed: int | None = None
    cases: int | None = None
    fresh: bool = False

    def fits(self, there: Recipe) -> bool:
        """Whether what is there will do."""
        return self.seed in (None, there.seed) and self.cases in (None, there.cases)

    def recipe(self) -> Recipe:
        """What a new demonstration is made from."""
        return Recipe.of(SEED if self.seed is None else self.seed, CASES if self.cases is None else self.cases)


def kept(database: Path, wanted: Wanted) -> Recipe | None:
    """What the demonstration that is there and stays was made from; None where one is to be made.

    Raises:
        Misconfigured: another one is there than was asked for, or something that the demonstration did not make. It is left alone.
    """
    there = made_from(database)
    if there is None or wanted.fresh:
        return None
    if not wanted.fits(there):
        raise Misconfigured(
            f"A demonstration of {there.cases} cases (seed {there.seed}) is there already, with all that was done in it. It is left as "
            "it is. Open it with `cara demo` and neither --cases nor --seed. To throw it away and make the other one, add --fresh."
        )
    return there


def made_from(database: Path) -> Recipe | None:
    """The recipe in a database's own ledger; None where there is no database.

    Raises:
        Misconfigured: the demonstration did not make it.
    """
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            row = connection.execute("select codes from ledger_entry where id = 1 and verb = ?", (MADE,)).fetchone()
    except sqlite3.DatabaseError:
        row = None
    if row is None:
        raise Misconfigured(
            "The folder of the demonstration holds a database that the demonstration did not make. It is left as it is. "
            "Move it away, or set CARA_HOME to another folder."
        )
    codes = json.loads(row[0])
    return Recipe(*(codes[one.name] for one in fields(Recipe)))
