"""The whole of sign-in against a certified provider, which checks us as sharply as we check it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from cara.errors import SignInRefused
from cara.platform.oidc.client import Attempt, Claims, begin, finish, sign_out_url
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.issuers import Issuer
from joserfc.jwk import ECKey
from pydantic import SecretStr

pytestmark = pytest.mark.npm

BACK = "http://127.0.0.1:1/sign-in/back"


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def way_out(issuer: Issuer) -> Attempt:
    return asyncio.run(begin(Providers(), issuer, BACK))


def walk(browser: httpx.Client, attempt: Attempt, who: str = "officer-1") -> dict[str, str]:
    """Follow the provider's redirects as a browser would, up to the one that leads back to us."""
    address = f"{attempt.url}&login_hint={who}"
    for _ in range(10):
        answer = browser.get(address)
        assert answer.is_redirect, answer.text
        address = urljoin(address, answer.headers["Location"])
        if address.startswith(BACK):
            return dict(parse_qsl(urlsplit(address).query))
    raise AssertionError("the provider leads round in circles")


def way_back(issuer: Issuer, attempt: Attempt, callback: dict[str, str]) -> Claims:
    return asyncio.run(finish(Providers(), issuer, attempt, callback, BACK))


def test_a_person_signs_in(certified: Issuer, browser: httpx.Client) -> None:
    attempt = way_out(certified)
    callback = walk(browser, attempt)
    assert callback["iss"] == certified.issuer
    claims = way_back(certified, attempt, callback)
    assert claims.person == (certified.issuer, "officer-1")
    assert (claims.name, claims.email, claims.email_verified) == ("Practice Officer", "officer@practice.example", True)
    assert claims.groups == ("cara",)


def test_a_client_secret_will_do(certified: Issuer, browser: httpx.Client) -> None:
    issuer = Issuer(
        certified.issuer, "cara-secret", "client_secret_basic", SecretStr("practice-secret"), allow_http=True
    )
    attempt = way_out(issuer)
    assert way_back(issuer, attempt, walk(browser, attempt, "officer-2")).subject == "officer-2"


@pytest.mark.parametrize("wrong", ["verifier", "nonce", "state"])
def test_what_the_session_remembers_must_fit(certified: Issuer, browser: httpx.Client, wrong: str) -> None:
    attempt = way_out(certified)
    callback = walk(browser, attempt)
    spoilt = replace(attempt, **{wrong: "x" * 43})
    with pytest.raises(SignInRefused):
        way_back(certified, spoilt, callback)


def test_a_code_is_good_once(certified: Issuer, browser: httpx.Client) -> None:
    attempt = way_out(certified)
    callback = walk(browser, attempt)
    way_back(certified, attempt, callback)
    with pytest.raises(SignInRefused):
        way_back(certified, attempt, callback)


def test_a_code_from_another_browser_does_not_fit_this_session(certified: Issuer, browser: httpx.Client) -> None:
    """Login CSRF: the attacker's own code, pushed into the victim's session with the victim's state."""
    attackers, victims = way_out(certified), way_out(certified)
    code = walk(browser, attackers, "officer-2")["code"]
    with pytest.raises(SignInRefused):
        way_back(certified, victims, {"code": code, "state": victims.state, "iss": certified.issuer})


@pytest.mark.parametrize("change", [{"state": "tampered"}, {"iss": "https://other.example.test"}, {"iss": ""}])
def test_an_answer_that_was_tampered_with_is_refused(
    certified: Issuer, browser: httpx.Client, change: dict[str, str]
) -> None:
    attempt = way_out(certified)
    callback = walk(browser, attempt) | change
    with pytest.raises(SignInRefused):
        way_back(certified, attempt, callback)


def test_an_answer_must_name_its_issuer(certified: Issuer, browser: httpx.Client) -> None:
    attempt = way_out(certified)
    callback = walk(browser, attempt)
    del callback["iss"]
    with pytest.raises(SignInRefused):
        way_back(certified, attempt, callback)


def test_a_pin_that_only_looks_alike_is_refused(certified: Issuer) -> None:
    other_name = replace(certified, issuer=certified.issuer.replace("127.0.0.1", "localhost"))
    with pytest.raises(SignInRefused):
        way_out(other_name)


def test_somebody_elses_key_does_not_speak_for_us(certified: Issuer, browser: httpx.Client) -> None:
    stolen = ECKey.generate_key("P-256", {"kid": "cara-1"}).as_pem(private=True).decode()
    issuer = replace(certified, credential=SecretStr(stolen))
    attempt = way_out(issuer)
    with pytest.raises(SignInRefused, match="registered"):
        way_back(issuer, attempt, walk(browser, attempt))


def test_the_provider_insists_on_a_challenge(certified: Issuer, browser: httpx.Client) -> None:
    """What we rely on it for: without PKCE it refuses to begin."""
    attempt = way_out(certified)
    bare = attempt.url.replace("code_challenge", "unused")
    assert walk(browser, replace(attempt, url=bare))["error"] == "invalid_request"


def test_its_sign_out_page_takes_us_by_client_id(certified: Issuer, browser: httpx.Client) -> None:
    url = asyncio.run(sign_out_url(Providers(), certified, BACK)) or ""
    assert browser.get(url).status_code == 200
