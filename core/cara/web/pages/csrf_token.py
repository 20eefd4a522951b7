"""The token that every form carries against forgery: made at sign-in, and sealed into it is whose pages it stands on.

So it is known of each form that comes back whose page it was sent from, whoever is signed in by then. A token that was not made
at a sign-in belongs to nobody.
"""

import hashlib
import os
from datetime import timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Response
from litestar.middleware.csrf import CSRF_SECRET_BYTES, CSRF_SECRET_LENGTH, generate_csrf_hash, generate_csrf_token

from cara.settings import FORM_TOKEN
from cara.web.cookies import set_cookie
from cara.web.pages.page import Asked

_NONCE: Final = 12
_PERSON: Final = CSRF_SECRET_BYTES - _NONCE - 16
"""Bytes left for a person's number: the framework's token is as long as nonce, number and seal together."""


def renew(request: Asked, response: Response[Any], person: int | None = None) -> None:
    """Give the browser a fresh token at signing in, for the person who signs in, and at signing out: a page from before, or of
    whoever was signed in before, can send nothing any more. The cookie lasts as long as a session can."""
    settings, secret = request.app.state.settings, request.app.state.secret
    token = generate_csrf_token(secret) if person is None else made_for(secret, person)
    set_cookie(settings, response, FORM_TOKEN, token, timedelta(hours=settings.session_hours))


def made_for(secret: str, person: int) -> str:
    """A fresh token for somebody's pages. The framework takes it for one of its own."""
    nonce = os.urandom(_NONCE)
    random = (nonce + AESGCM(_key(secret)).encrypt(nonce, person.to_bytes(_PERSON), None)).hex()
    return random + generate_csrf_hash(random, secret)


def whose(secret: str, token: str) -> int | None:
    """Whose pages a token stands on; None if it was made at no sign-in."""
    try:
        sealed = bytes.fromhex(token[:CSRF_SECRET_LENGTH])
        return int.from_bytes(AESGCM(_key(secret)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
    except (InvalidTag, ValueError):
        return None


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"whose page:" + secret.encode()).digest()
