"""Sealing and verifying: a changed, removed, reordered or truncated entry does not go unseen.

Each seal hashes the digests of the entries since the last one together with the last seal's root. An exported root, kept
elsewhere, also shows when the whole ledger was rewritten.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session

from cara import clock
from cara.ledger.models import LedgerEntry, LedgerSeal
from cara.ledger.record import HASHED, digest
from cara.storage.engine import SEALING

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


def seal(session: Session) -> Root:
    """Seal what is not yet sealed and return the newest root. Waits for writers under way, so that none slips below a seal."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"select pg_advisory_xact_lock({SEALING + 1})"))  # one seal at a time
        session.connection().execute(text(f"select pg_advisory_xact_lock({SEALING})"))
    last = session.scalars(select(LedgerSeal).order_by(_s.id.desc()).limit(1)).first()
    after = last.last_entry if last else 0
    chain = hashlib.sha256((last.root if last else _FIRST).encode())
    count, newest = 0, after
    for entry_id, entry_digest in session.execute(select(_e.id, _e.digest).where(_e.id > after).order_by(_e.id)):
        chain.update(entry_digest.encode())
        count, newest = count + 1, entry_id or newest
    if not count:
        return Root(last.count, last.root) if last else Root(0, _FIRST)
    row = LedgerSeal(
        id=(last.id if last else 0) + 1,
        at=clock.now(),
        last_entry=newest,
        count=(last.count if last else 0) + count,
        root=chain.hexdigest(),
    )
    session.add(row)
    session.flush()
    return Root(row.count, row.root)


def verify(session: Session, exported: Root | None = None) -> Verdict:
    """Read the whole ledger and say what does not fit: content against digests, digests against seals, seals against each
    other and, if given, against a root exported earlier."""
    verdict = Verdict()
    seals = session.scalars(select(LedgerSeal).order_by(_s.id)).all()
    entries = _entries(session, verdict)
    previous, below, count = _FIRST, 0, 0
    roots = {0: _FIRST}
    held: tuple[int, str] | None = None
    for expected, one in enumerate(seals, start=1):
        if one.id != expected:
            verdict.faults.append(f"seal {expected} is missing")
        chain = hashlib.sha256(previous.encode())
        while True:
            held = held or next(entries, None)
            if held is None or held[0] > one.last_entry:
                break
            chain.update(held[1].encode())
            count, held = count + 1, None
        if count != one.count:
            verdict.faults.append(f"seal {one.id} covers {one.count} entries, {count} are there")
        if chain.hexdigest() != one.root:
            verdict.faults.append(f"entries {below + 1} to {one.last_entry} do not hash to seal {one.id}")
        previous, below = one.root, one.last_entry
        roots[one.count] = one.root
        verdict.seals += 1
    while held or (held := next(entries, None)):
        verdict.unsealed, held = verdict.unsealed + 1, None
    if exported and roots.get(exported.count) != exported.root:
        verdict.faults.append(f"the exported root of {exported.count} entries is not in this ledger")
    return verdict


def _entries(session: Session, verdict: Verdict) -> Iterator[tuple[int, str]]:
    columns = [getattr(_e, name) for name in ("id", "digest", *HASHED)]
    # The option is this statement's: set on the connection it would stay there, and hold cursors open.
    for row in session.connection().execute(select(*columns).order_by(_e.id), execution_options={"yield_per": 1000}):
        verdict.entries += 1
        if digest(row._asdict()) != row.digest:
            verdict.faults.append(f"entry {row.id} was changed")
        yield row.id, row.digest


def tail(session: Session) -> int:
    """How many entries no seal covers yet."""
    sealed = session.scalar(select(func.max(_s.last_entry))) or 0
    return session.scalar(select(func.count()).select_from(LedgerEntry).where(_e.id > sealed)) or 0
