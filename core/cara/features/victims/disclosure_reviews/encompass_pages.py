"""The page of a force's agreements to Operation Encompass: what stands in which area, from when until when."""

from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import CaraError
from cara.features.referrals.policing_areas import areas
from cara.features.victims.disclosure_reviews import encompass_agreements
from cara.features.victims.disclosure_reviews.force_entries import days_of
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.database.dated_rows import is_in_force
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post

BASE = "/encompass"


def _questions(w: Work) -> tuple[Question, ...]:
    known = areas(w, w.actor.force or "")
    where = Question("area", _("In which area?"), "choice", options=tuple(Option(*one) for one in known.items()))
    return (
        *((where,) if known else ()),
        Question("authority", _("Which local authority agreed?"), "text", max_length=120),
        Question("starts", _("First day"), "date"),
        Question("until", _("Last day"), "date", _("Leave it empty if the agreement names none."), required=False),
    )


@get(BASE, does=("agreement", "list"))
def list_agreements(request: Asked) -> Page:
    """What is agreed, and what was."""
    with work(request) as w:
        found, named = encompass_agreements.listed(w), areas(w, w.actor.force or "")
        may = {deed for deed in ("enter", "end") if w.actor.may("agreement", deed)}
        current = {one.id for one in found if is_in_force(one, w.today)}
    return page(
        request,
        "disclosure_reviews/agreements.html",
        rows=[(one, one.authority, named.get(one.area, one.area) or gettext("The whole force")) for one in found],
        may=may,
        in_force=current,
        base=BASE,
        key=new_token(),
    )


def _entering(request: Asked, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        asked = _questions(w)
        w.record("agreement.form_opened", Act.CONSULTATION, force=w.actor.force)
    told = (
        gettext("A review prompts Operation Encompass only in an area with an agreement, and only on the days of it."),
        gettext("Where a case names no area, the review says to check."),
    )
    return one_form(
        request, gettext("Enter an agreement"), f"{BASE}/enter", asked, back=BASE, typed=typed, error=error, told=told,
    )  # fmt: skip


@get(f"{BASE}/enter", does=("agreement", "enter"))
def offer_agreement(request: Asked) -> Page:
    """What is agreed, to be entered."""
    return _entering(request)


@post(f"{BASE}/enter", does=("agreement", "enter"), opt=unsaved_forms.KEEPS)
def enter_agreement(request: Asked, form: Form) -> Page | Redirect:
    """Enter it."""

    def act(w: Work) -> str:
        sent = answers_of(_questions(w), form)
        encompass_agreements.enter(w, area=sent.get("area", ""), authority=sent["authority"], **days_of(sent))
        return f"{BASE}?done=added"

    return once_or_again(request, form, act, lambda error: _entering(request, form, error))


@post(BASE + "/{number:int}/end", does=("agreement", "end"))
def end_agreement(request: Asked, form: Form, number: int) -> Redirect:
    """End an agreement from now on."""
    form.only()

    def act(w: Work) -> str:
        encompass_agreements.end(w, number)
        return f"{BASE}?done=ended"

    return once(request, form, act)


ROUTES = (list_agreements, offer_agreement, enter_agreement, end_agreement)
