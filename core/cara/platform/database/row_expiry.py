"""What goes by the clock: one list, and the statement that takes from a table what its line in the list says.

A row that is needed longer than another stands further down: a session's longer than typing that waits for it, and than the
cookie of the sign-in that it began with; the key of a form longer than any form can be sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Date, delete, func, select, tuple_
from sqlmodel import SQLModel

from cara.clock import london_day

AT_ONCE: Final = 500
"""Rows that one statement takes at most: nobody waits behind a long one."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Rows of a table go when the time, or the day, in a column is so long ago."""

    table: str
    column: str
    lasts: timedelta


EXPIRING: tuple[Expiring, ...] = (
    Expiring("kept_typing", "at", timedelta(hours=1)),
    Expiring("browser_session", "ends_at", timedelta(days=7)),
    Expiring(
        "idempotency_key", "day", timedelta(days=60)
    ),  # longer than any page can be sent again, and any link works
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one look at a table came to. Where it saw no row although there are some, its login may not see them."""

    table: str
    saw: int
    deleted: int


def count_rows(connection: Connection, rule: Expiring) -> int:
    """How many rows of a table this login sees."""
    return connection.execute(select(func.count()).select_from(SQLModel.metadata.tables[rule.table])).scalar_one()


def prune(connection: Connection, rule: Expiring, now: datetime) -> int:
    """Delete some of the rows that have expired, the oldest first, and say how many; 0 once there are no more."""
    table = SQLModel.metadata.tables[rule.table]
    key, since, until = tuple_(*table.primary_key), table.c[rule.column], now - rule.lasts
    expired = since < london_day(until) if isinstance(since.type, Date) else since <= until
    old = select(*table.primary_key).where(expired).order_by(since).limit(AT_ONCE)
    return connection.execute(delete(table).where(key.in_(old))).rowcount
