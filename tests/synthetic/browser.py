"""A browser for one person: keeps cookies, finds the forms of a page, and sends them as a person would."""

import re
import secrets
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
from cara.settings import COOKIE, FORM_TOKEN
from cara.web.pages.csrf_token import made_for
from litestar.testing import TestClient

from synthetic.people import Somebody

Fields = Mapping[str, str | Sequence[str]]
_INPUT = re.compile(r"<input\b[^>]*>")
_TEXTAREA = re.compile(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', re.DOTALL)


class Browser:
    """What somebody (or nobody) sees of an application. Several share one `client`, each with cookies of their own."""

    def __init__(self, client: TestClient[Any], somebody: Somebody | None = None) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        if somebody:
            self.cookies = {COOKIE: somebody.token, FORM_TOKEN: made_for(client.app.state.secret, somebody.number)}
        self.somebody = somebody

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page. Redirects are not followed."""
        return self._send("GET", path, headers)

    def post(self, path: str, fields: Fields | None = None, **headers: str) -> httpx.Response:
        """Send a form with these fields, the token of this browser's pages and, unless they hold one, a fresh key."""
        return self.send(path, {"_csrf_token": self.token(), "_key": key(), **(fields or {})}, **headers)

    def send(self, path: str, fields: Fields, **headers: str) -> httpx.Response:
        """Send exactly these fields."""
        body = urlencode(dict(fields), doseq=True, errors="surrogatepass")
        return self._send("POST", path, {"content-type": "application/x-www-form-urlencoded", **headers}, body.encode())

    def send_raw(self, path: str, kind: str, body: bytes, **headers: str) -> httpx.Response:
        """Send exactly these bytes."""
        return self._send("POST", path, {"content-type": kind, **headers}, body)

    def fill(
        self, path: str, action: str, fields: Fields | None = None, page: httpx.Response | None = None
    ) -> httpx.Response:
        """Open a page, fill in the form that leads to `action`, and send it."""
        page = page or self.get(path)
        assert page.status_code < 400, page.status_code
        return self.send(action, {**form_of(page.text, action), **(fields or {})})

    def token(self) -> str:
        """The anti-forgery token of this browser's pages."""
        if FORM_TOKEN not in self.cookies:
            self.get("/signed-out")
        return self.cookies[FORM_TOKEN]

    def _send(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None = None) -> httpx.Response:
        sent = {**headers, "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        self.client.cookies.clear()
        answer = self.client.request(method, path, headers=sent, content=content, follow_redirects=False)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for line in answer.headers.get_list("set-cookie"):
            name, _equals, value = line.split(";")[0].partition("=")
            if "max-age=0" in line.lower() or not value.strip('"'):
                self.cookies.pop(name, None)
        self.client.cookies.clear()
        return answer


def key() -> str:
    """A fresh idempotency key."""
    return secrets.token_urlsafe(24)


def form_of(html: str, action: str) -> dict[str, Any]:
    """The fields of the form that leads to `action`, as the page filled them in."""
    for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
        if f'action="{action}"' in form.split(">", 1)[0]:
            return _fields(form)
    raise AssertionError(f"the page has no form that leads to {action}")


def _fields(form: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in _INPUT.findall(form):
        given = {name: unescape(value) for name, value in re.findall(r'\b([\w-]+)="([^"]*)"', tag)}
        kind, name = given.get("type", "text"), given.get("name")
        if not name or (kind in ("radio", "checkbox") and not re.search(r"\bchecked\b", tag)):
            continue
        if kind == "checkbox":
            found.setdefault(name, []).append(given.get("value", ""))
        else:
            found[name] = given.get("value", "")
    for name, text in _TEXTAREA.findall(form):
        found[name] = unescape(text).removeprefix("\n")
    return found
