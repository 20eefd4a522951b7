"""Pages of budgets: one for each audience, never one for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Fault
from cara.features.onward_services import budgets, directory
from cara.features.onward_services.models import Funder, FunderBudget
from cara.features.onward_services.vocabulary import BUDGETS, OFFENDER, PAGES, VICTIM
from cara.i18n import gettext, ngettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

TITLES: Mapping[str, str] = {
    OFFENDER: _("Budgets for people on the course"), VICTIM: _("Budgets for victims")
}  # fmt: skip
ANOTHER = "another"
_MOST = Decimal("9999999.99")


@dataclass(frozen=True, slots=True)
class Line:
    """A budget as a page shows it. `share`: how many hundredths are drawn, of its places or of its money."""

    budget: FunderBudget
    funder: str
    area: str
    share: int
    drawn: str
    left: str
    running: bool


def line(budget: FunderBudget, funder: Funder, areas: Mapping[str, str], today: date) -> Line:
    """What is drawn and left of one budget, in words. Pure."""
    drawn, left, shares = [], [], []
    if budget.places is not None:
        drawn.append(gettext("%(n)s of %(all)s places") % {"n": budget.places_drawn, "all": budget.places})
        left.append(_places(budget.places - budget.places_drawn))
        shares.append(100 * budget.places_drawn // max(budget.places, 1))
    else:
        drawn.append(_places(budget.places_drawn))
    if budget.amount is not None:
        drawn.append(f"{pounds(budget.amount_drawn)} {gettext('of')} {pounds(budget.amount)}")
        left.append(pounds(budget.amount - budget.amount_drawn))
        shares.append(int(100 * budget.amount_drawn / max(budget.amount, Decimal("0.01"))))
    running = budget.ended_at is None and budget.starts <= today <= budget.ends
    return Line(
        budget,
        funder.name,
        areas.get(budget.area, budget.area),
        max(shares),
        ", ".join(drawn),
        ", ".join(left),
        running,
    )


def _places(number: int) -> str:
    return ngettext("%(n)d place", "%(n)d places", number) % {"n": number}


def pounds(amount: Decimal) -> str:
    """Money as it is read: £1,650.00."""
    return f"£{amount:,.2f}"


def _questions(funders: Sequence[Funder], areas: Mapping[str, str]) -> tuple[Question, ...]:
    known = tuple(Option(str(one.id), one.name) for one in funders)
    where = Question("area", gettext("For people of which area?"), "choice", options=(
        *(Option(value, label) for value, label in areas.items()), Option("any", gettext("Any area of the force")),
    ))  # fmt: skip
    return (
        Question("funder", gettext("Who pays?"), "choice", options=(*known, Option(ANOTHER, gettext("Somebody else")))),
        Question("name", gettext("Name of the funder"), "text", when=("funder", ANOTHER), max_length=120),
        *((where,) if areas else ()),
        Question("starts", gettext("First day"), "date"),
        Question("ends", gettext("Last day"), "date"),
        Question("places", gettext("How many places?"), "whole_number", gettext("Leave it empty if only money is agreed."), required=False),
        Question("amount", gettext("How much money?"), "text",
                 gettext("In pounds, such as 1650.00. Leave it empty if only places are agreed."),
                 required=False, width="10", max_length=20),
        Question("price", gettext("What does one place cost?"), "text", gettext("In pounds. An amount of money is drawn place by place."),
                 required=False, width="10", max_length=20),
    )  # fmt: skip


def _money(name: str, typed: str) -> Decimal | None:
    """What was typed as money, whole pence; None if nothing was. Raises `BadInput`."""
    plain = typed.replace("£", "").replace(",", "").strip()
    if not plain:
        return None
    try:
        found = Decimal(plain)
        if found.is_finite() and 0 <= found <= _MOST and found == found.quantize(Decimal("0.01")):
            return found.quantize(Decimal("0.01"))
    except InvalidOperation:
        pass
    raise BadInput(faults=[Fault(name, "not_money", gettext("Enter an amount in pounds and pence, like 1650.00"))])


def _enter(w: Work, audience: str, sent: Mapping[str, Any]) -> None:
    force = w.actor.force or ""
    given = budgets.Given(
        "" if sent.get("area", "any") == "any" else sent["area"], date.fromisoformat(sent["starts"]), date.fromisoformat(sent["ends"]),
        sent.get("places"), _money("amount", sent.get("amount", "")), _money("price", sent.get("price", "")) or Decimal("0.00"),
    )  # fmt: skip
    if sent["funder"] == ANOTHER:
        funder = budgets.add_funder(w, force, audience, sent["name"])
    else:
        funder = next(one for one in budgets.funders(w, force, audience) if str(one.id) == sent["funder"])
    budgets.enter(w, funder, given)


def _made(audience: str) -> tuple[HTTPRouteHandler, ...]:
    resource, base = BUDGETS[audience], f"/budgets/{PAGES[audience]}"

    @get(base, does=(resource, "list"), name=f"list_{resource}")
    def listed(request: Asked) -> Page:
        """What each funder gives, what is drawn of it, and what is left."""
        with work(request) as w:
            force = w.actor.force or ""
            areas = directory.areas(w, force)
            found = [line(*one, areas, w.today) for one in budgets.listed(w, force, audience)]
            paid = any(one.paid for one in directory.services(w, force, audience))
            may = {deed for deed in ("enter", "end") if w.actor.may(resource, deed)}
        return page(
            request, "onward_services/budgets.html", heading=TITLES[audience], base=base, may=may, key=new_token(), pounds=pounds,
            running=[one for one in found if one.running], lines=found, paid=paid, draws=audience == OFFENDER,
        )  # fmt: skip

    def asked(request: Asked, sent: Form | None = None, error: CaraError | None = None) -> Page:
        with work(request) as w:
            force = w.actor.force or ""
            asking = _questions(budgets.funders(w, force, audience), directory.areas(w, force))
        return one_form(
            request, gettext("Enter a budget"), f"{base}/new", asking, back=base, typed=form_binding.read(asking,
            sent).typed if sent else {},
            error=error, button=gettext("Save"), told=(str(TITLES[audience]),),
        )  # fmt: skip

    @get(f"{base}/new", does=(resource, "enter"), name=f"new_{resource}")
    def new(request: Asked) -> Page:
        return asked(request)

    @post(f"{base}/new", does=(resource, "enter"), name=f"enter_{resource}", opt=unsaved_forms.KEEPS)
    def enter(request: Asked, form: Form) -> Page | Redirect:
        def act(w: Work) -> str:
            force = w.actor.force or ""
            asking = _questions(budgets.funders(w, force, audience), directory.areas(w, force))
            _enter(w, audience, answers_of(asking, form))
            return f"{base}?done=added"

        return once_or_again(request, form, act, lambda error: asked(request, form, error))

    @post(f"{base}/{{reference:str}}/end", does=(resource, "end"), name=f"end_{resource}")
    def end(request: Asked, form: Form, reference: str) -> Redirect:
        form.only()

        def act(w: Work) -> str:
            budgets.close(w, w.actor.force or "", audience, reference)
            return f"{base}?done=ended"

        return once(request, form, act)

    return listed, new, enter, end


ROUTES = tuple(route for audience in PAGES for route in _made(audience))
