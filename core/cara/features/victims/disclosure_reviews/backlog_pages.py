"""Pages on which a supervisor sees to answers that were recorded before such an answer held the case."""

from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import CaraError
from cara.features.victims.disclosure_reviews import backlog
from cara.features.victims.disclosure_reviews.form_views import answers_of, form_page, once_or_again
from cara.features.victims.wall import record_keeper
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.review_rules import DECISIONS, NO_NEW_RISK, RISKS
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Row, Worklist

BASE = "/earlier-answers"
COLUMNS = (_("Record"), _("Case"), _("Answer"), _("Risk"), _("Day of the answer"))
SETTLE = (
    Question("what", _("What is to happen?"), "choice", options=(
        Option(backlog.HOLD, _("Hold the case, and open a review")),
        Option(NO_NEW_RISK, DECISIONS[NO_NEW_RISK], _("It is put on record with your reasons and your name. The case is not held.")),
    )),
    Question("reasons", _("Why?"), "long_text", _("Needed where there is no new risk."), required=False, max_length=4000),
)  # fmt: skip


def waiting(w: Work) -> tuple[Worklist, ...]:
    """What "What needs me" says to a supervisor as long as somebody must look through what was recorded before."""
    count = backlog.unweighed(w)
    if not count:
        return ()
    said = Row(BASE, (gettext("Look through them"), str(count)))
    title = _("Answers recorded before CARA held cases by itself: some may hold a case")
    return (Worklist(title, (_("What to do"), _("Answers")), [said], BASE),)


@get(BASE, does=("review", "decide"))
def list_earlier(request: Asked) -> Page:
    """The cases with such an answer and no review since, as of today."""
    with work(request) as w:
        found, unread = backlog.listed(w, request.app.state["keys"])
        left, today = backlog.unweighed(w), w.today
    rows = [
        Row(f"{BASE}/{one.reference}", (one.reference, one.case_reference, _causes(one), str(RISKS[one.risk]), one.on)) for one in found
    ]  # fmt: skip
    return page(
        request,
        "disclosure_reviews/earlier.html",
        rows=rows,
        columns=COLUMNS,
        left=left,
        unread=unread,
        today=today,
        base=BASE,
        key=new_token(),
    )


def _causes(one: backlog.Earlier) -> str:
    return "\n".join(str(rule.CAUSES[cause].label) for cause in one.causes)


def _one_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        one = backlog.find(w, request.app.state["keys"], reference)
        number = record_keeper.duty_supervisor(w, w.actor.force or "")
        w.record("review.earlier_read", Act.CONSULTATION, subject=("victim", one.victim), force=w.actor.force)
    told = [(_("Case"), one.case_reference), (_("Answer"), _causes(one)), (_("Risk"), str(RISKS[one.risk])),
            (_("Day of the answer"), one.on)]  # fmt: skip
    return form_page(
        request, gettext("An earlier answer that would hold the case"), SETTLE, back=BASE, typed=typed, error=error, told=told,
        says=(gettext("It was recorded before such an answer held a case by itself, and nobody has reviewed it since."),),
        warns=rule.unprotected(number), button=gettext("Save"), leave=True,
    )  # fmt: skip


@get(BASE + "/{reference:str}", does=("review", "decide"))
def offer_earlier(request: Asked, reference: str) -> Page:
    """One of them, to be seen to."""
    return _one_page(request, reference)


@post(BASE + "/{reference:str}", does=("review", "decide"), opt=unsaved_forms.KEEPS)
def settle_earlier(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Hold it, or put on record why not."""

    def act(w: Work) -> str:
        state = request.app.state
        backlog.find(w, state["keys"], reference)
        sent = answers_of(SETTLE, form)
        made = backlog.settle(w, state["keys"], reference, sent["what"], sent.get("reasons", ""))
        return f"/reviews/{made}?done={'risen' if sent['what'] == backlog.HOLD else 'decided'}"

    return once_or_again(request, form, act, lambda error: _one_page(request, reference, form, error))


@post("/earlier-answers-seen", does=("review", "decide"))
def end_list(request: Asked, form: Form) -> Redirect:
    """Say that nothing is left, and end the list."""
    form.only()

    def act(w: Work) -> str:
        backlog.finish(w, request.app.state["keys"])
        return f"{BASE}?done=looked_through"

    return once(request, form, act)


ROUTES = (list_earlier, offer_earlier, settle_earlier, end_list)
