"""Sign-in by OpenID Connect: the way out to an organisation’s provider, and the way back.

`begin` gives the address to send the browser to, and what the server-side session must remember. `finish` takes what
came back, redeems the code and returns who signed in. State, nonce, PKCE (S256) and pinned issuer tie both together.

An adapter over authlib's client; it holds no state and no session. Follows OpenID Connect Core §3.1, RFC 9207 (issuer
in the answer) and RFC 9700 (security of OAuth 2.0). Who `Claims.person` is to us, and may do, is decided elsewhere.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]
from joserfc.jwk import Key

from cara import clock
from cara.errors import Misconfigured, SignInRefused, Unavailable
from cara.i18n import lazy
from cara.platform.oidc import jwt
from cara.platform.oidc.discovery import DOWN, TIME_LIMIT, Providers
from cara.platform.oidc.issuers import Issuer, Metadata

log = logging.getLogger(__name__)

ASSERTION_LASTS = 60  # seconds
# What our own key signs with, best first; the provider's list decides.
CLIENT_ALGORITHMS = {"RSA": ("PS256", "RS256"), "EC": ("ES256",), "OKP": ("Ed25519", "EdDSA")}

STRANGE = lazy("The answer of the sign-in service did not pass our checks. Start again from the sign-in page.")
NOT_YOURS = (
    "This sign-in was not started in this browser, or was started too long ago. Start again from the sign-in page."
)
SET_UP = lazy("The sign-in service does not accept how CARA is registered with it. Tell your CARA administrator.")
ANSWERS = {
    "access_denied": lazy(
        "You were not signed in, because the sign-in was stopped or your organisation does not allow it."
    ),
    "login_required": lazy("Your organisation asks you to sign in again. Start again from the sign-in page."),
    "interaction_required": lazy("Your organisation asks something of you first. Start again from the sign-in page."),
    "temporarily_unavailable": lazy("Your organisation’s sign-in service is busy. Try again in a few minutes."),
    "server_error": lazy("Your organisation’s sign-in service had a fault. Try again in a few minutes."),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way. The browser gets `url`; all else stays in the server-side session, and is used once."""

    issuer: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says signed in. `person` is the key to know them by: never the e-mail address."""

    issuer: str
    subject: str = field(repr=False)
    person: tuple[str, str] = field(repr=False)
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    email_verified: bool = False
    groups: tuple[str, ...] = ()
    acr: str | None = None
    tid: str | None = None
    oid: str | None = field(default=None, repr=False)


async def begin(providers: Providers, issuer: Issuer, redirect_uri: str, *, prompt: str | None = None) -> Attempt:
    """Start a sign-in. Raises `Unavailable` when the provider is down, `SignInRefused` when it is another."""
    metadata = await providers.metadata(issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    extra = {"prompt": prompt} if prompt else {}
    async with _client(providers, issuer, metadata, redirect_uri) as client:
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier, **extra
        )
    return Attempt(issuer.issuer, state, nonce, verifier, url)


async def finish(
    providers: Providers, issuer: Issuer, attempt: Attempt, callback: Mapping[str, str], redirect_uri: str
) -> Claims:
    """Who came back. `callback` is the query of the redirect; drop the attempt from the session before calling.

    Raises `SignInRefused` when anything does not fit, `Unavailable` when the provider does not answer.
    """
    if attempt.issuer != issuer.issuer or not jwt.same(attempt.state, callback.get("state")):
        raise SignInRefused(str(NOT_YOURS))
    metadata = await providers.metadata(issuer)
    if (metadata.names_itself or "iss" in callback) and not jwt.same(issuer.issuer, callback.get("iss")):
        raise _refused("issuer of the answer")
    if "error" in callback:
        raise SignInRefused(str(ANSWERS.get(callback["error"], STRANGE)))
    if not callback.get("code"):
        raise _refused("no code")
    tokens = await _redeem(providers, issuer, metadata, callback["code"], attempt.verifier, redirect_uri)
    return _read(issuer, await _verified(providers, issuer, metadata, tokens, attempt.nonce))


async def sign_out_url(providers: Providers, issuer: Issuer, return_to: str, *, state: str | None = None) -> str | None:
    """Where the browser also signs out of the provider, or None if it has no such page.

    The client id says who asks; the ID token names a person and stays out of addresses (RP-Initiated Logout 1.0 §2).
    """
    endpoint = (await providers.metadata(issuer)).end_session_endpoint
    if endpoint is None:
        return None
    query = {"client_id": issuer.client_id, "post_logout_redirect_uri": return_to}
    if state is not None:
        query["state"] = state
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def _client(providers: Providers, issuer: Issuer, metadata: Metadata, redirect_uri: str) -> Any:
    """authlib's client for one exchange, proving who we are in the way that was agreed with this provider."""
    secret: str | Key | None = issuer.credential.get_secret_value() if issuer.credential is not None else None
    if issuer.auth_method == "private_key_jwt":
        try:
            secret = jwt.private_key(cast("str", secret))
        except ValueError as error:
            raise Misconfigured(f"The key for sign-in is {error}.") from None
    client = AsyncOAuth2Client(
        issuer.client_id,
        secret,
        token_endpoint_auth_method=issuer.auth_method,
        scope=issuer.scope,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        transport=providers.transport(),
        follow_redirects=False,
    )
    if issuer.auth_method == "private_key_jwt":
        client.register_client_auth_method(_assertion(cast("Key", secret), metadata))
    return client


def _assertion(key: Key, metadata: Metadata) -> Any:
    """Our proof by private key (RFC 7523 §2.2): short-lived, for this token endpoint alone."""
    fitting = CLIENT_ALGORITHMS[key.key_type]
    algorithm = next((name for name in fitting if name in metadata.client_algorithms), fitting[-1])
    named = {name: key[name] for name in ("kid", "x5t", "x5t#S256") if name in key.keys()}  # noqa: SIM118 - not a mapping
    expires = {"exp": int(clock.now().timestamp()) + ASSERTION_LASTS}
    return PrivateKeyJWT(metadata.token_endpoint, claims=expires, headers=named, alg=algorithm)


async def _redeem(
    providers: Providers, issuer: Issuer, metadata: Metadata, code: str, verifier: str, redirect_uri: str
) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(TIME_LIMIT), _client(providers, issuer, metadata, redirect_uri) as client:
            tokens = await client.fetch_token(
                metadata.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
    except OAuthError as error:
        # What a provider writes beside the code may name the person: it is neither shown nor logged.
        if error.error in ("invalid_client", "unauthorized_client"):
            raise SignInRefused(str(SET_UP)) from None
        raise _refused("code not accepted") from None
    except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError):
        raise Unavailable(str(DOWN)) from None
    return cast("Mapping[str, Any]", tokens)


async def _verified(
    providers: Providers, issuer: Issuer, metadata: Metadata, tokens: Mapping[str, Any], nonce: str
) -> dict[str, Any]:
    """The claims of the ID token, after every check of OpenID Connect Core §3.1.3.7."""
    token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(token, str):
        raise _refused("no ID token")
    try:
        header, _ = jwt.peek(token)
        keys = await providers.keys(issuer, header.get("kid"))
        claims = jwt.verify(token, keys, metadata.algorithms, issuer.issuer, issuer.client_id)
        if not jwt.same(nonce, claims.get("nonce")):
            raise jwt.Unacceptable("nonce")
        audience, party = claims["aud"], claims.get("azp")
        if (party is not None or (isinstance(audience, list) and len(audience) > 1)) and party != issuer.client_id:
            raise jwt.Unacceptable("authorised party")
        if "at_hash" in claims and not (
            isinstance(access_token, str) and jwt.same(jwt.half_hash(access_token, header["alg"]), claims["at_hash"])
        ):
            raise jwt.Unacceptable("hash of the access token")
    except jwt.Unacceptable as error:
        raise _refused(str(error)) from None
    return claims


def _read(issuer: Issuer, claims: Mapping[str, Any]) -> Claims:
    def text(name: str) -> str:
        value = claims.get(name)
        return value.strip()[:200] if isinstance(value, str) else ""

    subject, tid, oid = claims["sub"], text("tid"), text("oid")
    person = subject
    if issuer.entra:
        # The tenant must be the one in the pinned address, or one tenant could speak of another's people.
        if not oid or tid not in issuer.issuer.split("/")[3:]:
            raise _refused("tenant or object id")
        person = f"{tid}/{oid}"
    groups = claims.get(issuer.groups_claim)
    return Claims(
        issuer=issuer.issuer,
        subject=subject,
        person=(issuer.issuer, person),
        name=text("name"),
        email=text("email"),
        email_verified=claims.get("email_verified") is True,
        groups=tuple(g for g in groups if isinstance(g, str)) if isinstance(groups, list) else (),
        acr=text("acr") or None,
        tid=tid or None,
        oid=oid or None,
    )


def _refused(reason: str) -> SignInRefused:
    """The refusal for a person to read; the reason, one of ours, is for the operator's log."""
    log.warning("sign-in refused: %s", reason)
    return SignInRefused(str(STRANGE))
