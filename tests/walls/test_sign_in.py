"""Signing in, as a browser sees it: the provider is played in process, one for each organisation."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cara.identity.models import BrowserSession
from cara.identity.published import Providers
from cara.identity.testing import Provider
from cara.work import COOKIE
from sqlalchemy import select, text
from synthetic.browser import Browser, form_of
from synthetic.deeds import DEEDS
from synthetic.people import BODY, PEOPLE, Somebody

KENT, HAMPSHIRE = PEOPLE["kent_police.referring_officer"], PEOPLE["hampshire_police.referring_officer"]
HOSTILE = (
    "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/%5cevil.example/..//x", "javascript:alert(1)",
    "http:evil.example", "///evil.example", "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "evil.example", "", "/\u202eevil",
)  # fmt: skip


def leads_away(place: str) -> bool:
    """Whether a browser could be taken to another host by this."""
    return bool(urlsplit(place).netloc) or not place.startswith("/") or place.startswith(("//", "/\\"))


@pytest.fixture
def idps():
    """The providers of two forces. Each says what its `claims` say."""
    made = {}
    for body in (KENT.body, HAMPSHIRE.body):
        provider = Provider()
        home = body.issuer
        provider.document |= {
            "issuer": home, "authorization_endpoint": f"{home}/authorize", "token_endpoint": f"{home}/token", "jwks_uri": f"{home}/keys",
            "end_session_endpoint": f"{home}/bye",
        }  # fmt: skip
        provider.claims = {"iss": home}
        made[body.id] = provider
    return made


@pytest.fixture
def providers(idps):
    by_host = {urlsplit(BODY[key].issuer).hostname: provider for key, provider in idps.items()}

    async def handle(request: httpx2.Request) -> httpx2.Response:
        return await by_host[request.url.host].handle(request)

    return Providers(lambda: httpx2.MockTransport(handle))


def leave(browser: Browser, who: Somebody, to: str = "/home") -> dict[str, str]:
    """Give one's address; what the browser is sent to the provider with."""
    answer = browser.post("/sign-in", {"work_address": who.address, "to": to})
    assert answer.status_code == 200, answer.text
    url = re.search(r'https://[^"\']*authorize\?[^"\']*', answer.text.replace("&amp;", "&"))
    assert url, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(url[0]).query).items()}


def come_back(browser: Browser, **query: str):
    return browser.get("/signed-in?" + "&".join(f"{name}={value}" for name, value in query.items()))


def sign_in(browser: Browser, idps, who: Somebody, to: str = "/home", **claims: object):
    asked = leave(browser, who, to)
    provider = idps[who.body.id]
    provider.nonce = asked["nonce"]
    provider.claims |= {"sub": who.subject, "email": who.address, "email_verified": True} | claims
    return come_back(browser, state=asked["state"], code="c-1")


def test_the_way_out_carries_state_nonce_and_pkce(as_person):
    asked = leave(as_person(), KENT)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert all(len(asked[name]) >= 40 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/signed-in"
    assert len({leave(as_person(), KENT)["state"] for _ in range(5)}) == 5


def test_somebody_signs_in_and_is_there(as_person, idps, database):
    browser = as_person()
    answer = sign_in(browser, idps, KENT, "/drafts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/drafts")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/drafts").status_code == 200
    assert idps["kent_police"].forms[0]["code_verifier"]
    with database.admin().connect() as connection:
        kept = set(connection.execute(select(BrowserSession.token_hash)).scalars())
    assert browser.cookies[COOKIE] not in kept  # what is kept opens nothing


def test_the_session_is_new_at_each_sign_in(as_person, idps):
    browser = as_person("kent_police.supervisor")
    before = browser.cookies[COOKIE]
    sign_in(browser, idps, KENT)
    assert browser.cookies[COOKIE] != before
    old = as_person()
    old.cookies[COOKIE] = before
    assert old.get("/drafts").status_code == 303  # the one before it opens nothing any more
    planted = as_person()
    planted.cookies[COOKIE] = "planted-by-somebody-else"
    sign_in(planted, idps, KENT)
    assert planted.cookies[COOKIE] not in ("planted-by-somebody-else", browser.cookies[COOKIE])


def test_an_answer_is_for_the_browser_that_asked_and_used_once(as_person, idps, record_count):
    mine, another = as_person(), as_person()
    asked = leave(mine, KENT)
    idps["kent_police"].nonce = asked["nonce"]
    idps["kent_police"].claims |= {"sub": KENT.subject}
    leave(another, KENT)
    through = []
    for name, browser, state in (
        ("no browser at all", as_person(), asked["state"]),
        ("another browser, this state", another, asked["state"]),
    ):
        if come_back(browser, state=state, code="c-1").status_code != 403:
            through.append(name)
    good = come_back(mine, state=asked["state"], code="c-1")
    assert good.status_code == 303
    for again in (mine, as_person()):
        status = come_back(again, state=asked["state"], code="c-1").status_code
        through += ["used twice"] * (status != 403)
    for query in (
        {"code": "c-1"},
        {"state": "", "code": "c-1"},
        {"state": "made-up", "code": "c-1"},
        {"state": None},
        {"error": "access_denied"},
    ):
        browser = as_person()
        state = leave(browser, KENT)["state"]
        sent = {k: (state if v is None else v) for k, v in query.items()}
        if come_back(browser, **sent).status_code != 403 or COOKIE in browser.cookies:
            through.append(query)
    record_count("answers that belong to no sign-in of this browser", 9, through)


def test_one_force_s_provider_cannot_speak_for_another_s_people(as_person, idps, database, record_count):
    """Kent's provider asserts Hampshire's officer, in every way that it could."""
    through, tried = [], 0
    says = (
        {"sub": HAMPSHIRE.subject, "email": HAMPSHIRE.address},
        {"sub": HAMPSHIRE.subject, "email": HAMPSHIRE.address, "iss": HAMPSHIRE.body.issuer},
        {"sub": "new-to-us", "email": HAMPSHIRE.address},
        {"sub": "new-to-us", "email": HAMPSHIRE.address.upper()},
        {"sub": "new-to-us", "email": HAMPSHIRE.address, "groups": ["cara"], "hd": HAMPSHIRE.body.domain},
        {
            "sub": "new-to-us",
            "email": KENT.address,
        },  # whoever has signed in before is known by subject, never by address
        {"sub": "new-to-us", "email": KENT.address, "email_verified": False},
        {"sub": "", "email": KENT.address},
        {"sub": None, "email": KENT.address},
        {"sub": ["subject-1"], "email": KENT.address},
    )
    with database.admin().begin() as connection:
        connection.execute(text("update person set subject = null where id = :id"), {"id": HAMPSHIRE.number})
    for claims in says:
        browser = as_person()
        answer = sign_in(browser, idps, KENT, **claims)
        tried += 1
        if answer.status_code != 403 or COOKIE in browser.cookies:
            through.append((claims, answer.status_code))
    # The answer of one force's provider to a sign-in begun with another's.
    browser = as_person()
    asked = leave(browser, HAMPSHIRE)
    idps["hampshire_police"].nonce = asked["nonce"]
    idps["hampshire_police"].claims = {"iss": KENT.body.issuer, "sub": KENT.subject}
    for extra in ({}, {"iss": KENT.body.issuer}):
        tried += 1
        if come_back(browser, state=asked["state"], code="c", **extra).status_code != 403:
            through.append(("mix-up", extra))
    record_count("one force's provider speaking of another's people", tried, through)


def test_an_invitation_is_taken_up_by_a_verified_address_alone(as_person, idps, database):
    with database.admin().begin() as connection:
        connection.execute(text("update person set subject = null where id = :id"), {"id": KENT.number})
    assert sign_in(as_person(), idps, KENT, sub="first", email_verified=False).status_code == 403
    assert sign_in(as_person(), idps, KENT, sub="first").status_code == 303
    assert sign_in(as_person(), idps, KENT, sub="second").status_code == 403
    assert sign_in(as_person(), idps, KENT, sub="first", email="other@elsewhere.example").status_code == 303


def test_whoever_has_ended_cannot_come_back(as_person, idps, database, record_count):
    through = []
    endings = (
        "update person set ended_at = added_at where id = :id", "update membership set ended_at = added_at where person_id = :id",
        "update organisation set ended_at = added_at where id = 'kent_police'",
    )  # fmt: skip
    for ending in endings:
        browser = as_person()
        asked = leave(browser, KENT)
        with database.admin().begin() as connection:
            connection.execute(text(ending), {"id": KENT.number} if ":id" in ending else {})
        idps["kent_police"].nonce = asked["nonce"]
        idps["kent_police"].claims |= {"sub": KENT.subject}
        answer = come_back(browser, state=asked["state"], code="c")
        if answer.status_code != 403 or COOKIE in browser.cookies:
            through.append((ending, answer.status_code))
        with database.admin().begin() as connection:
            connection.execute(text("update person set ended_at = null"))
            connection.execute(text("update membership set ended_at = null"))
    record_count("people who may not come back", len(endings), through)


def test_redirects_stay_here(as_person, idps, record_count):
    """From the form, from the address, and from what was kept: never to another host, never a second header."""
    through = []
    for to in HOSTILE:
        browser = as_person()
        fields = {"_csrf_token": browser.token(), "work_address": "nobody@nowhere.example", "to": to}
        page = browser.send("/sign-in", fields)
        kept = form_of(page.text, "/sign-in")["to"]
        if leads_away(kept) or not kept.isprintable():
            through.append(("page", to, kept))
        answer = sign_in(as_person(), idps, KENT, to)
        place = answer.headers.get("location", "")
        if answer.status_code != 303 or leads_away(place) or "a" in answer.cookies:
            through.append(("after sign-in", to, place))
    record_count("places to be led away to", 2 * len(HOSTILE), through)


def test_an_address_asked_for_before_sign_in_makes_no_header(as_person, record_count):
    through = []
    paths = (
        "/cases/%0d%0aSet-Cookie:%20a=b", "/cases/x%0aLocation:%20https:%2f%2fevil.example", "/cases/a%26to=%2f%2fevil.example",
        "/cases/%5c%5cevil",
    )  # fmt: skip
    for path in paths:
        answer = as_person().get(path)
        place = answer.headers.get("location", "")
        to = parse_qs(urlsplit(place).query).get("to", ["/"])
        if "a" in answer.cookies or leads_away(place or "/") or leads_away(to[0]) or len(to) > 1:
            through.append((path, place))
    record_count("addresses that would write a header", len(paths), through)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_is_down_is_said_to_be(as_person, idps, path):
    def down(request: httpx2.Request) -> httpx2.Response | None:
        return httpx2.Response(503) if request.url.path == path else None

    idps["kent_police"].answer = down
    browser = as_person()
    if path.startswith("/.well"):
        answer = browser.post("/sign-in", {"work_address": KENT.address, "to": "/home"})
    else:
        answer = sign_in(browser, idps, KENT)
    assert answer.status_code in (503, 403)
    assert COOKIE not in browser.cookies
    assert as_person("kent_police.referring_officer").get("/drafts").status_code == 200  # who is signed in goes on


def test_signing_out_ends_the_session_here(as_person, database):
    browser = as_person("kent_police.referring_officer")
    token = browser.cookies[COOKIE]
    assert browser.post("/sign-out").status_code in (
        200,
        303,
    )  # 200: a page that leads on to the provider’s own sign-out
    browser.cookies[COOKIE] = token
    assert browser.get("/drafts").status_code == 303


def test_forms_without_their_token_are_refused(as_person, record_count):
    through, stranger = [], as_person("kent_police.analyst").token()
    for deed in DEEDS:
        browser = as_person(deed.who)
        browser.token()
        for bad in ({}, {"_csrf_token": ""}, {"_csrf_token": "x" * 128}, {"_csrf_token": stranger}):
            answer = browser.send(deed.path, {**deed.fields, "_key": "k" * 20, **bad})
            through += [(str(deed), bad)] * (answer.status_code != 403)
    record_count("forms without this browser's token", 4 * len(DEEDS), through)
