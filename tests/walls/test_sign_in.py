"""Signing in, as a browser sees it: the provider is played in process, one for each organisation."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cara import clock
from cara.errors import SignInRefused
from cara.features.accounts import sign_in_attempts
from cara.features.accounts.sign_in import begin_session
from cara.platform.access.models import BrowserSession, Organisation, Person
from cara.platform.oidc import client
from cara.platform.oidc.client import Claims
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.testing import Provider
from cara.platform.unit_of_work import COOKIE, NOBODY_IS, work_as
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


def test_two_tabs_sign_in_beside_each_other(as_person, idps):
    browser = as_person()
    first, second = leave(browser, KENT, "/drafts"), leave(browser, KENT, "/cases")
    for asked, place in ((first, "/drafts"), (second, "/cases")):
        idps["kent_police"].nonce = asked["nonce"]
        idps["kent_police"].claims |= {"sub": KENT.subject}
        answer = come_back(browser, state=asked["state"], code="c-1")
        assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert not attempts_of(browser)


def attempts_of(browser: Browser) -> list[str]:
    return [name for name in browser.cookies if name.startswith(sign_in_attempts.COOKIE)]


def test_a_browser_keeps_so_many_sign_ins_and_no_more(as_person):
    browser = as_person()
    browser.cookies["cara_sign_in-0123456789abcdef"] = "planted"
    asked = [leave(browser, KENT, "/" + "x" * 9000) for _ in range(sign_in_attempts.AT_ONCE + 3)]
    assert len(attempts_of(browser)) == sign_in_attempts.AT_ONCE
    assert sum(len(browser.cookies[name]) for name in attempts_of(browser)) < 4096 * sign_in_attempts.AT_ONCE
    assert come_back(browser, state=asked[0]["state"], code="c").status_code == 403


def test_a_sign_in_ends_after_its_minutes_and_belongs_to_its_own_name(as_person, app, idps):
    browser = as_person()
    asked = leave(browser, KENT)
    (name,) = attempts_of(browser)
    with clock.ahead(sign_in_attempts.LASTS):
        assert come_back(browser, state=asked["state"], code="c").status_code == 403
    other = leave(browser, KENT)
    moved = next(one for one in attempts_of(browser) if one != name)
    browser.cookies[moved] = browser.cookies[name]
    assert come_back(browser, state=other["state"], code="c").status_code == 403
    for secret in (KENT.subject, "kent_police", asked["state"], asked["nonce"]):
        assert secret not in browser.cookies[name]


def test_a_sign_in_that_succeeded_opens_no_second_session(as_person, monkeypatch):
    """The cookie is copied, and the provider takes the code as often as it comes: one session begins all the same."""
    browser, copied = as_person(), as_person()
    asked = leave(browser, KENT)
    copied.cookies = dict(browser.cookies)

    async def finish(*_given: object) -> Claims:
        return Claims(KENT.body.issuer, KENT.subject, (KENT.body.issuer, KENT.subject))

    monkeypatch.setattr(client, "finish", finish)
    assert come_back(browser, state=asked["state"], code="c-1").status_code == 303
    again = come_back(copied, state=asked["state"], code="c-1")
    assert again.status_code == 403
    assert "used already" in again.text
    assert COOKIE not in copied.cookies


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_of_many_that_come_back_at_once_with_one_sign_in_one_begins_a_session(database, record_count):
    store, together = database.store(), Barrier(4)

    def begin(number: int) -> bool:
        with work_as(store, NOBODY_IS, "account", "admit") as w:
            person = w.session.get(Person, KENT.number)
            organisation = w.session.get(Organisation, KENT.body.id)
            together.wait()
            try:
                token = f"synthetic-{number}"
                begin_session(w.session, person, organisation, "force", token, timedelta(hours=1), w.now, "mark")
            except SignInRefused:
                w.session.rollback()
                return False
            return True

    tried, twice = 0, []
    for _round in range(5):
        with ThreadPoolExecutor(4) as pool:
            began = list(pool.map(begin, range(tried, tried + 4)))
        tried += 4
        twice += [began] * (sum(began) != 1)
        with database.admin().begin() as connection:
            connection.execute(text("delete from browser_session where attempt = 'mark'"))
    record_count("sessions that begin at once with one sign-in", tried, twice)


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
