"""Pages of venues."""

from collections.abc import Mapping
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Fault
from cara.features.course.cohorts import actions
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.cohorts.page_helpers import which_force
from cara.features.course.records import queries
from cara.features.referrals.queries import served
from cara.i18n import gettext, ngettext
from cara.i18n import lazy as _
from cara.platform.reference_data.forces import FORCES, force_named
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Row

_FREE = Question("area", _("Area"), "text", required=False, width="20", max_length=60)
"""Asked where a force names no areas; elsewhere one of its own is chosen, or the planner would find nobody who lives there."""


def _area_question(w: Work, force: str, name: str = "area", when: tuple[str, str] | None = None) -> Question | None:
    options = tuple(Option(value, label) for value, label in actions.areas(w, force).items())
    return Question(name, _("In which area?"), "choice", options=options, when=when) if options else None


def _where_questions(w: Work) -> tuple[Question, ...]:
    """In which force, and under it in which of its areas."""
    force = which_force(w)
    named = [_area_question(w, one, f"area_{one}", ("force", one)) for one in served(w)]
    asked = [one for one in named if one]
    return (force, *asked, *(() if named and len(asked) == len(named) else (_FREE,)))


def _area_of(sent: Mapping[str, Any], force: str) -> str:
    return str(sent.get(f"area_{force}") or sent.get("area") or "")


def _venue_questions(w: Work, force: str = "") -> tuple[Question, ...]:
    area = (_area_question(w, force) or _FREE,) if force else ()
    where = () if force else _where_questions(w)
    return (
        *where,
        Question("name", _("Name"), "text", max_length=120),
        *area,
        Question("address", _("Address"), "long_text", max_length=300),
        Question("access", _("Getting there and in"), "long_text", _("Steps, lifts, hearing loops, buses."),
                 required=False, max_length=500),
        Question("capacity", _("How many people does it hold?"), "whole_number"),
    )  # fmt: skip


@get("/venues", does=("venue", "list"))
def list_venues(request: Asked) -> Page:
    with work(request) as w:
        found = cohort_queries.venues(w)
        questions = _venue_questions(w)
        areas = {force: actions.areas(w, force) for force in {one.force_id for one in found}}
    rows = [
        Row(
            f"/venues/{one.reference}",
            (one.name, FORCES[one.force_id].short_name, areas[one.force_id].get(one.area, one.area), str(one.capacity)),
        )
        for one in found
    ]
    return page(request, "course/venues.html", rows=rows, columns=(_("Venue"), _("Force"), _("Area"), _("Holds")),
                questions=questions, typed={}, faults=(), key=new_token())  # fmt: skip


def _new_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        questions = _venue_questions(w)
    typed = form_binding.read(questions, form).typed if form else {}
    return one_form(request, str(_("Add a venue")), "/venues/new", questions, back="/venues", typed=typed, error=error)


@get("/venues/new", does=("venue", "add"))
def new_venue(request: Asked) -> Page:
    return _new_page(request)


@post("/venues/new", does=("venue", "add"), opt=unsaved_forms.KEEPS)
def add_venue(request: Asked, form: Form) -> Page | Redirect:
    def act(w: Work) -> str:
        sent = answers_of(_venue_questions(w), form)
        force = force_named(sent["force"])
        if force is None:
            raise BadInput(
                faults=[Fault("force", "unknown", gettext("Enter the name of a police force, such as Kent"))]
            )
        actions.add_venue(
            w, force=force.slug, name=sent["name"], area=_area_of(sent, force.slug), address=sent["address"], capacity=sent["capacity"],
            access=sent.get("access", ""),
        )  # fmt: skip
        return "/venues?done=added"

    return once_or_again(request, form, act, lambda error: _new_page(request, form, error))


def _venue_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        venue = queries.venue(w, reference)
        questions = _venue_questions(w, venue.force_id)
    own = {name: getattr(venue, name) for name in ("name", "area", "address", "access", "capacity")}
    typed = form_binding.read(questions, form).typed if form else form_binding.fill(questions, own)
    return one_form(request, venue.name, f"/venues/{reference}", questions, back="/venues", typed=typed, version=venue.version,
                      error=error, button=str(_("Save")),
                      further=None if venue.ended_at else (f"/venues/{reference}/end", _("Use this venue no more")))  # fmt: skip


@get("/venues/{reference:str}", does=("venue", "change"))
def show_venue(request: Asked, reference: str) -> Page:
    return _venue_page(request, reference)


@post("/venues/{reference:str}", does=("venue", "change"), opt=unsaved_forms.KEEPS)
def change_venue(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        venue = queries.venue(w, reference)
        sent = answers_of(_venue_questions(w, venue.force_id), form)
        actions.change_venue(
            w, venue, form.version, name=sent["name"], area=sent.get("area", ""), address=sent["address"],
            capacity=sent["capacity"], access=sent.get("access", ""),
        )  # fmt: skip
        return "/venues?done=saved"

    return once_or_again(request, form, act, lambda error: _venue_page(request, reference, form, error))


@get("/venues/{reference:str}/end", does=("venue", "end"))
def show_end(request: Asked, reference: str) -> Page:
    """What ending a venue means, before it is done."""
    with work(request) as w:
        venue = queries.venue(w, reference)
        ahead = cohort_queries.planned_in(w, venue)
    told = (
        _("No workshop can be planned here any more, and it stands in no list of venues."),
        ngettext("%(num)d workshop is planned here still. It stays until you move it.",
                 "%(num)d workshops are planned here still. They stay until you move them.", ahead) % {"num": ahead}
        if ahead else _("No workshop is planned here."),
    )  # fmt: skip
    return one_form(request, gettext("Use %(venue)s no more") % {"venue": venue.name}, f"/venues/{reference}/end", (),
                     back=f"/venues/{reference}", version=venue.version, told=told, button=str(_("Use this venue no more")))  # fmt: skip


@post("/venues/{reference:str}/end", does=("venue", "end"))
def end_venue(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        actions.end_venue(w, queries.venue(w, reference), form.version)
        return "/venues?done=ended"

    return once(request, form, act)


ROUTES = (list_venues, new_venue, add_venue, show_venue, change_venue, show_end, end_venue)
