"""Requests as nobody's browser sends them: seeded, so that what one run finds another finds again; byte by byte over a socket."""

import random
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode

from cara.features.accounts.sign_in_attempts import COOKIE as ATTEMPT
from cara.operations.serve import server
from cara.settings import COOKIE, FORM_TOKEN
from cara.web.pages.csrf_token import made_for
from cara.web.pages.unsaved_forms import COOKIE as TYPING
from litestar import Litestar

from synthetic.browser import key
from synthetic.people import Somebody
from synthetic.routes import Route, Target, body

HOST, EVIL = "127.0.0.1", "evil.example"
SEGMENTS = (
    b"%00", b"%0d%0aSet-Cookie:%20a=b", b"%0a", b"x%3b%20Domain%3devil.example", b"a;Domain=evil.example", b"%2f%2fevil.example",
    b"..%2f..%2fetc", b"%2e%2e", b"%ff%fe", b"%ed%a0%80", b"%c3%28", b"%e2%80%ae", b"%", b"%zz", b"%u0041", b"%25%30%30",
    b"\xff\xfe", b"\xc3\xa9", b"%d9%a3", b"-1", b"0", b"1e9", b"9" * 40, b"2147483648", b"9223372036854775808", b"x" * 3000,
    b"%f0%9f%92%a9" * 40, b"'", b"%22%3e%3cscript%3e", b"{reference}", b"%7b%7b7*7%7d%7d", b"null", b".", b"~", b"%20", b"+",
    b"%09", b"A" * 60_000,
)  # fmt: skip
TEXTS = (
    "\0", "\r\nSet-Cookie: a=b", "\ud800", "\udfff\ud800", "\u202e", "x" * 5000, "-1", "1e309", "NaN", "9" * 400, "٣", "０", "²",
    "[]", "{}", "'; drop table person; --", "{{7*7}}", "%00", "\x1b[31m", "//evil.example", "https://evil.example/",
    "/\\evil.example", "true", " ", "", "2026-02-30", "31", "\ufeff", "\U0010ffff", "a" * 70_000,
)  # fmt: skip
QUERIES = (
    b"", b"done=saved", b"done=%00", b"to=//evil.example", b"to=%0d%0ax", b"to=/x%3bDomain=evil.example", b"state=%ff&code=%ff",
    b"state=a&state=b", b"error=%00", b"after=%00", b"after=9999999999999999999999", b"page=-1", b"=&=&&&", b"%", b"a[]=1&a[b]=2",
    b"q=%ed%a0%80", b"day=99&month=99", b"\xff\xfe", b"x=" + b"y" * 6000, b"&".join(b"a%d=1" % n for n in range(600)),
    b"_csrf_token=x&_key=y", b"state=%F0%28", b"month=2026-13",
)  # fmt: skip
COOKIES = (
    b"", b"=", b";;;", b"signed_in", b"signed_in=%00", b"signed_in=\xff\xfe", b'signed_in="a;b"', b"signed_in=a; signed_in=b",
    b"$Version=1; x=y", b"form_token=" + b"0" * 128, b"form_token=zz", b"form_token=\xc3\xa9", b"x=" + b"y" * 20_000,
    b"; ".join(b"c%d=1" % n for n in range(300)), f"{TYPING}-00000000=x".encode(), f"{TYPING}-zz;Path=/=x".encode(),
    f"{ATTEMPT}-0123456789abcdef=AAAA".encode(), f"{ATTEMPT}-%3bx=y".encode(), f"{ATTEMPT}-=\xe9".encode("latin-1"),
    b"Domain=evil.example; Path=/", b"typed=\x01", b"{}=[]",
)  # fmt: skip
KINDS = (
    b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=bogus", b"multipart/form-data", b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=x", b"application/json", b"application/json; charset=\xff", b"text/plain", b"", b";",
    b"application/", b"application/msgpack", b"application/xml", b"*/*", b"x" * 5000,
)  # fmt: skip
BODIES = (
    b"", b"&", b"=", b"%", b"%ff=%ff", b"\xff\xfe\x00", b"{", b"[]", b"null", b"[" * 5000, b'{"a":' * 900, b'"\\ud800"', b"0",
    b"1e999", b"--x\r\n", b"--x\r\n\r\n\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="a\r\n\r\nb\r\n--x--',
    b'--x\r\nContent-Disposition: form-data; name="_csrf_token"; filename="x"\r\n\r\nb\r\n--x--\r\n',
    b"--x\r\nA\r\n\r\nb\r\n--x--\r\n", b"&".join(b"f%d=1" % n for n in range(600)), b"a=" + b"x" * 300_000, b"\x00" * 1000,
)  # fmt: skip
HEADERS = (
    b"Accept: \xff", b"Accept: text/html;q=x", b"Accept-Language: " + b"x," * 900, b"Accept-Encoding: zip;q=2", b"Range: bytes=-0",
    b"Range: bytes=9-1", b"If-None-Match: \xff", b"If-Modified-Since: yesterday", b"Authorization: Bearer",
    b"Authorization: Bearer a.b.c", b"Authorization: Bearer \xff", b"Authorization: Basic Og==", b"X-CSRFToken: \xff",
    b"Sec-Fetch-Site: cross-site", b"X-Forwarded-For: \x7f, 1.2.3.4,,", b"X-Forwarded-Host: evil.example",
    b"X-HTTP-Method-Override: DELETE", b"Content-Encoding: gzip", b"Expect: 100-continue", b"Content-Length: 0",
    b"HX-Request: true", b"Cookie: a=b",
)  # fmt: skip
METHODS = (b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"GET", b"POST", b"get", b"FOO", b"PROPFIND")
_FINE = re.compile(rb"[\x09\x20-\x7e\xa0-\xff]*")
_COOKIE = re.compile(
    rb"[A-Za-z0-9_.-]+=[A-Za-z0-9_.-]*(\"\")?(; (HttpOnly|Path=/|SameSite=lax|Secure|Max-Age=\d+|expires=[A-Za-z0-9,: -]+))*",
)


@dataclass(frozen=True)
class Shot:
    """One request, byte by byte, and what to call it."""

    name: str
    raw: bytes


def shots(app: Litestar, tried: Sequence[tuple[Route, Target, Somebody | None]], seed: int) -> Iterator[Shot]:
    """A request for each of these, with one to three things wrong with it."""
    chosen = random.Random(seed)
    for route, target, who in tried:
        yield _shot(app, route, target, who, chosen)


def _shot(app: Litestar, route: Route, target: Target, who: Somebody | None, chosen: random.Random) -> Shot:
    twists = set(
        chosen.sample(("path", "query", "cookie", "kind", "body", "fields", "header", "method"), chosen.randint(1, 3))
    )
    method, path = route.method.encode(), quote(target.path, safe="/").encode()
    token = made_for(app.state.secret, who.number if who else 0)
    session = who.token if who else chosen.choice(("", "made-up-by-the-browser"))
    cookie = f"{FORM_TOKEN}={token}" + (f"; {COOKIE}={session}" if session else "")
    held, headers, kind, sent = cookie.encode(), b"", KINDS[0], b""
    if method == b"POST":
        fields = [("_csrf_token", token), *_pairs(body(target))]
        sent = urlencode(_twisted(fields, chosen) if "fields" in twists else fields, errors="surrogatepass").encode()
    if "path" in twists:
        path = _twisted_path(path, chosen)
    query = b"?" + chosen.choice(QUERIES) if "query" in twists else b""
    if "cookie" in twists:
        held = chosen.choice((chosen.choice(COOKIES), held + b"; " + chosen.choice(COOKIES)))
    if "kind" in twists:
        kind = chosen.choice(KINDS)
    if "body" in twists:
        sent = chosen.choice(BODIES)
        kind = chosen.choice((KINDS[0], KINDS[5], KINDS[6], kind))
        headers += b"X-CSRFToken: " + token.encode() + b"\r\n"
    if "header" in twists:
        headers += chosen.choice(HEADERS) + b"\r\n"
    if "method" in twists:
        method = chosen.choice(METHODS)
    raw = (
        method + b" " + path + query + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: " + held + b"\r\n" + headers
        + (b"Content-Type: " + kind + b"\r\nContent-Length: " + str(len(sent)).encode() + b"\r\n\r\n" + sent
           if sent or method == b"POST" else b"\r\n")
    )  # fmt: skip
    return Shot(f"{route} {who.key if who else 'nobody'} {sorted(twists)}", raw)


def _pairs(fields: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, given in fields.items()
        for value in (given if isinstance(given, list | tuple) else (given,))
    ]


def _twisted(fields: list[tuple[str, str]], chosen: random.Random) -> list[tuple[str, str]]:
    """Some values odd, some fields twice, one missing, one that nobody asked for; sometimes the keys as well."""
    made = [
        (name, chosen.choice(TEXTS) if name != "_csrf_token" and chosen.random() < 0.5 else value)
        for name, value in fields
    ]
    made += [chosen.choice(fields) for _ in range(chosen.randint(0, 2))]
    if chosen.random() < 0.3:
        made.pop(chosen.randrange(1, len(made)) if len(made) > 1 else 0)
    if chosen.random() < 0.2:
        made.append((chosen.choice(TEXTS)[:200], key()))
    return made


def _twisted_path(path: bytes, chosen: random.Random) -> bytes:
    parts = path.split(b"/")
    at = chosen.randrange(1, len(parts))
    how = chosen.random()
    if how < 0.5:
        parts[at] = chosen.choice(SEGMENTS)
    elif how < 0.75:
        parts[at] += chosen.choice(SEGMENTS)
    else:
        parts.insert(at, chosen.choice((b"", chosen.choice(SEGMENTS))))
    return b"/".join(parts)


def answer_to(shot: Shot, port: int) -> tuple[int, bytes]:
    """Status and head of the answer; 0 if there was none: the connection was dropped, or nothing came."""
    got = b""
    try:
        with socket.create_connection((HOST, port), timeout=60) as way:
            way.sendall(shot.raw)
            while chunk := way.recv(65_536):
                got += chunk
    except OSError:
        pass  # what came before it is the answer; often a server that has read enough
    while got.startswith(b"HTTP/1.1 100"):
        got = got.partition(b"\r\n\r\n")[2]
    head = got.partition(b"\r\n\r\n")[0]
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    return (int(found[1]) if found else 0), head


def wrong_with(status: int, head: bytes) -> str:
    """What an answer should never be."""
    if status == 0 or status >= 500:
        return "no answer" if not status else str(status)
    for line in head.split(b"\r\n")[1:]:
        name, _colon, value = line.partition(b": ")
        if not _FINE.fullmatch(line):
            return f"a strange byte in {name!r}"
        if name.lower() == b"set-cookie" and not _COOKIE.fullmatch(value):
            return f"a cookie with more to it: {value!r}"
        if name.lower() == b"location" and (not value.startswith(b"/") or value.startswith((b"//", b"/\\"))):
            return f"led away to {value!r}"
    return ""


@contextmanager
def running(app: Litestar) -> Iterator[int]:
    """The application as `cara serve` serves it, in a thread; yields its port."""
    with socket.create_server((HOST, 0)) as listening:
        serving = server(app)
        thread = Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            serving.should_exit = True
            thread.join(30)
