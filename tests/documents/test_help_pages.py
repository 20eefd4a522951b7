"""The help pages answer anybody, and name the cookies and times that are really set."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cara.operations.app import create_app
from cara.settings import Settings
from litestar.testing import TestClient


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("help")
    with TestClient(
        create_app(Settings(home=home, session_idle_minutes=47, session_hours=9)), base_url="http://127.0.0.1"
    ) as made:
        yield made


@pytest.mark.parametrize("path", ["/help", "/help/privacy", "/help/accessibility"])
def test_nobody_need_sign_in(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("<h1") == 1


def test_every_page_leads_to_them(client: TestClient) -> None:
    page = client.get("/").text
    for path in ("/help", "/help/privacy", "/help/accessibility"):
        assert f'href="{path}"' in page


def test_privacy_names_every_cookie_that_is_set(client: TestClient) -> None:
    from cara.features.accounts.sign_in_attempts import COOKIE as ATTEMPT_COOKIE
    from cara.platform.unit_of_work import COOKIE
    from cara.web.pages.unsaved_forms import COOKIE as TYPING_COOKIE

    page = client.get("/help/privacy").text
    client.get("/sign-in")
    for name in {COOKIE, ATTEMPT_COOKIE, TYPING_COOKIE, *client.cookies}:
        assert f"<code>{name}</code>" in page
    assert "after 47 minutes without use" in page
    assert "after 9 hours" in page


def test_the_statement_claims_no_more_than_is_known(client: TestClient) -> None:
    page = client.get("/help/accessibility").text
    assert "We do not claim that it is met" in page
    assert "nobody independent has audited it" in page
