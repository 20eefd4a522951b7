"""What providers publish: believed only where it fits the pin, for a while, and never from a broken wire."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from joserfc.jwk import ECKey, OKPKey
from pydantic import SecretStr

from cara import clock
from cara.errors import Misconfigured, SignInRefused, Unavailable
from cara.platform.oidc import jwt
from cara.platform.oidc.client import begin
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.http import LARGEST
from cara.platform.oidc.issuers import Issuer, acceptable_url
from cara.platform.oidc.testing import BACK, ELSEWHERE, HOME, PINNED, RSA, SIGNING, STRANGER, Provider, sign_in, signed

CLIENT_KEY = ECKey.generate_key("P-256", {"kid": "cara"})


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.mark.parametrize(
    ("url", "loopback_allowed", "fine"),
    [
        ("https://idp.example.test", False, True),
        ("http://idp.example.test", True, False),
        ("http://localhost:1", True, True),
        ("http://127.0.0.1:1", True, True),
        ("http://[::1]:1", True, True),
        ("http://localhost:1", False, False),
        ("http://localhost.example.test", True, False),
        ("http://127.0.0.1.example.test", True, False),
        ("https://a@b.example.test", False, False),
        ("https://idp.example.test#x", False, False),
        ("https://idp.example.test:x", False, False),
        ("https://idp.example.test\\@evil.example", False, False),
        ("https://", False, False),
        ("ftp://idp.example.test", True, False),
    ],
)
def test_which_addresses_are_followed(url: str, loopback_allowed: bool, fine: bool) -> None:
    assert acceptable_url(url, allow_http=loopback_allowed) is fine
    if not fine:
        with pytest.raises(Misconfigured):
            Issuer(url, "cara", allow_http=loopback_allowed)


@pytest.mark.parametrize(
    "poison",
    [
        {"issuer": ELSEWHERE},
        {"issuer": HOME + "/"},
        {"issuer": None},
        {"token_endpoint": "http://idp.example.test/token"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user:word@idp.example.test/keys"},
        {"authorization_endpoint": "javascript:alert(1)//"},
        {"authorization_endpoint": ["https://idp.example.test"]},
        {"end_session_endpoint": "http://127.0.0.1/bye"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_poisoned_discovery_is_refused(provider: Provider, poison: dict[str, Any]) -> None:
    provider.document |= poison
    with pytest.raises(SignInRefused):
        asyncio.run(begin(Providers(provider.transport), PINNED, BACK))


async def flood(_: httpx2.Request) -> httpx2.Response:
    async def parts() -> Any:
        for _ in range(1000):
            yield b" " * 65536

    return httpx2.Response(200, content=parts())


async def silence(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody there")


@pytest.mark.parametrize(
    "handle",
    [
        flood,
        silence,
        lambda _: httpx2.Response(200, content=b"<html>"),
        lambda _: httpx2.Response(200, content=b"[" * 100_000),
        lambda _: httpx2.Response(200, json=[]),
        lambda _: httpx2.Response(500),
        lambda _: httpx2.Response(302, headers={"Location": ELSEWHERE}),
        lambda _: httpx2.Response(200, content=b"x", headers={"Content-Encoding": "br"}),
    ],
)
def test_a_broken_provider_is_unavailable(handle: Any) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(begin(Providers(lambda: httpx2.MockTransport(handle)), PINNED, BACK))


@pytest.mark.parametrize("large", [True, False])
def test_a_good_document_is_not_read_beyond_our_limit(provider: Provider, large: bool) -> None:
    padding = b" " * (LARGEST if large else 1000)

    def padded(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=json.dumps(provider.document).encode() + padding)

    provider.answer = padded
    told = begin(Providers(provider.transport), PINNED, BACK)
    if large:
        with pytest.raises(Unavailable):
            asyncio.run(told)
    else:
        assert asyncio.run(told).issuer == HOME


def test_keys_that_may_not_sign_are_left_out() -> None:
    usable = SIGNING.as_dict(private=False)
    short = RSA.as_dict(private=False) | {"kid": "short", "n": "w" * 171}
    listed = [
        usable,
        usable | {"kid": "for encryption", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "EC", "crv": "P-256", "x": "broken", "y": "AA", "kid": "broken"},
        short,
        "no key",
    ]
    assert [key.kid for key in jwt.signing_keys({"keys": listed})] == ["one"]
    assert list(jwt.signing_keys({"keys": "none"})) == []


def test_new_keys_are_fetched_once_a_minute_at_most(provider: Provider) -> None:
    providers = Providers(provider.transport)
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        sign_in(provider, providers=providers)
        rotated = ECKey.import_key(STRANGER.as_dict(private=True) | {"kid": "two"})
        provider.keys = [rotated]
        provider.id_token = lambda c: signed(c, rotated)
        with pytest.raises(SignInRefused):
            sign_in(provider, providers=providers)
        assert provider.asked.count("/keys") == 1
        clock_hand.shift(timedelta(seconds=61))
        assert sign_in(provider, providers=providers).subject == "s-1"
        assert provider.asked.count("/keys") == 2
        assert provider.asked.count("/.well-known/openid-configuration") == 1
        clock_hand.shift(timedelta(minutes=31))
        sign_in(provider, providers=providers)
        assert provider.asked.count("/.well-known/openid-configuration") == 2


def test_nothing_old_is_believed_once_the_provider_is_down(provider: Provider) -> None:
    providers = Providers(provider.transport)
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        sign_in(provider, providers=providers)
        clock_hand.shift(timedelta(minutes=31))
        provider.answer = lambda _: httpx2.Response(503)
        asked = len(provider.asked)
        for _ in range(3):
            with pytest.raises(Unavailable):
                sign_in(provider, providers=providers)
        assert len(provider.asked) == asked + 1  # the others did not wait for the same silence
        provider.answer = lambda _: None
        clock_hand.shift(timedelta(seconds=6))
        assert sign_in(provider, providers=providers).subject == "s-1"


@pytest.mark.parametrize("key", [RSA, CLIENT_KEY, OKPKey.generate_key("Ed25519")])
def test_a_key_may_be_pem_or_jwk(key: Any) -> None:
    pem = jwt.private_key(key.as_pem(private=True).decode())
    jwk = jwt.private_key(json.dumps(key.as_dict(private=True)))
    assert type(pem) is type(jwk) is type(key)
    assert pem.thumbprint() == jwk.thumbprint() == key.thumbprint()
    with pytest.raises(ValueError, match="private one"):
        jwt.private_key(json.dumps(key.as_dict(private=False)))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "{nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_broken_key_is_a_setting_to_mend(provider: Provider, text: str) -> None:
    with pytest.raises(Misconfigured):
        sign_in(provider, Issuer(HOME, "cara", "private_key_jwt", SecretStr(text)))
