"""The gallery in a real browser, under the real headers: axe, small screens, no JavaScript, the keyboard."""

import mimetypes
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cara.web import security_headers
from cara.web.ui import gallery
from cara.web.ui.jinja import environment
from cara.web.ui.static_files import Static
from playwright.sync_api import Browser, Page

from browser.access import faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The gallery on loopback, with every header that the application sends."""
    static = Static()
    shown = gallery.render(environment(static=static)).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asset = self.path.startswith(static.mount)
            name = self.path.removeprefix(static.mount + "/")
            body = (static.folder / name).read_bytes() if asset else shown
            kind = mimetypes.guess_type(name)[0] if asset else "text/html"
            self.send_response(200)
            for header, value in security_headers.headers(https=False).items():
                self.send_header(header, value)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def _open(browser: Browser, address: str, width: int = 1280, javascript: bool = True) -> tuple[Page, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=javascript)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("requestfailed", lambda request: said.append(request.url))
    opened.goto(address, wait_until="networkidle")
    return opened, said


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(chromium: Browser, address: str, width: int) -> None:
    opened, _ = _open(chromium, address, width)
    assert [*faults(opened)] == []


def test_the_content_policy_refuses_nothing_of_ours(chromium: Browser, address: str) -> None:
    opened, said = _open(chromium, address)
    assert said == []
    assert "govuk-frontend-supported" in (opened.locator("body").get_attribute("class") or "")
    assert opened.evaluate("document.activeElement.className").startswith("govuk-")


@pytest.mark.parametrize("width", [320, 390, 768, 1060, 1280])
def test_nothing_is_wider_than_the_screen(chromium: Browser, address: str, width: int) -> None:
    opened, _ = _open(chromium, address, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_a_follow_up_question_appears_with_its_answer_and_is_always_there_without_javascript(
    chromium: Browser, address: str
) -> None:
    opened, _ = _open(chromium, address)
    opened.get_by_label("Not known").check()
    assert not opened.locator("#language").is_visible()
    opened.locator("#interpreter").check()
    assert opened.locator("#language").is_visible()
    plain, _ = _open(chromium, address, javascript=False)
    plain.get_by_label("Not known").check()
    assert plain.locator("#language").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_whole_row_leads_to_its_case(chromium: Browser, address: str, width: int) -> None:
    opened, _ = _open(chromium, address, width)
    row = opened.locator(".cara-worklist tbody tr").nth(1)
    box = row.bounding_box()
    assert box
    row.scroll_into_view_if_needed()
    row.click(position={"x": box["width"] - 12, "y": box["height"] - 8})
    opened.wait_for_url("**/cases/42")


def test_the_first_stop_of_the_keyboard_skips_to_the_content(chromium: Browser, address: str) -> None:
    opened, _ = _open(chromium, address)
    opened.evaluate("document.activeElement.blur()")
    opened.locator("body").press("Tab")
    assert opened.locator(":focus").count() == 1
