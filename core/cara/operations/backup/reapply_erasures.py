"""Held together: the key folder and what the database knows of it. A key of somebody who was erased may not be there."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlmodel import select

from cara.features.messages import encrypted_feedback
from cara.features.victims.data_rights.retention_queries import known
from cara.platform.access.models import Organisation
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import operator, work_as


@dataclass(slots=True)
class Compared:
    """One force: its keys against its rows."""

    force: str
    rows: int = 0
    missing: int = 0
    """Rows of people not erased whose key is not here: their details cannot be read."""
    returned: list[str] = field(default_factory=list)
    """Ids of keys that are here although the person was erased: they came back with a backup."""
    unknown: int = 0
    """Keys that no row names: of work that was never committed, or of rows newer than the database."""
    answers: int = 0
    """Answers about the course that wait to be released, each with a key of its own."""
    unreadable: int = 0
    """Of these, how many have no key here. They were released or erased after the backup from which their row came back; or the
    key folder is not whole, which `missing` then shows too."""


def compare(store: Store, keys: Keyring, name: str) -> Iterator[Compared]:
    """Every force that has keys or could have rows."""
    for force in sorted({*FORCES, *keys.forces()}):
        with work_as(store, operator(name), "keys", "check", Scope(force=force)) as w:
            rows, answers = known(w, force), set(encrypted_feedback.key_ids(w))
        here = set(keys.people(force))
        yield Compared(
            force, len(rows), sum(not gone and key not in here for key, gone in rows.items()),
            sorted(key for key, gone in rows.items() if gone and key in here), len(here - rows.keys() - answers),
            len(answers), len(answers - here),
        )  # fmt: skip


def used(store: Store) -> bool:
    """Whether anything was ever done in a database."""
    with work_as(store, operator(), "ledger", "verify") as w:
        return w.session.scalar(select(Organisation.id).limit(1)) is not None


def apply(store: Store, keys: Keyring, name: str) -> int:
    """Destroy the keys of everybody whom the database knows to be erased. Returns how many had come back."""
    again = 0
    for found in compare(store, keys, name):
        for key in found.returned:
            keys.destroy(found.force, key)
            again += 1
    return again
