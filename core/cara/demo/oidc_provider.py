"""The demonstration's sign-in: a provider for each organisation, on this machine alone, where a visitor picks a person.

It proves nothing about anybody and takes no password, so it listens on loopback only and knows invented people only.
The protocol is the library's (oidc-provider-mock, in the `demo` extra); the pages are ours.
"""

import socket
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cara.errors import Misconfigured
from cara.i18n import gettext

if TYPE_CHECKING:
    from flask import Flask

HOST = "127.0.0.1"
PAGES = Path(__file__).parent / "sign_in_pages"
# Of what the library serves, what signing in needs. It could also change people, register clients and run a debugger.
SERVED = {"openid_config", "jwks", "authorize", "issue_token", "userinfo", "end_session", "end_session_confirm"}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An invented person; `role` is what the page shows beside the name, `groups` what the provider asserts."""

    sub: str
    name: str
    role: str
    email: str
    groups: tuple[str, ...] = ()


class DemoProvider:
    """Runs the providers in background threads for as long as the context is open.

    with DemoProvider() as provider:
        issuers = provider.start({"hampshire": people}, {"hampshire": "Hampshire Constabulary"})
    """

    def __init__(self, later: timedelta = timedelta()) -> None:
        """`later`: how far the practice clock runs ahead of the library's; what it issues lasts as much longer."""
        self._running = ExitStack()
        self._lasts = timedelta(hours=1) + later

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def start(
        self,
        people_by_organisation: Mapping[str, Sequence[DemoPerson]],
        names: Mapping[str, str] | None = None,
        first_port: int = 0,
    ) -> dict[str, str]:
        """Start a provider for each organisation and return its issuer; `names` are what people call the organisations.

        Ports are free ones, or those from `first_port` up. Raises `Misconfigured` if one is taken or the extra missing.
        """
        return {
            slug: self._start_one((names or {}).get(slug, slug), people, first_port and first_port + index)
            for index, (slug, people) in enumerate(people_by_organisation.items())
        }

    def _start_one(self, name: str, people: Sequence[DemoPerson], port: int) -> str:
        application = _application(name, people, self._lasts)
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the library's word
                """Nothing: addresses hold states and codes."""

        try:
            listening = socket.create_server((HOST, port))
        except OSError:
            raise Misconfigured(f"Port {port} for the demonstration's sign-in is taken; choose another.") from None
        # Given a socket, werkzeug reports a taken port to us instead of ending the process.
        with listening:
            bound = listening.getsockname()[1]
            server = make_server(HOST, bound, application, threaded=True, request_handler=Quiet, fd=listening.fileno())
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name=f"demo sign-in {bound}", daemon=True)
        thread.start()
        self._running.callback(server.server_close)
        self._running.callback(thread.join, 5)
        self._running.callback(server.shutdown)
        return f"http://{HOST}:{bound}"


def _application(name: str, people: Sequence[DemoPerson], lasts: timedelta) -> "Flask":
    """The library's application with our pages, without its debugger, and for these people only."""
    library = _library()
    from flask import abort, request
    from jinja2 import FileSystemLoader

    users = [library.User(sub=p.sub, claims=_claims(p)) for p in people]
    application: Flask = library.app(
        user_claims=users, issue_refresh_token=False, require_nonce=True, access_token_max_age=lasts
    )
    application.debug = False
    application.wsgi_app = application.wsgi_app.app  # type: ignore[attr-defined, method-assign]
    application.config["TRUSTED_HOSTS"] = [HOST]
    application.jinja_loader = FileSystemLoader(PAGES)
    application.jinja_env.globals.update(_=gettext, organisation=name, people=people)
    known = {person.sub for person in people}

    @application.before_request
    def only_what_signing_in_needs() -> None:
        if (request.endpoint or "").rpartition(".")[2] not in SERVED:
            abort(404)
        if request.form.get("sub") not in {None, *known}:
            abort(400)

    return application


def _claims(person: DemoPerson) -> dict[str, object]:
    stated = asdict(person)
    return {name: stated[name] for name in ("name", "email", "groups")} | {"email_verified": True}


def _library() -> Any:
    try:
        from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

        # The library still uses parts that authlib is about to drop; nobody who runs a demonstration can help it.
        warnings.filterwarnings("ignore", category=AuthlibDeprecationWarning)
        warnings.filterwarnings("ignore", "get_jwt_config", DeprecationWarning)
        # It imports httpx, which would bring its own command line along: half a second for nothing.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # the import system's word for "not there"
        import oidc_provider_mock  # type: ignore[import-untyped]
        from oidc_provider_mock._app import AuthorizationCodeGrant  # type: ignore[import-untyped]
    except ImportError:
        raise Misconfigured("The demonstration needs the extra: install cara-core[demo].") from None
    # It offers no setting to let a client in without a secret, and a secret that is published would be none.
    AuthorizationCodeGrant.TOKEN_ENDPOINT_AUTH_METHODS = ["none"]
    return oidc_provider_mock
