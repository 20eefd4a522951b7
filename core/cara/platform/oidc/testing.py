"""A provider that can be made hostile or broken, played in process, for tests of sign-in and of the machine API."""

import asyncio
import base64
import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from cara import clock
from cara.platform.oidc.client import Attempt, Claims, begin, finish
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.issuers import Issuer

HOME = "https://idp.example.test"
ELSEWHERE = "https://other.example.test"
BACK = "https://cara.example.test/sign-in/back"
API = "https://cara.example.test/api"
SIGNING = ECKey.generate_key("P-256", {"kid": "one"})
STRANGER = ECKey.generate_key("P-256", {"kid": "one"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
PINNED = Issuer(HOME, "cara")


class Provider:
    """A provider whose every word a test can change. `transport` is what `Providers` is given."""

    def __init__(self) -> None:
        self.keys: list[Key] = [SIGNING, RSA]
        self.document: dict[str, Any] = {
            "issuer": HOME,
            "authorization_endpoint": HOME + "/authorize",
            "token_endpoint": HOME + "/token",
            "jwks_uri": HOME + "/keys",
            "end_session_endpoint": HOME + "/bye",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        }
        self.id_token: Callable[[dict[str, Any]], str | None] = signed
        self.claims: dict[str, Any] = {}
        self.nonce = ""
        self.asked: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.answer: Callable[[httpx2.Request], httpx2.Response | None] = lambda _: None

    def transport(self) -> httpx2.AsyncBaseTransport:
        return httpx2.MockTransport(self.handle)

    async def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if (odd := self.answer(request)) is not None:
            return odd
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=self.document)
            case "/keys":
                return httpx2.Response(200, json=KeySet(list(self.keys)).as_dict())
            case "/token":
                self.forms.append(parse_qs(request.content.decode()))
                claims = claims_for(self.nonce) | self.claims
                given = {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(claims)}
                return httpx2.Response(200, json=given)
        return httpx2.Response(404)


def claims_for(nonce: str) -> dict[str, Any]:
    at = int(clock.now().timestamp())
    return {
        "iss": HOME, "aud": "cara", "sub": "s-1", "iat": at, "exp": at + 300, "nonce": nonce,
        "name": "Practice Officer", "email": "practice@example.test", "groups": ["cara-officers"],
    }  # fmt: skip


def signed(claims: Mapping[str, Any], key: Any = SIGNING, alg: str = "ES256", **header: Any) -> str:
    made = {"alg": alg, "kid": key.kid, **header}
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode(made, {k: v for k, v in claims.items() if v is not None}, key, registry=registry)


def unsigned(claims: Mapping[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def confused(claims: Mapping[str, Any]) -> str:
    """The public key taken for a shared secret."""
    pem = RSA.as_pem(private=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        secret = OctKey.import_key(base64.b64encode(pem), {"kid": "rsa"})
    return signed(claims, secret, "HS256")


def extended(claims: Mapping[str, Any], **header: Any) -> str:
    """Validly signed, with header fields that joserfc itself would not write."""

    def packed(part: Mapping[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")

    body = packed({"alg": "ES256", "kid": "one", **header}) + b"." + packed(claims)
    seal = jws.JWSRegistry.algorithms["ES256"].sign(body, SIGNING)
    return (body + b"." + base64.urlsafe_b64encode(seal).rstrip(b"=")).decode()


def at(seconds: int) -> int:
    return int(clock.now().timestamp()) + seconds


def sign_in(
    provider: Provider,
    issuer: Issuer = PINNED,
    callback: Mapping[str, str | None] | None = None,
    providers: Providers | None = None,
    spoil: Callable[[Attempt], Attempt] = lambda a: a,
) -> Claims:
    async def both() -> Claims:
        used = providers or Providers(provider.transport)
        attempt = await begin(used, issuer, BACK)
        provider.nonce = attempt.nonce
        sent = {"code": "c-1", "state": attempt.state} | dict(callback or {})
        return await finish(used, issuer, spoil(attempt), {k: v for k, v in sent.items() if v is not None}, BACK)

    return asyncio.run(both())
