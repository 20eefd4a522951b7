"""The way out to a provider and back: what must fit, and what we send."""

import asyncio
import base64
import hashlib
import json
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from cara.errors import SignInRefused, Unavailable
from cara.platform.oidc.client import Attempt, begin, sign_out_url
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.issuers import Issuer
from cara.platform.oidc.testing import BACK, ELSEWHERE, HOME, PINNED, Provider, sign_in

CLIENT_KEY = ECKey.generate_key("P-256", {"kid": "cara"})


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


def test_a_client_secret_travels_in_its_header_only(provider: Provider) -> None:
    seen: list[httpx2.Request] = []
    provider.answer = lambda r: seen.append(r)  # type: ignore[func-returns-value]
    sign_in(provider, Issuer(HOME, "cara", "client_secret_basic", SecretStr("word")))
    redeemed = next(r for r in seen if r.url.path == "/token")
    assert redeemed.headers["Authorization"] == "Basic " + base64.b64encode(b"cara:word").decode()
    assert b"word" not in redeemed.content


def test_signing_out_names_the_client_and_not_the_person(provider: Provider) -> None:
    url = asyncio.run(sign_out_url(Providers(provider.transport), PINNED, BACK)) or ""
    assert parse_qs(urlsplit(url).query) == {"client_id": ["cara"], "post_logout_redirect_uri": [BACK]}
    del provider.document["end_session_endpoint"]
    assert asyncio.run(sign_out_url(Providers(provider.transport), PINNED, BACK)) is None
