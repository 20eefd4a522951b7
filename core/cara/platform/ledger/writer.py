"""Writing entries and hashing them. The only writer of `ledger_entry`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from cara.errors import WallBreached
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.ledger.models import LedgerEntry


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

KEYED = "entry"
"""The kind of an entry's digest."""
_INSERT = insert(LedgerEntry).inline()
"""Inline: to be given the new row's number one would have to be let read it, and most who write an entry are not."""


def digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 over an entry's content: what entries have from before digests were keyed."""
    return hashlib.sha256(_parts(entry)).hexdigest()


def keyed_content(entry: Mapping[str, Any]) -> bytes:
    """What a keyed digest is over."""
    return _parts(entry)


def _parts(entry: Mapping[str, Any]) -> bytes:
    """An entry's content; each part is preceded by its length, so that no two contents run together."""
    parts = []
    for name in HASHED:
        value = entry[name]
        part = (value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)).encode()
        parts.append(b"%d:%s" % (len(part), part))
    return b"".join(parts)


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
    keys: LedgerKeys | None = session.info.get("ledger_keys")
    if keys is None:
        raise WallBreached("a ledger entry is written in a session that has the ledger's keys")
    entry["digest"] = keys.sign(KEYED, keyed_content(entry))
    told = session.info.setdefault("entries", {})
    told[" ".join(entry[name] for name in ("subject_kind", "subject_id")).strip()] = told[""] = entry["digest"]
    session.connection().execute(_INSERT, entry)
