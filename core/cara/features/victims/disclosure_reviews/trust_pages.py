"""Pages on which the Trust answers what it is consulted on: a question and a word for the risk. No case, no name."""

from typing import Any

from litestar.response import Redirect

from cara.errors import CaraError
from cara.features.victims.disclosure_reviews import actions, forms, queries
from cara.features.victims.disclosure_reviews.form_views import answers_of, form_page, once_or_again
from cara.features.victims.wall import review_rules
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Row, Tag

COLUMNS = (_("Consultation"), _("Force"), _("Risk"), _("Answer"), _("Asked"))


@get("/consultations", does=("consultation", "list"))
def list_consultations(request: Asked) -> Page:
    """What the Trust is asked."""
    with work(request) as w:
        found = queries.consultations(w)
    rows = [
        Row(f"/consultations/{one.reference}", (
            one.reference, FORCES[one.force_id].short_name, str(review_rules.RISKS[one.risk]),
            Tag(str(review_rules.VIEWS[one.view]), "green") if one.answered_at else Tag(gettext("Wanted"), "red"), one.asked_at,
        ))
        for one in found
    ]  # fmt: skip
    return page(request, "disclosure_reviews/consultations.html", rows=rows, columns=COLUMNS)


def _answer_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        found = queries.consultation_by_reference(w, reference)
        w.record("consultation.read", Act.CONSULTATION, subject=("consultation", found.id or 0), force=found.force_id)
    told = [
        (gettext("Force"), FORCES[found.force_id].short_name), (gettext("Risk"), str(review_rules.RISKS[found.risk])),
        (gettext("Question"), str(review_rules.QUESTIONS[found.question])), (gettext("Asked"), found.asked_at),
    ]  # fmt: skip
    if found.answered_at:
        told += [(gettext("Your answer"), str(review_rules.VIEWS[found.view])), (gettext("Advice"), found.words)]
        return page(
            request,
            "disclosure_reviews/answered.html",
            status=error.status if error else 200,
            told=told,
            reference=reference,
        )
    return form_page(
        request, gettext("Advise on a disclosure review"), forms.ANSWER, back="/consultations", typed=typed, error=error, told=told,
        button=gettext("Send the advice"),
        says=(gettext("The police decide. The clock of 16 weeks runs on until they do."),),
    )  # fmt: skip


@get("/consultations/{reference:str}", does=("consultation", "read"))
def offer_answer(request: Asked, reference: str) -> Page:
    """One consultation, to be answered."""
    return _answer_page(request, reference)


@post("/consultations/{reference:str}", does=("consultation", "answer"), opt=unsaved_forms.KEEPS)
def take_answer(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """The Trust's advice."""

    def act(w: Work) -> str:
        queries.consultation_by_reference(w, reference)
        answers = answers_of(forms.ANSWER, form)
        actions.answer_consultation(w, reference, answers["view"], answers["words"])
        return "/consultations?done=answered"

    return once_or_again(request, form, act, lambda error: _answer_page(request, reference, form, error))


ROUTES = (list_consultations, offer_answer, take_answer)
