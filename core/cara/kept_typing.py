"""Typing that came without a valid session, or with an old page's token: kept for the browser that sent it, never saved.

A session that idles out while somebody types would otherwise cost them what they typed. The form goes under a key that only a
cookie holds; the database keeps the key's hash. Whoever signs in again in this browser, and may open the page, finds it
filled in. Nothing is saved until they press the button themselves.

A route says that it wants this with `opt=KEEPS`; its page has the same address, and takes the typing up with `take`.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.utils.scope.state import ScopeState
from sqlalchemy import delete, insert, select

from cara.i18n import gettext as _
from cara.identity.models import KeptTyping
from cara.shell import Asked
from cara.web.frame import Flash
from cara.work import NOBODY_IS, new_token, token_hash, work_as

KEEPS: Final[Mapping[str, Any]] = {"keeps_typing": True}
"""What a route of a form carries whose typing is kept."""
COOKIE: Final = "typed"
LASTS: Final = timedelta(hours=1)
MOST: Final = 64 * 1024
"""Bytes of one form. A larger one is no page of ours: anybody can send one, so there must be an end to what is kept."""

_NONCE = 12
_TOKENS = ("_csrf_token",)
_k: Any = KeptTyping


def keeps(request: Asked) -> bool:
    """Whether the route of this request is a form whose typing is kept."""
    handler = request.scope.get("route_handler")
    return request.method == "POST" and handler is not None and bool(handler.opt.get("keeps_typing"))


def came_from_here(request: Asked) -> bool:
    """Whether a form with an old token came from a page of ours: another site's never fills in a page here."""
    site = request.headers.get("sec-fetch-site", "none")
    return request.app.state.settings.session_cookie in request.cookies and site in ("same-origin", "none")


def keep(request: Asked, response: Response[Any]) -> bool:
    """Keep the form that this request sent, and give the browser the key to it. False if there is nothing that can be kept."""
    if not keeps(request):
        return False
    plain = _form(request)
    if not plain or len(plain) > MOST:
        return False
    token, path = new_token(), request.scope["path"]
    with work_as(request.app.state.store, NOBODY_IS, "account", "keep_typing") as w:
        w.session.execute(delete(KeptTyping).where(_k.at <= w.now - LASTS))
        w.session.execute(
            insert(KeptTyping).values(token_hash=token_hash(token), sealed=_seal(token, path, plain), at=w.now)
        )
    response.set_cookie(
        COOKIE, token, path=path, max_age=int(LASTS.total_seconds()), httponly=True, samesite="lax",
        secure=request.app.state.settings.https,
    )  # fmt: skip
    return True


def take(request: Asked) -> dict[str, list[str]] | None:
    """What was kept for this page and browser, and then forget it; None if there is nothing. Ask only once the person is
    known to be allowed on the page, and outside any unit of work."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with work_as(request.app.state.store, NOBODY_IS, "account", "take_typing") as w:
        query = select(_k.sealed).where(_k.token_hash == token_hash(token), _k.at > w.now - LASTS)
        sealed = w.session.execute(query).scalar_one_or_none()
        plain = _open(token, request.scope["path"], sealed) if sealed else None
        if plain is not None:
            w.session.execute(delete(KeptTyping).where(_k.token_hash == token_hash(token)))
    return None if plain is None else json.loads(plain)


def taken(request: Asked, page: Response[Any]) -> Response[Any]:
    """The page on which kept typing is shown; its cookie opens nothing any more."""
    page.delete_cookie(COOKIE, path=request.scope["path"])
    return page


def notice() -> Flash:
    """What such a page says."""
    return Flash(_("What you typed is here again. It is not saved yet: check it and send it once more."), "notice")


def version(kept: Mapping[str, list[str]]) -> int | None:
    """The version of the record that the page showed when this was typed."""
    text = next(iter(kept.get("_version", ())), "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def key(kept: Mapping[str, Sequence[str]] | None) -> str:
    """The key of the form on a page: the one that kept typing was sent with, so that what was saved after all is not saved twice."""
    return next(iter((kept or {}).get("_key", ())), "") or new_token()


def _form(request: Asked) -> bytes:
    """What the request held, as it was already read; never its token against forgery, never a file."""
    read = ScopeState.from_scope(request.scope).form
    if not isinstance(read, dict):
        return b""
    fields: dict[str, list[str]] = {}
    for name, value in FormMultiDict.from_form_data(read).multi_items():
        if isinstance(value, str) and name not in _TOKENS:
            fields.setdefault(name, []).append(value)
    return json.dumps(fields).encode() if fields.keys() - {"_key"} else b""


def _key(token: str) -> bytes:
    # Not the hash that stands in the database: that one opens nothing.
    return hashlib.sha256(b"kept typing:" + token.encode()).digest()


def _seal(token: str, path: str, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(token)).encrypt(nonce, plain, path.encode())


def _open(token: str, path: str, sealed: bytes) -> bytes | None:
    """None where the cookie belongs to another page."""
    try:
        return AESGCM(_key(token)).decrypt(sealed[:_NONCE], sealed[_NONCE:], path.encode())
    except InvalidTag:
        return None
