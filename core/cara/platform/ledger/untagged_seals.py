"""Seals without a tag, from before there were tags: the key folder says which of them is the last.

Whoever holds the database alone can make such seals, and plain digests to fit them. So the upgrade that ends them notes the last
one in the key folder, and `verify` accepts no other. The upgrade announces the note before it commits, and settles it
afterwards: an announced note counts for nothing, and shows that an upgrade may be tried again.
"""

import json
from typing import Final

from sqlalchemy import Connection, Table, select

from cara.errors import Misconfigured
from cara.platform.crypto import key_files
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.ledger.models import LedgerSeal
from cara.platform.ledger.seals import Root

KIND: Final = "untagged-seals"
_ANNOUNCED: Final = f"{KIND}.announced"
_SEALS: Table = LedgerSeal.__table__  # type: ignore[attr-defined]  # what SQLModel gives a table's class
_LAST = select(_SEALS.c["count"], _SEALS.c.root).where(_SEALS.c.tag == "").order_by(_SEALS.c.id.desc()).limit(1)


def last(connection: Connection) -> Root | None:
    """Return what the last seal without a tag stands for; None if there is no such seal."""
    row = connection.execute(_LAST).first()
    return Root(*row) if row else None


def are_known(keys: LedgerKeys, end: Root) -> bool:
    """Return whether the key folder names this as the last seal without a tag."""
    return _content(end) in keys.notes(KIND)


def announce(connection: Connection, keys: LedgerKeys) -> None:
    """Say in the key folder that an upgrade is about to end the seals without a tag. Called in its transaction.

    Raises:
        Misconfigured: the upgrade was done before with this key folder, so a database from before it is not to be believed.
    """
    end = last(connection)
    if end is None:
        return
    announced = keys.folder / _ANNOUNCED
    if not announced.exists() and keys.exist:
        raise Misconfigured(
            f"{keys.folder} has secrets of the ledger, and this database has a ledger from before them. Set CARA_KEYS to "
            "the key folder of this database. If you brought an older database back on purpose, move that folder elsewhere. Then "
            "run `cara db upgrade` again. Nothing was changed."
        )
    key_files.replace(announced, _content(end).encode())
    key_files.settle(keys.folder)


def settle(connection: Connection, keys: LedgerKeys) -> None:
    """Note the last seal without a tag, once the upgrade that announced it has committed. Safe to repeat."""
    announced = keys.folder / _ANNOUNCED
    content = key_files.read(announced)
    if content is None:
        return
    end = last(connection)
    if end is not None and _content(end).encode() == content:
        keys.note(KIND, content.decode())
    announced.unlink(missing_ok=True)
    key_files.settle(keys.folder)


def _content(end: Root) -> str:
    return json.dumps({"count": end.count, "root": end.root})
