"""Pages of onward referrals: what is due and what waits, one of them, and what a coordinator does about it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import CaraError, NotNow
from cara.features.messages import queries as correspondence
from cara.features.messages import states as mail_states
from cara.features.messages.message_types import FAILURES
from cara.features.onward_services import actions, directory, queries
from cara.features.onward_services.case_pages import tag
from cara.features.onward_services.models import OnwardService
from cara.features.onward_services.queries import Known
from cara.features.onward_services.states import TRANSITIONS, state_of
from cara.features.onward_services.vocabulary import COVERS, DECLINES, NEEDS, OUTCOMES, WITHDRAWALS, why
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Deadline, Row, Tag, Worklist

DUE = (_("Case"), _("Service"), _("Asked after"), _("Since"))
WAITING = (_("Case"), _("Service"), _("Stands at"), _("Link works until"))
OTHERS = (_("Case"), _("Service"), _("Stands at"), _("Why"), _("Made"))
UNANSWERED = (_("Case"), _("Service"), _("Stands at"), _("Link ended"))


def _address(row: Any) -> str:
    return f"/onward-referrals/{row.reference}"


def _due(one: Any) -> Row:
    asked = gettext("%(n)s months") % {"n": one.months}
    return Row(_address(one), (one.case, one.service, asked, Deadline(one.due_on, near=0)))


def needs_me(w: Work) -> Sequence[Worklist]:
    """What "What needs me" says to those who send people on: ask how it went, and services that did not answer in time."""
    if not w.actor.may("onward_referral", "record"):
        return ()
    due, unanswered = queries.need_somebody(w)
    return (
        Worklist(_("Sent on to a service: find out how it went"), DUE, [_due(one) for one in due]),
        Worklist(
            _("Sent on to a service that did not answer: ring it, or send a new link"), UNANSWERED,
            [Row(_address(one), (one.case, one.service, tag(one), one.link_ends_at)) for one in unanswered],
        ),
    )  # fmt: skip


def _until(row: Any, now: datetime, ended: Tag) -> Any:
    """Until when a service can answer, or that it cannot any more."""
    return row.link_ends_at if row.link_ends_at and row.link_ends_at > now else ended


@get("/onward-referrals", does=("onward_referral", "list"))
def list_onward(request: Asked) -> Page:
    """What is due, what waits for a service or for a paid place, and the rest."""
    with work(request) as w:
        due, waiting, others = queries.board(w)
        now = w.now
    ended = Tag(gettext("Ended: send a new one"), "orange")
    return page(
        request, "onward_services/board.html",
        due=(DUE, [_due(one) for one in due]),
        waiting=(WAITING, [Row(_address(one), (one.case, one.service, tag(one), _until(one, now, ended))) for one in waiting]),
        others=(OTHERS, [Row(_address(one), (one.case, one.service, tag(one), why(one), one.made_at)) for one in others]),
    )  # fmt: skip


@get("/onward-referrals/{reference:str}", does=("onward_referral", "read"))
def read_onward(request: Asked, reference: str) -> Page:
    """One onward referral: what was agreed, where it stands, and what can be done about it."""
    with work(request) as w:
        known = queries.read(w, reference)
        outcomes = queries.outcomes(w, known.onward)
        areas = directory.areas(w, known.onward.force_id)
        due = queries.due(w, known.onward, w.today) if not known.onward.withdrawn_at else None
        mails = correspondence.to_service(w, known.onward.referral_id, known.onward.reference)
        reads_mails = w.actor.may("message", "read")
        may = {deed for deed in ("send", "withdraw", "record") if w.actor.may("onward_referral", deed)}
        now = w.now
    onward, state = known.onward, state_of(known.onward)
    open_ = {one.action for one in TRANSITIONS if one.side == "provider" and state in one.sources}
    return page(
        request, "onward_services/onward.html", onward=onward, service=known.service, case=known.case.reference,
        state=state, tag=tag(onward),
        need=NEEDS.get(onward.need, onward.need), area=areas.get(onward.area, onward.area),
        covers=[str(COVERS[one]) for one in onward.consent_covers],
        declined=DECLINES.get(onward.decline_reason, ""), withdrawn=WITHDRAWALS.get(onward.withdraw_reason, ""),
        outcomes=[(one, OUTCOMES.get(one.outcome, "")) for one in outcomes],
        link_ended=not onward.link_ends_at or onward.link_ends_at <= now,
        mails=[_mail(one, known.service, sends=request.app.state.outbox is not None) for one in mails], reads_mails=reads_mails,
        deeds=may & open_, due=due if "record" in may else None, key=new_token(),
    )  # fmt: skip


_STANDS: Mapping[str, str] = {
    "kept": _("This is a practice system: nothing leaves it. The e-mail was kept, and not sent."),
    "doubtful": _("It is not known whether it was sent."),
}
_NO_SENDER = _("It has not gone: no sending service is set up. It waits until your operator has set one up.")


def _mail(row: Any, service: OnwardService, *, sends: bool) -> dict[str, Any]:
    """An e-mail to the service, as its onward referral shows it: where it went or goes, where it stands, and why it did not go.

    No message keeps an address: of one that went before the directory was changed nobody knows it any more.
    """
    shown = mail_states.shown(row)
    why = FAILURES.get(row.failure) or _STANDS.get(shown, "")
    if shown == "waiting" and not sends:
        why = _NO_SENDER
    tried = row.began_at or row.failed_at
    changed = tried and service.changed_at and service.changed_at > tried
    to = gettext("the address that the service had then") if changed else service.email
    return {
        "reference": row.reference, "to": (row.kept or {}).get("to") or to, "queued_at": row.queued_at, "why": str(why),
        "tag": Tag(str(mail_states.LABELS[shown]), mail_states.COLOURS[shown]),
    }  # fmt: skip


@post("/onward-referrals/{reference:str}/send", does=("onward_referral", "send"))
def send_onward(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        actions.send_again(w, request.app.state.writer.secret, queries.one(w, reference), form.version)
        return f"/onward-referrals/{reference}?done=written"

    return once(request, form, act)


WITHDRAW = (
    Question("reason", _("Why?"), "choice", options=tuple(Option(one, label) for one, label in WITHDRAWALS.items())),
)
OUTCOME = (
    Question(
        "outcome", _("How did it go?"), "choice", options=tuple(Option(one, label) for one, label in OUTCOMES.items())
    ),
)
Act_ = Callable[[Work, Known, int, Mapping[str, Any]], None]


def _asking(
    path: str, does: str, title: str, button: str, asked: tuple[Question, ...], told: str, acts: Act_
) -> tuple[Any, Any]:
    """Both routes of a page that asks one thing of an onward referral."""

    def shown(request: Asked, reference: str, sent: Form | None = None, error: CaraError | None = None) -> Page:
        with work(request) as w:
            known = queries.read(w, reference)
            if error is None and path == "outcome" and queries.due(w, known.onward, w.today) is None:
                error = NotNow(
                    gettext("Nothing is due. You are asked three and six months after the service accepted.")
                )
        return one_form(
            request, f"{title}", f"/onward-referrals/{reference}/{path}", asked, back=f"/onward-referrals/{reference}", error=error,
            typed=form_binding.read(asked, sent).typed if sent else {}, version=known.onward.version, button=f"{button}",
            told=(f"{known.service.name}, {known.case.reference}", f"{told}"),
        )  # fmt: skip

    @get(f"/onward-referrals/{{reference:str}}/{path}", does=("onward_referral", does), name=f"ask_onward_{path}")
    def ask(request: Asked, reference: str) -> Page:
        return shown(request, reference)

    @post(
        f"/onward-referrals/{{reference:str}}/{path}",
        does=("onward_referral", does),
        name=f"do_onward_{path}",
        opt=unsaved_forms.KEEPS,
    )
    def do(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            known = queries.one(w, reference)
            acts(w, known, form.version, answers_of(asked, form))
            return f"/onward-referrals/{reference}?done=saved"

        return once_or_again(request, form, act, lambda error: shown(request, reference, form, error))

    return ask, do


ROUTES = (
    list_onward, read_onward, send_onward,
    *_asking(
        "withdraw", "withdraw", _("Withdraw the onward referral"), _("Withdraw"), WITHDRAW,
        _("The service’s link ends. A place that was paid goes back to its budget."),
        lambda w, known, version, sent: actions.withdraw(w, known, version, sent["reason"]),
    ),
    *_asking(
        "outcome", "record", _("How did it go?"), _("Save"), OUTCOME, _("Ask the person or the service, as far as the consent goes."),
        lambda w, known, version, sent: actions.record_outcome(w, known, version, sent["outcome"]),
    ),
)  # fmt: skip
