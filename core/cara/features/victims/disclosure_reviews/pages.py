"""Pages of reviews for police and for whoever keeps victims' records: the list, one review, and a page for each thing to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import CaraError, NotNow
from cara.features.victims.contact.contact_refusals import of_victim
from cara.features.victims.disclosure_reviews import (
    actions,
    backlog_pages,
    detail,
    encompass_pages,
    force_contact_pages,
    forms,
    provider_pages,
    queries,
    trust_pages,
    worklist,
)
from cara.features.victims.disclosure_reviews.detail import Whole
from cara.features.victims.disclosure_reviews.form_views import answers_of, form_page, once_or_again
from cara.features.victims.wall import record_keeper, review_opening, review_rules
from cara.features.victims.wall import review_triggers as rule
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Deadline, Row, Tag, Worklist

COLUMNS = (_("Review"), _("Case"), _("Risk"), _("Where it stands"), _("Decide by"), _("Left to do"), _("Opened"))
COLOURS = {"open": "red", "views": "yellow", "proceeded": "green", "stopped": "grey"}
"""How a state looks."""


def needs_me(w: Work) -> Sequence[Worklist]:
    """What "What needs me" says to those who decide: reviews that wait, and cases that were stopped and still run; and to a
    provider: which of them wait for its view."""
    if w.actor.may("asked_review", "view"):
        return (provider_pages.wanted(w),)
    if not w.actor.may("review", "decide"):
        return ()
    rows = [
        Row(f"/reviews/{one.reference}", (one.case_reference, _stands(one), Deadline(one.decide_by) if one.decide_by else None))
        for one in worklist.listed(w)
        if one.to_close or one.state in worklist.OPEN
    ]  # fmt: skip
    title = _("A disclosure is reviewed: workshops wait for the police")
    return (Worklist(title, (COLUMNS[1], *COLUMNS[3:5]), rows, "/reviews"), *backlog_pages.waiting(w))


def _stands(one: worklist.Line) -> Tag:
    if one.to_close:
        return Tag(gettext("Stopped: close the case"), "red")
    return Tag(str(review_rules.STATES[one.state]), COLOURS[one.state])


@get("/reviews", does=("review", "list"))
def list_reviews(request: Asked) -> Page:
    """Reviews of the actor's force, or of the victims whose records they keep."""
    with work(request) as w:
        found = worklist.listed(w, request.app.state["keys"])
    rows = [
        Row(f"/reviews/{one.reference}", (
            one.reference, one.case_reference, str(review_rules.RISKS[one.risk]),
            _stands(one),
            Deadline(one.decide_by) if one.decide_by else None, forms.left(one.left), one.opened_at,
        ))
        for one in found
    ]  # fmt: skip
    return page(request, "disclosure_reviews/reviews.html", rows=rows, columns=COLUMNS)


def _review(request: Asked, w: Work, reference: str) -> Whole:
    return detail.read(w, request.app.state["keys"], reference)


@get("/reviews/{reference:str}", does=("review", "read"))
def read_review(request: Asked, reference: str) -> Page:
    """Everything of one review."""
    with work(request) as w:
        found = _review(request, w, reference)
        may = [one for one in DEEDS if w.actor.may(*one.does) and one.possible(found)]
        police = w.actor.capacity == "force"
        closes = w.actor.may("course", "close")
        refuses = found.row.victim_id is not None and of_victim(w, found.row.victim_id) is not None
        number = record_keeper.duty_supervisor(w, found.row.force_id)
    return page(
        request, "disclosure_reviews/review.html", found=found, row=found.row, rules=review_rules, deeds=may,
        police=police, closes=closes, refuses=refuses,
        left=forms.left(len(found.open_prompts)) if found.row.decision else "", causes=rule.CAUSES,
        unprotected=rule.unprotected(number),
        state=Tag(str(review_rules.STATES[found.state]), COLOURS[found.state]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do in a review, on a page of its own."""

    path: str
    does: tuple[str, str]
    title: str
    asks: Sequence[Question]
    acts: Callable[[Work, Any, Keyring, str, Form, dict[str, Any]], None]
    tells: Callable[[Whole], Sequence[Any]] = lambda _found: ()
    possible: Callable[[Whole], bool] = lambda found: not found.row.decision
    says: str = ""
    warns: str = ""
    versioned: bool = False
    """Whether it must not be done on what somebody else changed meanwhile."""
    done: str = "saved"


def _so_far(found: Whole) -> Sequence[Any]:
    """What a decision rests on."""
    lines: list[Any] = [
        (_("Risk"), str(review_rules.RISKS[found.row.risk])),
        (_("Question"), str(review_rules.QUESTIONS[found.row.question])),
    ]
    lines += [
        (str(review_rules.SIDES[one.side]), str(review_rules.VIEWS[one.view])) for one in found.views if one.counts
    ]
    if found.consultation and found.consultation.answered_at and found.consulted:
        lines.append((str(review_rules.SIDES["trust"]), str(review_rules.VIEWS[found.consultation.view])))
    if found.lacking:
        needed = "\n".join(str(review_rules.NEEDS[one]) for one in found.lacking)
        lines.append((_("Still needed, to proceed with care or without"), needed))
    return lines


def _asked_once(found: Whole) -> bool:
    return not found.row.decision and not found.consulted


DEEDS: tuple[Deed, ...] = (
    Deed("view", ("review", "view"), _("Give a view"), forms.VIEW,
         lambda w, _f, keys, ref, _form, a: actions.give_view(w, keys, ref, a["view"], a["words"]),
         says=_("It counts as the view of your side. A later one takes the place of an earlier one; both stay on record.")),
    Deed("decide", ("review", "decide"), _("Decide"), forms.DECIDE,
         lambda w, _f, keys, ref, form, a: actions.decide(w, keys, ref, form.version, a["decision"], a["reasons"]),
         tells=_so_far, versioned=True, done="decided",
         warns=_("CARA decides nothing: you do, and your name is kept with it. The clock of 16 weeks has run on.")),
    Deed("no-new-risk", ("review", "decide"), _("Close: no new risk"), forms.NO_NEW_RISK,
         lambda w, _f, keys, ref, form, a: actions.decide(w, keys, ref, form.version, review_rules.NO_NEW_RISK, a["reasons"]),
         possible=lambda found: found.answers_alone and not found.row.decision, versioned=True, done="decided",
         says=_("Nothing but recorded answers opened this review, so you need no other view. The hold is released."),
         warns=_("What was recorded before now does not hold the case again. What is newer does.")),
    Deed("ask-provider", ("review", "decide"), _("Ask the provider"), (),
         lambda w, _f, _keys, ref, _form, _a: actions.ask_provider(w, ref), possible=lambda found: found.may_ask_provider, done="asked",
         tells=lambda found: (
             (_("Risk"), str(review_rules.RISKS[found.row.risk])), (_("Question"), str(review_rules.QUESTIONS[found.row.question]))),
         says=_("This is all that the provider is told, and that a review is open. Until you ask, it sees a hold like any other.")),
    Deed("consult", ("review", "consult"), _("Ask the Trust"), (),
         lambda w, _f, _keys, ref, _form, _a: actions.consult(w, ref), possible=_asked_once, tells=lambda found: (
             (_("Risk"), str(review_rules.RISKS[found.row.risk])), (_("Question"), str(review_rules.QUESTIONS[found.row.question]))),
         says=_("This is all that the Trust is told. It learns no name, no case and nothing of the account.")),
    Deed("step", ("review", "step"), _("Record what was done, or who was told"), forms.STEP,
         lambda w, _f, keys, ref, _form, a: actions.record_step(
             w, keys, ref, a["step"], a["outcome"], a["words"], forms.happened(a, w.now)),
         possible=lambda _found: True),
    Deed("risk", ("review", "step"), _("Assess the risk"), forms.RISK,
         lambda w, _f, _keys, ref, _form, a: actions.assess(w, ref, a["risk"]),
         says=_("This one word is all that others read of how grave it is.")),
    Deed("account", ("review", "open"), _("Add another account"), forms.DISCLOSURE,
         lambda w, _f, keys, ref, _form, a: actions.add_account(w, keys, ref, forms.account(a)),
         possible=lambda found: found.takes_accounts,
         says=_("Views that were given before it count no more: they are asked for again.")),
)  # fmt: skip


def _offer(deed: Deed) -> Any:
    @get(f"/reviews/{{reference:str}}/{deed.path}", does=deed.does, name=f"offer_review_{deed.path}")
    def offer(request: Asked, reference: str) -> Page:
        return _deed_page(request, deed, reference)

    return offer


def _take(deed: Deed) -> Any:
    @post(
        f"/reviews/{{reference:str}}/{deed.path}",
        does=deed.does,
        name=f"take_review_{deed.path}",
        opt=unsaved_forms.KEEPS,
    )
    def take(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            state = request.app.state
            queries.must_exist(w, reference)
            deed.acts(w, state.forces, state["keys"], reference, form, answers_of(deed.asks, form))
            return f"/reviews/{reference}?done={deed.done}"

        return once_or_again(request, form, act, lambda error: _deed_page(request, deed, reference, form, error))

    return take


def _deed_page(request: Asked, deed: Deed, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        found = _review(request, w, reference)
    if error is None and not deed.possible(found):
        error = NotNow(gettext("This review does not allow it any more."))
    return form_page(
        request, deed.title, deed.asks, back=f"/reviews/{reference}", typed=typed, error=error, told=deed.tells(found),
        says=(deed.says,) if deed.says else (), warns=deed.warns, leave=True, version=found.row.version if deed.versioned else None,
    )  # fmt: skip


def _disclosure_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        of = review_opening.of_victim(w, reference)
        number = record_keeper.duty_supervisor(w, of.force_id)
        w.record("review.asked_for", Act.CONSULTATION, subject=("victim", of.victim_id or 0), force=of.force_id)
    return form_page(
        request, gettext("Write down a disclosure"), forms.DISCLOSURE, back=f"/victims/{reference}", typed=typed, error=error, leave=True,
        button=gettext("Save, and hold the case"),
        says=(gettext("The case is on hold from the moment you save: no workshop takes place until the police decide."),
              rule.unprotected(number)),
    )  # fmt: skip


@get("/victims/{reference:str}/disclosure", does=("review", "open"))
def offer_disclosure(request: Asked, reference: str) -> Page:
    """What somebody disclosed, to be written down."""
    return _disclosure_page(request, reference)


@post("/victims/{reference:str}/disclosure", does=("review", "open"), opt=unsaved_forms.KEEPS)
def take_disclosure(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Hold the case, and open its review."""

    def act(w: Work) -> str:
        review_opening.of_victim(w, reference)
        answers = answers_of(forms.DISCLOSURE, form)
        made = actions.disclose(w, request.app.state["keys"], reference, forms.account(answers))
        return f"/reviews/{made}?done=disclosed"

    return once_or_again(request, form, act, lambda error: _disclosure_page(request, reference, form, error))


ROUTES = (
    list_reviews, read_review, *(_offer(one) for one in DEEDS), *(_take(one) for one in DEEDS), offer_disclosure, take_disclosure,
    *provider_pages.ROUTES, *trust_pages.ROUTES, *backlog_pages.ROUTES, *encompass_pages.ROUTES,
    *force_contact_pages.ROUTES,
)  # fmt: skip
