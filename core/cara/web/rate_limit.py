"""Flood limits: who fails too often before signing in, on links that work once, or with forms and tokens that are refused, waits.

A route that can be tried without signing in says so with `opt=LINK` or `opt=SIGN_IN`. Failures are counted by browser and by address,
each kind apart. Work of people who are signed in is never counted and never refused. Where the counter cannot be used, nobody is
refused: a broken file must shut no officer out.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Final, TypeVar

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler
from litestar.middleware.csrf import CSRF_SECRET_LENGTH, generate_csrf_hash
from litestar.types import Scope
from sqlalchemy.exc import SQLAlchemyError

from cara import clock
from cara.errors import CaraError, TooMany
from cara.platform.telemetry import refused_for_flood
from cara.settings import FORM_TOKEN, SIGN_IN_COOKIE, Settings
from cara.web.pages.page import from_known_session
from cara.web.rate_limit_counter import FloodCounter, opened

LINK: Final[Mapping[str, Any]] = {"limits": "link"}
"""What a route carries that whoever holds a link opens."""
SIGN_IN: Final[Mapping[str, Any]] = {"limits": "sign_in"}
"""What a route carries by which people sign in."""
RETURN: Final[Mapping[str, Any]] = {**SIGN_IN, "counts_with": SIGN_IN_COOKIE}
"""What the route carries to which a provider sends people back: no failure without a sign-in that this browser began. Else any other
site, which can have its visitors open the address, uses up what those behind one proxy have."""
FAILED: Final[Mapping[str, frozenset[int]]] = {"link": frozenset({404}), "sign_in": frozenset({403, 422})}
"""Kind of route → statuses by which somebody failed there."""
FILE: Final = "flood.counts"
T = TypeVar("T")
_ADDRESS: Final = "address:"
_COUNTED: Final = "cara_failure_counted"
_HOP: Final = re.compile(
    r'"?(?:\[([0-9A-Fa-f:.]+)(?:%[\w.-]+)?\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}|([0-9A-Fa-f:.]+)(?:%[\w.-]+)?)"?'
)
"""`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; the part after `%` is one machine's own."""
_log = logging.getLogger("cara.web.rate_limit")


class Flood:
    """The limits of one process, by a counter that the machine's processes share."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._settings, self._secret = settings, secret
        self.counter: FloodCounter | None = opened(place(settings), secret)

    async def check(self, connection: ASGIConnection[Any, Any, Any, Any], kind: str) -> None:
        """Refuse somebody who failed too often already.

        Raises:
            TooMany: they did; says when to try again.
        """
        await beside_loop(connection, partial(self._judge, connection, kind, counting=False))

    def count_failure(self, connection: ASGIConnection[Any, Any, Any, Any], kind: str) -> None:
        """Count a failure, once a request.

        Raises:
            TooMany: it was one too many.
        """
        scope: Any = connection.scope
        if not scope.get(_COUNTED):
            scope[_COUNTED] = True
            self._judge(connection, kind, counting=True)

    def close(self) -> None:
        """Let go of the counter."""
        if self.counter is not None:
            self.counter.close()

    def _judge(self, connection: ASGIConnection[Any, Any, Any, Any], kind: str, *, counting: bool) -> None:
        if self.counter is None:
            return
        now, seconds = clock.now(), self._settings.flood_minutes * 60
        look = self.counter.add if counting else self.counter.count
        try:
            over = [
                what
                for what, most in self._limits(connection)
                if look(f"{kind}:{what}", now, seconds) >= most + counting
            ]
            # Somebody else's failures at an address keep nobody from coming back who was signed in here before.
            if not over or (kind == "sign_in" and over[0].startswith(_ADDRESS) and from_known_session(connection)):
                return
            self.counter.note_refusal(kind, now)
        except (OSError, ValueError, CaraError, SQLAlchemyError) as error:
            _log.error("failures not judged: %s", type(error).__name__)  # noqa: TRY400, RUF100
            return
        refused_for_flood(kind)
        raise TooMany(seconds - int(now.timestamp()) % seconds)

    def _limits(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Iterator[tuple[str, int]]:
        """Under which names somebody's failures are counted, and how many each may have."""
        token = connection.cookies.get(self._settings.cookie(FORM_TOKEN), "")
        random, signed = token[:CSRF_SECRET_LENGTH], token[CSRF_SECRET_LENGTH:]
        if token.isascii() and signed == generate_csrf_hash(random, self._secret):
            yield f"browser:{random}", self._settings.flood_browser
        if address := address_of(connection.scope, self._settings):
            yield f"{_ADDRESS}{address}", self._settings.flood_address


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let nobody on a limited route who failed there too often. Raises `TooMany`."""
    if kind := handler.opt.get("limits"):
        await connection.app.state.flood.check(connection, kind)


async def beside_loop(connection: ASGIConnection[Any, Any, Any, Any], judge: Callable[[], T]) -> T:
    """Judge or answer somebody. A browser with a session's cookie may have the database asked, for which the loop never waits."""
    state = connection.app.state
    asks = state.settings.session_cookie in connection.cookies
    result: T = await state.store.run(judge) if asks else judge()
    return result


def kind_of_failure(scope: Scope, status: int, settings: Settings) -> str:
    """As what an answer counts as a failure; empty if it is none."""
    handler = scope.get("route_handler")
    kind = str(handler.opt.get("limits", "")) if handler is not None else ""
    if handler is None or status not in FAILED.get(kind, ()):
        return ""
    cookie = handler.opt.get("counts_with")
    return kind if cookie is None or _holds(scope, settings.cookie(f"{cookie}-")) else ""


def _holds(scope: Scope, begins: str) -> bool:
    return any(name.startswith(begins) for name in Request[Any, Any, Any](scope).cookies)


def place(settings: Settings) -> Path:
    """Where the counter's file is."""
    return settings.home / "run" / FILE


def address_of(scope: Scope, settings: Settings) -> str:
    """From where a request came, as far as that is known: a network of 64 bits counts as one address.

    What a trusted proxy says counts, and of what it was told only what another trusted one said. Empty where CARA is reached by
    TLS and no proxy is named: every request then comes from the proxy, and counting it would shut everybody out. Where a trusted proxy
    says what is no address, the proxy's own counts: nothing further on is believed, so nobody chooses under what they are counted.
    """
    trusted = settings.proxies
    found = _parsed(str((scope.get("client") or ("",))[0]))
    if found is None or (settings.https and not trusted):
        return ""
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = [hop.strip() for line in said for hop in line.split(",")]
    while hops and any(found in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:
            break
        found = before
    return str(IPv6Network((found, 64), strict=False)) if found.version == 6 else str(found)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it, with a port, in brackets or in quotation marks; None where it is none."""
    written = _HOP.fullmatch(text)
    if written is None:
        return None
    try:
        found = ip_address(next(filter(None, written.groups())))
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
