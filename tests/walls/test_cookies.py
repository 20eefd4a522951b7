"""Signing in and out changes the anti-forgery token: a page from before, or of somebody else, can send nothing any more."""

from typing import Any

import pytest
from cara.features.accounts import pages
from cara.platform.access.models import Person
from cara.platform.oidc.client import Attempt, Claims
from synthetic.people import BODY, PEOPLE

BODY_OF = BODY["kent_police"]


@pytest.fixture
def vouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that vouches for whoever comes back from it."""

    async def begin(*_given: Any) -> Attempt:
        return Attempt(BODY_OF.issuer, "state", "nonce", "verifier", "https://leaving.example")

    async def finish(*_given: Any) -> Claims:
        return Claims(BODY_OF.issuer, "s", (BODY_OF.issuer, "s"))

    def admit(session: Any, *_given: Any) -> tuple[Person, str]:
        return session.get(Person, PEOPLE["kent_police.supervisor"].number), "force"

    monkeypatch.setattr(pages.client, "begin", begin)
    monkeypatch.setattr(pages.client, "finish", finish)
    monkeypatch.setattr(pages.sign_in, "admit", admit)


def test_a_token_does_not_outlive_signing_in_or_out(as_person: Any, vouched: None) -> None:
    browser = as_person()
    before = browser.token()
    address = f"pc@{BODY_OF.domain}"
    assert browser.post("/sign-in", {"work_address": address, "to": "/account"}).status_code == 200
    answer = browser.get("/signed-in?state=state")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    given = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("form_token="))
    assert "Max-Age=43200" in given
    within = browser.token()
    assert within != before
    assert browser.get("/account").status_code == 200
    refused = browser.send("/sign-out", {"_csrf_token": before})
    assert refused.status_code == 403
    assert "Copy what you typed" in refused.text
    assert browser.post("/sign-out").status_code == 303
    assert "signed_in" not in browser.cookies
    assert browser.token() != within
    assert browser.send("/sign-in", {"_csrf_token": within, "work_address": address}).status_code == 403
