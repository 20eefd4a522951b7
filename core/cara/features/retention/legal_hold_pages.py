"""Pages of a case's legal hold: placed and lifted by a supervisor, with a reason that stays."""

from collections.abc import Callable, Iterator

from litestar.response import Redirect

from cara import dates
from cara.api import Question
from cara.clock import london_day
from cara.errors import CaraError
from cara.features.referrals import legal_hold
from cara.features.referrals import queries as referrals
from cara.features.referrals.models import LegalHold
from cara.features.retention import queries
from cara.features.retention.questions import reason
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page
from cara.web.routing import get, post
from cara.web.ui import form_binding

PLACE = (reason(_("Why must everything be kept?")),)
LIFT = (reason(_("Why is it lifted?")),)


@get("/cases/{reference:str}/legal-hold", does=("retention", "hold"))
def show_hold(request: Asked, reference: str) -> Page:
    """Whether a case is under a legal hold, and was before."""
    return _hold_page(request, reference)


def _hold_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = referrals.read_case(w, reference)
        holds = legal_hold.history(w, referral.id or 0)
        told = [line for one in holds for line in _told(w, one)]
    stands = any(one.lifted_at is None for one in holds)
    asked = LIFT if stands else PLACE
    case = gettext("Case %(reference)s") % {"reference": reference}
    rule = _("While a hold stands, nothing of the case, or of whoever was harmed in it, can be erased by anybody.")
    return one_form(
        request, str(_("Lift the legal hold") if stands else _("Place a legal hold")),
        f"/cases/{reference}/legal-hold/{'lift' if stands else 'place'}", asked, back=f"/cases/{reference}",
        typed=form_binding.read(asked, form).typed if form else {}, error=error, told=(case, str(rule), *told),
    )  # fmt: skip


def _told(w: Work, hold: LegalHold) -> Iterator[str]:
    """What was done about a hold, when, by whom and why."""
    done = [(_("Placed on %(day)s by %(who)s: %(why)s"), hold.placed_at, hold.placed_by, hold.reason)]
    if hold.lifted_at:
        done.append((_("Lifted on %(day)s by %(who)s: %(why)s"), hold.lifted_at, hold.lifted_by, hold.lift_reason))
    for text, at, by, why in done:
        yield str(text) % {"day": dates.absolute(london_day(at)), "who": queries.name_of(w, by), "why": why}


def _hold(
    request: Asked, form: Form, reference: str, asked: tuple[Question, ...], act: Callable[[Work, int, str], None]
) -> Page | Redirect:
    def do(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        act(w, referral.id or 0, answers_of(asked, form)["reason"])
        return f"/cases/{reference}/legal-hold?done=saved"

    return once_or_again(request, form, do, lambda error: _hold_page(request, reference, form, error))


@post("/cases/{reference:str}/legal-hold/place", does=("retention", "hold"), opt=unsaved_forms.KEEPS)
def place_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Nothing of the case may be erased from now on."""
    return _hold(request, form, reference, PLACE, legal_hold.place)


@post("/cases/{reference:str}/legal-hold/lift", does=("retention", "lift"), opt=unsaved_forms.KEEPS)
def lift_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """It may again."""
    return _hold(request, form, reference, LIFT, legal_hold.lift)


ROUTES = (show_hold, place_hold, lift_hold)
