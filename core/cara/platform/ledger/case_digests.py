"""A keyed digest of each case that a unit of work has touched, left in its transaction: a case changed by hand does not fit its last.

The key is made of the case's own salt and a secret outside the database, so that nobody forges a digest from the database
alone, and none tells anything once the case's row is gone. Whatever touches the table of cases leaves one: `Work.change`, which
gives the row back, and any other statement, which is asked here which rows it reaches. A statement of which that cannot
be told does not run.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Delete, Engine, Insert, Select, Table, Update, bindparam, event, func, insert, select
from sqlmodel import Session, SQLModel

from cara.errors import WallBreached
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.models import CaseDigest, LedgerEntry

CASES: Final = "referral"
GIVEN_BACK: Final = {"cara_case_given_back": True}
"""Execution options of a statement whose caller tells by `touched` what became of the row."""
_INSERT = insert(CaseDigest).inline()
_EMPTY: Final[tuple[Any, ...]] = (None, "", False)


def _table() -> Table:
    return SQLModel.metadata.tables[CASES]


def touched(session: Session, number: int, row: Mapping[str, Any] | None) -> None:
    """Say that a case was touched, and what its row is now; None where that must be read."""
    session.info.setdefault("touched", {})[number] = row


def content(row: Mapping[str, Any], entry: str) -> bytes:
    """What a digest is over: the case's columns that hold anything, by name, and the entry. A column that is added later, empty,
    changes no digest."""
    kept = {name: _plain(value) for name, value in row.items() if name != "salt" and value not in _EMPTY}
    return json.dumps([entry, kept], sort_keys=True, default=str).encode()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def columns_of(table: Table) -> str:
    """A short name of the columns that a table of cases has at present."""
    return hashlib.sha256(" ".join(sorted(table.c.keys())).encode()).hexdigest()[:8]


def gone(number: int, entry: str) -> bytes:
    """What the digest of a case is over whose row has gone."""
    return json.dumps([entry, "gone", number]).encode()


def _within(session: Session, wanted: Select[Any]) -> Select[Any]:
    """Confine a reading of cases to the session's scope. Where a case has no such column, the tripwire refuses the reading."""
    scope = session.info.get("scope")
    binds = scope.binds if isinstance(scope, Scope) else {}
    columns = {name: _table().c.get(f"{name.removeprefix('scope_')}_id") for name in binds}
    return wanted.where(
        *(column == bindparam(name, binds[name]) for name, column in columns.items() if column is not None)
    )


def leave(session: Session) -> None:
    """Leave a digest of each case that this transaction has touched."""
    cases: dict[int, Mapping[str, Any] | None] = session.info.pop("touched", {})
    if not cases:
        return
    keys: LedgerKeys = session.info["ledger_keys"]
    rows = {number: row for number, row in cases.items() if row is not None}
    if unread := cases.keys() - rows.keys():
        wanted = _within(session, select(_table()).where(_table().c.id.in_(sorted(unread))))
        found = session.connection().execute(wanted)
        rows |= {row["id"]: row for row in found.mappings()}
    told: Mapping[str, str] = session.info.get("entries", {})
    made = []
    for number in sorted(cases):
        entry = told.get(f"referral {number}") or told.get("", "")
        made.append(digest_of(keys, number, rows.get(number), entry))
    session.connection().execute(_INSERT, made)


def digest_of(keys: LedgerKeys, number: int, row: Mapping[str, Any] | None, entry: str) -> dict[str, Any]:
    """A row for `case_digest`; `row` is None where the case has gone."""
    signed = (
        keys.sign("case", gone(number, entry))
        if row is None
        else keys.sign("case", content(row, entry), row["salt"] or "")
    )
    return {
        "referral_id": number, "version": row["version"] if row else 0, "columns": columns_of(_table()) if row else "gone",
        "digest": signed, "entry": entry,
    }  # fmt: skip


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.info.get("ledger_keys") is None or session.in_nested_transaction():
        return
    session.flush()
    leave(session)
    session.info.pop("entries", None)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: Any) -> None:
    """What a rolled back part has touched is as it was, or as an earlier part left it: it must be read."""
    if session.info.get("touched"):
        session.info["touched"] = dict.fromkeys(session.info["touched"])


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    """Objects of the session tell by themselves which cases they are."""
    for row in (*session.dirty, *session.deleted):
        if getattr(row, "__tablename__", "") == CASES:
            touched(session, row.id, None)


def watch(engine: Engine) -> None:
    """Notice every statement of an engine that touches a case."""
    event.listen(engine, "before_execute", _before)
    event.listen(engine, "after_execute", _after)


def _touches(statement: Any, options: Mapping[str, Any]) -> bool:
    changes = isinstance(statement, Insert | Update | Delete) and not options.get("cara_case_given_back")
    return changes and getattr(statement.table, "name", "") == CASES


def _before(connection: Connection, statement: Any, many: Any, parameters: Any, options: Mapping[str, Any]) -> None:
    """Ask which rows a change will reach, before it does."""
    session = connection.get_execution_options().get("cara_session")
    if session is None or isinstance(statement, Insert) or not _touches(statement, options):
        return
    of_session = set(session.info.get("touched", ()))
    sent = many or [parameters or {}]
    for one in sent:
        wanted = select(_table().c.id).where(*filter(lambda clause: clause is not None, [statement.whereclause]))
        for number in connection.execute(_within(session, wanted), one).scalars().all():
            if number not in of_session:
                touched(session, number, None)


def _after(
    connection: Connection, statement: Any, many: Any, _parameters: Any, options: Mapping[str, Any], result: Any
) -> None:
    """Take a new case as it was written."""
    session = connection.get_execution_options().get("cara_session")
    if session is None or not isinstance(statement, Insert) or not _touches(statement, options):
        return
    rows = result.context.compiled_parameters
    if len(rows) == 1 and not many:
        number = rows[0].get("id") or result.inserted_primary_key[0]
        touched(session, number, {name: rows[0].get(name) for name in sorted(_table().c.keys())} | {"id": number})
        return
    if any(row.get("id") is None for row in rows):
        raise WallBreached("cases are added one by one, or with their numbers")
    for row in rows:
        touched(session, row["id"], None)


def compare(connection: Connection, keys: LedgerKeys) -> Iterator[str]:
    """Hold every case against its last digest, and say what does not fit."""
    cases, digests = _table(), CaseDigest.__table__  # type: ignore[attr-defined]  # what SQLModel gives a table's class
    last = select(func.max(digests.c.id).label("id")).group_by(digests.c.referral_id).subquery()
    wanted = select(digests).join(last, last.c.id == digests.c.id)
    left = {row["referral_id"]: row for row in connection.execute(wanted).mappings()}
    here = columns_of(cases)
    for row in connection.execute(select(cases).execution_options(yield_per=1000)).mappings():
        kept = left.pop(row["id"], None)
        if kept is None:
            yield f"case {row['id']} has left no digest: its history was cut, or it was put in by hand"
        elif kept["columns"] == "gone" or kept["version"] < row["version"]:
            yield f"case {row['id']} has version {row['version']}, which left no digest: its history was cut"
        elif not keys.fits(kept["digest"], "case", content(dict(row), kept["entry"]), row["salt"] or ""):
            changed = (
                "was changed by hand"
                if kept["columns"] == here
                else "does not fit its digest, made by an earlier version of CARA"
            )
            yield f"case {row['id']} {changed}"
    for number, kept in left.items():
        if kept["columns"] != "gone" or not keys.fits(kept["digest"], "case", gone(number, kept["entry"])):
            yield f"case {number} is missing"
    yield from _entries_named(connection)


def _entries_named(connection: Connection) -> Iterator[str]:
    """An entry that a digest names and that is not there was cut off."""
    digests, entries = CaseDigest.__table__, LedgerEntry.__table__  # type: ignore[attr-defined]
    there = select(entries.c.id).where(entries.c.digest == digests.c.entry).exists()
    lost = connection.execute(
        select(func.count()).select_from(digests).where(digests.c.entry != "", ~there)
    ).scalar_one()
    if lost:
        yield f"{lost} entries that cases name are missing or changed"


def baseline(connection: Connection, keys: LedgerKeys) -> int:
    """Leave a first digest of every case, once, as an installation comes from a version that left none."""
    rows: Iterable[Any] = connection.execute(select(_table())).mappings().all()
    made = [digest_of(keys, row["id"], row, "") for row in rows]
    if made:
        connection.execute(_INSERT, made)
    return len(made)
