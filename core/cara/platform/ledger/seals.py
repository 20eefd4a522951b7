"""Sealing: a changed, removed, reordered or truncated entry does not go unseen (`cara.platform.ledger.verifier` looks).

A seal covers every committed entry that none covers yet, wherever its number stands, and says so in a table of its own: entry →
seal. Nobody who writes waits for it, and it depends on no transaction's number and no sequence, so it holds after a restore and on a
replica. It hashes the digests of its entries, in the order of their numbers, together with the last seal's root, its own
instant and how many entries there are so far; a tag, keyed by a secret outside the database, says that this installation made it.
Seals from before cover a range of numbers, up to `last_entry`, and have no tag.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, bindparam, func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from cara import clock
from cara.errors import Unavailable, WallBreached
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database import postgresql_roles
from cara.platform.database.engine import Use
from cara.platform.ledger.models import LedgerEntry, LedgerSeal, LedgerSealed

SEALER: Final = 20121
"""PostgreSQL advisory lock of whoever seals. Nobody else takes it."""
PATIENCE: Final = "10s"
"""How long one who seals waits for another."""
SETTLED: Final = timedelta(days=1)
"""Nobody's transaction is open for so long. What looks for entries at every turn looks above those of seals that are older."""
FIRST: Final = hashlib.sha256(b"CARA ledger").hexdigest()
_SEALED = insert(LedgerSealed).inline()
_ENTRIES: Table = LedgerEntry.__table__  # type: ignore[attr-defined]  # what SQLModel gives a table's class
_SEALED_BY: Table = LedgerSealed.__table__  # type: ignore[attr-defined]
_UNSEALED = (
    select(_ENTRIES.c.id, _ENTRIES.c.digest, _ENTRIES.c.at)
    .where(
        _ENTRIES.c.id > bindparam("above"),
        ~select(_SEALED_BY.c.id).where(_SEALED_BY.c.id == _ENTRIES.c.id).exists(),
    )
    .order_by(_ENTRIES.c.id)
)
_SEAL = insert(LedgerSeal).inline()


@dataclass(frozen=True, slots=True)
class Root:
    """What is exported: so many entries hash to this. `found` and `oldest` say what this turn of sealing found to do: how many
    entries, and when the oldest of them was written."""

    count: int
    root: str
    found: int = 0
    oldest: datetime | None = None


def seal(session: Session, *, whole: bool = False) -> Root:
    """Seal what is not yet sealed and return the newest root. `session` is begun for sealing (`Use.SEALING`).

    `whole`: look through all entries, not only above those that were sealed a day ago.

    Raises:
        Unavailable: another process has been sealing for too long. Nothing was changed.
        Misconfigured: whoever is connected does not see every entry.
    """
    connection = session.connection()
    if connection.get_execution_options().get("cara_use") != Use.SEALING:
        raise WallBreached("the ledger is sealed in a session that is for sealing")
    postgresql_roles.refuse_blind(connection, "ledger", "ledger_entry")
    if connection.dialect.name == "postgresql":
        _take_turns(connection)
    last = session.scalars(select(LedgerSeal).order_by(col(LedgerSeal.id).desc()).limit(1)).first()
    rows = unsealed(connection, below=0 if whole else _settled(connection))
    if not rows:
        return Root(last.count, last.root) if last else Root(0, FIRST)
    now, before = clock.now(), last.root if last else FIRST
    count = (last.count if last else 0) + len(rows)
    root = chain(before, [row.digest for row in rows], count, now)
    number = (last.id if last else 0) + 1
    keys: LedgerKeys = session.info["ledger_keys"]
    connection.execute(
        _SEAL,
        {
            "id": number, "at": now, "last_entry": max(rows[-1].id, last.last_entry if last else 0), "count": count, "root": root,
            "tag": keys.sign("seal", signed(number, count, root)),
        },
    )  # fmt: skip
    connection.execute(_SEALED, [{"id": row.id, "seal_id": number} for row in rows])
    return Root(count, root, len(rows), min(row.at for row in rows))


def _take_turns(connection: Connection) -> None:
    connection.execute(text("select set_config('lock_timeout', :wait, true)"), {"wait": PATIENCE})
    try:
        connection.execute(text("select pg_advisory_xact_lock(:one)"), {"one": SEALER})
    except OperationalError:
        raise Unavailable(
            "Another process has been sealing the ledger for long. Nothing was changed. Try again."
        ) from None


def _settled(connection: Connection) -> int:
    """The highest number that seals of more than a day ago reach."""
    wanted = select(func.max(LedgerSeal.last_entry)).where(col(LedgerSeal.at) < clock.now() - SETTLED)
    return connection.execute(wanted).scalar() or 0


def ranged(connection: Connection) -> int:
    """The highest number that a seal of the old kind reaches."""
    wanted = select(func.max(LedgerSeal.last_entry)).where(col(LedgerSeal.tag) == "")
    return connection.execute(wanted).scalar() or 0


def unsealed(connection: Connection, below: int = 0) -> Sequence[Row[Any]]:
    """Committed entries above a number that no seal covers: number, digest and instant, in the order of their numbers."""
    above = max(below, ranged(connection))
    return [*connection.execute(_UNSEALED, {"above": above})]


def chain(before: str, digests: Sequence[str], count: int, at: datetime) -> str:
    """The root of a seal over these digests, after the root before it."""
    hasher = hashlib.sha256(before.encode())
    for digest in digests:
        hasher.update(digest.encode())
    hasher.update(closing(count, at))
    return hasher.hexdigest()


def closing(count: int, at: datetime) -> bytes:
    """The end of what a seal hashes: entries from the beginning up to it, and its instant."""
    return f"{count} {at.astimezone(UTC).isoformat()}".encode()


def signed(number: int, count: int, root: str) -> bytes:
    """What a seal's tag is over."""
    return f"{number} {count} {root}".encode()
