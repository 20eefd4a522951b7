"""A sign-in under way: kept by the browser that began it, sealed, in a cookie for each, and nowhere else. So a stranger who begins
a million of them stores nothing here.

The session that succeeds carries the attempt's mark, and no two sessions can carry the same: a cookie that was copied opens no
second one.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Response

from cara.errors import SignInRefused
from cara.i18n import gettext as _
from cara.settings import SIGN_IN_COOKIE as COOKIE
from cara.settings import Settings
from cara.web.cookies import drop_cookie, set_cookie

LASTS: Final = timedelta(minutes=15)
AT_ONCE: Final = 4
"""Sign-ins that one browser may have under way; the oldest gives way."""
_LONGEST: Final = 500
"""Bytes of an address to come back to: a longer one is none of ours, and the browser would drop the cookie."""
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the provider's answer will be held against."""

    organisation: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    go_to: str
    began_at: datetime

    @property
    def mark(self) -> str:
        """What the session that succeeds with it is marked with."""
        return hashlib.sha256(b"sign-in:" + self.state.encode()).hexdigest()


def hand_out(
    settings: Settings, secret: str, cookies: Mapping[str, str], response: Response[Any], attempt: Attempt
) -> None:
    """Give the browser an attempt to keep; of those that it has, the oldest go, and whatever is none."""
    begins = settings.cookie(f"{COOKIE}-")
    held = {name.removeprefix(begins): value for name, value in cookies.items() if name.startswith(begins)}
    known = {end: found for end, value in held.items() if (found := _open(secret, end, value))}
    newest = sorted(known, key=lambda end: known[end].began_at, reverse=True)[: AT_ONCE - 1]
    for end in held:
        if end not in newest and end.isalnum() and end.isascii():
            drop_cookie(settings, response, f"{COOKIE}-{end}")
    end = _end(attempt.state)
    set_cookie(settings, response, f"{COOKIE}-{end}", _seal(secret, end, attempt), LASTS)


def take_back(settings: Settings, secret: str, cookies: Mapping[str, str], state: str, now: datetime) -> Attempt:
    """The sign-in that this browser began under `state`.

    Raises:
        SignInRefused: it began none, or too long ago.
    """
    end = _end(state)
    found = _open(secret, end, cookies.get(settings.cookie(f"{COOKIE}-{end}"), ""))
    if found is None or found.state != state or not now - LASTS < found.began_at <= now + LASTS:
        raise SignInRefused(_("This sign-in was begun in another browser, or too long ago. Begin again."))
    return found


def let_go(settings: Settings, response: Response[Any], attempt: Attempt) -> None:
    """Take an attempt from the browser: it is over."""
    drop_cookie(settings, response, f"{COOKIE}-{_end(attempt.state)}")


def _end(state: str) -> str:
    """How the name of an attempt's cookie ends."""
    return hashlib.sha256(state.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"sign-in under way:" + secret.encode()).digest()


def _seal(secret: str, end: str, attempt: Attempt) -> str:
    go_to = attempt.go_to if len(attempt.go_to.encode()) <= _LONGEST else "/home"
    content = asdict(attempt) | {"go_to": go_to, "began_at": attempt.began_at.isoformat()}
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(secret)).encrypt(nonce, json.dumps(content, ensure_ascii=False).encode(), end.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def _open(secret: str, end: str, value: str) -> Attempt | None:
    """None where it is not one that was sealed here under this name."""
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        plain = AESGCM(_key(secret)).decrypt(sealed[:_NONCE], sealed[_NONCE:], end.encode())
    except (InvalidTag, ValueError):
        return None
    content = json.loads(plain)
    return Attempt(**content | {"began_at": datetime.fromisoformat(content["began_at"])})
