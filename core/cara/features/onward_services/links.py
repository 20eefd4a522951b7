"""Links of limited life, by which a service answers. The secret part is computed and never kept: the database holds a random
number and the link's hash, and whoever reads it alone can open nothing."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select

from cara.features.onward_services.models import OnwardLink, OnwardReferral, OnwardService
from cara.platform.database.engine import tell
from cara.platform.unit_of_work import Work, token_hash

LASTS: Final = timedelta(days=14)

_l: Any = OnwardLink
_o: Any = OnwardReferral
_s: Any = OnwardService
_FORCE = select(_l.force_id).where(_l.token_hash == bindparam("hashed"), _l.ends_at > bindparam("now"))
_END = delete(OnwardLink).where(_l.token_hash == bindparam("hashed"))
_REACHED = (
    select(_o.reference, _o.nonce, _s.email)
    .join(_s, (_s.id == _o.service_id) & (_s.audience == _o.audience))
    .where(_o.reference.in_(bindparam("references", expanding=True)))
)


def token(secret: str, nonce: str) -> str:
    """The secret part of a link: 24 bytes."""
    made = hmac.new(secret.encode(), f"onward:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def issue(w: Work, secret: str, force: str, before: str) -> Mapping[str, Any]:
    """A new link of a case in `force`, in the place of the one whose hash is `before`; gives the columns that keep it."""
    end(w, before)
    nonce = secrets.token_hex(16)
    hashed, until = token_hash(token(secret, nonce)), w.now + LASTS
    w.connection.execute(insert(OnwardLink), {"token_hash": hashed, "force_id": force, "ends_at": until})
    return {"nonce": nonce, "token_hash": hashed, "link_ends_at": until}


NONE: Final[Mapping[str, Any]] = {"nonce": "", "token_hash": "", "link_ends_at": None}
"""The columns of an onward referral that has no link."""


def end(w: Work, hashed: str) -> None:
    """Let a link open nothing any more."""
    tell(w.session, token=hashed)
    w.connection.execute(_END, {"hashed": hashed})


def force_of(w: Work, hashed: str, now: datetime) -> str | None:
    """In which force a link opens something; None if it opens nothing, or nothing any more."""
    tell(w.session, token=hashed)
    found = w.connection.execute(_FORCE, {"hashed": hashed, "now": now}).scalar()
    return str(found) if found else None


def reached(w: Work, references: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Onward referral → the service's e-mail address, and what the link is computed from (empty: there is none any more)."""
    rows = w.run(_REACHED, references=list(references)) if references else ()
    return {row.reference: (row.email, row.nonce) for row in rows}
