"""Pages of second officers: what waits for an answer, the answer itself, and what the supervisors see when none came."""

from collections.abc import Sequence
from typing import Any

from litestar.response import Redirect

from cara import dates
from cara.clock import london_day
from cara.errors import CaraError, NotNow
from cara.features.referrals import queries
from cara.features.victims import emergency_access, second_officers
from cara.features.victims.wall import questions
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages.form_views import answers_of, form_page, once_or_again
from cara.web.pages.page import Asked, Form, Page
from cara.web.routing import get, post
from cara.web.ui.fragments import Deadline, Row, Tag, Worklist

WAITING = lazy("A colleague named you as second officer for emergency access: answer within 24 hours")
UNCONFIRMED = lazy("Emergency access without a second officer who agreed: review it")


def needs_me(w: Work) -> Sequence[Worklist]:
    """List what waits for the actor's answer; and for supervisors, what nobody confirmed."""
    if not w.actor.may("victim", "second_emergency"):
        return ()
    mine = second_officers.asked_of_me(w)
    lists = [
        Worklist(
            str(WAITING), (_("Case"), _("Opened by"), _("Answer by")),
            [Row(f"/cases/{one.case}/emergency-second", (one.case, one.who, Deadline(london_day(one.answer_by), near=1))) for one in mine],
        )
    ]  # fmt: skip
    if w.actor.may("victim", "review_emergency"):
        rows = [
            Row(f"/cases/{one.case}", (one.case, one.who, one.second, _answer(one), dates.moment(one.opened_at)))
            for one in second_officers.unconfirmed(w)
        ]
        columns = (_("Case"), _("Opened by"), _("Second officer"), _("Answer"), _("Opened"))
        lists.append(Worklist(str(UNCONFIRMED), columns, rows))
    return lists


def _answer(one: second_officers.Waiting) -> Tag:
    if not one.second:
        return Tag(_("No one to name"), "red")
    return Tag(_("Did not agree"), "red") if one.agreed is False else Tag(_("No answer"), "orange")


@get("/cases/{reference:str}/emergency-second", does=("victim", "second_emergency"))
def ask_second(request: Asked, reference: str) -> Page:
    """Ask the second officer for their answer. Nothing of the record is on the page."""
    return _page(request, reference)


@post("/cases/{reference:str}/emergency-second", does=("victim", "second_emergency"))
def answer_second(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Take the second officer's answer."""

    def act(w: Work) -> str:
        agreed = answers_of(questions.SECOND_ANSWER, form)["agreed"]
        referral, _offender = queries.case(w, reference)
        second_officers.answer(w, referral, emergency_access.watchers(w), agreed=bool(agreed))
        return "/work?done=second_agreed"

    return once_or_again(request, form, act, lambda error: _page(request, reference, form, error))


def _page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = queries.case(w, reference)
        asked = second_officers.asked_of_me(w, referral)
        w.record(
            "victim.form_opened", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id
        )
    if not asked and error is None:
        raise NotNow(_("No emergency access waits for your answer in this case."))
    told = [
        (_("Opened on %(when)s by %(who)s") % {"when": dates.moment(one.opened_at), "who": one.who}, reference)
        for one in asked
    ]
    return form_page(
        request, "victims/form.html", questions.SECOND_ANSWER, typed=typed, error=error, heading=_("Second officer for emergency access"),
        action=f"/cases/{reference}/emergency-second", back="/work", told=told, newest=None, button_text=_("Save my answer"), beside=None,
        warns=_("An officer opened a victim’s record of this case for one hour and named you as second officer."), closed=False,
        record=None, holding=(),
    )  # fmt: skip


ROUTES = (ask_second, answer_second)
