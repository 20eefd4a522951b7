"""Pages of how long a force keeps its records: read by its supervisors, set by its administrator."""

from datetime import date

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import CaraError
from cara.features.retention import queries, review_actions
from cara.features.retention.periods import CLASSES, YEAR, months_in_force
from cara.i18n import lazy as _
from cara.i18n import ngettext
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

_PERIOD = (
    Question("record_class", _("Which records?"), "choice",
             options=tuple(Option(key, one.label, one.hint) for key, one in CLASSES.items())),
    Question("months", _("How many months are they kept before somebody looks at them?"), "whole_number"),
    Question("starts", _("From which day on?"), "date"),
    Question("source", _("What does the period rest on?"), "text", _("A policy, a schedule, a decision, with its date."),
             max_length=200),
)  # fmt: skip


@get("/retention-periods", does=("retention_period", "read"))
def show_periods(request: Asked) -> Page:
    """How long the force keeps each class, and since when."""
    with work(request) as w:
        rows, today, may = queries.periods(w), w.today, w.actor.may("retention_period", "set")
    found = {one.label: months_in_force(rows, name, today) for name, one in CLASSES.items()}
    table = [(label, _spoken(months), source) for label, (months, source) in found.items()]
    ahead = [(CLASSES[one.record_class].label, _spoken(one.months), one.starts) for one in rows if one.starts > today]
    return page(request, "retention/periods.html", table=table, ahead=ahead, may=may)


def _spoken(months: int) -> str:
    years = months // YEAR
    if years and not months % YEAR:
        return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}


@get("/retention-periods/new", does=("retention_period", "set"))
def new_period(request: Asked) -> Page:
    """Another period for one class."""
    return _period_page(request)


def _period_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request):
        typed = form_binding.read(_PERIOD, form).typed if form else {}
    return one_form(request, str(_("Change a period")), "/retention-periods/new", _PERIOD, back="/retention-periods", typed=typed,
                     error=error)  # fmt: skip


@post("/retention-periods/new", does=("retention_period", "set"), opt=unsaved_forms.KEEPS)
def set_period(request: Asked, form: Form) -> Page | Redirect:
    """Set another period, from a day on."""

    def act(w: Work) -> str:
        sent = answers_of(_PERIOD, form)
        review_actions.set_period(
            w, sent["record_class"], int(sent["months"]), date.fromisoformat(sent["starts"]), sent["source"]
        )
        return "/retention-periods?done=saved"

    return once_or_again(request, form, act, lambda error: _period_page(request, form, error))


ROUTES = (show_periods, new_period, set_period)
