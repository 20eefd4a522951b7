"""Pages of venues."""

from litestar.response import Redirect

from cara import kept_typing
from cara.api import Option, Question
from cara.cohorts import planning, reading, views
from cara.cohorts.asking import answers_of, form_page, once_or_again, which_force
from cara.errors import BadInput, CaraError, Fault
from cara.forces.models import ForceArrangement
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.reference.forces import FORCES, force_named
from cara.routes import get, post
from cara.shell import Asked, Form, Page, page
from cara.web import forms
from cara.web.bits import Row
from cara.work import Work, new_token, work


def _areas(w: Work, force: str) -> tuple[Option, ...]:
    kept = w.session.get(ForceArrangement, force)
    return tuple(Option(one["value"], one["label"]) for one in (kept.profile.get("areas", ()) if kept else ()))


def _venue_questions(w: Work, force: str = "") -> tuple[Question, ...]:
    areas = _areas(w, force) if force else ()
    where = () if force else (which_force(w),)
    area = (
        Question("area", _("In which area?"), "choice", options=areas)
        if areas
        else Question("area", _("Area"), "text", required=False, width="20", max_length=60)
    )
    return (
        *where,
        Question("name", _("Name"), "text", max_length=120),
        area,
        Question("address", _("Address"), "long_text", max_length=300),
        Question("access", _("Getting there and in"), "long_text", _("Steps, lifts, hearing loops, buses."),
                 required=False, max_length=500),
        Question("capacity", _("How many people does it hold?"), "whole_number"),
    )  # fmt: skip


@get("/venues", does=("venue", "list"))
def list_venues(request: Asked) -> Page:
    with work(request) as w:
        found = views.venues(w)
        questions = _venue_questions(w)
    rows = [
        Row(f"/venues/{one.reference}", (one.name, FORCES[one.force_id].short_name, one.area, str(one.capacity)))
        for one in found
    ]
    return page(request, "cohorts/venues.html", rows=rows, columns=(_("Venue"), _("Force"), _("Area"), _("Holds")),
                questions=questions, typed={}, faults=(), key=new_token())  # fmt: skip


def _new_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        questions = _venue_questions(w)
    typed = forms.read(questions, form).typed if form else {}
    return form_page(request, str(_("Add a venue")), "/venues/new", questions, back="/venues", typed=typed, error=error)


@get("/venues/new", does=("venue", "add"))
def new_venue(request: Asked) -> Page:
    return _new_page(request)


@post("/venues/new", does=("venue", "add"), opt=kept_typing.KEEPS)
def add_venue(request: Asked, form: Form) -> Page | Redirect:
    def act(w: Work) -> str:
        sent = answers_of(_venue_questions(w), form)
        force = force_named(sent["force"])
        if force is None:
            raise BadInput(
                faults=[Fault("force", "unknown", gettext("Enter the name of a police force, such as Kent"))]
            )
        planning.add_venue(
            w, force=force.slug, name=sent["name"], area=sent.get("area", ""), address=sent["address"], capacity=sent["capacity"],
            access=sent.get("access", ""),
        )  # fmt: skip
        return "/venues?done=added"

    return once_or_again(request, form, act, lambda error: _new_page(request, form, error))


def _venue_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        venue = reading.venue(w, reference)
        questions = _venue_questions(w, venue.force_id)
    own = {name: getattr(venue, name) for name in ("name", "area", "address", "access", "capacity")}
    typed = forms.read(questions, form).typed if form else forms.fill(questions, own)
    return form_page(request, venue.name, f"/venues/{reference}", questions, back="/venues", typed=typed, version=venue.version,
                      error=error, button=str(_("Save")))  # fmt: skip


@get("/venues/{reference:str}", does=("venue", "change"))
def show_venue(request: Asked, reference: str) -> Page:
    return _venue_page(request, reference)


@post("/venues/{reference:str}", does=("venue", "change"), opt=kept_typing.KEEPS)
def change_venue(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        venue = reading.venue(w, reference)
        sent = answers_of(_venue_questions(w, venue.force_id), form)
        planning.change_venue(
            w, venue, form.version, name=sent["name"], area=sent.get("area", ""), address=sent["address"],
            capacity=sent["capacity"], access=sent.get("access", ""),
        )  # fmt: skip
        return "/venues?done=saved"

    return once_or_again(request, form, act, lambda error: _venue_page(request, reference, form, error))


ROUTES = (list_venues, new_venue, add_venue, show_venue, change_venue)
