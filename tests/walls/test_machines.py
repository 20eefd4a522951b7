"""A force's own systems: each with a token of its own force's provider, for its own force alone."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from cara.features.eligibility.examples import example
from cara.platform.oidc.discovery import Providers
from cara.platform.oidc.testing import STRANGER, Provider, at, signed
from sqlalchemy import text
from synthetic.browser import Browser
from synthetic.canaries import found_in
from synthetic.people import BODY, FORCES, MACHINES, PEOPLE

BODIES = {force: BODY[f"{force}_police"] for force in FORCES}
FACTS = json.dumps(example()).encode()


@pytest.fixture
def providers():
    made = {}
    for body in BODIES.values():
        provider, home = Provider(), body.issuer
        provider.document |= {"issuer": home, "authorization_endpoint": f"{home}/authorize", "token_endpoint": f"{home}/token",
                              "jwks_uri": f"{home}/keys", "end_session_endpoint": f"{home}/bye"}  # fmt: skip
        made[home.removeprefix("https://")] = provider

    async def handle(request: httpx2.Request) -> httpx2.Response:
        return await made[request.url.host].handle(request)

    return Providers(lambda: httpx2.MockTransport(handle))


def token(force: str, key: object = None, **claims: object) -> str:
    told = {
        "iss": BODIES[force].issuer, "sub": f"machine-{MACHINES + FORCES.index(force)}", "aud": "cara-api", "client_id": "records",
        "iat": at(-5), "exp": at(300), "jti": "1",
    }  # fmt: skip
    extra = {"key": key} if key else {}
    return signed(told | claims, typ="at+jwt", **extra)


def ask(browser: Browser, slug: str, bearer: str, facts: bytes = FACTS, **headers: str):
    return browser.send_raw(
        f"/api/v1/forces/{slug}/eligibility", "application/json", facts, authorization=f"Bearer {bearer}", **headers
    )


def test_a_suspended_force_answers_no_system_and_keeps_nothing(client, as_person, database):
    """The plugin is missing: the answer is a problem that says so, and the same key is taken once the plugin is back."""
    force, sent = "kent", {"idempotency-key": "synthetic-key-of-a-system"}
    with database.admin().connect() as connection:
        keys = connection.scalar(text("select count(*) from idempotency_key"))
    client.app.state.forces.suspend(force, "its plugin is missing")
    answer = ask(as_person(), force, token(force), **sent)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (503, "application/problem+json")
    assert answer.json()["title"] == "This force is suspended"
    assert not {"outcome", "rule_pack"} & answer.json().keys()
    other = next(one for one in FORCES if one != force)
    assert ask(as_person(), other, token(other)).status_code == 200
    with database.admin().connect() as connection:
        asked = "select count(*) from ledger_entry where verb = 'eligibility.answered' and force_id = 'kent'"
        assert connection.scalar(text(asked)) == 0
        assert connection.scalar(text("select count(*) from idempotency_key")) == keys
    client.app.state.forces._faults.pop(force)
    assert ask(as_person(), force, token(force), **sent).status_code == 200


def test_a_system_asks_for_its_own_force_alone(as_person, record_count):
    wrong, tried = [], 0
    for force in FORCES:
        for slug in (*FORCES, "surrey", "no_such_force"):
            answer = ask(as_person(), slug, token(force))
            tried += 1
            expected = 200 if slug == force else 404 if slug == "no_such_force" else 403
            if answer.status_code != expected or found_in(answer.content):
                wrong.append((force, slug, answer.status_code))
    record_count("machine × force", tried, wrong)


def test_what_is_no_token_of_a_registered_system_opens_nothing(as_person, database, record_count):
    person = PEOPLE["kent_police.referring_officer"]
    bad = {
        "another's key": token("kent", STRANGER),
        "expired": token("kent", exp=at(-300)),
        "for somebody else": token("kent", aud="other"),
        "of a person": token("kent", sub=person.subject),
        "of nobody": token("kent", sub="nobody"),
        "another force's system": token("kent", sub=f"machine-{MACHINES}"),
        "an issuer we do not know": token("kent", iss="https://evil.example"),
        "not a token": "x.y.z",
        "empty": "",
        "a session": person.token,
    }
    wrong = [
        (name, answer.status_code)
        for name, one in bad.items()
        if (answer := ask(as_person(), "kent", one)).status_code != 401
    ]
    assert ask(as_person(), "kent", token("kent")).status_code == 200
    endings = (
        "update person set ended_at = added_at where kind = 'machine'",
        "update membership set ended_at = added_at where role = 'system'",
        "update organisation set ended_at = added_at where id = 'kent_police'",
    )
    for ending in endings:
        with database.admin().begin() as connection:
            connection.execute(text(ending))
        if ask(as_person(), "kent", token("kent")).status_code != 401:
            wrong.append(ending)
        with database.admin().begin() as connection:
            for table in ("person", "membership", "organisation"):
                connection.execute(text(f"update {table} set ended_at = null"))
    record_count("tokens that open nothing", len(bad) + len(endings), wrong)


def test_a_system_opens_no_page_and_a_cookie_no_interface(as_person):
    browser = as_person()
    for path in ("/cases", "/drafts", "/people", "/account"):
        assert browser.get(path, authorization=f"Bearer {token('kent')}").status_code == 303
    assert ask(as_person("kent_police.supervisor"), "kent", "").status_code == 401


def test_a_question_with_a_key_is_asked_once_however_often_it_is_sent(client, database, record_count):
    """By sixteen at once, and again: one answer, one entry. Another question with the key is refused; another system has its own."""
    given, together = {"idempotency-key": '"synthetic-key-0123456789"'}, threading.Barrier(16)

    def send(_number: int):
        together.wait(30)
        return ask(Browser(client), "kent", token("kent"), **given)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))
    answers.append(ask(Browser(client), "kent", token("kent"), **given))
    wrong = [one.status_code for one in answers if one.status_code != 200]
    wrong += ["another answer"] * (len({one.content for one in answers}) - 1)
    with database.admin().connect() as connection:
        count = "select count(*) from ledger_entry where verb = 'eligibility.answered'"
        if (often := connection.scalar(text(count))) != 1:
            wrong.append(f"asked {often} times")
    changed = json.dumps(example() | {"risk": "medium"}).encode()
    for facts, bearer, slug, headers, status in (
        (changed, token("kent"), "kent", given, 422),
        (FACTS, token("kent"), "kent", {"idempotency-key": "short"}, 422),
        (FACTS, token(FORCES[1]), FORCES[1], given, 200),
    ):
        if (answer := ask(Browser(client), slug, bearer, facts, **headers)).status_code != status:
            wrong.append((slug, headers, answer.status_code))
    record_count("questions of a system with one key", len(answers) + 3, wrong)
