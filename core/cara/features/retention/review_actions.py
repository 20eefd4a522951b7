"""Verbs of retention: a review is opened when a period is over; one person keeps or proposes to erase, a second one erases.

Opening is a job's work and decides nothing. `erase` is reached by nobody alone: who proposed it cannot confirm it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import exists, func, insert, literal, or_, select
from sqlmodel import col

from cara.clock import london_day, months_after
from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.features.messages.models import Feedback, SealedFeedback
from cara.features.referrals import legal_hold
from cara.features.referrals.models import Draft, Referral
from cara.features.referrals.name_matching import new_reference
from cara.features.retention import erasure
from cara.features.retention.models import RetentionPeriod, RetentionReview
from cara.features.retention.periods import CLASSES, LONGEST, before, months_in_force
from cara.features.victims.data_rights import retention_queries as victims_kept
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.models import LedgerEntry
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

MOST = 500
"""Reviews that one turn of the job opens for one class; the next turn goes on."""
_d: Any = Draft
_f: Any = Feedback
_l: Any = LedgerEntry
_p: Any = RetentionPeriod
_r: Any = Referral
_v: Any = RetentionReview
_INSERT = insert(RetentionReview)
_ENDED = func.coalesce(
    _r.completed_at, _r.closed_at, _r.breached_at, _r.superseded_at, _r.withdrawn_at, _r.returned_at, _r.declined_at
)
"""When a case came to its end, however it did."""


def open_due(w: Work, force: str) -> int:
    """Open a review of whatever one force has kept for its period. Safe to run twice; returns how many were opened."""
    rows = w.session.scalars(select(RetentionPeriod).where(_p.force_id == force)).all()
    opened = 0
    for name, one in CLASSES.items():
        months, _source = months_in_force(rows, name, w.today)
        until = before(w.today, months)
        found = list(_cases(w, force, name, until) if one.of_a_case else _class(w, force, name, until))
        made = [
            {
                "reference": new_reference(), "force_id": force, "provider_id": None, "version": 1, "record_class": name,
                "referral_id": referral, "until": ended, "due_on": months_after(ended, months), "opened_at": w.now, "proposed_by": "",
                "reason": "", "decided_by": "", "decision": "", "erased": 0,
            }
            for referral, ended in found
        ]  # fmt: skip
        if made:
            w.connection.execute(_INSERT, made)
        opened += len(made)
    if opened:
        w.record("retention.opened", Act.ALTERATION, force=force, codes={"reviews": opened})
    return opened


def _cases(w: Work, force: str, name: str, until: date) -> Iterator[tuple[int, date]]:
    """Cases over for so long whose records of the class nobody has decided about, or only until a day that has come."""
    looked_at = (_v.decided_at.is_(None)) | (_v.decision == "erase") | (_v.keep_until > w.today)
    settled = exists(select(_v.id).where(_v.referral_id == _r.id, _v.record_class == name, looked_at))
    wanted = (
        select(_r.id, _ENDED)
        .where(_ENDED.is_not(None), erasure.end_of(until) > _ENDED, ~settled)
        .order_by(_r.id)
        .limit(MOST)
    )
    found = w.session.execute(wanted).all()
    have = victims_kept.cases_with_records(w, force) if name == "victim" and found else frozenset()
    for number, ended in found:
        if name != "victim" or number in have:
            yield number, london_day(ended)


def _class(w: Work, force: str, name: str, until: date) -> Iterator[tuple[None, date]]:
    """Once in a period, and only if there is any: all that is older than it, together."""
    over = erasure.end_of(until)
    there = {
        "feedback": select(literal(1)).where(
            or_(
                exists(select(_f.id).where(_f.month < erasure.month_of(until))),
                exists(select(col(SealedFeedback.id)).where(col(SealedFeedback.waits_since) <= until)),
            )
        ),
        "drafts": select(_d.id).where(
            _d.referral_id.is_(None), _d.saved_at < over, _d.identity_key.is_not(None) | _d.discarded_at.is_(None)
        ),
        "ledger": select(_l.id).where(_l.force_id == force, _l.at < over),
    }  # fmt: skip
    running = select(_v.id).where(
        _v.force_id == force,
        _v.record_class == name,
        _v.decided_at.is_(None) | (_v.keep_until > w.today) | (_v.until >= until),
    )
    if w.session.scalar(there[name].limit(1)) is not None and not w.session.scalar(select(exists(running))):
        yield None, until


def review(w: Work, reference: str) -> RetentionReview:
    """One review. Raises `NotFound`."""
    row = w.session.scalars(select(RetentionReview).where(_v.reference == reference)).one_or_none()
    if row is None:
        raise NotFound
    return row


def keep(w: Work, row: RetentionReview, version: int, until: date, reason: str) -> None:
    """Decide that the records are kept, and when somebody looks again.

    Raises:
        BadInput: no reason, or a day that has come already.
        NotNow: it is decided.
    """
    _open(row)
    if until <= w.today:
        raise BadInput(faults=[Fault("until", "past", _("The day must be in the future"))])
    values = {
        "decided_at": w.now,
        "decided_by": w.actor.id,
        "decision": "keep",
        "keep_until": until,
        "reason": _words(reason),
    }
    w.change(RetentionReview, row.id, version, proposed_at=None, proposed_by="", **values)
    _record(w, "retention.kept", Act.ALTERATION, row)


def propose(w: Work, row: RetentionReview, version: int, reason: str) -> None:
    """Propose that the records are erased. Somebody else confirms it.

    Raises:
        BadInput: no reason.
        NotNow: it is decided, proposed already, under a legal hold, or of a class that cannot be erased.
    """
    _open(row)
    if row.proposed_at:
        raise NotNow(_("It is proposed already. Somebody else confirms it, or it is kept."))
    if not CLASSES[row.record_class].may_go:
        raise NotNow(_("These records cannot be erased. Say until when they are kept."))
    if row.referral_id:
        legal_hold.refuse_if_held(w, [row.referral_id])
    w.change(RetentionReview, row.id, version, proposed_at=w.now, proposed_by=w.actor.id, reason=_words(reason))
    _record(w, "retention.proposed", Act.ALTERATION, row)


def confirm(w: Work, keys: Keyring, row: RetentionReview, version: int) -> int:
    """Confirm that the records are erased, and erase them in the same transaction. Returns how many rows that were.

    Raises:
        Forbidden: whoever confirms proposed it.
        NotNow: nobody proposed it, it is decided, or a legal hold stands.
    """
    _open(row)
    if row.proposed_at is None:
        raise NotNow(_("Nobody has proposed to erase these records."))
    if row.proposed_by == w.actor.id:
        raise Forbidden(_("You proposed this yourself. Somebody else must confirm it."))
    # First the row, so that of two who confirm at once the second finds it decided and erases nothing.
    decided = w.change(
        RetentionReview, row.id, version, decided_at=w.now, decided_by=w.actor.id, decision="erase", reason=row.reason
    )
    erased = erasure.erase(w, keys, row)
    w.change(RetentionReview, row.id, decided, erased=erased)
    _record(w, "retention.erased", Act.ERASURE, row, erased)
    return erased


def set_period(w: Work, name: str, months: int, starts: date, source: str) -> None:
    """Set how long the actor's force keeps a class, from a day on.

    Raises:
        BadInput: a period of no length, or of more than a life.
    """
    if not 1 <= months <= LONGEST:
        raise BadInput(faults=[Fault("months", "range", _("Enter a number of months from 1 to %d") % LONGEST)])
    force = w.actor.force or ""
    row = RetentionPeriod(
        force_id=force, record_class=name, months=months, starts=starts, source=source.strip(), entered_at=w.now, entered_by=w.actor.id
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    codes: dict[str, str | int] = {"class": name, "months": months}
    w.record(
        "retention.period_set", Act.ALTERATION, subject=("retention_period", row.id or 0), force=force, codes=codes
    )


def _open(row: RetentionReview) -> None:
    if row.decided_at:
        raise NotNow(_("This review is decided already."))


def _words(reason: str) -> str:
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Give the reason"))])
    return reason.strip()


def _record(w: Work, verb: str, act: Act, row: RetentionReview, erased: int | None = None) -> None:
    """The entry names the case, where there is one: its timeline then says what became of its records."""
    subject = ("referral", row.referral_id) if row.referral_id else ("retention_review", row.id or 0)
    codes: dict[str, str | int] = {"class": row.record_class, "review": row.id or 0}
    w.record(
        verb, act, subject=subject, force=row.force_id, codes=codes if erased is None else codes | {"rows": erased}
    )
