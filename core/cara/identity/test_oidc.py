"""A hostile or broken provider, played in process: what it sends must never sign anybody in."""

import asyncio
import base64
import hashlib
import json
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from pydantic import SecretStr

from cara import clock
from cara.errors import Misconfigured, NotSignedIn, SignInRefused, Unavailable
from cara.identity import jwts, tokens
from cara.identity.issuers import Issuer, acceptable_url
from cara.identity.oidc import Attempt, Claims, begin, finish, sign_out_url
from cara.identity.published import Providers

HOME = "https://idp.example.test"
ELSEWHERE = "https://other.example.test"
BACK = "https://cara.example.test/sign-in/back"
API = "https://cara.example.test/api"
SIGNING = ECKey.generate_key("P-256", {"kid": "one"})
STRANGER = ECKey.generate_key("P-256", {"kid": "one"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
CLIENT_KEY = ECKey.generate_key("P-256", {"kid": "cara"})
PINNED = Issuer(HOME, "cara")


class Provider:
    """A provider whose every word a test can change. `transport` is what `Providers` is given."""

    def __init__(self) -> None:
        self.keys = [SIGNING, RSA]
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


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_a_good_answer_says_who_came(provider: Provider) -> None:
    claims = sign_in(provider)
    assert claims.person == (HOME, "s-1")
    assert (claims.name, claims.email, claims.email_verified) == ("Practice Officer", "practice@example.test", False)
    assert claims.groups == ("cara-officers",)
    assert "s-1" not in repr(claims)
    assert "example.test/" not in repr(claims)


def test_the_way_out_carries_a_challenge_and_never_the_verifier(provider: Provider) -> None:
    attempt = asyncio.run(begin(Providers(provider.transport), PINNED, BACK, prompt="login"))
    query = {k: v[0] for k, v in parse_qs(urlsplit(attempt.url).query).items()}
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["nonce"], query["prompt"]) == (attempt.state, attempt.nonce, "login")
    assert (query["response_type"], query["redirect_uri"]) == ("code", BACK)
    assert attempt.verifier not in attempt.url
    assert len({attempt.state, attempt.nonce, attempt.verifier}) == 3
    assert attempt.state not in repr(attempt)


def test_the_code_is_redeemed_with_the_verifier(provider: Provider) -> None:
    seen: list[Attempt] = []
    sign_in(provider, spoil=lambda a: seen.append(a) or a)  # type: ignore[func-returns-value]
    assert provider.forms[0]["code_verifier"] == [seen[0].verifier]
    assert provider.forms[0]["redirect_uri"] == [BACK]


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


def at(seconds: int) -> int:
    return int(clock.now().timestamp()) + seconds


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
    "hash of another access token": lambda: {"at_hash": jwts.half_hash("another", "ES256")},
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
        "at_hash": jwts.half_hash("opaque", "ES256"),
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
    assert jwts.half_hash(token, "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize(
    "callback",
    [
        {"state": "guessed"},
        {"state": None},
        {"state": "\ud800"},
        {"code": None},
        {"code": ""},
        {"iss": ELSEWHERE},
        {"error": "access_denied"},
        {"error": "made_up", "error_description": "Practice Officer did it"},
    ],
)
def test_answers_that_do_not_fit_are_refused_before_the_code_is_used(
    provider: Provider, callback: dict[str, str | None]
) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(provider, callback=callback)
    assert "/token" not in provider.asked
    assert "Practice" not in refused.value.message


def test_a_provider_that_names_itself_must_do_so(provider: Provider) -> None:
    provider.document["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(SignInRefused):
        sign_in(provider)
    assert sign_in(provider, callback={"iss": HOME}).subject == "s-1"


def test_an_attempt_ends_where_it_began(provider: Provider) -> None:
    """Mix-up: begun with one organisation's provider, finished with another's."""

    def elsewhere(attempt: Attempt) -> Attempt:
        return replace(attempt, issuer=ELSEWHERE)

    with pytest.raises(SignInRefused):
        sign_in(provider, spoil=elsewhere)
    assert "/token" not in provider.asked


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


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant", "error_description": "Practice Officer"}, SignInRefused),
        (401, {"error": "invalid_client"}, SignInRefused),
        (503, {}, Unavailable),
        (200, [], Unavailable),
        (302, {}, SignInRefused),
    ],
)
def test_refusals_of_the_token_endpoint(
    provider: Provider, status: int, body: Any, expected: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response | None:
        headers = {"Location": ELSEWHERE} if status == 302 else {}
        return httpx2.Response(status, json=body, headers=headers) if request.url.path == "/token" else None

    provider.answer = answer
    with pytest.raises(expected) as raised:
        sign_in(provider)
    assert "Practice" not in str(raised.value) + caplog.text
    assert raised.value.__cause__ is None


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


def test_our_key_proves_who_we_are(provider: Provider) -> None:
    secret = SecretStr(json.dumps(CLIENT_KEY.as_dict(private=True)))
    issuer = Issuer(HOME, "cara", "private_key_jwt", secret)
    sign_in(provider, issuer)
    form = provider.forms[0]
    assertion = jwt.decode(form["client_assertion"][0], CLIENT_KEY, algorithms=["ES256"])
    assert (assertion.claims["iss"], assertion.claims["sub"], assertion.claims["aud"]) == (
        "cara",
        "cara",
        HOME + "/token",
    )
    assert 0 < assertion.claims["exp"] - time.time() <= 61
    assert assertion.header["kid"] == "cara"
    assert str(CLIENT_KEY["d"]) not in repr(issuer)


@pytest.mark.parametrize("key", [RSA, CLIENT_KEY, OKPKey.generate_key("Ed25519")])
def test_a_key_may_be_pem_or_jwk(key: Any) -> None:
    pem = jwts.private_key(key.as_pem(private=True).decode())
    jwk = jwts.private_key(json.dumps(key.as_dict(private=True)))
    assert type(pem) is type(jwk) is type(key)
    assert pem.thumbprint() == jwk.thumbprint() == key.thumbprint()
    with pytest.raises(ValueError, match="private one"):
        jwts.private_key(json.dumps(key.as_dict(private=False)))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "{nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_broken_key_is_a_setting_to_mend(provider: Provider, text: str) -> None:
    with pytest.raises(Misconfigured):
        sign_in(provider, Issuer(HOME, "cara", "private_key_jwt", SecretStr(text)))


def test_a_client_secret_travels_in_its_header_only(provider: Provider) -> None:
    seen: list[httpx2.Request] = []
    provider.answer = lambda r: seen.append(r)  # type: ignore[func-returns-value]
    sign_in(provider, Issuer(HOME, "cara", "client_secret_basic", SecretStr("word")))
    redeemed = next(r for r in seen if r.url.path == "/token")
    assert redeemed.headers["Authorization"] == "Basic " + base64.b64encode(b"cara:word").decode()
    assert b"word" not in redeemed.content


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


def test_signing_out_names_the_client_and_not_the_person(provider: Provider) -> None:
    url = asyncio.run(sign_out_url(Providers(provider.transport), PINNED, BACK)) or ""
    assert parse_qs(urlsplit(url).query) == {"client_id": ["cara"], "post_logout_redirect_uri": [BACK]}
    del provider.document["end_session_endpoint"]
    assert asyncio.run(sign_out_url(Providers(provider.transport), PINNED, BACK)) is None


def machine_claims() -> dict[str, Any]:
    return {
        "iss": HOME, "aud": API, "sub": "system-1", "iat": at(0), "exp": at(300),
        "client_id": "records", "scope": "referrals.read referrals.write", "roles": ["import"],
    }  # fmt: skip


def call(provider: Provider, token: str) -> tokens.MachineClaims:
    return asyncio.run(tokens.verify(Providers(provider.transport), {HOME: PINNED}, token, API))


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
    assert refused.value.message == tokens.REFUSED
    assert refused.value.__cause__ is None


def test_an_unknown_issuer_makes_us_ask_nobody(provider: Provider) -> None:
    with pytest.raises(NotSignedIn):
        call(provider, signed(machine_claims() | {"iss": ELSEWHERE}))
    assert provider.asked == []


def test_a_token_is_not_accepted_while_its_issuer_is_down(provider: Provider) -> None:
    provider.answer = lambda _: httpx2.Response(503)
    with pytest.raises(Unavailable):
        call(provider, signed(machine_claims(), typ="at+jwt"))
