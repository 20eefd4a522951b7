"""Pages on which police hold a case for another cause than a review, read why it is held, and release it again."""

from collections.abc import Sequence
from typing import Any

from litestar.response import Redirect

from cara import dates
from cara.api import Option, Question
from cara.errors import CaraError, NotNow
from cara.features.referrals import queries
from cara.features.referrals.models import Referral
from cara.features.referrals.states import OVER, state_of
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.disclosure_reviews.form_views import form_page
from cara.features.victims.disclosure_reviews.police_holds import CAUSES, RELEASES, Held
from cara.features.victims.wall import hold_gate
from cara.features.victims.wall.questions import options
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post

PLACE = (
    Question("cause", _("Why is the case held?"), "choice", options=options(CAUSES)),
    Question("words", _("What is it about?"), "long_text", max_length=2000,
             hint=_("Only supervisors and victim contact officers of the force read it.")),
)  # fmt: skip
WHY = Question("reason", _("Why is the hold released?"), "choice", options=options(RELEASES))
CARE = Question(
    "advice", _("Should whoever leads workshop B take advice before it?"), "yes_no",
    _("They are told to take advice, and not why."),
)  # fmt: skip


@get("/cases/{reference:str}/hold", does=("hold", "read"))
def read_holds(request: Asked, reference: str) -> Page:
    """Why police hold a case, and why they did before."""
    with work(request) as w:
        referral, _offender = queries.case(w, reference)
        found = police_holds.of_case(w, request.app.state["keys"], referral)
        may = {action for action in ("place", "release") if w.actor.may("hold", action)}
    return page(
        request, "victims/holds.html", reference=reference, holds=found, may=may,
        stands=any(one.released_at is None for one in found), over=state_of(referral) in OVER,
    )  # fmt: skip


def _place_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = queries.case(w, reference)
        w.record("hold.form_opened", Act.CONSULTATION, subject=("referral", referral.id or 0))
    return form_page(
        request, gettext("Put the case on hold"), PLACE, back=f"/cases/{reference}", typed=typed, error=error,
        says=(gettext("No workshop takes place, in a group or by telephone, until a supervisor of the police releases it. The clock of "
                      "16 weeks runs on."),
              gettext("The provider sees that the case is on hold, and not why. If a victim told you something, or you fear for "
                      "somebody, pass on a concern instead: then it is reviewed.")),
    )  # fmt: skip


@get("/cases/{reference:str}/hold/place", does=("hold", "place"))
def offer_hold(request: Asked, reference: str) -> Page:
    """What holding means, and why it is done."""
    return _place_page(request, reference)


@post("/cases/{reference:str}/hold/place", does=("hold", "place"), opt=unsaved_forms.KEEPS)
def place_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Hold the case from now on."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        answers = answers_of(PLACE, form)
        if state_of(referral) in OVER:
            raise NotNow(gettext("The case is over: there is nothing to hold."))
        police_holds.place_hold(
            w, request.app.state["keys"], referral, police_holds.written(answers["cause"], answers["words"])
        )
        return f"/cases/{reference}?done=held"

    return once_or_again(request, form, act, lambda error: _place_page(request, reference, form, error))


def _approval_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = queries.case(w, reference)
        w.record("hold.form_opened", Act.CONSULTATION, subject=("referral", referral.id or 0))
    return form_page(
        request, gettext("Approve that the place is cancelled"), (), back=f"/cases/{reference}", typed=typed, error=error,
        says=(gettext("The case is on hold. The provider cancels the person’s place, moves them to the telephone or closes the case only "
                      "if the police approve it."),
              gettext("The provider then writes to the person as after any cancellation."),
              gettext("The hold stays. If it need not be cancelled, do nothing: the workshop is put off.")),
    )  # fmt: skip


@get("/cases/{reference:str}/hold/cancellation", does=("hold", "place"))
def offer_approval(request: Asked, reference: str) -> Page:
    """What approving means."""
    return _approval_page(request, reference)


@post("/cases/{reference:str}/hold/cancellation", does=("hold", "place"))
def approve_cancellation(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Approve it."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        answers_of((), form)
        police_holds.approve_cancellation(w, referral)
        return f"/cases/{reference}?done=cancellable"

    return once_or_again(request, form, act, lambda error: _approval_page(request, reference, form, error))


def _standing(request: Asked, w: Work, reference: str) -> list[Held]:
    """The holds that can be released. Raises `NotNow` if there is none."""
    referral, _offender = queries.case(w, reference)
    found = police_holds.of_case(w, request.app.state["keys"], referral)
    standing = [one for one in found if one.released_at is None]
    if not standing:
        raise NotNow(
            gettext("No hold of the police’s own stands on this case. What a review holds ends with its decision.")
        )
    return standing


def _asks(standing: Sequence[Held]) -> tuple[Question, ...]:
    """Which hold is always asked: the one that was read may be over by now, and another stand in its place."""
    named = tuple(Option(str(one.number), one.title, _since(one)) for one in standing)
    return (Question("hold", gettext("Which hold is released?"), "choice", options=named), WHY, CARE)


def _since(one: Held) -> str:
    return gettext("Since %(when)s") % {"when": dates.moment(one.placed_at)}


def _release_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        standing = _standing(request, w, reference)
    told = [(one.title, "\n".join(filter(None, (one.words, _since(one), one.placed_by)))) for one in standing]
    return form_page(
        request, gettext("Release the hold"), _asks(standing), back=f"/cases/{reference}/hold", typed=typed, error=error, told=told,
        says=(gettext("Workshops may go on from the moment that you release it. Your name is kept with it."),),
    )  # fmt: skip


@get("/cases/{reference:str}/hold/release", does=("hold", "release"))
def offer_release(request: Asked, reference: str) -> Page:
    """What is held and why, and why it is released."""
    return _release_page(request, reference)


@post("/cases/{reference:str}/hold/release", does=("hold", "release"), opt=unsaved_forms.KEEPS)
def release_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Release it."""

    def act(w: Work) -> str:
        standing = _standing(request, w, reference)
        answers = answers_of(_asks(standing), form)
        police_holds.release_hold(
            w,
            int(answers["hold"]),
            answers["reason"],
            advice_before_b=bool(answers["advice"]),
        )
        return f"/cases/{reference}/hold?done=released"

    return once_or_again(request, form, act, lambda error: _release_page(request, reference, form, error))


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """What a case's page says to police: that they hold it themselves, or that they can."""
    if not w.actor.may("hold", "place"):
        return None
    stands, places = w.actor.may("hold", "read") and police_holds.standing(w, referral), state_of(referral) not in OVER
    if not stands and not places:
        return None
    return {
        "template": "victims/hold_part.html", "reference": referral.reference, "stands": stands, "places": places,
        "cancels": places and not hold_gate.may_cancel(w, referral),
    }  # fmt: skip


ROUTES = (read_holds, offer_hold, place_hold, offer_approval, approve_cancellation, offer_release, release_hold)
