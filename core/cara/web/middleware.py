"""The gate around the whole application: what comes in by another name or too large is refused before anything reads it,
every request is measured, and every answer, whoever gives it, carries its safety headers.
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from litestar import Request
from litestar.enums import RequestEncodingType, ScopeType
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from cara.errors import BadInput, CaraError, TooMany
from cara.i18n import gettext as _
from cara.platform.telemetry import observe
from cara.settings import Settings
from cara.web import security_headers
from cara.web.rate_limit import Flood, beside_loop, kind_of_failure

MOST_BYTES = 256 * 1024
"""What a form or a document of the API may take: several times the longest draft."""
MOST_FILE_BYTES = 12 * 1024 * 1024
"""What a form with a file may take: the largest export, and what surrounds it."""
MOST_FIELDS = 500
FILES = ("/imports",)
"""Addresses that take a file."""
ANY_NAME = ("/health/live", "/health/ready")
"""Asked by load balancers, which know a machine by its number. What they answer holds nothing."""

Refuse = Callable[[Scope, Receive, Send, Exception], Awaitable[None]]
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")
_HTTP_ERROR = 400


class Gate:
    """Wraps an application. `refuse` turns an error into an answer, as the application itself would."""

    def __init__(self, app: ASGIApp, settings: Settings, refuse: Refuse, flood: Flood) -> None:
        self._app = app
        self._flood = flood
        self._settings = settings
        self._refuse = refuse
        self._page = _raw(security_headers.headers(https=settings.https))
        self._file = _raw(security_headers.headers(https=settings.https, page=False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        answering = observe(scope, self._headed(scope, send))
        try:
            self._check_host(scope)
            most = self._most(scope)
            _check_length(scope, most)
        except CaraError as error:
            await self._refuse(scope, receive, answering, error)
            return
        await self._app(scope, _counted(scope, receive, most), answering)

    def _headed(self, scope: Scope, send: Send) -> Send:
        is_file = str(scope["path"]).startswith("/static/")

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._count(scope, message["status"])
                ours = self._file if is_file and message["status"] < _HTTP_ERROR else self._page
                present = {name.lower() for name, _value in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in ours if pair[0] not in present)]
            await send(message)

        return headed

    async def _count(self, scope: Scope, status: int) -> None:
        """Count an answer by which somebody failed. This one still goes out; the next may not."""
        if kind := kind_of_failure(scope, status, self._settings):
            request: Request[Any, Any, Any] = Request(scope)
            with suppress(TooMany):
                await beside_loop(request, partial(self._flood.count_failure, request, kind))

    def _check_host(self, scope: Scope) -> None:
        if scope["path"] in ANY_NAME:
            return
        named = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
        if found is None or found[1].strip("[]") not in self._settings.names:
            raise _refusal(
                400, _("CARA is not at this address. Open {address} instead.").format(address=self._settings.address)
            )

    def _most(self, scope: Scope) -> int:
        """How many bytes the body may have. A file is only for somebody who has a session, and only as a form sends it."""
        if scope.get("method") != "POST" or scope["path"] not in FILES:
            return MOST_BYTES
        request: Request[Any, Any, Any] = Request(scope)
        welcome = request.cookies.get(self._settings.session_cookie) and _kind(scope) == RequestEncodingType.MULTI_PART
        return MOST_FILE_BYTES if welcome else MOST_BYTES


def too_large() -> BadInput:
    """The error for a body that is larger, or has more fields, than anything CARA asks for."""
    return _refusal(
        HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        _("What was sent is larger than this page takes. Nothing was saved. Send less at once. Split a file, or ask your "
          "operator to import it."),
    )  # fmt: skip


def _refusal(status: int, message: str) -> BadInput:
    error = BadInput(message)
    error.status = status
    return error


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _kind(scope: Scope) -> str:
    """The kind of body, read by the very function that decides later whether it is parsed as a form."""
    return Request[Any, Any, Any](scope).content_type[0]


def _check_length(scope: Scope, most: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and not (value.isdigit() and len(value) < 12 and int(value) <= most):
            raise too_large()


def _counted(scope: Scope, receive: Receive, most: int) -> Receive:
    """`receive`, as long as the body keeps within `most` bytes and a form within its number of fields."""
    size = separators = 0

    async def counting() -> Any:
        nonlocal size, separators
        message = await receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")
            size += len(body)
            if body and _kind(scope) == RequestEncodingType.URL_ENCODED:
                separators += body.count(b"&")
            if size > most or separators >= MOST_FIELDS:
                raise too_large()
        return message

    return counting
