"""Where a database comes from, as the first entry of its own ledger says."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from cara.platform.ledger import MADE
from cara.platform.ledger.models import LedgerEntry

_MADE = select(LedgerEntry.codes).where(col(LedgerEntry.id) == 1, col(LedgerEntry.verb) == bindparam("lone_verb"))


def practice(session: Session) -> Mapping[str, Any] | None:
    """What the demonstration made a database from; None of any other."""
    codes = session.execute(_MADE, {"lone_verb": MADE}).scalar()
    return json.loads(codes) if codes is not None else None
