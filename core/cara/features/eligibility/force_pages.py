"""Pages of one force: whether its plugin runs, and what the Trust and the force's administrator decide of it, both by name."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput
from cara.features.eligibility import plugin_retirement
from cara.i18n import lazy as _
from cara.platform.plugins import Forces
from cara.platform.plugins.force_settings import RETIREMENT
from cara.platform.plugins.models import ForceDecision
from cara.platform.reference_data import suspension_notice
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post

WHO = Question(
    "who", _("Who contacts victims from now on?"), "choice",
    options=tuple(Option(value, text) for value, text in plugin_retirement.CONTACTS.items()),
)  # fmt: skip


def _waits(rows: Sequence[ForceDecision], kind: str) -> ForceDecision | None:
    return next((row for row in rows if row.kind == kind and not row.ended_at and not row.confirmed_at), None)


def _show(request: Asked, slug: str, faults: Any = (), status: int = 200) -> Page:
    forces: Forces = request.app.state.forces
    with work(request) as w:
        plugin_retirement.own(w, slug)
        rows, settled, actor = plugin_retirement.decisions(w, slug), plugin_retirement.arranged(w, slug), w.actor
    standing = forces.standing(slug)
    return page(
        request, "eligibility/force.html", status=status, force=FORCES[slug], state=forces.status(slug), why=forces.why(slug),
        standing=standing, loaded=forces.loaded(slug), package=" ".join(forces.package(slug)).strip(),
        older=forces.older(slug) and not standing.retired, settled=settled, who=plugin_retirement.CONTACTS, told=suspension_notice,
        retirement=_waits(rows, RETIREMENT), contact=_waits(rows, plugin_retirement.CONTACT),
        in_force=next((row for row in rows if row.kind == RETIREMENT and row.confirmed_at and not row.ended_at), None),
        may_retire=actor.may("arrangement", "retire"), may_confirm=actor.may("arrangement", "confirm"),
        questions=(WHO,), faults=faults, key=new_token(),
    )  # fmt: skip


def _act(request: Asked, form: Form, slug: str, done: str, do: Callable[[Work, Forces], None]) -> Redirect:
    def act(w: Work) -> str:
        plugin_retirement.own(w, slug)
        do(w, request.app.state.forces)
        return f"/forces/{slug}?done={done}"

    return once(request, form, act)


@get("/forces/{slug:str}", does=("arrangement", "read"))
def show_force(request: Asked, slug: str) -> Page:
    """One force: how it stands, and what can be decided of its plugin."""
    return _show(request, slug)


@post("/forces/{slug:str}/retire", does=("arrangement", "retire"))
def retire_plugin(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(request, form, slug, "retired", lambda w, forces: plugin_retirement.retire(w, forces, slug))


@post("/forces/{slug:str}/retire/withdraw", does=("arrangement", "retire"))
def withdraw_retirement(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(request, form, slug, "taken_back", lambda w, _f: plugin_retirement.withdraw(w, slug, RETIREMENT))


@post("/forces/{slug:str}/retire/confirm", does=("arrangement", "confirm"))
def confirm_retirement(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(
        request, form, slug, "national", lambda w, forces: plugin_retirement.confirm_retirement(w, forces, slug)
    )


@post("/forces/{slug:str}/bring-back", does=("arrangement", "retire"))
def bring_plugin_back(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(request, form, slug, "brought_back", lambda w, forces: plugin_retirement.bring_back(w, forces, slug))


@post("/forces/{slug:str}/accept-older", does=("arrangement", "retire"))
def accept_older_plugin(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(request, form, slug, "older", lambda w, forces: plugin_retirement.accept_older(w, forces, slug))


@post("/forces/{slug:str}/victim-contact", does=("arrangement", "retire"))
def propose_victim_contact(request: Asked, form: Form, slug: str) -> Page | Redirect:
    form.only("who")
    who = form.first("who")
    try:
        return _act(request, form, slug, "waits", lambda w, _f: plugin_retirement.propose_contact(w, slug, who))
    except BadInput as error:
        return _show(request, slug, faults_of(error), 422)


@post("/forces/{slug:str}/victim-contact/withdraw", does=("arrangement", "retire"))
def withdraw_victim_contact(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(
        request, form, slug, "taken_back", lambda w, _f: plugin_retirement.withdraw(w, slug, plugin_retirement.CONTACT)
    )


@post("/forces/{slug:str}/victim-contact/confirm", does=("arrangement", "confirm"))
def confirm_victim_contact(request: Asked, form: Form, slug: str) -> Redirect:
    form.only()
    return _act(request, form, slug, "contact_changed", lambda w, _f: plugin_retirement.confirm_contact(w, slug))


ROUTES = (
    show_force, retire_plugin, withdraw_retirement, confirm_retirement, bring_plugin_back, accept_older_plugin,
    propose_victim_contact, withdraw_victim_contact, confirm_victim_contact,
)  # fmt: skip
