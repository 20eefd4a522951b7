"""Links that open one page without a sign-in, for a limited time. The secret part, the token, is derived from a random nonce and a
secret outside the database. The database holds the nonce and a hash: reading the database alone opens nothing.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Field, SQLModel, col

from cara.platform.database.column_types import Instant
from cara.platform.database.engine import tell
from cara.platform.database.table_guards import guard_of
from cara.platform.unit_of_work import Work, token_hash

_VERSION_2: Final = "2:"
"""Beginning of a nonce whose token has letters and digits only: mail programs cut a link off at other characters."""
_VERSION_1_LENGTH: Final = 32
_VERSION_1_HASHED_PLAIN: Final = frozenset({"feedback", "onward"})
"""Purposes whose version 1 tokens were hashed without their purpose. The last such link ends 28 days after the upgrade."""


class OneTimeLink(SQLModel, table=True):
    """Name the force of a link, so that what it opens is looked for within that force. It names no case and no purpose, and its
    place in the table says nothing about when it was issued."""

    __tablename__ = "one_time_link"
    __table_args__ = {"sqlite_with_rowid": False, **guard_of(kind="link")}

    token_hash: str = Field(primary_key=True)
    force_id: str
    ends_at: datetime = Field(sa_type=Instant)


_FORCE = select(col(OneTimeLink.force_id)).where(
    col(OneTimeLink.token_hash) == bindparam("hashed"), col(OneTimeLink.ends_at) > bindparam("now")
)
_END = delete(OneTimeLink).where(col(OneTimeLink.token_hash) == bindparam("hashed"))


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """What the row of the opened record stores about its link."""

    nonce: str
    token_hash: str
    ends_at: datetime


def new_nonce() -> str:
    """Return a random nonce of the present version."""
    return f"{_VERSION_2}{secrets.token_hex(16)}"


def derive_token(secret: str, purpose: str, nonce: str) -> str:
    """Return the token of a link by the version of its nonce: 40 letters and digits, or 32 characters of base64 for version 1."""
    digest = hmac.new(secret.encode(), f"{purpose}:{nonce}".encode(), hashlib.sha256).digest()
    if nonce.startswith(_VERSION_2):
        return base64.b32encode(digest[:25]).decode().lower()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def hash_token(purpose: str, token: str) -> str:
    """Return the hash that is stored for a token. It differs by purpose, so that no link opens another purpose's page."""
    plain = len(token) == _VERSION_1_LENGTH and purpose in _VERSION_1_HASHED_PLAIN
    return token_hash(token if plain else f"{purpose}:{token}")


def issue(w: Work, secret: str, purpose: str, force: str, lasts: timedelta, *, replaces: str = "") -> IssuedLink:
    """Issue a link within a force, and end the link whose hash is `replaces`."""
    if replaces:
        end(w, replaces)
    nonce = new_nonce()
    link = IssuedLink(nonce, hash_token(purpose, derive_token(secret, purpose, nonce)), w.now + lasts)
    row = {"token_hash": link.token_hash, "force_id": force, "ends_at": link.ends_at}
    w.connection.execute(insert(OneTimeLink), row)
    return link


def end(w: Work, hashed: str) -> bool:
    """End a link, and return whether it was there. Of two who end it at the same time, one gets True."""
    tell(w.session, token=hashed)
    return w.connection.execute(_END, {"hashed": hashed}).rowcount > 0


def force_of(w: Work, hashed: str) -> str:
    """Return the force in which a link opens a page; empty if the link has ended or never was."""
    tell(w.session, token=hashed)
    return w.connection.execute(_FORCE, {"hashed": hashed, "now": w.now}).scalar() or ""
