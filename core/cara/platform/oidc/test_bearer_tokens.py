"""Bearer tokens of the machine API: the good ones, and what forgers send."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from cara.errors import NotSignedIn, Unavailable
from cara.platform.oidc import bearer_tokens
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.testing import (
    API,
    ELSEWHERE,
    HOME,
    PINNED,
    STRANGER,
    Provider,
    at,
    confused,
    extended,
    signed,
    unsigned,
)


@pytest.fixture
def provider() -> Provider:
    return Provider()


def machine_claims() -> dict[str, Any]:
    return {
        "iss": HOME, "aud": API, "sub": "system-1", "iat": at(0), "exp": at(300),
        "client_id": "records", "scope": "referrals.read referrals.write", "roles": ["import"],
    }  # fmt: skip


def call(provider: Provider, token: str) -> bearer_tokens.MachineClaims:
    return asyncio.run(bearer_tokens.verify(Providers(provider.transport), {HOME: PINNED}, token, API))


@pytest.mark.parametrize("kind", ["at+jwt", "application/at+jwt", "JWT"])
def test_a_machine_is_known_by_its_token(provider: Provider, kind: str) -> None:
    claims = call(provider, signed(machine_claims(), typ=kind))
    assert (claims.issuer, claims.subject, claims.client_id) == (HOME, "system-1", "records")
    assert claims.scopes == {"referrals.read", "referrals.write"}
    assert claims.roles == {"import"}


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "not ascii": lambda: "é.é.é",
    "alg none": lambda: unsigned(machine_claims()),
    "shared secret": lambda: confused(machine_claims()),
    "another key": lambda: signed(machine_claims(), STRANGER, typ="at+jwt"),
    "another issuer": lambda: signed(machine_claims() | {"iss": ELSEWHERE}),
    "issuer is a list": lambda: signed(machine_claims() | {"iss": [HOME]}),
    "another audience": lambda: signed(machine_claims() | {"aud": "cara"}),
    "expired": lambda: signed(machine_claims() | {"exp": at(-61)}),
    "an ID token": lambda: signed(machine_claims() | {"nonce": "n"}),
    "a logout token": lambda: signed(machine_claims(), typ="logout+jwt"),
    "critical extension": lambda: extended(machine_claims(), typ="at+jwt", crit=["x"], x=1),
    "far too long": lambda: "a" * 1_000_000 + ".b.c",
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_bad_tokens_are_all_refused_in_the_same_words(provider: Provider, what: str) -> None:
    with pytest.raises(NotSignedIn) as refused:
        call(provider, BAD_TOKENS[what]())
    assert refused.value.message == bearer_tokens.REFUSED
    assert refused.value.__cause__ is None


def test_an_unknown_issuer_makes_us_ask_nobody(provider: Provider) -> None:
    with pytest.raises(NotSignedIn):
        call(provider, signed(machine_claims() | {"iss": ELSEWHERE}))
    assert provider.asked == []


def test_a_token_is_not_accepted_while_its_issuer_is_down(provider: Provider) -> None:
    provider.answer = lambda _: httpx2.Response(503)
    with pytest.raises(Unavailable):
        call(provider, signed(machine_claims(), typ="at+jwt"))
