"""Pages of signing in and out, one's own account, people, and the access policy."""

from datetime import timedelta
from typing import Any, cast

import anyio
from litestar.response import Redirect
from sqlalchemy import select

from cara import clock
from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Fault, NotFound, SignInRefused
from cara.features.accounts import people_actions as people
from cara.features.accounts import sign_in, sign_in_attempts
from cara.features.accounts.explain_access import explanation, lines
from cara.i18n import lazy
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.policy import ACTIONS, RESOURCES
from cara.platform.access.roles import CAPACITIES, ROLES
from cara.platform.ledger.origin import practice
from cara.platform.ledger.writer import Act
from cara.platform.oidc import client
from cara.platform.oidc.configured_issuers import issuer_of
from cara.platform.unit_of_work import NOBODY_IS, Work, new_token, token_hash, work, work_as
from cara.settings import COOKIE as SESSION_COOKIE
from cara.web.cookies import drop_cookie, set_cookie
from cara.web.pages import csrf_token
from cara.web.pages.page import Asked, Form, Page, faults_of, frame, go, local, once, page
from cara.web.rate_limit import RETURN, SIGN_IN
from cara.web.routing import get, post
from cara.web.ui import form_binding

PROVIDER_MAY_TAKE = 3
"""Seconds that signing out waits for the provider to say where it is left. The session here has ended by then."""

ADDRESS = Question(
    "work_address", lazy("Your work email address"), "text", lazy("It only finds your organisation’s own sign-in.")
)
PERSON = (
    Question(
        "name",
        lazy("Name"),
        "text",
        lazy("As colleagues know them, with rank and collar number if any."),
        max_length=100,
    ),
    Question("work_address", lazy("Work email address"), "text", max_length=200),
    Question("role", lazy("Role"), "choice"),
)


def _redirect_uri(request: Asked) -> str:
    return f"{request.app.state.settings.address}/signed-in"


@get("/", public="the start page says what CARA is and leads to sign-in")
def start(request: Asked) -> Page | Redirect:
    if request.cookies.get(request.app.state.settings.session_cookie):
        return go("/home")
    demo = _demo_people(request)
    return page(request, "accounts/start.html", demo=demo, few=_few(request) if demo else 0)


def _few(request: Asked) -> int:
    """How many cases a practice system was made with, where that is too few for everything to be in it; else 0."""
    with work_as(request.app.state.store, NOBODY_IS, "account", "see_demo") as w:
        made = practice(w.session) or {}
    return 0 if made.get("whole", True) else int(made["cases"])


def _demo_people(request: Asked) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """In a practice system: each organisation, forces first, with name, roles and address of everybody who can sign in."""
    if not request.app.state.settings.demo:
        return []
    with work_as(request.app.state.store, NOBODY_IS, "account", "see_demo") as w:
        p, o, m = cast("Any", Person), cast("Any", Organisation), cast("Any", Membership)
        rows = w.session.execute(
            select(o.name, p.name, p.work_address, m.capacity, m.role)
            .join_from(o, p, p.organisation_id == o.id)
            .join(m, m.person_id == p.id)
            .where(p.kind == "person", p.ended_at.is_(None), m.ended_at.is_(None))
            .order_by(o.added_at, o.id, p.id, m.id)
        ).all()
    found: dict[str, dict[str, tuple[str, str, str]]] = {}
    ranks: dict[str, int] = {}
    for organisation, name, address, capacity, role in rows:
        people = found.setdefault(organisation, {})
        held = f"{people[address][1]}; " if address in people else ""
        people[address] = (name, f"{held}{ROLES[capacity, role]}", address)
        ranks[organisation] = min(ranks.get(organisation, len(sign_in.ORDER)), sign_in.ORDER.index(capacity))
    return [(organisation, list(found[organisation].values())) for organisation in sorted(found, key=ranks.__getitem__)]


@get("/home", does=("account", "use"))
def home(request: Asked) -> Redirect:
    """Where somebody begins: the first thing on their menu."""
    with work(request):
        pass
    places = frame(request).places
    return go(places[0].href if places else "/account")


@get("/sign-in", public="nobody is signed in yet")
def ask_address(request: Asked, to: str = "/home") -> Page:
    return page(request, "accounts/sign_in.html", question=ADDRESS, typed={}, faults=(), to=local(to))


@post("/sign-in", public="nobody is signed in yet", opt=SIGN_IN)
async def begin_sign_in(request: Asked, form: Form) -> Page:
    """Find the organisation by the address's domain and send the browser to its own provider."""
    form.only("work_address", "to")
    reading = form_binding.read((ADDRESS,), form)
    to = local(form.first("to") or "/home")
    faults = reading.faults
    if not faults:
        try:
            return await _leave_for_provider(request, str(reading.values["work_address"]), to)
        except SignInRefused as error:
            faults = (Fault("work_address", "unknown", error.message),)
    return page(
        request, "accounts/sign_in.html", status=422, question=ADDRESS, typed=reading.typed, faults=faults, to=to
    )


async def _leave_for_provider(request: Asked, address: str, to: str) -> Page:
    store = request.app.state.store

    def find() -> Organisation:
        with work_as(store, NOBODY_IS, "account", "find") as w:
            return sign_in.organisation_of(w.session, address)

    organisation = await request.app.state.store.run(find)
    begun = await client.begin(
        request.app.state.providers, issuer_of(organisation, request.app.state.settings), _redirect_uri(request)
    )
    # A page and not a redirect: the content security policy lets our forms lead nowhere but here.
    response = page(request, "accounts/leaving.html", organisation=organisation.name, url=begun.url)
    attempt = sign_in_attempts.Attempt(organisation.id, begun.state, begun.nonce, begun.verifier, to, clock.now())
    sign_in_attempts.hand_out(request.app.state.settings, request.app.state.secret, request.cookies, response, attempt)
    return response


@get("/signed-in", public="the identity provider sends people back here", opt=RETURN)
async def finish_sign_in(request: Asked) -> Redirect:
    """Hold the provider's answer against the attempt, find the person, start a session under a fresh token."""
    store, settings = request.app.state.store, request.app.state.settings
    callback = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    begun = sign_in_attempts.take_back(
        settings, request.app.state.secret, request.cookies, callback.get("state", ""), clock.now()
    )

    def find() -> Organisation:
        with work_as(store, NOBODY_IS, "account", "return") as w:
            return sign_in.organisation_of_attempt(w.session, begun.organisation)

    organisation = await request.app.state.store.run(find)
    issuer = issuer_of(organisation, settings)
    attempt = client.Attempt(issuer=issuer.issuer, state=begun.state, nonce=begun.nonce, verifier=begun.verifier)
    claims = await client.finish(request.app.state.providers, issuer, attempt, callback, _redirect_uri(request))
    token = new_token()

    def admit() -> int:
        with work_as(store, NOBODY_IS, "account", "admit") as w:
            w.session.add(organisation)
            person, capacity = sign_in.admit(w.session, organisation, claims, w.now)
            old = request.cookies.get(settings.session_cookie)
            if old:
                sign_in.end_session(w.session, token_hash(old), w.now)
            lasts = timedelta(hours=settings.session_hours)
            sign_in.begin_session(
                w.session, person, organisation, capacity, token_hash(token), lasts, w.now, begun.mark
            )
            return person.id or 0

    person = await request.app.state.store.run(admit)
    response = go(local(begun.go_to))
    set_cookie(settings, response, SESSION_COOKIE, token)
    csrf_token.renew(request, response, person)
    sign_in_attempts.let_go(settings, response, begun)
    return response


@post("/sign-out", does=("account", "use"))
async def sign_out(request: Asked, form: Form) -> Page | Redirect:
    """End the session here; then, where the organisation's own sign-in can be left too, lead there: on a shared computer the
    next person would otherwise be one click from being signed in as this one."""
    form.only()

    def end() -> Organisation | None:
        with work(request) as w:
            sign_in.end_session(w.session, w.actor.session, w.now)
            w.record("account.signed_out", Act.ACCESS, subject=("person", w.actor.id))
            return w.session.get(Organisation, w.actor.organisation)

    organisation = await request.app.state.store.run(end)
    there = await _sign_out_there(request, organisation) if organisation else None
    request.scope.pop("cara_actor", None)  # type: ignore[typeddict-item]  # ours: nobody is signed in on the page to come
    response: Page | Redirect = (
        page(request, "accounts/signed_out.html", organisation=organisation.name, url=there)
        if organisation and there
        else go("/signed-out")
    )
    drop_cookie(request.app.state.settings, response, SESSION_COOKIE)
    csrf_token.renew(request, response)
    return response


async def _sign_out_there(request: Asked, organisation: Organisation) -> str | None:
    """Where the organisation's own sign-in is left, or None: it has no such page, or does not answer now."""
    settings = request.app.state.settings
    with anyio.move_on_after(PROVIDER_MAY_TAKE):
        try:
            return await client.sign_out_url(
                request.app.state.providers, issuer_of(organisation, settings), f"{settings.address}/signed-out"
            )
        except CaraError:
            return None
    return None


@get("/signed-out", public="nobody is signed in any more")
def signed_out(request: Asked) -> Page:
    return page(request, "accounts/signed_out.html", organisation="", url="")


@get("/account", does=("account", "use"))
def account(request: Asked) -> Page:
    with work(request) as w:
        capacities = sign_in.capacities_of(w.session, int(w.actor.id))
        actor = w.actor
    return page(request, "accounts/account.html", actor=actor, capacities=capacities, names=CAPACITIES, roles=ROLES)


@post("/account/capacity", does=("account", "use"))
def switch_capacity(request: Asked, form: Form) -> Redirect:
    capacity = form.only("capacity").first("capacity")
    with work(request) as w:
        sign_in.switch(w.session, w.actor.session, int(w.actor.id), capacity)
        w.record("account.switched", Act.ACCESS, subject=("person", w.actor.id), codes={"from": w.actor.capacity})
    return go("/home")


def _role_options(w: Work) -> tuple[Option, ...]:
    columns: Any = OrganisationCapacity
    held = w.session.scalars(select(columns.capacity).where(columns.organisation_id == w.actor.organisation)).all()
    many = len(held) > 1
    return tuple(
        Option(f"{capacity}.{role}", f"{text} ({CAPACITIES[capacity]})" if many else str(text))
        for (capacity, role), text in ROLES.items()
        if capacity in held and role != "system" and capacity == w.actor.capacity
    )


def _person_questions(w: Work) -> tuple[Question, ...]:
    name, address, role = PERSON
    return name, address, Question(role.name, role.label, role.kind, options=_role_options(w))


@get("/people", does=("people", "list"))
def list_people(request: Asked) -> Page:
    with work(request) as w:
        listed = people.people_of(w)
        questions = _person_questions(w)
        me = w.actor.id
    return page(
        request,
        "accounts/people.html",
        people=listed,
        questions=questions,
        typed={},
        faults=(),
        roles=ROLES,
        me=me,
        capacity=w.actor.capacity,
        key=new_token(),
    )


@post("/people", does=("people", "add"))
def add_person(request: Asked, form: Form) -> Page | Redirect:
    form.only("name", "work_address", "role")
    with work(request) as w:
        questions = _person_questions(w)
    reading = form_binding.read(questions, form)
    faults = reading.faults
    if not faults:
        values = reading.values
        capacity, _dot, role = str(values["role"]).partition(".")

        def act(w: Work) -> str:
            people.add_person(w, values["name"], values["work_address"], capacity, role)
            return "/people?done=added"

        try:
            return once(request, form, act)
        except BadInput as error:
            faults = faults_of(error)
    with work(request) as w:
        listed, me = people.people_of(w), w.actor.id
    return page(
        request, "accounts/people.html", status=422, people=listed, questions=questions, typed=reading.typed,
        faults=faults, roles=ROLES, me=me, capacity=w.actor.capacity, key=new_token(),
    )  # fmt: skip


@post("/people/{person:int}/roles", does=("people", "add"))
def give_role(request: Asked, form: Form, person: int) -> Redirect:
    capacity, _dot, role = form.only("role").first("role").partition(".")

    def act(w: Work) -> str:
        people.give_role(w, person, capacity, role)
        return "/people?done=saved"

    return once(request, form, act)


@post("/people/{person:int}/roles/{membership:int}/end", does=("people", "end"))
def end_role(request: Asked, form: Form, person: int, membership: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        people.end_role(w, person, membership)
        return "/people?done=ended"

    return once(request, form, act)


@post("/people/{person:int}/end", does=("people", "end"))
def end_person(request: Asked, form: Form, person: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        people.end_person(w, person)
        return "/people?done=ended"

    return once(request, form, act)


@get("/policy", does=("policy", "read"))
def read_policy(request: Asked) -> Page:
    """The whole policy as one table, and for administrators the question why somebody cannot see something."""
    with work(request) as w:
        actor = w.actor
        known = [(person.id, person.name) for person, _roles in people.people_of(w)] if _may_explain(w) else []
    return page(
        request, "accounts/policy.html", lines=lines, capacities=CAPACITIES, resources=RESOURCES,
        actions=ACTIONS, actor=actor, people=known, answer=(),
    )  # fmt: skip


@post("/policy", does=("policy", "explain"))
def explain(request: Asked, form: Form) -> Page:
    """Why can this person (not) do that?"""
    form.only("person", "resource", "action")
    with work(request) as w:
        known = [(person.id, person.name) for person, _roles in people.people_of(w)]
        chosen = form.first("person")
        if chosen not in {str(key) for key, _name in known}:
            raise NotFound
        person = w.session.get_one(Person, int(chosen))
        held = sign_in.capacities_of(w.session, int(chosen))
        answer = explanation(person.ended_at is not None, held, form.first("resource"), form.first("action"))
        actor = w.actor
        w.record("policy.explained", Act.ACCESS, subject=("person", chosen))
    return page(
        request, "accounts/policy.html", lines=lines, capacities=CAPACITIES, resources=RESOURCES,
        actions=ACTIONS, actor=actor, people=known, answer=answer,
        asked={name: form.first(name) for name in ("person", "resource", "action")},
    )  # fmt: skip


def _may_explain(w: Work) -> bool:
    return w.actor.may("policy", "explain")


ROUTES = (
    start, home, ask_address, begin_sign_in, finish_sign_in, sign_out, signed_out, account, switch_capacity,
    list_people, add_person, give_role, end_role, end_person,
    read_policy, explain,
)  # fmt: skip
