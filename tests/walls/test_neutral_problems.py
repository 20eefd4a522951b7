"""Where a page for somebody without sign-in does not say what it is about, whatever goes wrong there does not say so either."""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cara.errors import TooMany
from cara.features.messages import discretion
from cara.platform.database.engine import Store
from cara.web.middleware import MOST_BYTES
from cara.web.rate_limit import Flood
from sqlalchemy.exc import OperationalError
from synthetic.browser import Browser
from synthetic.routes import routes_of, targets

FORM = "application/x-www-form-urlencoded"
NAMED = "cara-header__product"
"""Stands in the header of every page that says what this is."""
VIEWS = "/views"
WAY_OUT = ("Leave this page quickly", "ring 999")
WHAT_TO_DO = ("who gave you the link", "There is nothing you need to do")
Try = Callable[[Browser, str], httpx.Response]


def text_of(page: httpx.Response) -> str:
    """All that a page says, its title and footer too."""
    return html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", page.text, flags=re.DOTALL))


@pytest.fixture
def quiet(app, as_person) -> dict[str, tuple[str, str]]:
    """Beginning of an address → the longest address there, and what its pages say: where no page for anybody names the platform."""
    browser, paths, pages = as_person(), defaultdict(list), defaultdict(list)
    for route in routes_of(app):
        for target in targets(route) if route.public and route.method == "GET" else ():
            page, beginning = browser.get(target.path), "/" + target.path.split("/")[1]
            paths[beginning].append(target.path)
            if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
                pages[beginning].append(page)
    return {"/leave": ("/leave", "")} | {
        beginning: (max(paths[beginning], key=len), " ".join(map(text_of, found)))
        for beginning, found in pages.items()
        if not any(NAMED in page.text for page in found)
    }


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Try:
    """Asked while the database fails so."""

    def fails(*_given: Any, **_more: Any) -> Any:
        raise error

    def ask(browser: Browser, path: str) -> httpx.Response:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "session", fails)
            return browser.get(path)

    return ask


def too_often(monkeypatch: pytest.MonkeyPatch) -> Try:
    """Asked by somebody who failed too often there."""

    def refuses(*_given: Any) -> None:
        raise TooMany(480)

    def ask(browser: Browser, path: str) -> httpx.Response:
        with monkeypatch.context() as patched:
            patched.setattr(Flood, "check", refuses)
            page = browser.get(path)
        if page.status_code == 429:
            assert "8 minutes" in page.text
            assert page.headers["retry-after"] == "480"
        return page

    return ask


def mishaps(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Try]]:
    """What can go wrong at an address."""
    yield "no such page", lambda b, path: b.get(f"{path}/x/y")
    yield "another spelling", lambda b, path: b.get(f"{path.upper()}/X/Y")
    yield "another method", lambda b, path: b._send("PUT", path, {})
    yield "only read, or only sent", lambda b, path: b.get(path.replace("/leave", "/leave/"))
    yield "without its cookie", lambda b, path: b.send(path, {"heard": "a_lot"})
    yield "a strange field", lambda b, path: b.post(path, {"PLAINTEXT": "x"})
    yield "no form at all", lambda b, path: b.send_raw(path, "application/json", b"{", **{"x-csrftoken": b.token()})
    yield "too large", lambda b, path: b.send_raw(path, FORM, b"x" * (MOST_BYTES + 1))
    yield "another host", lambda b, path: b.get(path, host="elsewhere.test")
    yield "busy", broken(monkeypatch, OperationalError("", {}, Exception()))
    yield "too often", too_often(monkeypatch)
    yield "a defect", broken(monkeypatch, RuntimeError())


def test_an_error_says_no_more_than_the_page_it_stands_for(quiet, as_person, monkeypatch, record_count):
    assert {VIEWS, "/feedback", "/onward", "/information"} <= set(quiet)
    wrong, seen = [], set()
    for beginning, (path, ordinary) in quiet.items():
        for name, goes_wrong in mishaps(monkeypatch):
            page = goes_wrong(as_person(), path)
            if page.status_code < 400:
                continue
            seen.add((beginning, page.status_code))
            said = text_of(page)
            word = discretion.told(said)
            told = (
                word * (word not in ordinary.casefold())
                or NAMED in page.text
                or 'href="/"' in page.text
                or "location" in page.headers
            )
            if told:
                wrong.append((path, name, page.status_code, told))
            helps = all(one in said for one in WAY_OUT) and any(one in said for one in WHAT_TO_DO)
            if beginning == VIEWS and not helps:
                wrong.append((path, name, page.status_code, "no way out"))
    record_count("errors behind links that tell nothing", len(seen), wrong)
    assert {status for beginning, status in seen if beginning == VIEWS} >= {400, 403, 404, 413, 422, 429, 500, 503}
