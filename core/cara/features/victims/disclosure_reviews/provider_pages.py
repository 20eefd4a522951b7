"""What the course's side may do: pass on a concern, which then is out of its sight; and, where the force's arrangement has it asked,
give a view on a review of which it knows that it is open, a word for the risk, and the question."""

from typing import Any

from litestar.response import Redirect

from cara.errors import CaraError
from cara.features.referrals import queries
from cara.features.referrals.models import Referral
from cara.features.referrals.states import IN_COURSE, OVER, state_of
from cara.features.victims.disclosure_reviews import actions, forms, worklist
from cara.features.victims.disclosure_reviews import queries as review_queries
from cara.features.victims.disclosure_reviews.form_views import answers_of, form_page, once_or_again
from cara.features.victims.wall import hold_gate, review_opening, review_rules
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.record_keeper import arrangement, duty_supervisor
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Deadline, Row, Worklist


def _concern_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = queries.read_case(w, reference)
        asked = _asked(w)
        hears = w.actor.may("review", "open")
        number = duty_supervisor(w, referral.force_id)
    theirs = gettext(
        "What somebody who was harmed told you belongs on their own record: write it there, if they have one."
    )
    return form_page(
        request, gettext("Pass on a concern"), asked, back=f"/cases/{referral.reference}", typed=typed, error=error,
        button=gettext("Pass it on"),
        says=(gettext("Say it if you think that somebody may be in danger. You need not be sure."),
              gettext("The case is on hold at once, and the police look at it."), rule.unprotected(number), *([theirs] if hears else [])),
    )  # fmt: skip


def _asked(w: Work) -> Any:
    return forms.POLICE_CONCERN if w.actor.capacity == "force" else forms.CONCERN


@get("/cases/{reference:str}/concern", does=("concern", "raise"))
def offer_concern(request: Asked, reference: str) -> Page:
    """What was heard or seen, to be passed on."""
    return _concern_page(request, reference)


@post("/cases/{reference:str}/concern", does=("concern", "raise"), opt=unsaved_forms.KEEPS)
def take_concern(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Pass it on. The answer is the same whatever is known already."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        account = forms.account(answers_of(_asked(w), form))
        review_opening.concern(w, request.app.state["keys"], referral, account)
        return f"/cases/{reference}?done=concern"

    return once_or_again(request, form, act, lambda error: _concern_page(request, reference, form, error))


def _view_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = queries.read_case(w, reference)
        contact = arrangement(w, referral.force_id)
        found = review_queries.asked(w, referral) if contact.provider_is_asked else None
        held = hold_gate.held(w, referral)
        w.record("review.provider_asked", Act.DISCLOSURE, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id)  # fmt: skip
    back, title = f"/cases/{reference}", gettext("Review of this case")
    if found is None:
        says = gettext("Hold") if held else gettext("Proceed")
        status = error.status if error else 200
        return page(
            request,
            "disclosure_reviews/word.html",
            status=status,
            back_to=back,
            word="" if contact.provider_is_asked else says,
        )
    told = [
        (gettext("Risk"), str(review_rules.RISKS[found.risk])),
        (gettext("Question"), str(review_rules.QUESTIONS[found.question])),
    ]
    if found.view:
        told.append((gettext("Your view so far"), str(review_rules.VIEWS[found.view])))
    return form_page(
        request, title, forms.PROVIDERS_VIEW, back=back, typed=typed, error=error, told=told, button=gettext("Send to the police"),
        says=(gettext("A review of this case is open, and the police decide. What led to it is not said to you, nor by whom."),
              gettext("Do not speak of it with the person on the course, or with those who lead the workshops.")),
    )  # fmt: skip


@get("/cases/{reference:str}/review", does=("asked_review", "read"))
def offer_view(request: Asked, reference: str) -> Page:
    """What the provider is asked; or, in a force where it is asked nothing, whether to proceed or to hold."""
    return _view_page(request, reference)


@post("/cases/{reference:str}/review", does=("asked_review", "view"), opt=unsaved_forms.KEEPS)
def take_view(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """The provider's view."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        answers = answers_of(forms.PROVIDERS_VIEW, form)
        actions.give_providers_view(w, request.app.state["keys"], referral, answers["view"], answers["words"])
        return f"/cases/{reference}?done=answered"

    return once_or_again(request, form, act, lambda error: _view_page(request, reference, form, error))


def wanted(w: Work) -> Worklist:
    """The provider's cases of which a review waits for its view, those whose last day is nearest first."""
    found = review_queries.wanted(w)
    rows = [
        Row(f"/cases/{one.reference}/review", (
            one.reference, f"{one.surname.upper()}, {one.forenames}", Deadline(one.complete_by, near=28)
        ))
        for one in found
    ]  # fmt: skip
    columns = (_("Case"), _("Person"), _("Complete by"))
    return Worklist(_("A review is open, and your view is wanted: the workshops wait"), columns, rows)


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """What a case's page says of all this. A facilitator's says the same whether the case is held or not, and whatever holds it."""
    state, police, may = state_of(referral), w.actor.capacity == "force", w.actor.may
    if state in OVER or not (police or state in IN_COURSE):
        return None
    contact = arrangement(w, referral.force_id)
    asks = may("asked_review", "read")
    found = review_queries.of_case(w, referral) if police else []
    read = found if may("review", "read") else []
    asked = review_queries.asked(w, referral) if asks and contact.provider_is_asked else None
    over = state in IN_COURSE and any(decision == "stop" for _reference, decision in found)
    stopped = [_to_close(referral, closes=may("course", "close"))] if over else []
    return {
        "template": "disclosure_reviews/part.html",
        "reference": referral.reference,
        "concern": may("concern", "raise"),
        "asked": asked,
        "word": asks and not contact.provider_is_asked,
        "reviews": read,
        "needs": lambda keys: [
            *_needs(w, referral, next((one for one, decision in read if not decision), ""), asked),
            *stopped,
            *(
                _left(one, count)
                for one, count in (review_queries.left_of_case(w, keys, referral) if read else {}).items()
            ),
        ],
        "risks": review_rules.RISKS,
    }


def _to_close(referral: Referral, *, closes: bool) -> dict[str, Any]:
    """What is next in a case that was stopped: that, and nothing of the course."""
    return {
        "text": gettext("This case was stopped: it does not go on, and the officer closes it."), "by": None, "instead": True,
        "href": f"/cases/{referral.reference}/close" if closes else "", "link": gettext("Close the case"),
    }  # fmt: skip


def _left(review: str, count: int) -> dict[str, Any]:
    """What a review that is decided left to do."""
    return {
        "text": gettext("A review of this case is decided."), "by": None, "href": f"/reviews/{review}#left", "link": forms.left(count)
    }  # fmt: skip


def _needs(w: Work, referral: Referral, review: str, asked: review_queries.Asked | None) -> list[dict[str, Any]]:
    """What stands first on a case's page under what is next, for those who may know: the review that is open."""
    if review:
        return [{
            "text": gettext("A disclosure review is open. The police decide by:"), "by": worklist.decide_by(w, referral),
            "href": f"/reviews/{review}", "link": gettext("Open the review"),
        }]  # fmt: skip
    if asked and not asked.view:
        return [{
            "text": gettext("A review of this case is open, and your view is wanted."), "by": None,
            "href": f"/cases/{referral.reference}/review",
            "link": gettext("Give your view"),
        }]  # fmt: skip
    return []


ROUTES = (offer_concern, take_concern, offer_view, take_view)
