"""Pages of retention: what is due, and one review; with them every other page of the room."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import CaraError
from cara.features.retention import legal_hold_pages, period_pages, queries, review_actions
from cara.features.retention.models import RetentionReview
from cara.features.retention.periods import CLASSES
from cara.features.retention.questions import reason
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Row, Tag, Worklist, day

_KEEP = (
    Question("until", _("Until when are they kept?"), "date", _("On that day the review opens again.")),
    reason(_("Why are they kept?")),
)
_PROPOSE = (reason(_("Why may these records go?")),)


@get("/retention", does=("retention", "list"))
def list_reviews(request: Asked) -> Page:
    """What has been kept for its period and waits for a decision, longest due first."""
    with work(request) as w:
        found, names, held = queries.due(w)
    rows = [
        Row(f"/retention/{one.reference}", (_records(one, names), day(one.due_on), _standing(one, one.referral_id in held)))
        for one in found
    ]  # fmt: skip
    return page(request, "retention/list.html", rows=rows, columns=(_("Records"), _("Due"), _("Where it stands")))


def _records(row: Any, cases: Mapping[int, str]) -> str:
    """Which records a review is about: those of a case, or all of a class."""
    label = CLASSES[row.record_class].label
    if row.referral_id is None:
        return str(label)
    return gettext("%(records)s of %(case)s") % {"records": label, "case": cases[row.referral_id]}


def needs_me(w: Work) -> Sequence[Worklist]:
    """What "What needs me" says to those who confirm that records are erased: what somebody else proposed."""
    if not w.actor.may("retention", "confirm_erasure"):
        return ()
    rows, cases, _held = queries.proposed(w)
    asked = [Row(f"/retention/{one.reference}", (_records(one, cases), one.proposed_at)) for one in rows]
    return (
        Worklist(
            _("A colleague proposes to erase records: confirm it, or keep them"), (_("Records"), _("Proposed")), asked
        ),
    )


def _standing(row: Any, held: bool) -> Tag:
    if held:
        return Tag(gettext("Legal hold"), "red")
    return Tag(gettext("Erasure proposed"), "yellow") if row.proposed_at else Tag(gettext("To decide"), "blue")


@get("/retention/{reference:str}", does=("retention", "read"))
def show_review(request: Asked, reference: str) -> Page:
    """One review, its case, and what can be decided."""
    return _review_page(request, reference)


def _review_page(request: Asked, reference: str) -> Page:
    with work(request) as w:
        row = review_actions.review(w, reference)
        referral, offender, held = queries.of_review(w, row)
        names = {one: queries.name_of(w, one) for one in {row.proposed_by, row.decided_by} if one}
        own = row.proposed_by == w.actor.id
    return page(
        request, "retention/review.html", review=row, referral=referral, offender=offender, held=held, own=own, names=names,
        kind=CLASSES[row.record_class], key=new_token(),
    )  # fmt: skip


def _ask(request: Asked, reference: str, verb: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    """The page on which a review is decided: to keep, or to propose that it goes."""
    title, questions = {"keep": (_("Keep the records"), _KEEP), "propose": (_("Propose to erase"), _PROPOSE)}[verb]
    with work(request) as w:
        row = review_actions.review(w, reference)
        referral, _offender, _held = queries.of_review(w, row)
    typed = form_binding.read(questions, form).typed if form else {}
    told = (
        _records(row, {referral.id or 0: referral.reference} if referral else {}),
        str(CLASSES[row.record_class].hint),
    )
    return one_form(request, str(title), f"/retention/{reference}/{verb}", questions, back=f"/retention/{reference}", typed=typed,
                     version=row.version, error=error, told=told)  # fmt: skip


@get("/retention/{reference:str}/keep", does=("retention", "keep"))
def ask_keep(request: Asked, reference: str) -> Page:
    """Until when, and why."""
    return _ask(request, reference, "keep")


@get("/retention/{reference:str}/propose", does=("retention", "propose"))
def ask_propose(request: Asked, reference: str) -> Page:
    """Why they may go."""
    return _ask(request, reference, "propose")


Act = Callable[[Work, RetentionReview, int, dict[str, Any]], object]


def _decide(
    request: Asked, form: Form, reference: str, questions: tuple[Question, ...], verb: str, act: Act
) -> Page | Redirect:
    def do(w: Work) -> str:
        sent, row = answers_of(questions, form), review_actions.review(w, reference)
        act(w, row, form.version, sent)
        return f"/retention/{reference}?done=saved"

    return once_or_again(request, form, do, lambda error: _ask(request, reference, verb, form, error))


@post("/retention/{reference:str}/keep", does=("retention", "keep"), opt=unsaved_forms.KEEPS)
def keep(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Keep the records until a day."""

    def act(w: Work, row: RetentionReview, version: int, sent: dict[str, Any]) -> None:
        review_actions.keep(w, row, version, date.fromisoformat(sent["until"]), sent["reason"])

    return _decide(request, form, reference, _KEEP, "keep", act)


@post("/retention/{reference:str}/propose", does=("retention", "propose"), opt=unsaved_forms.KEEPS)
def propose(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Propose that they are erased."""

    def act(w: Work, row: RetentionReview, version: int, sent: dict[str, Any]) -> None:
        review_actions.propose(w, row, version, sent["reason"])

    return _decide(request, form, reference, _PROPOSE, "propose", act)


@post("/retention/{reference:str}/confirm", does=("retention", "confirm_erasure"))
def confirm(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Erase them: the second person."""
    keys = request.app.state["keys"]
    return _decide(
        request,
        form,
        reference,
        (),
        "keep",
        lambda w, row, version, _sent: review_actions.confirm(w, keys, row, version),
    )


ROUTES = (
    list_reviews, show_review, ask_keep, ask_propose, keep, propose, confirm, *legal_hold_pages.ROUTES, *period_pages.ROUTES,
)  # fmt: skip
