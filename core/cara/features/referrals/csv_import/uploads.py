"""Files held between dry run and import, so that nobody is asked for one twice. Behind the case wall, for a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, update
from sqlmodel import select

from cara.errors import NotFound
from cara.features.referrals.csv_import.actions import import_rows, one_at_a_time, try_rows
from cara.features.referrals.csv_import.error_reports import rejected_csv
from cara.features.referrals.csv_import.plan import Plan
from cara.features.referrals.models import HeldUpload
from cara.features.referrals.name_matching import new_reference
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, operator, work_as

HELD = timedelta(hours=24)
_NEWEST = 10

_QUIETLY = {"synchronize_session": False}
_u: Any = HeldUpload
_LIST = (
    select(  # type: ignore[call-overload]  # more columns than its overloads count
        _u.id, _u.reference, _u.made_at, _u.imported_at, _u.expires_at, _u.accepted, _u.rejected, _u.duplicates
    )
    .order_by(_u.id.desc())
    .limit(_NEWEST)
)


def hold(w: Work, content: bytes) -> str:
    """Keep a file and return the reference by which its pages are found."""
    expire(w, w.actor.force or "")
    upload = HeldUpload(
        reference=new_reference(),
        force_id=w.actor.force or "",
        content=content,
        made_at=w.now,
        made_by=w.actor.id,
        expires_at=w.now + HELD,
    )
    w.session.add(upload)
    w.session.flush()
    w.record("import.uploaded", Act.COLLECTION, subject=("import", upload.id or 0), codes={"bytes": len(content)})
    return upload.reference


def newest(w: Work) -> Sequence[Row[Any]]:
    """The force's last files: those that wait, and what became of the others."""
    expire(w, w.actor.force or "")
    rows = w.session.execute(_LIST).all()
    w.record("import.listed", Act.CONSULTATION, shown=[row.id for row in rows], codes={"found": len(rows)})
    return rows


def look(w: Work, reference: str, column_map: Mapping[str, str]) -> tuple[HeldUpload, Plan | None]:
    """A held file and what importing it now would do; no plan where nothing of the file is left.

    Raises:
        NotFound: there is none of this reference in the actor's force, or not any more.
    """
    upload = _get(w, reference)
    if upload.content:
        return upload, try_rows(w, upload.force_id, upload.content, column_map)
    return read(w, reference), None


def read(w: Work, reference: str) -> HeldUpload:
    """What is known of a file without reading its rows. Raises `NotFound` as `look` does."""
    upload = _get(w, reference)
    w.record("import.read", Act.CONSULTATION, subject=("import", upload.id or 0))
    return upload


def run(w: Work, reference: str, column_map: Mapping[str, str]) -> Plan:
    """Import a held file. Of its content the rejected rows stay for a day, to be mended and sent again.

    Raises:
        NotFound: it is not there any more, or nothing of it is left.
    """
    one_at_a_time(w, w.actor.force or "")
    upload = _get(w, reference)
    if not upload.content:
        raise NotFound
    plan = import_rows(w, upload.force_id, upload.content, column_map, upload=str(upload.id))
    left = "".join(rejected_csv(upload.content, plan.findings, column_map=column_map)) if plan.rejected else ""
    _change(
        w,
        upload,
        content=left.encode("utf-8", "replace"),
        expires_at=w.now + HELD,
        accepted=upload.accepted + plan.accepted,
        duplicates=upload.duplicates + plan.duplicates,
        rejected=plan.rejected,
        imported_at=w.now,
        imported_by=w.actor.id,
    )
    return plan


def discard(w: Work, reference: str) -> None:
    """Delete a file at once. The counts of one that was imported stay."""
    upload = _get(w, reference)
    if upload.imported_at:
        _change(w, upload, content=b"")
    else:
        w.session.execute(delete(HeldUpload).where(_u.id == upload.id).execution_options(**_QUIETLY))
    w.record("import.discarded", Act.ERASURE, subject=("import", upload.id or 0))


def _get(w: Work, reference: str) -> HeldUpload:
    expire(w, w.actor.force or "")
    upload = w.session.exec(select(HeldUpload).where(_u.reference == reference)).one_or_none()
    if upload is None:
        raise NotFound("There is no such file. Files are kept for a day: send it again.")
    return upload


def _change(w: Work, upload: HeldUpload, **values: Any) -> None:
    w.session.execute(update(HeldUpload).where(_u.id == upload.id).values(**values).execution_options(**_QUIETLY))


def expire(w: Work, force: str) -> int:
    """Delete what was held for longer than a day: the whole row, or the content of one that was imported. How many that were."""
    over = _u.expires_at <= w.now
    gone: Any = w.session.execute(
        delete(HeldUpload).where(over, _u.imported_at.is_(None)).execution_options(**_QUIETLY)
    )
    emptied: Any = w.session.execute(
        update(HeldUpload).where(over, _u.content != b"").values(content=b"").execution_options(**_QUIETLY)
    )
    done = int(gone.rowcount + emptied.rowcount)
    if done:
        w.record("import.expired", Act.ERASURE, subject=("import", ""), force=force, codes={"files": done})
    return done


def expire_in(store: Store, force: str) -> Iterator[int]:
    """The same in one force, by the clock (`cara.operations.jobs`): nobody need look for a file to be gone. Safe to repeat."""
    with work_as(store, operator("uploads"), "upload", "expire", Scope(force=force)) as w:
        gone = expire(w, force)
    yield gone
