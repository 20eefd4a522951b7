"""Verifying: the whole ledger is read and what does not fit is said, and what cannot be seen without an exported root."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, String, Table, func, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database import postgresql_roles
from cara.platform.ledger import case_digests, untagged_seals
from cara.platform.ledger.models import LedgerEntry, LedgerSeal, LedgerSealed
from cara.platform.ledger.seals import FIRST, Root, closing, signed
from cara.platform.ledger.writer import digest, keyed_content

BLIND: Final = (
    "Without a root that was exported before, nobody can see whether the ledger and all that goes with it were put back to an "
    "earlier day together."
)
_BATCH: Final = 1000


@dataclass(slots=True)
class Verdict:
    """What a verification found. `faults` is empty when the ledger is whole; `unseen` says what could not be looked at."""

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    oldest_unsealed: str = ""
    """When the oldest entry that no seal covers was written, in ISO 8601; empty if all are sealed."""
    faults: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def verify(session: Session, exported: Sequence[Root] = (), *, keys: LedgerKeys | None = None) -> Verdict:
    """Read the whole ledger and say what does not fit: content against digests, digests against seals, seals against each other,
    cases against the digests that they left, and all of it against roots exported earlier. A row that cannot be read is a
    fault like any other. Without `keys`, as in a restore before the keys are back, nothing is held against a secret.

    Raises:
        Misconfigured: whoever is connected does not see every row.
    """
    verdict = Verdict()
    connection = session.connection()
    for table in ("ledger_entry", "referral"):
        postgresql_roles.refuse_blind(connection, "ledger", table)
    seals = list(_rows(connection, _table(LedgerSeal)))
    roots = {0: FIRST}
    _Chain(connection, verdict, keys).follow(seals, roots)
    verdict.faults += [
        f"the exported root of {root.count} entries is not in this ledger"
        for root in exported
        if roots.get(root.count) != root.root
    ]
    _against_cases(connection, verdict, keys)
    if not exported:
        verdict.unseen.append(BLIND)
    return verdict


def _against_cases(connection: Connection, verdict: Verdict, keys: LedgerKeys | None) -> None:
    cases = connection.execute(select(func.count()).select_from(SQLModel.metadata.tables["referral"])).scalar_one()
    if cases and not verdict.entries:
        verdict.faults.append(f"the ledger is empty beside {cases} cases")
    if keys is None:
        verdict.unseen.append(
            "The keys were not asked, so digests were not held against them, nor cases against their digests."
        )
    else:
        verdict.faults += case_digests.compare(connection, keys)


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


class _Chain:
    """Following the seals from the first to the last, and then whatever none of them covers."""

    def __init__(self, connection: Connection, verdict: Verdict, keys: LedgerKeys | None) -> None:
        self.connection, self.verdict, self.keys = connection, verdict, keys
        self.count, self.ranged = 0, 0

    def follow(self, seals: Sequence[tuple[int, Mapping[str, Any] | None]], roots: dict[int, str]) -> None:
        """Say what does not fit; `roots` takes what each seal stands for."""
        before, tagged, untagged = FIRST, False, None
        for expected, (number, seal) in enumerate(seals, start=1):
            if number != expected:
                self.fault(f"seal {expected} is missing")
            self.verdict.seals += 1
            if seal is None:
                self.fault(f"seal {number} cannot be read")
                self.count += sum(1 for _digest in self._of_seal(number))
                continue
            hasher, below = hashlib.sha256(before.encode()), self.ranged
            digests = self._of_seal(number) if seal["tag"] else self._of_range(below, seal["last_entry"])
            for made in digests:
                hasher.update(made.encode())
                self.count += 1
            hasher.update(closing(seal["count"], seal["at"]))
            if self.count != seal["count"]:
                self.fault(f"seal {number} covers {seal['count']} entries, {self.count} are there")
            if hasher.hexdigest() != seal["root"]:
                which = (
                    f"the entries of seal {number}" if seal["tag"] else f"entries {below + 1} to {seal['last_entry']}"
                )
                self.fault(f"{which} do not hash to it" if seal["tag"] else f"{which} do not hash to seal {number}")
            if seal["tag"]:
                tagged = True
                if self.keys and not self.keys.fits(seal["tag"], "seal", signed(number, seal["count"], seal["root"])):
                    self.fault(f"seal {number} was not made by this installation")
            elif tagged:
                self.fault(f"seal {number} was not made by this installation")
            else:
                untagged = Root(seal["count"], seal["root"])
            self.count = seal["count"]
            before, roots[seal["count"]] = seal["root"], seal["root"]
        if untagged and self.keys and not untagged_seals.are_known(self.keys, untagged):
            self.fault(
                f"the key folder does not know the seals without a tag, up to entry {untagged.count}: somebody made them, or "
                "the key folder is from before the upgrade"
            )
        self._uncovered(seals[-1][0] if seals else 0)

    def _of_range(self, below: int, upto: int) -> Iterator[str]:
        self.ranged = max(upto, below)
        entries = _table(LedgerEntry)
        where = entries.c.id <= upto if not below else entries.c.id.between(below + 1, upto)
        for number, row in _rows(self.connection, entries, where):
            yield self._entry(number, row, plain=True)

    def _of_seal(self, seal: int) -> Iterator[str]:
        covered, entries = _table(LedgerSealed), _table(LedgerEntry)
        numbers: Sequence[int] = ()
        wanted = select(covered.c.id).where(covered.c.seal_id == seal).order_by(covered.c.id).limit(_BATCH)
        while numbers := self.connection.scalars(wanted.where(covered.c.id > numbers[-1]) if numbers else wanted).all():
            found = dict(_rows(self.connection, entries, entries.c.id.in_(numbers)))
            for number in numbers:
                if number in found:
                    yield self._entry(number, found[number], plain=False)
                else:
                    self.fault(f"entry {number} is missing")

    def _uncovered(self, last: int) -> None:
        covered, entries = _table(LedgerSealed), _table(LedgerEntry)
        stray = select(func.count()).select_from(covered).where((covered.c.seal_id > last) | (covered.c.seal_id < 1))
        if lost := self.connection.execute(stray).scalar_one():
            self.fault(f"{lost} entries were covered by seals that are missing at the end")
        where = ~select(covered.c.id).where(covered.c.id == entries.c.id).exists()
        if self.ranged:
            where &= entries.c.id > self.ranged
        for number, row in _rows(self.connection, entries, where):
            self._entry(number, row, plain=False)
            self.verdict.unsealed += 1
            if row and (not self.verdict.oldest_unsealed or row["at"].isoformat() < self.verdict.oldest_unsealed):
                self.verdict.oldest_unsealed = row["at"].isoformat()

    def _entry(self, number: int, row: Mapping[str, Any] | None, *, plain: bool) -> str:
        self.verdict.entries += 1
        if row is None:
            self.fault(f"entry {number} cannot be read")
            return ""
        made: str = row["digest"]
        if ":" in made:
            if self.keys and not self.keys.fits(made, "entry", keyed_content(row)):
                self.fault(f"entry {number} was changed, or not written by this installation")
        elif not plain:
            self.fault(f"entry {number} has no keyed digest: it was put in by hand")
        elif digest(row) != made:
            self.fault(f"entry {number} was changed")
        return made

    def fault(self, said: str) -> None:
        """Keep what does not fit."""
        self.verdict.faults.append(said)


def _rows(connection: Connection, table: Table, where: Any = None) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Each row with its number, in order; None for one that is not what its columns can hold. In batches, because whatever
    one such row raises ends the result that it is in."""
    columns = [type_coerce(c, String).label("at") if c.name == "at" else c for c in table.c]
    numbers: Sequence[int] = ()
    more = select(table.c.id).order_by(table.c.id).limit(_BATCH)
    if where is not None:
        more = more.where(where)
    while numbers := connection.scalars(more.where(table.c.id > numbers[-1]) if numbers else more).all():
        wanted = select(*columns)
        found = _read(connection, wanted.where(table.c.id.in_(numbers)))
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
        for name, kind in (("digest", str), ("root", str), ("tag", str), ("count", int), ("last_entry", int))
        if name in row
    ):
        raise TypeError
    return {**row, "at": at.replace(tzinfo=UTC)}
