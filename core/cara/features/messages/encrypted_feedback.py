"""Seal what people thought of the course as it comes, each answer with a key of its own outside the database, until it is released
among others. Erasing a case before then erases its answer with it."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, insert, select
from sqlmodel import col

from cara.features.messages.models import FeedbackRequest, SealedFeedback
from cara.features.referrals.models import Referral
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.unit_of_work import Work

COLUMN: Final = "feedback_sealed.answer"
SIZE: Final = 512
"""Bytes of every answer before it is sealed: its length must not tell what was ticked."""


def seal(w: Work, keys: Keyring, request: int, referral: Referral, answers: Mapping[str, str]) -> None:
    """Keep the answers to a request, unreadable without a key outside the database, in the caller's transaction."""
    plain = pack(answers)
    key = keys.new_person(referral.force_id)
    row = {
        "id": secrets.token_hex(16), "force_id": referral.force_id, "provider_id": referral.provider_id, "key_id": key,
        "mark": mark(keys, referral.force_id, request), "answer": keys.encrypt(referral.force_id, key, COLUMN, plain),
        "waits_since": w.today,
    }  # fmt: skip
    w.session.connection().execute(insert(SealedFeedback), row)


def pack(answers: Mapping[str, str]) -> str:
    """Write answers as text of one length.

    Raises:
        ValueError: a defect: they are longer than any form.
    """
    plain = json.dumps(dict(answers), sort_keys=True)
    if len(plain) > SIZE:
        raise ValueError("answers longer than any form")
    return plain.ljust(SIZE)


def mark(keys: Keyring, force: str, request: int) -> str:
    """Compute what the sealed answer to a request is found by. Nobody can without the secret of the key folder."""
    secret = installation_secret(keys.folder)
    return hmac.new(secret.encode(), f"feedback sealed:{force}:{request}".encode(), hashlib.sha256).hexdigest()


def forget(w: Work, keys: Keyring, referral: int) -> int:
    """Erase the answer of a case that still waits, and its key. What was released is nobody's any more and stays.

    Returns how many answers that were: none, or 1.
    """
    requests = w.session.scalars(select(FeedbackRequest).where(col(FeedbackRequest.referral_id) == referral)).all()
    marks = [mark(keys, request.force_id, request.id or 0) for request in requests]
    return _erase(w, keys, _found(w, col(SealedFeedback.mark).in_(marks)))


def forget_waiting(w: Work, keys: Keyring, until: date) -> int:
    """Erase, unread, the answers that have waited in vain since a day or longer. Returns how many that were."""
    return _erase(w, keys, _found(w, col(SealedFeedback.waits_since) <= until))


def key_ids(w: Work) -> Iterable[str]:
    """Return the ids of the keys of all answers that wait within the scope."""
    return w.session.scalars(select(col(SealedFeedback.key_id)).where(col(SealedFeedback.key_id) != "")).all()


def _found(w: Work, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    wanted = select(col(SealedFeedback.id), col(SealedFeedback.force_id), col(SealedFeedback.key_id)).where(which)
    return w.session.execute(wanted.with_for_update()).all()


def _erase(w: Work, keys: Keyring, rows: Sequence[Row[Any]]) -> int:
    """Erase rows, then their keys before the commit: should that fail, the rows stay and are unreadable."""
    w.session.execute(
        delete(SealedFeedback).where(col(SealedFeedback.id).in_([row.id for row in rows])),
        execution_options={"synchronize_session": False},
    )
    for row in rows:
        keys.destroy(row.force_id, row.key_id)
    return len(rows)
