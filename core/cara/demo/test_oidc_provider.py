"""The demonstration's sign-in, walked as a visitor without JavaScript does, through the adapter that sign-in uses."""

import asyncio
import socket
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from cara.demo.oidc_provider import DemoPerson, DemoProvider
from cara.errors import Misconfigured, SignInRefused
from cara.platform.oidc.client import Attempt, begin, finish, sign_out_url
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.issuers import Issuer

pytestmark = [
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

BACK = "http://127.0.0.1:1/sign-in/back"
OFFICER = DemoPerson("o-1", "Practice Officer <b>", "Referring officer", "officer@practice.example", ("officers",))
WORKER = DemoPerson("w-1", "Practice Worker", "Coordinator", "worker@practice.example")


@pytest.fixture(scope="module")
def issuers() -> Iterator[dict[str, Issuer]]:
    with DemoProvider() as provider:
        started = provider.start(
            {"hampshire": [OFFICER], "hampton_trust": [WORKER]}, {"hampshire": "Hampshire (practice)"}
        )
        yield {slug: Issuer(address, "cara", allow_http=True) for slug, address in started.items()}


class Buttons(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "button":
            self.found.append((given.get("name", ""), given.get("value", "")))
        self.loaded += [given[name] for name in ("src", "href") if name in given]


def choose(issuer: Issuer, form: dict[str, str]) -> tuple[Attempt, dict[str, str]]:
    attempt = asyncio.run(begin(Providers(), issuer, BACK))
    answer = httpx.post(attempt.url, data=form)
    assert answer.status_code == 302
    return attempt, dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_one_click_signs_in_a_person_of_that_organisation(issuers: dict[str, Issuer]) -> None:
    issuer = issuers["hampshire"]
    attempt, callback = choose(issuer, {"sub": "o-1"})
    claims = asyncio.run(finish(Providers(), issuer, attempt, callback, BACK))
    assert claims.person == (issuer.issuer, "o-1")
    assert (claims.name, claims.email, claims.groups) == (OFFICER.name, OFFICER.email, ("officers",))


def test_the_page_lists_that_organisation_and_loads_nothing(issuers: dict[str, Issuer]) -> None:
    attempt = asyncio.run(begin(Providers(), issuers["hampshire"], BACK))
    page = httpx.get(attempt.url).text
    buttons = Buttons(page)
    assert buttons.found == [("sub", "o-1"), ("action", "deny")]
    assert buttons.loaded == []
    assert "Practice sign-in" in page
    assert "Hampshire (practice)" in page
    assert "Practice Officer &lt;b&gt;" in page
    assert "<script" not in page


def test_going_back_signs_nobody_in(issuers: dict[str, Issuer]) -> None:
    attempt, callback = choose(issuers["hampshire"], {"action": "deny"})
    callback.setdefault("state", attempt.state)
    with pytest.raises(SignInRefused, match="stopped"):
        asyncio.run(finish(Providers(), issuers["hampshire"], attempt, callback, BACK))


def test_a_person_of_another_organisation_is_not_known(issuers: dict[str, Issuer]) -> None:
    attempt = asyncio.run(begin(Providers(), issuers["hampshire"], BACK))
    assert httpx.post(attempt.url, data={"sub": "w-1"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/users/o-1"), ("POST", "/oauth2/clients"), ("GET", "/oidc/login")]
)
def test_what_signing_in_does_not_need_is_not_there(issuers: dict[str, Issuer], method: str, path: str) -> None:
    assert httpx.request(method, issuers["hampshire"].issuer + path, json={}).status_code == 404


def test_another_host_name_is_refused(issuers: dict[str, Issuer]) -> None:
    address = issuers["hampshire"].issuer + "/.well-known/openid-configuration"
    assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 404


def test_signing_out_leads_back(issuers: dict[str, Issuer]) -> None:
    url = asyncio.run(sign_out_url(Providers(), issuers["hampshire"], BACK)) or ""
    assert Buttons(httpx.get(url).text).found == [("", "")]
    confirm = issuers["hampshire"].issuer + "/oauth2/end_session/confirm"
    assert httpx.post(confirm, data={"redirect_uri": BACK}).headers["Location"] == BACK


def test_a_taken_port_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, DemoProvider() as provider:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=str(port)):
            provider.start({"hampshire": [OFFICER]}, first_port=port)
