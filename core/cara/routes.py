"""How a route is declared: every one says what it does, in the policy's words, or why nobody need be signed in.

    @get("/cases", does=("referral", "list"))
    @get("/health/live", public="a load balancer asks")

Plain functions run in the event loop or in threads as the engine wants it (`cara.app` decides once); async ones are for
what waits on the network.
"""

import inspect
from collections.abc import Callable
from typing import Any

import litestar
from litestar.handlers import HTTPRouteHandler

Handler = Callable[..., Any]


def get(
    path: str, *, does: tuple[str, str] | None = None, public: str = "", **more: Any
) -> Callable[[Handler], HTTPRouteHandler]:
    """A page or document to read."""
    return _route(litestar.get, path, does, public, more)


def post(
    path: str, *, does: tuple[str, str] | None = None, public: str = "", **more: Any
) -> Callable[[Handler], HTTPRouteHandler]:
    """A form or document to send."""
    return _route(litestar.post, path, does, public, more)


def _route(
    kind: Any, path: str, does: tuple[str, str] | None, public: str, more: dict[str, Any]
) -> Callable[[Handler], HTTPRouteHandler]:
    if (does is None) == (not public):
        raise LookupError(f"{path} must say either what it does or why it is public")
    opt = more.pop("opt", {}) | ({"does": does} if does else {"public": public})
    more.setdefault("include_in_schema", path.startswith("/api/"))

    def made(handler: Handler) -> HTTPRouteHandler:
        threads = None if inspect.iscoroutinefunction(handler) else False
        route: HTTPRouteHandler = kind(path, opt=opt, sync_to_thread=threads, **more)(handler)
        return route

    return made
