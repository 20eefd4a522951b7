"""ID tokens that a hostile provider, or somebody between, might send: none may sign anybody in."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OKPKey

from cara.errors import SignInRefused
from cara.platform.oidc import jwt
from cara.platform.oidc.issuers import Issuer
from cara.platform.oidc.testing import (
    ELSEWHERE,
    HOME,
    RSA,
    SIGNING,
    STRANGER,
    Provider,
    at,
    confused,
    extended,
    sign_in,
    signed,
    unsigned,
)


@pytest.fixture
def provider() -> Provider:
    return Provider()


FORGED: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "no token": lambda _: None,
    "not a token": lambda _: "a.b.c",
    "alg none": unsigned,
    "alg none with a kid": lambda c: extended(c, alg="none"),
    "public key as shared secret": confused,
    "another key under the same id": lambda c: signed(c, STRANGER),
    "an algorithm that was not offered": lambda c: signed(c, RSA, "PS256"),
    "an algorithm that is not ours": lambda c: signed(c, RSA, "RS512"),
    "unknown critical extension": lambda c: extended(c, crit=["exp2"], exp2=1),
    "unencoded payload": lambda c: extended(c, crit=["b64"], b64=False),
    "critical, though of a known name": lambda c: extended(c, crit=["alg"]),
    "tail changed": lambda c: signed(c)[:-8] + "AAAAAAAA",
    "a key that it brings along": lambda c: signed(c, STRANGER, jwk=STRANGER.as_dict(private=False)),
}


@pytest.mark.parametrize("made", FORGED)
def test_forged_tokens_are_refused(provider: Provider, made: str) -> None:
    provider.id_token = FORGED[made]
    with pytest.raises(SignInRefused):
        sign_in(provider)


def test_header_fields_that_mean_nothing_to_us_do_no_harm(provider: Provider) -> None:
    provider.id_token = lambda c: extended(c, x_trace="abc")
    assert sign_in(provider).subject == "s-1"


WRONG: dict[str, Callable[[], dict[str, Any]]] = {
    "other issuer": lambda: {"iss": ELSEWHERE},
    "issuer with a slash": lambda: {"iss": HOME + "/"},
    "other audience": lambda: {"aud": "somebody"},
    "audience absent": lambda: {"aud": None},
    "several audiences, no party": lambda: {"aud": ["cara", "somebody"]},
    "several audiences, other party": lambda: {"aud": ["cara", "somebody"], "azp": "somebody"},
    "one audience, other party": lambda: {"azp": "somebody"},
    "expired": lambda: {"exp": at(-61)},
    "expiry is not a number": lambda: {"exp": "never"},
    "expiry beyond numbers": lambda: {"exp": float("nan")},
    "no expiry": lambda: {"exp": None},
    "issued in the future": lambda: {"iat": at(120), "exp": at(600)},
    "no time of issue": lambda: {"iat": None},
    "not valid yet": lambda: {"nbf": at(120)},
    "no nonce": lambda: {"nonce": None},
    "other nonce": lambda: {"nonce": "replayed"},
    "a list of nonces": lambda: {"nonce": ["x"]},
    "no subject": lambda: {"sub": None},
    "blank subject": lambda: {"sub": " "},
    "subject is a number": lambda: {"sub": 7},
    "endless subject": lambda: {"sub": "s" * 256},
    "hash of another access token": lambda: {"at_hash": jwt.half_hash("another", "ES256")},
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_claims_are_refused(provider: Provider, what: str) -> None:
    provider.claims = WRONG[what]()
    with pytest.raises(SignInRefused) as refused:
        sign_in(provider)
    assert "s-1" not in refused.value.message


def test_right_claims_at_the_edge_are_taken(provider: Provider) -> None:
    provider.claims = {
        "aud": ["cara", "somebody"],
        "azp": "cara",
        "exp": at(-30),
        "iat": at(30),
        "at_hash": jwt.half_hash("opaque", "ES256"),
    }
    assert sign_in(provider).subject == "s-1"


@pytest.mark.parametrize(
    ("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "EdDSA")]
)
def test_our_algorithms_are_taken_when_offered(provider: Provider, key: Any, alg: str) -> None:
    provider.keys = [SIGNING, key]
    provider.document["id_token_signing_alg_values_supported"] = [alg]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc prefers the newer name of EdDSA when signing
        provider.id_token = lambda c: signed(c, key, alg)
        assert sign_in(provider).subject == "s-1"


def test_at_hash_of_the_specification() -> None:
    """The example of OpenID Connect Core, appendix A.3 (corrected set)."""
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert jwt.half_hash(token, "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


def test_entra_people_are_known_by_tenant_and_object(provider: Provider) -> None:
    home = HOME + "/tenant-a/v2.0"
    provider.document["issuer"] = home
    provider.answer = lambda r: (
        httpx2.Response(200, json=provider.document) if r.url.path.endswith("openid-configuration") else None
    )
    pinned = Issuer(home, "cara", entra=True)
    provider.claims = {"iss": home, "tid": "tenant-a", "oid": "object-1", "sub": "pairwise"}
    assert sign_in(provider, pinned).person == (home, "tenant-a/object-1")
    for wrong in ({"tid": "tenant-b"}, {"tid": None}, {"oid": None}, {"tid": ""}, {"tid": "idp.example.test"}):
        provider.claims = {"iss": home, "tid": "tenant-a", "oid": "object-1"} | wrong
        with pytest.raises(SignInRefused):
            sign_in(provider, pinned)


def test_two_providers_never_speak_of_one_person(provider: Provider) -> None:
    """Force B's provider may assert any subject it likes: the key holds its own address."""
    first = sign_in(provider)
    other = Provider()
    other.document = json.loads(json.dumps(other.document).replace(HOME, ELSEWHERE))
    other.claims = {"iss": ELSEWHERE, "sub": "s-1", "email": "practice@example.test", "email_verified": True}
    assert sign_in(other, Issuer(ELSEWHERE, "cara")).person != first.person
