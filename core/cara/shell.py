"""What the pages of every room share: reading a form, the frame around a page, redirects, and forms that are sent twice."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from litestar import MediaType, Request, Response
from litestar._parsers import parse_url_encoded_form_data  # its cache has no public name, and must be emptied
from litestar.datastructures import State
from litestar.middleware.csrf import generate_csrf_token
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState

from cara import __version__
from cara.errors import BadInput, CaraError, Fault
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.identity.actor import Actor
from cara.identity.roles import CAPACITIES, ROLES
from cara.ledger.record import Act
from cara.web.frame import Flash, Frame, Group, Place, Who
from cara.work import LOGGED, Work, work

Asked: TypeAlias = Request[Any, Any, State]
Page: TypeAlias = Response[str]

PLACES: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("", (
        (lazy("What needs me"), "/work", "referral", "list"),
        (lazy("Who needs contact"), "/victims", "victim", "list"),
        (lazy("Cases"), "/cases", "referral", "list"),
        (lazy("Deadlines"), "/deadlines", "course", "list"),
        (lazy("Cohorts"), "/cohorts", "cohort", "list"),
        (lazy("Reviews"), "/reviews", "review", "list"),
        (lazy("Consultations"), "/consultations", "consultation", "list"),
        (lazy("Drafts"), "/drafts", "draft", "list"),
    )),
    (lazy("Cases and the course"), (
        (lazy("Check eligibility"), "/eligibility", "eligibility", "use"),
        (lazy("Import"), "/imports", "import", "run"),
        (lazy("Messages"), "/messages", "message", "list"),
        (lazy("Venues"), "/venues", "venue", "list"),
        (lazy("Group work"), "/group-work", "group_work", "read"),
    )),
    (lazy("Help afterwards"), (
        (lazy("Onward referrals"), "/onward-referrals", "onward_referral", "list"),
        (lazy("Services for people on the course"), "/services/for-people-on-the-course", "service", "list"),
        (lazy("Services for victims"), "/services/for-victims", "victims_service", "list"),
        (lazy("Budgets for people on the course"), "/budgets/for-people-on-the-course", "budget", "list"),
        (lazy("Budgets for victims"), "/budgets/for-victims", "victims_budget", "list"),
    )),
    (lazy("Rules and records"), (
        (lazy("Licences"), "/licences", "licence", "list"),
        (lazy("Figures"), "/figures", "figures", "read"),
        (lazy("Instruments"), "/instruments", "instrument", "read"),
        (lazy("Forces"), "/forces", "arrangement", "read"),
        (lazy("Records to look at"), "/retention", "retention", "list"),
        (lazy("Keeping periods"), "/retention-periods", "retention_period", "read"),
    )),
    (lazy("People and access"), (
        (lazy("People"), "/people", "people", "list"),
        (lazy("Sign-in settings"), "/organisation", "organisation", "settle"),
        (lazy("Organisations"), "/organisations", "organisation", "list"),
        (lazy("Who may do what"), "/policy", "policy", "read"),
    )),
)  # fmt: skip
"""The menu, in order: under each heading text, address, and what one must be allowed to do to see it. What is done every day has no
heading and stands in the menu itself; the rest is behind its last entry."""
FEW = 6
"""So many entries stand in the menu side by side, whatever their heading."""

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
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
        if not _KEY.fullmatch(text):
            raise BadInput(
                _("The form has no key against being sent twice. Open the page again and send it from there.")
            )
        return text

    def digest_at(self, path: str) -> str:
        """Hash of the address that the form was sent to, and of everything in it but its tokens."""
        body = sorted(
            (name, list(values)) for name, values in self._fields.items() if name not in ("_csrf_token", "_key")
        )
        return hashlib.sha256(repr((path, body)).encode("utf-8", "backslashreplace")).hexdigest()


async def form(request: Asked) -> Form:
    """Dependency: the posted form, texts only (files are a matter of the import page)."""
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
        places, more = _menu(actor, path)
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
        flashes=(*_said(request), *flashes),
        ribbon=_("Practice system: every person and case here is invented.") if settings.demo else "",
        version=__version__,
    )


def _menu(actor: Actor, path: str) -> tuple[tuple[Place, ...], tuple[Group, ...]]:
    """The entries of somebody's menu, and what stands behind its last one."""
    groups = tuple(
        Group(str(heading), found)
        for heading, places in PLACES
        if (found := tuple(
            Place(str(text), href, current=path == href)
            for text, href, resource, action in places
            if actor.may(resource, action)
        ))
    )  # fmt: skip
    every = tuple(place for group in groups for place in group.places)
    if len(every) <= FEW:
        return every, ()
    if groups[0].title:  # an administrator, who works on no case
        return groups[-1].places, groups[:-1]
    return groups[0].places, groups[1:]


def csrf_token(request: Asked) -> str:
    """The token that this page's forms carry against forgery."""
    token = ScopeState.from_scope(request.scope).csrf_token
    return token if isinstance(token, str) else ""


def renew_csrf(request: Asked, response: Response[Any]) -> None:
    """A fresh token at signing in and out: a page from before, or of whoever was signed in before, can send nothing any
    more. The cookie lasts as long as a session can.
    """
    config, settings = request.app.csrf_config, request.app.state.settings
    if config is not None:
        response.set_cookie(
            config.cookie_name, generate_csrf_token(config.secret), max_age=settings.session_hours * 3600, path="/",
            httponly=True, samesite="lax", secure=settings.https,
        )  # fmt: skip


def page(request: Asked, template: str, *, status: int = 200, flashes: Sequence[Flash] = (), **context: Any) -> Page:
    """Render a template of some room inside the frame."""
    html = request.app.state.templates.get_template(template).render(frame=frame(request, flashes), **context)
    return Response(html, media_type=MediaType.HTML, status_code=status)


DONE: Mapping[str, str] = {
    "saved": lazy("Saved."),
    "attempt": lazy("The attempt has been saved. Write down what they said."),
    "sent": lazy("The referral has been made."),
    "proposed": lazy("Sent to an authorising officer."),
    "moved": lazy("Done. The timeline below shows it."),
    "made": lazy("The cohort has been made."),
    "taken": lazy("Accepted. What was made, and what could not be, stands below."),
    "date": lazy("Moved. Everybody with a place goes along."),
    "register": lazy("The register has been saved."),
    "cancelled": lazy("The cohort has been cancelled."),
    "disclosed": lazy("Written down. The case is on hold: no workshop takes place until the police decide."),
    "held": lazy("The case is on hold: no workshop takes place until a supervisor of the police releases it."),
    "released": lazy("Released. Workshops may go on, unless something else holds the case."),
    "concern": lazy("Passed on to the police. The case is on hold until they decide."),
    "answered": lazy("Sent."),
    "decided": lazy("Decided, and on record with your name."),
    "suspended": lazy("Group work is suspended. Everybody goes by telephone."),
    "resumed": lazy("Groups are held again."),
    "written": lazy("The service is written to. Whether the e-mail has gone stands below; its link works for 14 days."),
    "added": lazy("Added."),
    "granted": lazy("Granted."),
    "ended": lazy("Ended. It holds from now on."),
    "discarded": lazy("The draft has been discarded."),
    "confirmed": lazy("Confirmed. It counts on the days that it names."),
    "refused_contact": lazy(
        "The refusal is saved. Contact is cancelled, and the number and the address are folded away."
    ),
    "wants_contact": lazy("Saved: they want to be contacted again. The next contact has a date again."),
    "explained": lazy("The reason is saved. It is in the timeline of the record."),
    "police_risk": lazy("The grade from police information is saved. It is the latest assessment of this record."),
    "second_agreed": lazy("Your answer is saved. The supervisors of the force can see it."),
    "handed_over": lazy("Handed over. Only those who speak with victims can read it now."),
    "erased": lazy("Erased. The key is destroyed, and nothing of it can be read any more."),
    "recorded": lazy("Confirmed, and on record. The force’s rules do not use it, so it allows nothing."),
}
"""What a page may say was just done, by the word in the address. Words only: no name is ever part of an address."""


def _said(request: Asked) -> tuple[Flash, ...]:
    text = DONE.get(request.query_params.get("done", ""))
    return (Flash(str(text)),) if text else ()


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
        # The address is in the hash alone: in clear it would go on naming a record that was erased.
        route, digest = request.scope["path_template"], sent.digest_at(request.scope["path"])
        location = w.sent_before(sent.key, route, digest)
        if location is None:
            location = act(w)
            w.keep_sent(sent.key, route, digest, location)
        elif request.route_handler.opt["does"][0] in LOGGED:
            w.record("form.repeated", Act.CONSULTATION)
    return go(location)


def faults_of(error: CaraError) -> tuple[Fault, ...]:
    """An error as lines of the error summary."""
    if isinstance(error, BadInput) and error.faults:
        return error.faults
    return (Fault("", type(error).__name__.lower(), error.message),)
