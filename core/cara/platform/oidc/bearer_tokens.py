"""Bearer tokens of the machine API: issued by an organisation's own provider, only ever checked here.

Accepts signed access tokens as RFC 9068 describes them, and the older plain ones that say `JWT`. CARA issues none.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cara.errors import NotSignedIn
from cara.i18n import lazy
from cara.platform.oidc import jwt
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.issuers import Issuer

log = logging.getLogger(__name__)

KINDS = ("at+jwt", "application/at+jwt", "jwt")
REFUSED = lazy("The access token is not valid here. Get a new one from your organisation’s sign-in service.")


@dataclass(frozen=True, slots=True)
class MachineClaims:
    """Which system calls: `issuer` and `subject` name it, `scopes` and `roles` are what its own provider granted."""

    issuer: str
    subject: str = field(repr=False)
    client_id: str = ""
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


async def verify(providers: Providers, issuers: Mapping[str, Issuer], token: str, audience: str) -> MachineClaims:
    """The caller named by `token`, if a pinned issuer signed it for `audience` and it is valid now.

    `issuers` is keyed by issuer address. Raises `NotSignedIn`, with one message for every fault; `Unavailable` when the
    issuer's keys cannot be had, and `SignInRefused` when it no longer describes itself as the one that was pinned.
    """
    try:
        header, unproven = jwt.peek(token)
        name = unproven.get("iss")
        issuer = issuers.get(name) if isinstance(name, str) else None
        kind = str(header.get("typ", "")).lower()
        if issuer is None:
            raise jwt.Unacceptable("issuer")
        if kind not in KINDS:
            raise jwt.Unacceptable("kind of token")
        metadata = await providers.metadata(issuer)
        keys = await providers.keys(issuer, header.get("kid"))
        claims = jwt.verify(token, keys, metadata.algorithms, issuer.issuer, audience)
        if kind == "jwt" and "nonce" in claims:
            raise jwt.Unacceptable("an ID token")
    except jwt.Unacceptable as error:
        log.info("access token refused: %s", error)
        raise NotSignedIn(str(REFUSED)) from None
    caller = next((claims[n] for n in ("client_id", "azp", "appid") if isinstance(claims.get(n), str)), "")
    return MachineClaims(
        issuer=issuer.issuer,
        subject=claims["sub"],
        client_id=caller,
        scopes=_words(claims.get("scope", claims.get("scp"))),
        roles=_words(claims.get("roles")),
    )


def _words(value: Any) -> frozenset[str]:
    """A claim that is a list of words, or words in one text; anything else grants nothing."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(v for v in value if isinstance(v, str)) if isinstance(value, list) else frozenset()
