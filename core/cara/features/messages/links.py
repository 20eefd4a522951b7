"""Links that work once and are kept by nobody: the secret part is computed from a random number and a secret outside the database,
which keeps the number and the link's hash. Whoever reads the database alone can open nothing.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from cara.features.messages.models import FeedbackLink
from cara.platform.database.engine import tell
from cara.platform.unit_of_work import Work

_l: Any = FeedbackLink
_QUIETLY = {"synchronize_session": False}


def nonce() -> str:
    """A fresh random number, from which one link is computed."""
    return secrets.token_hex(16)


def token(secret: str, purpose: str, number: str) -> str:
    """The secret part of a link: 24 bytes, computed and never kept."""
    made = hmac.new(secret.encode(), f"{purpose}:{number}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def issue(w: Work, hashed: str, force: str, ends_at: datetime, before: str = "") -> None:
    """Let a link open something in a force, in the place of the one whose hash is `before`."""
    end(w, before)
    w.session.execute(insert(FeedbackLink).values(token_hash=hashed, force_id=force, ends_at=ends_at))


def end(w: Work, hashed: str) -> bool:
    """Let a link open nothing any more; whether it did till now. Of two who end it at once, one is told that they did."""
    tell(w.session, token=hashed)
    ended: Any = w.session.execute(delete(FeedbackLink).where(_l.token_hash == hashed).execution_options(**_QUIETLY))
    return bool(ended.rowcount)


def force_of(w: Work, hashed: str) -> str:
    """In which force a link opens something; empty if it opens nothing, or nothing any more."""
    tell(w.session, token=hashed)
    return w.session.scalar(select(_l.force_id).where(_l.token_hash == hashed, _l.ends_at > w.now)) or ""
