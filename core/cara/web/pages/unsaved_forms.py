"""Typing that came without a valid session, or with an old page's token: kept for whoever typed it, never saved.

A session that idles out while somebody types would otherwise cost them what they typed. The form goes under a key that only a
cookie holds; the database keeps the key's hash, and whose page the form was typed on: its token says so, whoever is signed in by
then. When that person signs in again in this browser, and may open the page, they find it filled in; nobody else does. Nothing is
saved until they press the button themselves. Two pages that were typed into have a cookie each.

A route says that it wants this with `opt=KEEPS`; its page has the same address, and takes the typing up with `take`.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.utils.scope.state import ScopeState
from sqlalchemy import delete, insert, select
from sqlmodel import col

from cara.i18n import gettext as _
from cara.platform.access.actor import Actor
from cara.platform.access.models import KeptTyping
from cara.platform.unit_of_work import NOBODY_IS, new_token, token_hash, work_as
from cara.web.cookies import drop_cookie, set_cookie
from cara.web.pages.csrf_token import whose
from cara.web.pages.page import Asked, from_known_session
from cara.web.ui.layout import Flash

KEEPS: Final[Mapping[str, Any]] = {"keeps_typing": True}
"""What a route of a form carries whose typing is kept."""
COOKIE: Final = "typed"
"""How the names of its cookies begin."""
LASTS: Final = timedelta(hours=1)
MOST: Final = 64 * 1024
"""Bytes of one form. A larger one is no page of ours: anybody can send one, so there must be an end to what is kept."""
AT_ONCE: Final = 8
"""Forms that are kept for one person at most; the oldest gives way."""

_NONCE = 12
_TOKENS = ("_csrf_token",)
_ENDS = re.compile(r"[0-9a-f]{8}")
_TAKEN = "cara_typing"


def keeps(request: Asked) -> bool:
    """Whether the route of this request is a form whose typing is kept."""
    handler = request.scope.get("route_handler")
    return request.method == "POST" and handler is not None and bool(handler.opt.get("keeps_typing"))


def came_from_here(request: Asked) -> bool:
    """Whether a form with an old token came from a page of ours: another site's never fills in a page here."""
    site = request.headers.get("sec-fetch-site", "none")
    return request.app.state.settings.session_cookie in request.cookies and site in ("same-origin", "none")


def keep(request: Asked, response: Response[Any]) -> bool:
    """Keep the form that this request sent, and give the browser the key to it. False if there is nothing that can be kept, or
    nobody for whom: a browser that never had a session has nothing stored."""
    if not keeps(request):
        return False
    fields = _fields(request)
    person = whose(request.app.state.secret, next(iter(fields.get("_csrf_token", ())), ""))
    typed = {name: values for name, values in fields.items() if name not in _TOKENS}
    plain = json.dumps(typed).encode()
    if person is None or not typed.keys() - {"_key"} or len(plain) > MOST or not from_known_session(request):
        return False
    token, path = new_token(), request.scope["path"]
    held = _held(request)
    with work_as(request.app.state.store, NOBODY_IS, "account", "keep_typing") as w:
        newest = (
            select(col(KeptTyping.token_hash))
            .where(col(KeptTyping.person_id) == person)
            .order_by(col(KeptTyping.at).desc())
            .limit(AT_ONCE - 1)
        )
        w.session.execute(delete(KeptTyping).where(col(KeptTyping.at) <= w.now - LASTS))
        w.session.execute(
            delete(KeptTyping).where(col(KeptTyping.person_id) == person, col(KeptTyping.token_hash).not_in(newest))
        )
        left = set(
            w.session.scalars(select(col(KeptTyping.token_hash)).where(col(KeptTyping.token_hash).in_(list(held))))
        )
        w.session.execute(
            insert(KeptTyping).values(
                token_hash=token_hash(token), person_id=person, sealed=_seal(token, person, path, plain), at=w.now
            )
        )
    settings = request.app.state.settings
    for hashed in held.keys() - left:  # what its cookie opened has gone
        drop_cookie(settings, response, held[hashed][0])
    set_cookie(settings, response, f"{COOKIE}-{secrets.token_hex(4)}", token, LASTS)
    return True


def take(request: Asked) -> dict[str, list[str]] | None:
    """What was kept for this page, browser and person, the newest first, and then forget it; None if there is nothing. Ask only
    once the person is known to be allowed on the page, and outside any unit of work."""
    held, actor = _held(request), request.scope.get("cara_actor")
    if not held or not isinstance(actor, Actor) or actor.kind != "person":
        return None
    person, path = int(actor.id), request.scope["path"]
    with work_as(request.app.state.store, NOBODY_IS, "account", "take_typing") as w:
        query = select(col(KeptTyping.token_hash), col(KeptTyping.sealed)).where(
            col(KeptTyping.token_hash).in_(list(held)),
            col(KeptTyping.person_id) == person,
            col(KeptTyping.at) > w.now - LASTS,
        )
        for hashed, sealed in w.session.execute(query.order_by(col(KeptTyping.at).desc())):
            name, token = held[hashed]
            if (plain := _open(token, person, path, sealed)) is not None:
                w.session.execute(delete(KeptTyping).where(col(KeptTyping.token_hash) == hashed))
                request.scope[_TAKEN] = name  # type: ignore[literal-required]  # ours: for `taken`
                found: dict[str, list[str]] = json.loads(plain)
                return found
    return None


def taken(request: Asked, page: Response[Any]) -> Response[Any]:
    """The page on which kept typing is shown; its cookie opens nothing any more."""
    if name := request.scope.get(_TAKEN):
        drop_cookie(request.app.state.settings, page, str(name))
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


def _held(request: Asked) -> dict[str, tuple[str, str]]:
    """Hash of each key to typing that this browser holds → its cookie's plain name, and the key."""
    begins = request.app.state.settings.cookie(f"{COOKIE}-")
    found = {name.removeprefix(begins): value for name, value in request.cookies.items() if name.startswith(begins)}
    ours = [(f"{COOKIE}-{end}", value) for end, value in found.items() if _ENDS.fullmatch(end)]
    return {token_hash(value): (name, value) for name, value in ours[: 2 * AT_ONCE]}


def _fields(request: Asked) -> dict[str, list[str]]:
    """What the request held, as it was already read; never a file."""
    read = ScopeState.from_scope(request.scope).form
    fields: dict[str, list[str]] = {}
    for name, value in FormMultiDict.from_form_data(read).multi_items() if isinstance(read, dict) else ():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return fields


def _key(token: str) -> bytes:
    # Not the hash that stands in the database: that one opens nothing.
    return hashlib.sha256(b"kept typing:" + token.encode()).digest()


def _bound(person: int, path: str) -> bytes:
    """What typing is bound to: it opens for nobody else, and on no other page."""
    return f"{person}:{path}".encode("utf-8", "backslashreplace")


def _seal(token: str, person: int, path: str, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(token)).encrypt(nonce, plain, _bound(person, path))


def _open(token: str, person: int, path: str, sealed: bytes) -> bytes | None:
    """None where it is somebody else's, or another page's."""
    try:
        return AESGCM(_key(token)).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(person, path))
    except InvalidTag:
        return None
