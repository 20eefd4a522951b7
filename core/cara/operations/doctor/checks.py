"""The installation under the doctor's hands, and what a check says of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from cara.settings import Settings

if TYPE_CHECKING:
    from cara.platform.database.engine import Store
    from cara.platform.plugins import Forces

Status = Literal["ok", "skip", "warn", "fail"]
RANK: Final[dict[Status, int]] = {"ok": 0, "skip": 0, "warn": 1, "fail": 2}


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found. `todo` says what to do, and is empty where nothing need be done."""

    name: str
    status: Status
    message: str
    todo: str = ""


@dataclass
class Patient:
    """The installation under the doctor's hands; what is dear to open is opened once."""

    settings: Settings
    opened: "list[Store]" = field(default_factory=list)

    unread: str = ""
    """Why nothing can be read from the database; empty where it can, or where nobody has looked yet."""

    @property
    def there(self) -> bool:
        """Whether there is a database that can be read: looking must not make one."""
        file = self.settings.database_file
        if not self.unread and file and not file.is_file():
            self.unread = "Nothing to check yet: there is no database."
        return not self.unread

    @cached_property
    def practice(self) -> bool:
        """Whether the database is one that the demonstration made, as its own ledger says."""
        from cara.platform.ledger.origin import practice

        if not self.there:
            return False
        with work_in(self) as w:
            return practice(w.session) is not None

    @cached_property
    def store(self) -> "Store":
        """The database, walls and all, as it is: not upgraded."""
        from cara.platform.crypto.ledger_keys import LedgerKeys
        from cara.platform.database import schema
        from cara.platform.database.engine import Store, open_engine

        schema.import_models()
        store = Store(open_engine(self.settings.url, pool_size=2), LedgerKeys(self.settings.key_folder))
        self.opened.append(store)
        return store

    @cached_property
    def ledger_store(self) -> "Store":
        """The database as the ledger's own login sees it: on SQLite the same."""
        from cara.platform.bootstrap import open_store

        if self.settings.sqlite:
            return self.store
        store = open_store(self.settings, "ledger")
        self.opened.append(store)
        return store

    @cached_property
    def forces(self) -> "Forces":
        """The forces with their plugins loaded, as they stand by the database, where there is one."""
        from cara.platform.plugins import load_forces
        from cara.platform.plugins.force_settings import read_standings

        forces = load_forces()
        if self.there:
            with work_in(self) as w:
                forces.heed(read_standings(w.connection))
        return forces

    def close(self) -> None:
        """Let go of the database."""
        for store in self.opened:
            store.engine.dispose()


class NotChecked(Exception):
    """There is nothing to look at; says why."""


Finding = tuple[Status, str, str]
Check = Callable[[Patient], Iterator[Finding]]


@contextmanager
def work_in(patient: Patient, scope: Any = None, *, ledger: bool = False) -> Iterator[Any]:
    """A unit of work that reads the installation's database, or its whole `ledger`. Raises `NotChecked` where there is none."""
    from cara.platform.database.engine import Use
    from cara.platform.unit_of_work import operator, work_as

    if not patient.there:
        raise NotChecked(patient.unread)
    store, use = (patient.ledger_store, Use.VERIFYING) if ledger else (patient.store, Use.READING)
    with work_as(store, operator("doctor"), "installation", "examine", scope, use=use) as w:
        yield w
