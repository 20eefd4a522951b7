"""Verbs of an import: try an export, and make drafts of its rows, all of them or none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, TypeAlias

from sqlalchemy import text
from sqlmodel import select

from cara.features.referrals import draft_actions
from cara.features.referrals.csv_import.columns import NO_MAP
from cara.features.referrals.csv_import.plan import Plan
from cara.features.referrals.csv_import.row_reader import Identity, ImportedRow, RejectedRow, read_export
from cara.features.referrals.csv_import.to_draft import draft_answers, steps_done
from cara.features.referrals.draft_actions import NewDraft
from cara.features.referrals.models import Draft, Offender
from cara.features.referrals.name_matching import hashed
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces
from cara.platform.plugins.force_settings import kept
from cara.platform.unit_of_work import Work

Rows: TypeAlias = Iterator[ImportedRow | RejectedRow]
Watch: TypeAlias = Callable[[Rows], Rows]
"""Passes rows on while it shows how far they are."""

_d: Any = Draft
_o: Any = Offender
_REFERRED = select(_o.identity_key)
_DRAFTED = select(_d.identity_key, _d.fingerprint).where(_d.identity_key.is_not(None))


def try_rows(
    w: Work, force: str, source: bytes | BinaryIO, column_map: Mapping[str, str] = NO_MAP, watch: Watch = iter
) -> Plan:
    """What an import would do, without doing it.

    Raises:
        BadInput: the file as a whole cannot be read.
    """
    plan = _plan(w, force, source, column_map, watch).run()
    w.record("import.tried", Act.CONSULTATION, subject=("import", ""), force=force, codes=_counts(plan))
    return plan


def import_rows(
    w: Work,
    force: str,
    source: bytes | BinaryIO,
    column_map: Mapping[str, str] = NO_MAP,
    *,
    upload: str = "",
    watch: Watch = iter,
) -> Plan:
    """Make a draft of every row that has no fault and was not there before; `upload` is the id of a file held here.

    All of them come in this unit of work, with one ledger entry that counts them and names their ids as ranges.

    Raises:
        BadInput: the file as a whole cannot be read. Nothing is kept.
    """
    one_at_a_time(w, force)
    plan = _plan(w, force, source, column_map, watch)
    ids = draft_actions.start_many(w, force, (_draft(force, row) for row in plan), "import")
    w.record(
        "import.run", Act.COLLECTION, subject=("import", upload), force=force, shown=ranges(ids), codes=_counts(plan)
    )
    return plan


def column_map(w: Work, forces: Forces, force: str) -> Mapping[str, str]:
    """The force's own headings and what they mean; a suspended force keeps those that its plugin last gave."""
    if forces.status(force) != "suspended":
        return forces.profile(force).import_columns
    columns: Mapping[str, str] = kept(w.session, force).get("import_columns", {})
    return columns


def one_at_a_time(w: Work, force: str) -> None:
    """Wait for another import of the force to end, so that two of one file do not both find nothing there. On SQLite
    every unit of work waits for the one before it anyway."""
    if w.session.get_bind().dialect.name == "postgresql":
        w.session.execute(text("select pg_advisory_xact_lock(20122, hashtext(:force))"), {"force": force})


def ranges(ids: Iterable[int]) -> list[str]:
    """Ids as few words: 1, 2, 3 and 7 are "1-3" and "7"."""
    found: list[list[int]] = []
    for one in sorted(ids):
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return [str(first) if first == last else f"{first}-{last}" for first, last in found]


def _plan(w: Work, force: str, source: bytes | BinaryIO, column_map: Mapping[str, str], watch: Watch) -> Plan:
    export = read_export(source, column_map=column_map, today=w.today)
    known = _known(w)
    return Plan(replace(export, rows=watch(export.rows)), lambda identity: known.get(_hash(force, identity)))


def _known(w: Work) -> dict[str, str]:
    """Every case that the force has or had, by identity, in two statements: an export asks for thousands."""
    known = dict.fromkeys(w.session.execute(_REFERRED).scalars(), "")
    for key, fingerprint in w.session.execute(_DRAFTED):
        if fingerprint or key not in known:
            known[key] = fingerprint or ""
    return known


def _hash(force: str, identity: Identity) -> str:
    return hashed(force, identity)


def _draft(force: str, row: ImportedRow) -> NewDraft:
    answers = draft_answers(row.answers)
    return NewDraft(answers, steps_done(answers), _hash(force, row.identity), row.fingerprint)


def _counts(plan: Plan) -> dict[str, str | int]:
    return {
        "read": plan.read, "accepted": plan.accepted, "rejected": plan.rejected, "duplicates": plan.duplicates,
    }  # fmt: skip
