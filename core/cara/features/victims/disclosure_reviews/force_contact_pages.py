"""The page of whom a force names to be reached about a held case: since when, and until when."""

from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import CaraError
from cara.features.victims.disclosure_reviews import force_contact_actions
from cara.features.victims.disclosure_reviews.force_entries import days_of
from cara.features.victims.wall.questions import options
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.database.dated_rows import is_in_force
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post

BASE = "/force-contacts"
ENTER = (
    Question("kind", _("What do you enter?"), "choice", options=options(force_contact_actions.KINDS)),
    Question("reached_at", _("Telephone number or email address"), "text",
             _("An office’s, not a person’s. A number such as 01632 960 001, an address such as cover@force.example."), max_length=200),
    Question("starts", _("First day"), "date"),
    Question("until", _("Last day"), "date", _("Leave it empty if none is known."), required=False),
)  # fmt: skip


@get(BASE, does=("force_contact", "list"))
def list_contacts(request: Asked) -> Page:
    """List what is entered, and what was."""
    with work(request) as w:
        found, today = force_contact_actions.listed(w), w.today
        may = {deed for deed in ("enter", "end") if w.actor.may("force_contact", deed)}
    lacking = [
        kind for kind in force_contact_actions.KINDS if not any(one.kind == kind and is_in_force(one, today) for one in found)
    ]  # fmt: skip
    return page(
        request, "disclosure_reviews/cover.html", rows=[(one, one.reached_at, force_contact_actions.KINDS[one.kind]) for one in found],
        lacking=[force_contact_actions.KINDS[kind] for kind in lacking],
        may=may, base=BASE, key=new_token(),
        in_force={one.id for one in found if is_in_force(one, today)},
    )  # fmt: skip


def _entering(request: Asked, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        w.record("force_contact.form_opened", Act.CONSULTATION, force=w.actor.force)
    told = (
        gettext("CARA shows the number on every page that says a hold does not protect the victim."),
        gettext("CARA writes to the cover address when no supervisor has decided a disclosure review in time."),
    )
    return one_form(
        request, gettext("Enter a number or an address"), f"{BASE}/enter", ENTER, back=BASE, typed=typed, error=error, told=told,
    )  # fmt: skip


@get(f"{BASE}/enter", does=("force_contact", "enter"))
def offer_contact(request: Asked) -> Page:
    """Ask for a number or an address."""
    return _entering(request)


@post(f"{BASE}/enter", does=("force_contact", "enter"), opt=unsaved_forms.KEEPS)
def enter_contact(request: Asked, form: Form) -> Page | Redirect:
    """Enter it."""

    def act(w: Work) -> str:
        sent = answers_of(ENTER, form)
        force_contact_actions.enter(w, kind=sent["kind"], reached_at=sent["reached_at"], **days_of(sent))
        return f"{BASE}?done=added"

    return once_or_again(request, form, act, lambda error: _entering(request, form, error))


@post(BASE + "/{contact:int}/end", does=("force_contact", "end"))
def end_contact(request: Asked, form: Form, contact: int) -> Redirect:
    """End it from now on."""
    form.only()

    def act(w: Work) -> str:
        force_contact_actions.end(w, contact)
        return f"{BASE}?done=ended"

    return once(request, form, act)


ROUTES = (list_contacts, offer_contact, enter_contact, end_contact)
