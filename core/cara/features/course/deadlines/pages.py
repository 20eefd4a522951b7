"""The board of deadlines, for officer and provider alike, and whether groups are held at all."""

from datetime import date
from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import CaraError, NotFound
from cara.features.course.cohorts.page_helpers import which_force
from cara.features.course.deadlines import queries
from cara.features.course.records.rules import RISKS
from cara.features.course.telephone import group_suspension
from cara.features.referrals.pages import COLOURS
from cara.features.referrals.states import LABELS
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES, force_named
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Deadline, Row, Tag

FILTERS = {
    "all": _("All in the course"),
    "due": _("Due within a week"),
    "risk": _("At risk"),
    "passed": _("Passed"),
}
COLUMNS = (
    _("Case"),
    _("Person"),
    _("Stands at"),
    _("Workshop A"),
    _("Workshop B"),
    _("Complete by"),
    _("At risk because"),
)


def _row(one: Any, risk: str) -> Row:
    return Row(
        f"/cases/{one.reference}",
        (
            one.reference,
            f"{one.surname.upper()}, {one.forenames}",
            Tag(LABELS[one.state], COLOURS[one.state]),
            one.a_on or one.next_a,
            one.b_on or one.next_b,
            Deadline(one.complete_by, near=28),
            Tag(RISKS[risk], "red") if risk else None,
        ),
    )


def _after(key: str) -> tuple[date, int] | None:
    """Where a page of the board goes on: the last day and number of the row before it."""
    if not key:
        return None
    day, _dot, number = key.partition(".")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        raise NotFound from None


@get("/deadlines", does=("course", "list"))
def deadlines(request: Asked, show: str = "all", after: str = "") -> Page:
    if show not in FILTERS:
        raise NotFound
    with work(request) as w:
        found, following = queries.board(w, show, _after(after))
    return page(
        request, "course/deadlines.html", rows=[_row(*one) for one in found], columns=COLUMNS, filters=FILTERS, show=show,
        following=following, first=bool(after),
    )  # fmt: skip


WHY = Question("reason", _("Why?"), "text", _("Such as an outbreak, or no venue. No names."), max_length=300)


def _questions(w: Work) -> tuple[Question, ...]:
    return (WHY,) if w.actor.capacity == "force" else (which_force(w), WHY)


def _named(text: str) -> str:
    found = force_named(text)
    return found.slug if found else ""


@get("/group-work", does=("group_work", "read"))
def show_group_work(request: Asked) -> Page:
    return _group_work_page(request)


def _group_work_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        found = [
            (one, FORCES[one.force_id].short_name, group_suspension.may_resume(w, one))
            for one in group_suspension.pauses(w)
        ]
        questions = _questions(w)
        w.record("group_work.listed", Act.CONSULTATION)
    typed: Any = form_binding.read(questions, form).typed if form else {}
    return one_form(
        request, str(_("Suspend group work")), "/group-work", questions, back="/deadlines", typed=typed, error=error,
        told=(_("Everybody in the course goes by telephone until you take it back. Those who did before stay there."),),
        template="course/group_work.html", pauses=found,
    )  # fmt: skip


@post("/group-work", does=("group_work", "suspend"), opt=unsaved_forms.KEEPS)
def suspend(request: Asked, form: Form) -> Page | Redirect:
    def act(w: Work) -> str:
        sent = answers_of(_questions(w), form)
        group_suspension.suspend(w, w.actor.force or _named(sent["force"]), sent["reason"])
        return "/group-work?done=suspended"

    return once_or_again(request, form, act, lambda error: _group_work_page(request, form, error))


@post("/group-work/{pause:int}/resume", does=("group_work", "resume"))
def resume(request: Asked, form: Form, pause: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        group_suspension.resume(w, pause)
        return "/group-work?done=resumed"

    return once(request, form, act)


ROUTES = (deadlines, show_group_work, suspend, resume)
