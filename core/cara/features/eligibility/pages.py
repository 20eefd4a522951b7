"""Pages of instruments (enter, confirm, revoke) and of each force's arrangement."""

from datetime import date
from typing import Any

from litestar.response import Redirect
from sqlmodel import select

from cara.api import Option, Question
from cara.errors import BadInput
from cara.features.eligibility import instruments, plugin_retirement
from cara.features.eligibility.regimes import REGIMES
from cara.i18n import lazy as _
from cara.platform.plugins import profile_serializer
from cara.platform.plugins.models import ForceArrangement
from cara.platform.reference_data import suspension_notice
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

ADMITS = {"E09.medium": _("Medium risk to the victim (rule E09)"), "E03.family": _("Family members (rule E03)")}
KINDS = {
    "dpp_dispensation": _("Dispensation of the Director of Public Prosecutions"),
    "commissioned_provision": _("Provision commissioned under the DPP’s pre-conditions"),
}
QUESTIONS = (
    Question(
        "rule", _("What does it allow?"), "choice", options=tuple(Option(value, text) for value, text in ADMITS.items())
    ),
    Question(
        "kind",
        _("What kind of instrument is it?"),
        "choice",
        options=tuple(Option(value, text) for value, text in KINDS.items()),
    ),
    Question("authority", _("Who gave it?"), "text", max_length=120),
    Question("reference", _("Its reference"), "text", _("As it stands on the paper."), max_length=160),
    Question("starts", _("First day"), "date"),
    Question("until", _("Last day"), "date", _("Leave it empty if it has no end."), required=False),
)


def _show(request: Asked, *, typed: Any = None, faults: Any = (), status: int = 200) -> Page:
    with work(request) as w:
        rows = instruments.listed(w)
        actor, today = w.actor, w.today
    may_enter = actor.may("instrument", "enter")
    national = bool(may_enter) and request.app.state.forces.status(actor.force or "") == "national"
    return page(
        request, "eligibility/instruments.html", status=status, rows=rows, today=today, admits=ADMITS, kinds=KINDS,
        force_name=instruments.force_name, may_enter=may_enter, national=national, used=instruments.used(rows, request.app.state.forces),
        may_confirm=actor.may("instrument", "confirm"), questions=QUESTIONS, typed=typed or {},
        faults=faults, key=new_token(),
    )  # fmt: skip


@get("/instruments", does=("instrument", "read"))
def list_instruments(request: Asked) -> Page:
    return _show(request)


@post("/instruments", does=("instrument", "enter"))
def enter_instrument(request: Asked, form: Form) -> Page | Redirect:
    form.only(*(field for question in QUESTIONS for field in form_binding.fields(question)))
    reading = form_binding.read(QUESTIONS, form)
    faults = reading.faults
    if not faults:
        sent = reading.values

        def act(w: Work) -> str:
            until = sent.get("until")
            instruments.enter(
                w, request.app.state.forces, sent["rule"], sent["kind"], sent["authority"], sent["reference"],
                date.fromisoformat(sent["starts"]), date.fromisoformat(until) if until else None,
            )  # fmt: skip
            return "/instruments?done=added"

        try:
            return once(request, form, act)
        except BadInput as error:
            faults = faults_of(error)
    return _show(request, typed=reading.typed, faults=faults, status=422)


@post("/instruments/{instrument:int}/confirm", does=("instrument", "confirm"))
def confirm_instrument(request: Asked, form: Form, instrument: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        used = instruments.confirm(w, request.app.state.forces, instrument)
        return f"/instruments?done={'confirmed' if used else 'recorded'}"

    return once(request, form, act)


@post("/instruments/{instrument:int}/revoke", does=("instrument", "confirm"))
def revoke_instrument(request: Asked, form: Form, instrument: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        instruments.revoke(w, instrument)
        return "/instruments?done=ended"

    return once(request, form, act)


@get("/forces", does=("arrangement", "read"))
def list_forces(request: Asked) -> Page:
    """Forces with their standing and arrangement; a force's own people see their own."""
    forces = request.app.state.forces
    with work(request) as w:
        kept = {row.force_id: row for row in w.session.exec(select(ForceArrangement)).all()}
        arranged = {slug: profile_serializer.readable(slug, row.profile) for slug, row in kept.items()}
        mine = {w.actor.force} if w.reach == "own_force" else set(FORCES)
    listed = [
        (force, forces.status(slug), forces.why(slug), arranged.get(slug), forces.standing(slug), slug in kept)
        for slug, force in FORCES.items()
        if slug in mine
    ]
    return page(
        request, "eligibility/forces.html", forces=listed, regimes=REGIMES, told=suspension_notice, who=plugin_retirement.CONTACTS,
        installed=forces.loaded,
    )  # fmt: skip


ROUTES = (list_instruments, enter_instrument, confirm_instrument, revoke_instrument, list_forces)
