"""Floods before sign-in: a stranger stores nothing and is made to wait; a whole force at a change of shift is not, nor anybody's work."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cara import clock
from cara.features.accounts import pages
from cara.operations.app import create_app
from cara.operations.commands.doctor import examine
from cara.platform.access.models import KeptTyping, Person
from cara.platform.oidc.client import Attempt, Claims
from cara.platform.unit_of_work import COOKIE
from cara.settings import Settings
from cara.web.rate_limit import address_of, place
from cara.web.rate_limit_counter import SIZE, FloodCounter
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select, text
from sqlmodel import SQLModel
from synthetic import world
from synthetic.browser import Browser, key
from synthetic.cases import draft_of
from synthetic.messages import token_of
from synthetic.onward import onward_token
from synthetic.people import PEOPLE
from synthetic.routes import body, routes_of, targets
from synthetic.victims import views_token

OFFICER = PEOPLE["kent_police.referring_officer"]
STEP = f"/drafts/{draft_of('kent').reference}/needs"
LINKS = {"feedback": token_of("kent"), "onward": onward_token("kent"), "views": views_token("hampshire")}
FEW = 25
Flooded = Callable[..., Litestar]


@pytest.fixture
def vouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that vouches for whoever comes back from it."""

    async def begin(*_given: Any) -> Attempt:
        state = secrets.token_urlsafe(32)
        return Attempt(OFFICER.body.issuer, state, "nonce", "verifier", f"https://leaving.example/{state}")

    async def finish(*_given: Any) -> Claims:
        return Claims(OFFICER.body.issuer, "s", (OFFICER.body.issuer, "s"))

    def admit(session: Any, *_given: Any) -> tuple[Person, str]:
        return session.get(Person, OFFICER.number), "force"

    monkeypatch.setattr(pages.client, "begin", begin)
    monkeypatch.setattr(pages.client, "finish", finish)
    monkeypatch.setattr(pages.sign_in, "admit", admit)


@pytest.fixture
def client_at(database: Any) -> Iterator[Callable[..., TestClient[Any]]]:
    """An application with these limits, and a client of it behind a trusted proxy that says which address asks."""
    opened = []

    def at(**limits: Any) -> TestClient[Any]:
        app = create_app(database.settings(trusted_proxies="192.0.2.0/24", **limits), forces=world.forces())
        inner = app.asgi_handler

        async def behind_a_proxy(scope: Any, receive: Any, send: Any) -> None:
            await inner({**scope, "client": ("192.0.2.1", 1)} if scope["type"] == "http" else scope, receive, send)

        app.asgi_handler = behind_a_proxy  # type: ignore[assignment]
        client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client

    yield at
    for client in opened:
        client.__exit__(None, None, None)
        client.app.state.store.engine.dispose()


def come_from(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def contents(admin: Any) -> dict[str, list[str]]:
    passing = {"ledger_seal", "offence_code"}  # a timer's, and reference data
    with admin.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(table.select()).all()))
            for name, table in SQLModel.metadata.tables.items()
            if name not in passing
        }


def stored(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def begin(browser: Browser, **headers: str) -> Any:
    return browser.post("/sign-in", {"work_address": f"pc@{OFFICER.body.domain}", "to": "/drafts"}, **headers)


def test_a_stranger_stores_nothing(client_at, database, vouched, record_count):
    client, admin = client_at(), database.admin()
    before = contents(admin)
    for number in range(300):
        browser = Browser(client)
        browser.cookies[COOKIE] = f"made-up-{number}"
        fields = {"_key": key(), "_version": "1", "access_needs": "x" * 20_000}
        with_token = number % 2
        answer = browser.post(STEP, fields) if with_token else browser.send(STEP, {**fields, "_csrf_token": "x"})
        assert answer.status_code in (303, 403)
    for _number in range(300):
        assert begin(Browser(client)).status_code == 200
    record_count("strangers who store something", 600, stored(before, contents(admin)))
    assert [one.stat().st_size for one in place(database.settings()).parent.iterdir()] == [SIZE]


def test_no_public_page_stores_anything_for_a_stranger(client_at, database, vouched, record_count):
    """But a link's own answer, which is given once: with a link that is none, nothing."""
    client, admin = client_at(), database.admin()
    before, wrong, tried = contents(admin), [], 0
    for route in routes_of(client.app):
        made_up = [one for one in targets(route) if "{token}" not in route.path or one.path.endswith("no-such-link")]
        for target in made_up if route.public else ():
            browser = Browser(client)
            browser.cookies[COOKIE] = "made-up"
            tried += 1
            if route.method == "GET":
                browser.get(target.path)
            else:
                browser.post(target.path, body(target))
    record_count("public pages that store something for a stranger", tried, [*wrong, *stored(before, contents(admin))])


def test_a_force_at_a_change_of_shift_is_let_in(client_at, vouched, record_count):
    """Two hundred people behind one address within a minute, one in four of whom mistypes their address, or sends an old form."""
    client, refused = client_at(), []
    officers = come_from("198.51.100.7")
    with clock.at(clock.now()):
        for number in range(200):
            browser = Browser(client)
            if number % 4 == 0:
                assert browser.post("/sign-in", {"work_address": "pc@nowhere.example"}, **officers).status_code == 422
                assert browser.send(STEP, {"_csrf_token": "old"}, **officers).status_code == 403
            left = begin(browser, **officers)
            state = left.text.partition("https://leaving.example/")[2].partition('"')[0]
            came = browser.get(f"/signed-in?state={state}", **officers)
            if (left.status_code, came.status_code) != (200, 303):
                refused.append((number, left.status_code, came.status_code))
    record_count("sign-ins from one address within a minute", 200, refused)


@pytest.mark.parametrize("room", LINKS)
def test_guessing_links_comes_to_an_end(client_at, room):
    client, guesser, link = client_at(flood_address=FEW), come_from("203.0.113.9"), f"/{room}/{LINKS[room]}"
    with clock.at(clock.now().replace(minute=1)):
        ordinary = Browser(client).get(link, **come_from("203.0.113.10")).status_code
        found = [Browser(client).get(f"/{room}/{secrets.token_urlsafe(24)}", **guesser) for _ in range(2 * FEW)]
        assert [page.status_code for page in found] == [404] * FEW + [429] * FEW
        assert 0 < int(found[-1].headers["retry-after"]) <= 600
        assert "in 9 minutes" in found[-1].text
        assert Browser(client).get(link, **guesser).status_code == 429  # no guess is answered any more
        assert Browser(client).get(link, **come_from("203.0.113.10")).status_code == ordinary
    with clock.at(clock.now().replace(minute=11)):
        assert Browser(client).get(link, **guesser).status_code == ordinary


def test_a_browser_that_fails_waits_wherever_it_is(client_at):
    client = client_at(flood_browser=FEW)
    browser = Browser(client)
    with clock.at(clock.now().replace(minute=1)):
        found = [browser.post("/sign-in", {"work_address": "pc@nowhere.example"}).status_code for _ in range(FEW + 1)]
        assert found == [422] * FEW + [429]
        for kind in ("", "0" * 128, browser.token()[:-1] + "x"):
            other = Browser(client)
            other.cookies["form_token"] = kind  # a token that was not made here is nobody's browser
            assert other.get("/sign-in").status_code == 200
        assert begin(Browser(client)).status_code in (200, 503)
        found = [browser.send(STEP, {"_csrf_token": "x"}).status_code for _ in range(FEW + 1)]
        assert found == [403] * FEW + [429]


def test_another_site_uses_up_nobody_s_sign_ins(client_at, vouched):
    """It can have its visitors open the address that a provider sends people back to, and a guess is no failure without a sign-in."""
    client, here = client_at(flood_address=FEW, flood_browser=FEW), come_from("203.0.113.9")
    with clock.at(clock.now().replace(minute=1)):
        visitor = Browser(client)
        visitor.get("/sign-in", **here)
        found = [visitor.get(f"/signed-in?state=x{number}", **here).status_code for number in range(2 * FEW)]
        assert found == [403] * 2 * FEW
        assert begin(visitor, **here).status_code == 200
        assert any(name.startswith("cara_sign_in-") for name in visitor.cookies)
        found = [visitor.get("/signed-in?state=x", **here).status_code for _ in range(FEW + 1)]
        assert found == [403] * FEW + [429]


def test_work_of_people_who_are_signed_in_goes_on(client_at, database, vouched):
    client, here = client_at(flood_address=FEW, flood_browser=FEW), come_from("203.0.113.9")
    with clock.at(clock.now().replace(minute=1)):
        for _ in range(2 * FEW):
            Browser(client).post("/sign-in", {"work_address": "pc@nowhere.example"}, **here)
            Browser(client).send(STEP, {"_csrf_token": "x"}, **here)
        assert begin(Browser(client), **here).status_code == 429
        officer = Browser(client, OFFICER)
        assert officer.get("/drafts", **here).status_code == 200
        sent = {
            "_key": key(),
            "_version": "1",
            "access_needs": "Synthetic",
            "format_proposed": "cti",
            "needs": ["health"],
        }
        old = [officer.send(STEP, {**sent, "_csrf_token": "old"}, **here).status_code for _ in range(2 * FEW)]
        assert old == [403] * 2 * FEW
        assert officer.post(STEP, sent, **here).status_code == 303
        with database.admin().begin() as connection:
            connection.execute(
                text("update browser_session set ended_at = ends_at where person_id = :id"), {"id": OFFICER.number}
            )
        gone = officer.post(STEP, {**sent, "_version": "2"}, **here)
        assert gone.headers["location"].startswith("/sign-in")
        with database.admin().connect() as connection:
            assert len(connection.execute(select(KeptTyping)).all()) == 1
        assert begin(officer, **here).status_code == 200  # who was signed in here before comes back


def test_a_counter_that_is_broken_shuts_nobody_out(client_at, vouched):
    client = client_at(flood_address=1, flood_browser=1)
    browser = Browser(client)
    client.app.state.flood.counter.close()
    assert [browser.post("/sign-in", {"work_address": "pc@nowhere.example"}).status_code for _ in range(3)] == [422] * 3
    client.app.state.flood.counter = None
    assert begin(browser).status_code == 200


PROXY, FAR = "10.0.0.1", "198.51.100.7"
NONSENSE = (
    "unknown", "_hidden", "-", "[]", "[", ":80", f"{FAR}:", f"{FAR}:123456", f"[{FAR}", f"{FAR}]", "1:2", "2001:db8::1]:80", "٣.1.1.1",
)  # fmt: skip
"""What a proxy may say that is no address: its own counts, and nothing that somebody wrote before it."""


@pytest.mark.parametrize(
    ("peer", "said", "trusted", "expected"),
    [
        (FAR, "", "", FAR),
        (FAR, "203.0.113.1", "", FAR),
        (FAR, "203.0.113.1", PROXY, FAR),
        (PROXY, FAR, PROXY, FAR),
        (PROXY, f"203.0.113.1, {FAR}", PROXY, FAR),
        (PROXY, f"{FAR}, 10.0.0.9", "10.0.0.0/24", FAR),
        (PROXY, f"203.0.113.1, {FAR}, 10.0.0.9", "10.0.0.0/24", FAR),
        (PROXY, f"{FAR}, nonsense", PROXY, PROXY),
        (PROXY, "", PROXY, PROXY),
        (PROXY, "2001:db8:1:2:3:4:5:6", PROXY, "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", FAR, PROXY, FAR),
        (PROXY, f"{FAR}:50123", PROXY, FAR),
        (PROXY, f'"{FAR}:50123"', PROXY, FAR),
        (PROXY, f"203.0.113.1:1, {FAR}:2, {PROXY}:3", PROXY, FAR),
        (PROXY, "[2001:db8:1:2::9]", PROXY, "2001:db8:1:2::/64"),
        (PROXY, "[2001:db8:1:2::9]:50123", PROXY, "2001:db8:1:2::/64"),
        (PROXY, "[::ffff:198.51.100.7]:50123", PROXY, FAR),
        (PROXY, "fe80::1%eth0", PROXY, "fe80::/64"),
        (PROXY, "[fe80::1%eth0]:50123", PROXY, "fe80::/64"),
        *((PROXY, f"203.0.113.1, {word}", PROXY, PROXY) for word in NONSENSE),
        ("testclient", FAR, PROXY, ""),
    ],
)
def test_an_address_is_what_trusted_proxies_say_and_nobody_else(peer, said, trusted, expected):
    headers = [(b"x-forwarded-for", said.encode("utf-8"))] if said else []
    scope: Any = {"type": "http", "client": (peer, 1), "headers": headers}
    assert address_of(scope, Settings(trusted_proxies=trusted)) == expected


def test_behind_a_proxy_that_nobody_named_addresses_are_not_counted():
    scope: Any = {"type": "http", "client": (PROXY, 1), "headers": []}
    assert not address_of(scope, Settings(base_url="https://cara.example"))
    assert address_of(scope, Settings(base_url="https://cara.example", trusted_proxies="10.9.9.9")) == PROXY


def test_the_operator_is_told(database):
    settings = database.settings(base_url="https://cara.example")
    found = {one.message: one.status for one in examine(settings) if one.name == "flood limits"}
    assert list(found.values()) == ["warn", "ok"]
    counter = FloodCounter(place(settings), "x")
    counter.note_refusal("link", clock.now())
    counter.close()
    named = examine(database.settings(base_url="https://cara.example", trusted_proxies="10.0.0.1"))
    (said,) = (one for one in named if one.name == "flood limits")
    assert (said.status, "links 1" in said.message) == ("warn", True)
