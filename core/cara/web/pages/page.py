"""What the pages of every room share: reading a form, the frame around a page, redirects, and forms that are sent twice."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from litestar import MediaType, Request, Response
from litestar._parsers import parse_url_encoded_form_data  # its cache has no public name, and must be emptied
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup

from cara import __version__
from cara.errors import BadInput, CaraError, Fault
from cara.i18n import gettext as _
from cara.platform.access.actor import Actor, is_known
from cara.platform.access.roles import CAPACITIES, ROLES
from cara.platform.database.engine import Use
from cara.platform.idempotency import Idempotency, Sending
from cara.platform.ledger.writer import Act
from cara.platform.reference_data import suspension_notice
from cara.platform.unit_of_work import LOGGED, NOBODY_IS, Work, token_hash, work, work_as
from cara.web.pages.confirmations import DONE
from cara.web.pages.menu import ADDRESSES, menu_of
from cara.web.ui.layout import Flash, Frame, Group, Place, Who

Asked: TypeAlias = Request[Any, Any, State]
Page: TypeAlias = Response[str]

KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LINE_END = re.compile(r"\r\n?")
_OURS = ("_csrf_token", "_key", "_version")


class Form(Mapping[str, Sequence[str]]):
    """The fields of a posted form. Read it with `only`, which refuses what the page did not ask for."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> Sequence[str]:
        return self._fields[name]

    def __iter__(self) -> Any:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def first(self, name: str) -> str:
        """The first value of a field, trimmed, or nothing."""
        return next(iter(self._fields.get(name, ())), "").strip()

    def only(self, *names: str) -> "Form":
        """This form, if every field is one of `names` or of those that all forms carry.

        Raises:
            BadInput: there is another. Nothing but what a page asks for is ever taken.
        """
        strange = set(self._fields) - set(names) - set(_OURS)
        if strange:
            raise BadInput(
                _("The form held fields that this page does not have. Open the page again and send it from there.")
            )
        return self

    @property
    def version(self) -> int:
        """The version of the record that the page showed. Raises `BadInput` if the form names none."""
        text = self.first("_version")
        if not text.isdecimal() or len(text) > 9:
            raise BadInput(
                _("The form does not say which version it changes. Open the page again and send it from there.")
            )
        return int(text)

    @property
    def key(self) -> str:
        """The idempotency key. Raises `BadInput` if there is none."""
        text = self.first("_key")
        if not KEY.fullmatch(text):
            raise BadInput(
                _("The form has no key against being sent twice. Open the page again and send it from there.")
            )
        return text

    @property
    def body(self) -> bytes:
        """Everything in the form but its tokens, in one order whatever the browser's; lines end as no browser changes them."""
        body = sorted(
            (name, [_LINE_END.sub("\n", value) for value in values])
            for name, values in self._fields.items()
            if name not in ("_csrf_token", "_key")
        )
        return repr(body).encode("utf-8", "backslashreplace")


class Keyed:
    """What a program sent with a key of its own making: a document, where a person sends a form."""

    def __init__(self, key: str, body: bytes) -> None:
        """Raises `BadInput` for a key that is none."""
        self.key, self.body = key.strip('"'), body
        if not KEY.fullmatch(self.key):
            raise BadInput("The header Idempotency-Key must have 16 to 64 letters, digits, hyphens or underscores.")


async def form(request: Asked) -> AsyncIterator[Form]:
    """Dependency: the posted form, texts only (files are a matter of the import page). The same form, sent meanwhile, waits."""
    read = await _form(request)
    async with request.app.state.idempotency.turn(read.first("_key")):
        yield read


async def _form(request: Asked) -> Form:
    fields: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    parse_url_encoded_form_data.cache_clear()  # it would keep what people typed, names and all, long after the request
    return Form(fields)


def frame(request: Asked, flashes: Sequence[Flash] = ()) -> Frame:
    """The surroundings of a page for whoever is signed in."""
    actor: Actor | None = request.scope.get("cara_actor")  # type: ignore[assignment]
    settings = request.app.state.settings
    path = request.scope["path"]
    places: tuple[Place, ...] = ()
    more: tuple[Group, ...] = ()
    who = None
    if actor is not None:
        places, more = menu_of(actor, path)
        roles = ", ".join(
            str(ROLES[actor.capacity, role]) for role in sorted(actor.roles) if (actor.capacity, role) in ROLES
        )
        capacity = str(CAPACITIES.get(actor.capacity, ""))
        who = Who(actor.name, actor.organisation_name, roles, capacity, "/account", actor.elsewhere)
    return Frame(
        who=who,
        places=places,
        more=more,
        csrf=csrf_token(request),
        flashes=(*_said(request), *_suspended(request, actor, path), *flashes),
        ribbon=_("Practice system: every person and case here is invented.") if settings.demo else "",
        version=__version__,
    )


def csrf_token(request: Asked) -> str:
    """The token that this page's forms carry against forgery."""
    token = ScopeState.from_scope(request.scope).csrf_token
    return token if isinstance(token, str) else ""


def from_known_session(request: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the browser's cookie is, or was not long ago, a session's: a stranger's is none."""
    cookie = request.cookies.get(request.app.state.settings.session_cookie)
    if not cookie:
        return False
    with work_as(request.app.state.store, NOBODY_IS, "account", "know_session", use=Use.READING) as w:
        return is_known(w.session, token_hash(cookie))


def page(request: Asked, template: str, *, status: int = 200, flashes: Sequence[Flash] = (), **context: Any) -> Page:
    """Render a template of some room inside the frame."""
    html = request.app.state.templates.get_template(template).render(frame=frame(request, flashes), **context)
    return Response(html, media_type=MediaType.HTML, status_code=status)


def _said(request: Asked) -> tuple[Flash, ...]:
    text = DONE.get(request.query_params.get("done", ""))
    return (Flash(str(text)),) if text else ()


def _suspended(request: Asked, actor: Actor | None, path: str) -> tuple[Flash, ...]:
    """What a suspended force's people read on each page of their menu: that it is, why, what works, and who ends it."""
    if actor is None or actor.capacity != "force" or not actor.force or path not in ADDRESSES or path == "/forces":
        return ()
    why = request.app.state.forces.why(actor.force)
    if not why:
        return ()
    said = _("Your force is suspended: %(why)s.") % {"why": why}
    link = Markup(' <a class="govuk-notification-banner__link" href="/forces">{}</a>').format(_("Read more"))
    return (Flash(Markup("{} {}{}").format(said, suspension_notice.WORKS, link), "warning"),)


def go(location: str) -> Redirect:
    """Go and see: the answer to every form that did what it was asked."""
    return Redirect(location, status_code=303)


def local(address: str) -> str:
    """A redirect target of this site, or `/home`: never another host's, however it is spelt."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/home"


def once(request: Asked, sent: Form, act: Callable[[Work], str]) -> Redirect:
    """Do what a form asks, in one unit of work; sent a second time, it leads to where the first sending led."""
    with work(request) as w:
        sending = sending_of(request, sent, w.actor)
        location = sending.reserve(w.connection, w.today)
        if location is None:
            location = act(w)
            sending.settle(w.connection, location)
        elif request.route_handler.opt["does"][0] in LOGGED:
            w.record("form.repeated", Act.CONSULTATION)
    return go(location)


def sending_of(request: Asked, sent: Form | Keyed, actor: Actor = NOBODY_IS) -> Sending:
    """What is kept of a form that somebody, or whoever holds a link, sends."""
    idempotency: Idempotency = request.app.state.idempotency
    resource = request.route_handler.opt.get("does", ("",))[0]
    reference = request.path_params.get("reference")
    return idempotency.sending(
        sent.key, person=f"{actor.kind}/{actor.id}", route=f"{request.method} {request.scope['path_template']}", path=request.scope["path"],
        body=sent.body, about=idempotency.about(resource, reference) if reference else b"",
    )  # fmt: skip


def answered_before(request: Asked, sending: Sending) -> str | None:
    """What an earlier sending by a link was answered, where it ended the link. Raises `KeyReused`."""
    with work_as(request.app.state.store, NOBODY_IS, "account", "repeat") as w:
        return sending.earlier(w.connection)


def faults_of(error: CaraError) -> tuple[Fault, ...]:
    """An error as lines of the error summary."""
    if isinstance(error, BadInput) and error.faults:
        return error.faults
    return (Fault("", type(error).__name__.lower(), error.message),)
