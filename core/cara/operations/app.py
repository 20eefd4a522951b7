"""Make a running application of the settings and the features: the one composition root."""

import logging
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from functools import partial, wraps
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from litestar import Litestar, Request, Response
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import Receive, Scope, Send
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError

from cara import __version__
from cara.errors import BadInput, CaraError, Forbidden, NotFound, NotSignedIn, TooMany, Unavailable
from cara.operations import composition
from cara.operations.features import CORE
from cara.operations.jobs import keep_time
from cara.operations.ledger_seal_loop import keep_sealing
from cara.operations.practice_guard import refuse_practice_address, refuse_practice_sign_in
from cara.platform.bootstrap import open_store
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.idempotency import Idempotency
from cara.platform.oidc.discovery import Providers
from cara.platform.plugins import Forces, load_forces
from cara.platform.plugins.force_settings import keep_arrangements
from cara.platform.telemetry import Telemetry
from cara.platform.unit_of_work import DOWN
from cara.settings import FORM_TOKEN, Settings
from cara.web.middleware import MOST_FIELDS, MOST_FILE_BYTES, Gate, too_large
from cara.web.pages import unsaved_forms
from cara.web.pages.form_resubmission import sent_again
from cara.web.pages.page import form, frame, from_known_session
from cara.web.rate_limit import Flood, beside_loop, guard
from cara.web.ui import error_page
from cara.web.ui.jinja import environment
from cara.web.ui.static_files import CACHE_CONTROL, Static

_log = logging.getLogger("cara.operations.app")
_TOO_LARGE = "Request Entity Too Large"
"""What Litestar says of too large a body, and, under another status, of too many parts."""


def create_app(
    settings: Settings | None = None, *, forces: Forces | None = None, providers: Providers | None = None
) -> Litestar:
    """The application for these settings. `forces` and `providers` are for tests; left out, they are loaded and made here.

    Raises:
        Misconfigured: a setting cannot work; the message says which, and what to do.
    """
    settings = settings or Settings.load()
    settings.check()
    refuse_practice_address(settings)
    store = open_store(settings)
    refuse_practice_sign_in(settings, store)
    forces = forces or load_forces()
    keep_arrangements(store, forces)
    features = (*CORE, *forces.features())
    for begin in composition.on_start(features):
        begin(store)
    telemetry = Telemetry(settings)
    static = Static()
    static.check()
    secret = settings.secret or installation_secret(settings.key_folder)
    flood = Flood(settings, secret)
    state = State(
        {
            "settings": settings, "store": store, "forces": forces, "providers": providers or Providers(), "telemetry": telemetry,
            "templates": environment(composition.template_folders(features), static),
            "keys": Keyring(settings.key_folder), "secret": secret, "flood": flood,
            "idempotency": Idempotency(installation_secret(settings.key_folder), settings.pool_size),
            "case_panels": composition.case_panels(features),
            "task_lists": composition.task_lists(features),
            "notices": composition.notices(features),
            "linked_messages": composition.linked_messages(features),
            "problem_pages": composition.problem_pages(features),
        }
    )  # fmt: skip
    composition.add_services(state, features)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.pool_size
        async with AsyncExitStack() as stack:
            stack.callback(store.engine.dispose)
            stack.callback(telemetry.close)
            stack.callback(flood.close)
            await stack.enter_async_context(keep_sealing(settings, store))
            for lifespan_of in composition.lifespans(features):
                await stack.enter_async_context(lifespan_of(app))
            await stack.enter_async_context(keep_time(settings, store, state["keys"]))
            yield

    app = Litestar(
        route_handlers=[
            *(_placed(route, threads=not store.sqlite) for route in composition.routes(features)),
            create_static_files_router(
                path=static.mount, directories=[static.folder], cache_control=None,
                opt={"public": "styles and scripts", "exclude_from_csrf": True},
                after_request=_kept_for_ever,
            ),
        ],
        dependencies={"form": Provide(form)},
        guards=[guard],
        exception_handlers={CaraError: Answer, HTTPException: Answer, Exception: Answer},
        csrf_config=CSRFConfig(
            secret=secret, cookie_name=settings.cookie(FORM_TOKEN), cookie_secure=settings.https,
            cookie_httponly=True, cookie_samesite="lax", exclude_from_csrf_key="exclude_from_csrf",
        ),
        openapi_config=OpenAPIConfig(
            title="CARA", version=__version__, path="/api", render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        request_max_body_size=MOST_FILE_BYTES,
        multipart_form_part_limit=MOST_FIELDS,
        lifespan=[lifespan],
        state=state,
        debug=False,
        logging_config=None,
    )  # fmt: skip
    # Outside the router, which itself answers for addresses that nothing is at, and outside whatever reads a form.
    app.asgi_handler = Gate(app.asgi_handler, settings, _refuse, flood)
    return app


def _placed(route: HTTPRouteHandler, *, threads: bool) -> HTTPRouteHandler:
    """A copy of a route for this application: plain functions run in the loop on SQLite, in threads on PostgreSQL."""
    placed = copy(route)
    if threads and placed.sync_to_thread is not None:
        # Litestar would wrap it anew each time that another method joins the address, and use threads of its own number.
        placed.sync_to_thread = None
        placed._fn = _in_thread(route.fn)  # noqa: SLF001 - it has no public way to change the function alone
    return placed


def _in_thread(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    async def threaded(**given: Any) -> Any:
        return await anyio.to_thread.run_sync(partial(plain, **given))

    return threaded


def _kept_for_ever(response: Response[Any]) -> Response[Any]:
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


async def _refuse(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    """Answer with an error in the application's stead."""
    request: Request[Any, Any, State] = Request(scope, receive, send)
    await Answer(request, error).to_asgi_response(None, request)(scope, receive, send)


class Answer(Response[None]):
    """An answer to an error, made only as it is sent. To know whose browser it is and to keep their typing may need the database,
    for which the loop never waits; Litestar asks for the answer in the loop."""

    def __init__(self, _request: Request[Any, Any, State], error: Exception) -> None:
        super().__init__(None)
        self._error = error

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **given: Any) -> Any:
        """Return what makes the answer and sends it."""

        async def send_it(scope: Scope, receive: Receive, send: Send) -> None:
            made = await beside_loop(request, partial(_answer, request, self._error))
            await made.to_asgi_response(app, request, **given)(scope, receive, send)

        return send_it


def _answer(request: Request[Any, Any, State], error: Exception) -> Response[Any]:
    """Any error as the page, or the problem document, that it should be. Unexpected ones are logged by type alone."""
    path = request.scope["path"]
    is_api = path.startswith("/api/")
    ours = _limited(request, _known(error), is_api=is_api)
    if isinstance(ours, NotSignedIn) and not is_api:
        leaving = Redirect(_sign_in_address(request), status_code=303)
        _kept(request, leaving)
        return leaving
    instance = uuid.uuid4().hex[:12]
    if ours.status >= CaraError.status:
        _log.error("%s at %s (%s)", type(error).__name__, request.scope.get("path_template", "?"), instance)
    request.app.state.telemetry.failed(type(error).__name__, ours.status)
    if is_api:
        response: Response[Any] = Response(
            error_page.problem(ours, f"urn:cara:{instance}"), status_code=ours.status, media_type=error_page.MEDIA_TYPE
        )
        if isinstance(ours, NotSignedIn):
            response.headers["WWW-Authenticate"] = "Bearer"
        return _with_wait(response, ours)
    refused: Response[Any] = Response("", status_code=ours.status, media_type="text/html")
    forged = (
        isinstance(error, PermissionDeniedException)
        and not isinstance(ours, TooMany)
        and unsaved_forms.came_from_here(request)
    )
    again = path if forged and _kept(request, refused) else ""
    template = request.app.state.problem_pages.get(_beginning(path), error_page.COMMON)
    # What was refused on purpose was not saved; whatever else went wrong may have been on the way back from the commit.
    unsure = ours is not error or isinstance(ours, Unavailable)
    resend = sent_again(request) if unsure and ours.status >= CaraError.status else None
    refused.content = error_page.page(
        request.app.state.templates, ours, frame(request), instance, again, template, resend
    )
    return _with_wait(refused, ours)


def _with_wait(answer: Response[Any], error: CaraError) -> Response[Any]:
    """The answer, with how long to wait, where that is known."""
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _limited(request: Request[Any, Any, State], error: CaraError, *, is_api: bool) -> CaraError:
    """The error; or, where somebody without any session sent one refused form or token too many, that they are to wait."""
    refused = (
        isinstance(error, NotSignedIn | Forbidden) and request.method == "POST" and "cara_actor" not in request.scope
    )
    try:
        if refused and (is_api or not from_known_session(request)):
            request.app.state.flood.count_failure(request, "token" if is_api else "form")
    except TooMany as wait:
        return wait
    except (CaraError, SQLAlchemyError) as unknown:
        _log.warning("failure not counted: %s", type(unknown).__name__)
    return error


def _beginning(path: str) -> str:
    """The first part of an address, as it was meant: `/views` of `//Views/x/y`."""
    return "/" + path.lstrip("/").partition("/")[0].casefold()


def _kept(request: Request[Any, Any, State], answer: Response[Any]) -> bool:
    """Keep what was typed into a form that cannot be taken now. Where that fails too, the answer is what it would have been."""
    try:
        return unsaved_forms.keep(request, answer)
    except (CaraError, SQLAlchemyError) as error:
        _log.warning("typing not kept: %s", type(error).__name__)
        return False


def _known(error: Exception) -> CaraError:
    if isinstance(error, CaraError):
        return error
    if isinstance(error, OperationalError):
        return Unavailable(DOWN)
    # A number in an address may be past any id; and what only takes a form is no page to whoever opens its address.
    if isinstance(error, (NotFoundException, MethodNotAllowedException, OverflowError, DataError)):
        return NotFound("Check the address, or go back to your list.")
    if isinstance(error, PermissionDeniedException):
        return Forbidden(
            "This sending was not saved: the page was opened before you signed in, or too long ago, or not here. Copy what you typed, "
            "open the page again, and send it from there. If this comes again, sign out and in, and let CARA set cookies."
        )
    if isinstance(error, HTTPException) and error.detail == _TOO_LARGE:
        return too_large()
    if isinstance(error, HTTPException) and error.status_code < CaraError.status:
        known = BadInput("CARA could not read what was sent. Open the page again and send it from there.")
        known.status = error.status_code
        return known
    return CaraError(
        "The fault is ours and has been logged. Try again. If it happens again, tell support the number below."
    )


def _sign_in_address(request: Request[Any, Any, State]) -> str:
    """Sign in, then come back to what was asked for: a page, or the page of a form whose typing is kept."""
    path = request.scope["path"]
    return (
        f"/sign-in?to={quote(path, safe='/')}"
        if (request.method == "GET" or unsaved_forms.keeps(request)) and path not in ("/home", "/") and path.isascii()
        else "/sign-in"
    )
