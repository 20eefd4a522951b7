"""Writing entries and hashing them. The only writer of `ledger_entry`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from cara.ledger.models import LedgerEntry
from cara.storage.engine import hold_seals


class Act(StrEnum):
    """The six acts that DPA 2018 s.62 wants logged, and `access` for what is no processing of a case."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    ACCESS = "access"


HASHED = (
    "at", "actor_kind", "actor_id", "organisation_id", "capacity", "roles", "act", "verb",
    "subject_kind", "subject_id", "force_id", "provider_id", "shown", "codes", "reason",
)  # fmt: skip
"""What an entry's digest covers, in this order: everything but its number, which the seal covers by order."""

_INSERT = insert(LedgerEntry)


def digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 over an entry's content; each part is preceded by its length, so that no two contents run together."""
    hasher = hashlib.sha256()
    for name in HASHED:
        value = entry[name]
        part = (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
        hasher.update(b"%d:%s" % (len(part), part))
    return hasher.hexdigest()


def append(
    session: Session,
    *,
    at: datetime,
    actor: tuple[str, str, str, str, str],
    act: Act,
    verb: str,
    subject: tuple[str, str] = ("", ""),
    force: str = "",
    provider: str = "",
    shown: Sequence[str] = (),
    codes: Mapping[str, str | int] | None = None,
    reason: str = "",
) -> None:
    """Add one entry, in the caller's transaction.

    `actor` is kind, id, organisation, capacity, roles. `codes` and `reason` hold codes from closed lists, never what
    somebody typed.
    """
    kind, actor_id, organisation, capacity, roles = actor
    entry: dict[str, Any] = {
        "at": at,
        "actor_kind": kind,
        "actor_id": actor_id,
        "organisation_id": organisation,
        "capacity": capacity,
        "roles": roles,
        "act": act.value,
        "verb": verb,
        "subject_kind": subject[0],
        "subject_id": subject[1],
        "force_id": force,
        "provider_id": provider,
        "shown": json.dumps(list(shown)),
        "codes": json.dumps(dict(codes or {}), sort_keys=True),
        "reason": reason,
    }
    entry["digest"] = digest(entry)
    hold_seals(session)
    session.connection().execute(_INSERT, entry)
