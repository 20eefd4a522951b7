"""The survey: a page for whoever speaks with the person, and one for whoever holds the link, which says nothing of what it is about."""

from typing import Any

from litestar.response import Redirect

from cara.errors import CaraError, Fault, NotFound
from cara.features.victims.survey import actions
from cara.features.victims.wall import queries
from cara.features.victims.wall.vocabulary import METHODS
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.form_views import answers_of, once_or_again
from cara.web.pages.page import Asked, Form, Page, answered_before, faults_of, page, sending_of
from cara.web.rate_limit import LINK
from cara.web.routing import get, post
from cara.web.ui import form_binding

_NOTHING = Fault("heard", "missing", _("Answer at least one question, or close the page: you need not answer"))
_WHY = "whoever holds a link says what they thought of being contacted, without a name"


def _ask_page(request: Asked, reference: str, error: CaraError | None = None) -> Page:
    writer = request.app.state.writer
    with work(request) as w:
        person = queries.find(w, reference)
        found = actions.standing(w, request.app.state["keys"], writer.secret, person)
        w.record("victim.read", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id)
    address = f"{writer.address}/views/{found.secret_part}" if found.secret_part else ""
    return page(
        request, "victims/survey.html", status=error.status if error else 200, reference=reference, found=found, address=address,
        safe=found.contact, methods=METHODS, questions=(actions.AGREED,), typed={}, faults=faults_of(error) if error else (),
        key=new_token(),
    )  # fmt: skip


@get("/victims/{reference:str}/ask", does=("victim", "survey"))
def ask_views(request: Asked, reference: str) -> Page:
    """Whether and how somebody can be asked by a link, and the words to send it with."""
    return _ask_page(request, reference)


@post("/victims/{reference:str}/ask", does=("victim", "survey"))
def make_link(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Make the link. Nothing is sent."""

    def act(w: Work) -> str:
        person, state = queries.find(w, reference), request.app.state
        agreed = answers_of((actions.AGREED,), form)["agreed"]
        actions.ask(w, state["keys"], state.writer.secret, person, agreed=bool(agreed))
        return f"/victims/{reference}/ask"

    return once_or_again(request, form, act, lambda error: _ask_page(request, reference, error))


def _views_page(request: Asked, state: str, *, status: int = 200, **more: Any) -> Page:
    return page(request, "victims/views.html", status=status, state=state, **more)


def _questions(request: Asked, token: str, typed: Any = None, faults: Any = ()) -> Page:
    return _views_page(
        request,
        "asks",
        status=422 if faults else 200,
        action=f"/views/{token}",
        questions=actions.VIEWS,
        typed=typed or {},
        faults=faults,
        key=new_token(),
    )


def _ended(request: Asked, error: NotFound) -> Page:
    return _views_page(request, "ended", status=error.status, why=error.message)


@get("/views/{token:str}", public=_WHY, opt=LINK)
def open_views(request: Asked, token: str) -> Page:
    """The questions, for whoever holds the link."""
    try:
        actions.look(request.app.state.store, token)
    except NotFound as error:
        return _ended(request, error)
    return _questions(request, token)


@post("/views/{token:str}", public=_WHY, opt=LINK)
def give_views(request: Asked, form: Form, token: str) -> Page | Redirect:
    """The answers, once."""
    form.only(*(one.name for one in actions.VIEWS))
    found, state, sending = form_binding.read(actions.VIEWS, form), request.app.state, sending_of(request, form)
    try:
        faults = found.faults or (
            () if any(one is not None and one != "" for one in found.values.values()) else (_NOTHING,)
        )
        if faults:
            actions.look(state.store, token)
            return _questions(request, token, found.typed, faults)
        actions.answer(state.store, state["keys"], token, found.values, sending)
    except NotFound as error:
        if answered_before(request, sending) is None:
            return _ended(request, error)
    return Redirect("/views", status_code=303)


@get("/views", public="says thank you, and names nobody")
def thanks(request: Asked) -> Page:
    """Where a link leads once it was used."""
    return _views_page(request, "thanks")


ROUTES = (ask_views, make_link, open_views, give_views, thanks)
