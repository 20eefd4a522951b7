"""Rows of victims, sealed before they are rows. A key of its own for each person, and for the words of each hold."""

from datetime import datetime
from typing import Any

from cara.features.victims.wall.models import Hold, Victim
from cara.platform.crypto.keyring import Keyring

SEALED = ("name", "contact", "address")
"""Columns of a victim that are ciphertext."""


def victim(keys: Keyring, force: str, keeper: str | None, now: datetime, **texts: str) -> Victim:
    """Somebody who was harmed; `texts` are the columns of `SEALED`."""
    key = keys.new_person(force)
    sealed: dict[str, Any] = {name: keys.encrypt(force, key, f"victim.{name}", texts[name]) for name in SEALED}
    return Victim(force_id=force, keeper_id=keeper, key_id=key, added_at=now, **sealed)


def unsealed(keys: Keyring, row: Victim) -> dict[str, str]:
    """The texts of a victim's columns. Raises `NotFound` once they are erased."""
    return {name: keys.decrypt(row.force_id, row.key_id, f"victim.{name}", getattr(row, name)) for name in SEALED}


def lock(keys: Keyring, person: Victim, column: str, text: str) -> bytes:
    """Words about somebody, sealed with their key; `column` is the table and the column that they go to."""
    return keys.encrypt(person.force_id, person.key_id, column, text)


def unlock(keys: Keyring, person: Victim, column: str, sealed: bytes) -> str:
    """What `lock` was given. Raises `NotFound` once the person is erased."""
    return keys.decrypt(person.force_id, person.key_id, column, sealed)


def hold(keys: Keyring, case: Any, keeper: str | None, cause: str, now: datetime, by: str) -> Hold:
    """A hold with its cause sealed."""
    key = keys.new_person(case.force_id)
    sealed = keys.encrypt(case.force_id, key, "victim_hold.cause", cause)
    return Hold(
        referral_id=case.id,
        force_id=case.force_id,
        keeper_id=keeper,
        key_id=key,
        cause=sealed,
        placed_at=now,
        placed_by=by,
    )


def cause_of(keys: Keyring, row: Hold) -> str:
    """Why a case is held."""
    return keys.decrypt(row.force_id, row.key_id, "victim_hold.cause", row.cause)
