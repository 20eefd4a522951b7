"""How a route is declared: every one says what it does, in the policy's words, or why nobody need be signed in.

    @get("/cases", does=("referral", "list"))
    @get("/health/live", public="a load balancer asks")

Plain functions run in the event loop or in threads as the engine wants it (`cara.operations.app` decides once); async ones are for
what waits on the network. A handler's parameters are plainly typed: the path and the dependencies say where they come from.
"""

import inspect
import re
from collections.abc import Callable, Collection
from typing import Annotated, Any, get_origin

import litestar
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

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
        _mark(handler, re.findall(r"{(\w+)", path), {"form", *more.get("dependencies", ())})
        threads = None if inspect.iscoroutinefunction(handler) else False
        route: HTTPRouteHandler = kind(path, opt=opt, sync_to_thread=threads, **more)(handler)
        return route

    return made


def _mark(handler: Handler, in_path: Collection[str], given: Collection[str]) -> None:
    """Say of each parameter where it comes from, as Litestar wants it said; those that say so themselves are left."""
    for name, kind in handler.__annotations__.items():
        if name in ("request", "return") or get_origin(kind) is Annotated:  # type: ignore[comparison-overlap]  # typing has no type for its special forms
            continue
        source: Any = FromPath if name in in_path else NamedDependency if name in given else FromQuery
        handler.__annotations__[name] = source[kind]
