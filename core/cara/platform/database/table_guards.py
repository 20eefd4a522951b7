"""Guards of tables that belong to no one case and yet tell who did what: read only in the way that each is meant to be read.

A table says in its `info` which guard it has. The tripwire refuses SQL that reads or changes it in another way, on either
engine; `cara.platform.database.postgresql_roles` makes PostgreSQL's policies of the same words. A new row may be written by anybody.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlmodel import SQLModel


@dataclass(frozen=True, slots=True)
class Guard:
    """How a table may be read. `kind` is one of `ledger`, `session`, `link` and `consultation`.

    `families` are the beginnings of verbs that a scope reads of the ledger, and `verbs` are those that anybody reads.
    """

    kind: str
    families: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()


KEYS: Final[Mapping[str, tuple[str, ...]]] = {"session": ("token_hash", "person_id"), "link": ("token_hash",)}
"""Kind → the columns by one of which such a table is read, and never as a whole."""
OPEN_TO: Final[Mapping[str, frozenset[str]]] = {
    "sealing": frozenset({"ledger"}),
    "verifying": frozenset({"ledger"}),
    "pruning": frozenset({"session", "link"}),
}
"""What a session is for (`Use`) → the kinds of guards that it passes."""


def guard_of(**given: Any) -> dict[str, Any]:
    """`__table_args__` of a guarded table."""
    return {"info": {"guard": Guard(**given)}}


@lru_cache
def guarded_tables() -> dict[str, Guard]:
    """Table name → its guard. Call it once all models are imported."""
    return {name: table.info["guard"] for name, table in SQLModel.metadata.tables.items() if "guard" in table.info}


@lru_cache(maxsize=4096)
def guards_named(statement: str) -> tuple[tuple[str, Guard], ...]:
    """The guarded tables that some SQL names, but for one that it adds a new row to."""
    return tuple(
        (table, guard)
        for table, guard in guarded_tables().items()
        if re.search(rf"\b{table}\b", statement, re.IGNORECASE) and not _only_adds(statement, table)
    )


def _only_adds(statement: str, table: str) -> bool:
    named = re.findall(rf"\b{table}\b(?!\.)", statement, re.IGNORECASE)
    return len(named) == 1 and bool(re.match(rf"\s*insert\s+into\s+\"?{table}\b", statement, re.IGNORECASE))


@lru_cache(maxsize=4096)
def by_its_key(statement: str, table: str, columns: tuple[str, ...]) -> bool:
    """Whether SQL holds one of these columns of a table against something bound."""
    return any(re.search(rf"(?:\b{table}\.|(?<![\w.])){column} = (?:\?|%\()", statement) for column in columns)


def refusal(
    statement: str, options: Mapping[str, Any], bound: Callable[[str], bool], sent: list[dict[str, Any]]
) -> str:
    """Why some SQL may not run; empty if it may. `bound` says whether it is confined to the scope, table by table."""
    scope, told = options.get("cara_scope"), options.get("cara_told") or {}
    for table, guard in guards_named(statement):
        if guard.kind in OPEN_TO.get(str(options.get("cara_use", "")), ()):
            continue
        if guard.kind in KEYS:
            if not by_its_key(statement, table, KEYS[guard.kind]):
                return f"{table} was read as a whole"
        elif guard.kind == "consultation":
            behind = scope is not None and scope.victims and (scope.keeper or bound(table))
            if not behind and told.get("trust") != "on":
                return f"{table} was named by who neither asks the Trust nor answers for it"
        elif not (scope is not None and not scope.keeper and bound(table)):
            lone = [row.get("lone_verb") for row in sent] or [None]
            if any(verb not in guard.verbs for verb in lone) or not by_its_key(statement, table, ("verb",)):
                return f"{table} was read without a scope"
    return ""
