"""Pages of retention: what is due, one review, a case's legal hold, and how long the force keeps what."""

from collections.abc import Callable
from datetime import date
from typing import Any

from litestar.response import Redirect

from cara import kept_typing
from cara.api import Option, Question
from cara.cohorts.asking import answers_of, form_page, once_or_again
from cara.errors import CaraError
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.referrals import queries as referrals
from cara.retention import legal_hold, queries, reviews
from cara.retention.models import RetentionReview
from cara.retention.periods import CLASSES, months_in_force
from cara.routes import get, post
from cara.shell import Asked, Form, Page, page
from cara.web import dates, forms
from cara.web.bits import Row, Tag, day
from cara.work import Work, new_token, work

_WHY = Question(
    "reason", _("Why?"), "long_text", _("Stays on record. No name, and no victim’s details."), max_length=1000
)
_KEEP = (Question("until", _("Keep until"), "date", _("On that day the review opens again.")), _WHY)
_PROPOSE = (Question("reason", _("Why may these records go?"), "long_text", _WHY.hint, max_length=1000),)
_PERIOD = (
    Question("record_class", _("Which records?"), "choice",
             options=tuple(Option(key, one.label, one.hint) for key, one in CLASSES.items())),
    Question("months", _("How many months are they kept before somebody looks at them?"), "whole_number"),
    Question("starts", _("From which day on?"), "date"),
    Question("source", _("What does the period rest on?"), "text", _("A policy, a schedule, a decision, with its date."),
             max_length=200),
)  # fmt: skip


@get("/retention", does=("retention", "list"))
def list_reviews(request: Asked) -> Page:
    """What has been kept for its period and waits for a decision, longest due first."""
    with work(request) as w:
        found, names, held = queries.due(w)
    rows = [
        Row(f"/retention/{one.reference}", (CLASSES[one.record_class].label, names.get(one.referral_id, "–"), day(one.due_on),
            _standing(one, one.referral_id in held)))
        for one in found
    ]  # fmt: skip
    columns = (_("Records"), _("Case"), _("Due"), _("Where it stands"))
    return page(request, "retention/list.html", rows=rows, columns=columns)


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
        row = reviews.review(w, reference)
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
        row = reviews.review(w, reference)
        queries.of_review(w, row)
    typed = forms.read(questions, form).typed if form else {}
    told = (f"{CLASSES[row.record_class].label}. {CLASSES[row.record_class].hint}",)
    return form_page(request, str(title), f"/retention/{reference}/{verb}", questions, back=f"/retention/{reference}", typed=typed,
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
        sent, row = answers_of(questions, form), reviews.review(w, reference)
        act(w, row, form.version, sent)
        return f"/retention/{reference}?done=saved"

    return once_or_again(request, form, do, lambda error: _ask(request, reference, verb, form, error))


@post("/retention/{reference:str}/keep", does=("retention", "keep"), opt=kept_typing.KEEPS)
def keep(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Keep the records until a day."""

    def act(w: Work, row: RetentionReview, version: int, sent: dict[str, Any]) -> None:
        reviews.keep(w, row, version, date.fromisoformat(sent["until"]), sent["reason"])

    return _decide(request, form, reference, _KEEP, "keep", act)


@post("/retention/{reference:str}/propose", does=("retention", "propose"), opt=kept_typing.KEEPS)
def propose(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Propose that they are erased."""

    def act(w: Work, row: RetentionReview, version: int, sent: dict[str, Any]) -> None:
        reviews.propose(w, row, version, sent["reason"])

    return _decide(request, form, reference, _PROPOSE, "propose", act)


@post("/retention/{reference:str}/confirm", does=("retention", "confirm_erasure"))
def confirm(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Erase them: the second person."""
    keys = request.app.state["keys"]
    return _decide(
        request, form, reference, (), "keep", lambda w, row, version, _sent: reviews.confirm(w, keys, row, version)
    )


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
    rule = _("While a hold stands, nothing of the case, or of whoever was harmed in it, can be erased by anybody.")
    return form_page(
        request, str(_("Lift the legal hold") if stands else _("Place a legal hold")),
        f"/cases/{reference}/legal-hold/{'lift' if stands else 'place'}", (_WHY,), back=f"/cases/{reference}",
        typed=forms.read((_WHY,), form).typed if form else {}, error=error, told=(str(rule), *told),
    )  # fmt: skip


def _told(w: Work, hold: Any) -> list[str]:
    placed = {
        "day": dates.absolute(hold.placed_at.date()),
        "who": queries.name_of(w, hold.placed_by),
        "why": hold.reason,
    }
    lines = [gettext("Placed on %(day)s by %(who)s: %(why)s") % placed]
    if hold.lifted_at:
        lifted = {
            "day": dates.absolute(hold.lifted_at.date()),
            "who": queries.name_of(w, hold.lifted_by),
            "why": hold.lift_reason,
        }
        lines.append(gettext("Lifted on %(day)s by %(who)s: %(why)s") % lifted)
    return lines


def _hold(request: Asked, form: Form, reference: str, act: Callable[[Work, int, str], None]) -> Page | Redirect:
    def do(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        act(w, referral.id or 0, answers_of((_WHY,), form)["reason"])
        return f"/cases/{reference}/legal-hold?done=saved"

    return once_or_again(request, form, do, lambda error: _hold_page(request, reference, form, error))


@post("/cases/{reference:str}/legal-hold/place", does=("retention", "hold"), opt=kept_typing.KEEPS)
def place_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Nothing of the case may be erased from now on."""
    return _hold(request, form, reference, legal_hold.place)


@post("/cases/{reference:str}/legal-hold/lift", does=("retention", "lift"), opt=kept_typing.KEEPS)
def lift_hold(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """It may again."""
    return _hold(request, form, reference, legal_hold.lift)


@get("/retention-periods", does=("retention_period", "read"))
def show_periods(request: Asked) -> Page:
    """How long the force keeps each class, and since when."""
    with work(request) as w:
        rows, today, may = queries.periods(w), w.today, queries.may_set(w)
    table = [(one.label, *months_in_force(rows, name, today)) for name, one in CLASSES.items()]
    ahead = [(CLASSES[one.record_class].label, one.months, one.starts) for one in rows if one.starts > today]
    return page(request, "retention/periods.html", table=table, ahead=ahead, may=may)


@get("/retention-periods/new", does=("retention_period", "set"))
def new_period(request: Asked) -> Page:
    """Another period for one class."""
    return _period_page(request)


def _period_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request):
        typed = forms.read(_PERIOD, form).typed if form else {}
    return form_page(request, str(_("Change a period")), "/retention-periods/new", _PERIOD, back="/retention-periods", typed=typed,
                     error=error)  # fmt: skip


@post("/retention-periods/new", does=("retention_period", "set"), opt=kept_typing.KEEPS)
def set_period(request: Asked, form: Form) -> Page | Redirect:
    """Set another period, from a day on."""

    def act(w: Work) -> str:
        sent = answers_of(_PERIOD, form)
        reviews.set_period(
            w, sent["record_class"], int(sent["months"]), date.fromisoformat(sent["starts"]), sent["source"]
        )
        return "/retention-periods?done=saved"

    return once_or_again(request, form, act, lambda error: _period_page(request, form, error))


ROUTES = (
    list_reviews, show_review, ask_keep, ask_propose, keep, propose, confirm, show_hold, place_hold, lift_hold, show_periods,
    new_period, set_period,
)  # fmt: skip
