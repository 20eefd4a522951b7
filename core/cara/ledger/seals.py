"""Sealing and verifying: a changed, removed, reordered or truncated entry does not go unseen.

Each seal hashes the digests of the entries since the last one together with the last seal's root, its own instant and how
many entries it reaches. An exported root, kept elsewhere, also shows when the whole ledger was rewritten. Entries that no
seal covers yet are numbered without a gap on SQLite; PostgreSQL leaves gaps by itself, so there what is removed before the
next seal is not seen: seal often.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, String, func, select, text, type_coerce
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from cara import clock
from cara.errors import Unavailable, WallBreached
from cara.ledger.models import LedgerEntry, LedgerSeal
from cara.ledger.record import digest
from cara.storage.engine import SEALING, Use

_e: Any = LedgerEntry
_s: Any = LedgerSeal
_FIRST = hashlib.sha256(b"CARA ledger").hexdigest()


@dataclass(frozen=True, slots=True)
class Root:
    """What is exported: so many entries hash to this."""

    count: int
    root: str


@dataclass(slots=True)
class Verdict:
    """What a verification found. `faults` is empty when the ledger is whole."""

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)


def seal(session: Session, *, wait: int = 0) -> Root:
    """Seal what is not yet sealed and return the newest root.

    Nobody may be writing meanwhile, so that no entry slips below a seal. `wait`: seconds to wait for them on PostgreSQL, where
    new requests wait too. `session` is begun for sealing (`Use.SEALING`).

    Raises:
        Unavailable: others are still writing. Nothing was changed.
    """
    if session.get_bind().dialect.name == "postgresql":
        _alone(session.connection(), wait)
    last = session.scalars(select(LedgerSeal).order_by(_s.id.desc()).limit(1)).first()
    after = last.last_entry if last else 0
    chain = hashlib.sha256((last.root if last else _FIRST).encode())
    count, newest = 0, after
    for entry_id, entry_digest in session.execute(select(_e.id, _e.digest).where(_e.id > after).order_by(_e.id)):
        chain.update(entry_digest.encode())
        count, newest = count + 1, entry_id or newest
    if not count:
        return Root(last.count, last.root) if last else Root(0, _FIRST)
    now, total = clock.now(), (last.count if last else 0) + count
    chain.update(_closing(total, now))
    row = LedgerSeal(id=(last.id if last else 0) + 1, at=now, last_entry=newest, count=total, root=chain.hexdigest())
    session.add(row)
    session.flush()
    return Root(row.count, row.root)


def _alone(connection: Connection, wait: int) -> None:
    """Take the locks of sealing: one seal at a time, and nobody writing."""
    if connection.get_execution_options().get("cara_use") != Use.SEALING:
        raise WallBreached("the ledger is sealed in a session that is for sealing")
    busy = "Others are writing at the moment. Nothing was sealed. Try again once a long import or report has ended."
    if not wait:
        locked = text("select pg_try_advisory_xact_lock(:one) and pg_try_advisory_xact_lock(:all)")
        if not connection.execute(locked, {"one": SEALING + 1, "all": SEALING}).scalar():
            raise Unavailable(busy)
        return
    try:
        connection.execute(text("select set_config('lock_timeout', :wait, true)"), {"wait": f"{wait}s"})
        connection.execute(text("select pg_advisory_xact_lock(:one)"), {"one": SEALING + 1})
        connection.execute(text("select pg_advisory_xact_lock(:all)"), {"all": SEALING})
    except OperationalError:
        raise Unavailable(busy) from None


def _closing(count: int, at: datetime) -> bytes:
    """The end of what a seal hashes: entries from the beginning up to it, and its instant."""
    return f"{count} {at.astimezone(UTC).isoformat()}".encode()


def verify(session: Session, exported: Root | None = None) -> Verdict:
    """Read the whole ledger and say what does not fit: content against digests, digests against seals, seals against each
    other and, if given, against a root exported earlier. A row that cannot be read is a fault like any other."""
    verdict = Verdict()
    connection = session.connection()
    seals = list(_rows(connection, LedgerSeal))
    entries = _entries(connection, verdict)
    previous, below, count = _FIRST, 0, 0
    roots = {0: _FIRST}
    held: tuple[int, str] | None = None
    for expected, (number, one) in enumerate(seals, start=1):
        if number != expected:
            verdict.faults.append(f"seal {expected} is missing")
        verdict.seals += 1
        if one is None:
            verdict.faults.append(f"seal {number} cannot be read")
            continue
        chain = hashlib.sha256(previous.encode())
        while True:
            held = held or next(entries, None)
            if held is None or held[0] > one["last_entry"]:
                break
            chain.update(held[1].encode())
            count, held = count + 1, None
        chain.update(_closing(one["count"], one["at"]))
        if count != one["count"]:
            verdict.faults.append(f"seal {number} covers {one['count']} entries, {count} are there")
        if chain.hexdigest() != one["root"]:
            verdict.faults.append(f"entries {below + 1} to {one['last_entry']} do not hash to seal {number}")
        previous, below = one["root"], one["last_entry"]
        roots[one["count"]] = one["root"]
    while held or (held := next(entries, None)):
        verdict.unsealed, held = verdict.unsealed + 1, None
    if exported and roots.get(exported.count) != exported.root:
        verdict.faults.append(f"the exported root of {exported.count} entries is not in this ledger")
    return verdict


def _entries(connection: Connection, verdict: Verdict) -> Iterator[tuple[int, str]]:
    numbered = connection.dialect.name == "sqlite"  # it takes a number back with what is rolled back
    before = 0
    for number, row in _rows(connection, LedgerEntry):
        verdict.entries += 1
        if numbered and number > before + 1:
            gap = f"entries {before + 1} to {number - 1} are" if number > before + 2 else f"entry {number - 1} is"
            verdict.faults.append(f"{gap} missing")
        before = number
        if row is None:
            verdict.faults.append(f"entry {number} cannot be read")
        elif digest(row) != row["digest"]:
            verdict.faults.append(f"entry {number} was changed")
        yield number, row["digest"] if row else ""


def _rows(connection: Connection, model: Any) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Each row with its number, in order; None for one that is not what its columns can hold. In batches, because whatever
    one such row raises ends the result that it is in."""
    table = model.__table__
    columns = [type_coerce(c, String).label("at") if c.name == "at" else c for c in table.c]
    numbers: Sequence[int] = ()
    more = select(table.c.id).order_by(table.c.id).limit(1000)
    while numbers := connection.scalars(more.where(table.c.id > numbers[-1]) if numbers else more).all():
        wanted = select(*columns).where(table.c.id.between(numbers[0], numbers[-1]))
        found = _read(connection, wanted)
        for number in numbers:
            row = (
                found.get(number)
                if found is not None
                else (_read(connection, wanted.where(table.c.id == number)) or {}).get(number)
            )
            yield number, row


def _read(connection: Connection, wanted: Select[Any]) -> dict[int, dict[str, Any]] | None:
    try:
        return {row["id"]: _typed(row) for row in connection.execute(wanted).mappings()}
    except (ValueError, TypeError, AttributeError, DBAPIError):
        return None


def _typed(row: Any) -> dict[str, Any]:
    """A row whose instant is one, and whose texts are texts; raises whatever any other leads to."""
    at = datetime.fromisoformat(row["at"]) if isinstance(row["at"], str) else row["at"]
    if any(
        not isinstance(row[name], kind)
        for name, kind in (("digest", str), ("root", str), ("count", int), ("last_entry", int))
        if name in row
    ):
        raise TypeError
    return {**row, "at": at.replace(tzinfo=UTC)}


def tail(session: Session) -> int:
    """How many entries no seal covers yet."""
    sealed = session.scalar(select(func.max(_s.last_entry))) or 0
    return session.scalar(select(func.count()).select_from(LedgerEntry).where(_e.id > sealed)) or 0
