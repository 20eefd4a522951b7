"""Where a database comes from, as the first entry of its own ledger says."""

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from cara.ledger import MADE
from cara.ledger.models import LedgerEntry


def practice(session: Session) -> Mapping[str, Any] | None:
    """What the demonstration made a database from; None of any other."""
    first = session.get(LedgerEntry, 1)
    return json.loads(first.codes) if first is not None and first.verb == MADE else None
