"""Sending files to the import pages as a browser does, and looking at what became of them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cara.features.referrals.models import Draft
from cara.platform.database.row_scope import Scope
from cara.platform.database.schema import import_models
from cara.platform.unit_of_work import operator, work_as
from sqlmodel import select
from synthetic.browser import Browser, key

Send = Callable[..., httpx.Response]


@pytest.fixture
def send_file() -> Send:
    """`send_file(browser, content)` sends a file as the form of /imports does."""

    def send(
        browser: Browser, content: bytes, *, sent_key: str = "", name: str = "SYN-Testham.csv", **more: str
    ) -> Any:
        fields = {"_csrf_token": browser.token(), "_key": sent_key or key(), **more}
        made = httpx.Request("POST", "http://test/imports", data=fields, files={"file": (name, content, "text/csv")})
        return browser._send("POST", "/imports", {"content-type": made.headers["content-type"]}, made.read())

    return send


@pytest.fixture
def run_import() -> Callable[[Browser, str], httpx.Response]:
    """`run_import(browser, "/imports/…")` presses the button of a file's page and returns the page after it."""

    def run(browser: Browser, address: str) -> httpx.Response:
        answer = browser.fill(address, f"{address}/run")
        assert answer.status_code == 303, answer.text
        return browser.get(answer.headers["location"])

    return run


@pytest.fixture
def imported(database: Any) -> Callable[[str], list[Draft]]:
    """The imported drafts of a force."""
    import_models()  # the walls count the tables once: all of them must be known by then

    def read(force: str = "kent") -> list[Draft]:
        columns: Any = Draft
        with work_as(database.store(), operator("test"), "draft", "list", Scope(force=force)) as w:
            w.recorded = 1  # reading for a test is no processing
            return list(w.session.exec(select(Draft).where(columns.source == "import").order_by(columns.id)))

    return read
