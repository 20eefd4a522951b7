"""Pages of proposals: describe cohorts that could be run, see the plan, pin and leave out, take it in part, try what if."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from litestar.response import Redirect

from cara.errors import CaraError, NotFound, Stale
from cara.features.course.cohorts import queries
from cara.features.course.proposals import actions, forms, presenter
from cara.features.course.proposals.accept import accept
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.models import ScheduleProposal
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

LONG = timedelta(minutes=2)
"""After so long without an answer, planning was interrupted."""


def _forces(w: Work) -> list[str]:
    """The forces in which the actor's organisation has venues."""
    return sorted({one.force_id for one in queries.venues(w)})


def _planning(request: Asked, answer: Page | Redirect, reference: str = "") -> Page | Redirect:
    """Let the plan be made, now that what asks for it is kept. A page that says why it is not goes back as it came."""
    if isinstance(answer, Redirect):
        asked = reference or answer.url.rpartition("/")[2]
        request.app.state.planner.begin(request.scope["cara_actor"], asked)  # type: ignore[typeddict-item]  # ours
    return answer


def _done(
    request: Asked, form: Form, reference: str, act: Callable[[Work, ScheduleProposal], None], again: Callable[..., Page],
    where: str = "",
) -> Page | Redirect:  # fmt: skip
    """Do what a form of one proposal asks and lead back to it, to a place on its page; or the form's page again, with what is
    wrong."""

    def of_this_one(w: Work) -> str:
        act(w, actions.proposal(w, reference))
        return f"/schedule/{reference}{where}"

    return once_or_again(request, form, of_this_one, lambda error: again(request, reference, form, error))


@get("/schedule", does=("schedule", "list"))
def list_proposals(request: Asked) -> Page:
    with work(request) as w:
        found = [(one, FORCES[one.force_id].short_name) for one in actions.proposals(w)]
        forces = [(one, FORCES[one].short_name) for one in _forces(w)]
        w.record("schedule.listed", Act.CONSULTATION, codes={"found": len(found)})
    return page(request, "course/proposals.html", found=found, forces=forces, pounds=presenter.pounds)


def _new_page(request: Asked, force: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        if force not in _forces(w):
            raise NotFound
        questions = forms.questions(w, force)
        usual = forms.usual(w, force)
        w.record("schedule.listed", Act.CONSULTATION, codes={"found": 0})
    typed = form_binding.read(questions, form).typed if form else form_binding.fill(questions, usual)
    title = gettext("Plan cohorts in %(force)s") % {"force": FORCES[force].short_name}
    return one_form(request, title, f"/schedule/new/{force}", questions, back="/schedule", typed=typed, error=error,
                     button=str(_("Plan")), told=(_TOLD,))  # fmt: skip


_TOLD = _(
    "Describe the cohorts that could be run. The plan places as many people as can be placed, then runs as few as it can."
)


@get("/schedule/new/{slug:str}", does=("schedule", "plan"))
def new_proposal(request: Asked, slug: str) -> Page:
    return _new_page(request, slug)


@post("/schedule/new/{slug:str}", does=("schedule", "plan"), opt=unsaved_forms.KEEPS)
def ask(request: Asked, form: Form, slug: str) -> Page | Redirect:
    def act(w: Work) -> str:
        if slug not in _forces(w):
            raise NotFound
        sent = answers_of(forms.questions(w, slug), form)
        return f"/schedule/{actions.ask(w, slug, forms.read_terms(sent, w.today)).reference}"

    answer = once_or_again(request, form, act, lambda error: _new_page(request, slug, form, error))
    return _planning(request, answer)


def _not_overtaken(row: ScheduleProposal, form: Form) -> None:
    """What a form may hold follows from the plan that it showed: another plan is said first."""
    if row.version != form.version:
        raise Stale


def _read(w: Work, row: ScheduleProposal, shown: Sequence[str] = ()) -> None:
    actions.entry(w, "schedule.read", row, Act.CONSULTATION, shown=[int(one) for one in shown])


def _proposal_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        row = actions.proposal(w, reference)
        numbers = presenter.everybody(row)
        known = presenter.names(w, numbers)
        rooms, without = presenter.rooms(w, row, known), presenter.unplaced(row, known)
        questions = forms.facilitator_questions(w)
        compared, proposed = presenter.compared(w, row), presenter.ticked(w, row, rooms)
        waits = not row.planned_at or any(not one["figures"] and not one["failure"] for one in row.what_ifs)
        interrupted = waits and w.now - row.asked_at > LONG
        _read(w, row, sorted(known))
    form, kept, error = _typed_before(request, row, form, error)
    overtaken = isinstance(error, Stale)
    typed: Any = form_binding.read(questions, form).typed if form else {"way": ["offer"]}
    ticked = set(form.get("take", ())) if form else proposed
    own = {name: form.first(name) for name in form} if form else {}
    shown = page(
        request, "course/proposal.html", status=error.status if error else 200, row=row, rooms=rooms, without=without,
        questions=questions, typed=typed, ticked=ticked, own=own, faults=faults_of(error) if error else (), compared=compared, waits=waits,
        interrupted=interrupted, overtaken_by_another=overtaken, key=unsaved_forms.key(form if kept else None),
        force=FORCES[row.force_id], pounds=presenter.pounds,
        summary=presenter.summary(row.plan["figures"]) if row.plan else (), refused=_refused(row), again=new_token(),
        leading=questions[:3], typed_before=bool(kept), flashes=(unsaved_forms.notice(),) if kept else (),
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


def _typed_before(
    request: Asked, row: ScheduleProposal, form: Form | None, error: CaraError | None
) -> tuple[Form | None, bool, CaraError | None]:
    """What the page is filled in with, whether that was kept from before, and what is wrong. Typing that was kept is of the
    plan that it showed: of another one it is shown and cannot be sent as it is."""
    kept = unsaved_forms.take(request) if form is None else None
    if kept is None:
        return form, False, error
    return Form(kept), True, Stale() if unsaved_forms.version(kept) != row.version else error


def _refused(row: ScheduleProposal) -> list[str]:
    found: Mapping[str, int] = row.plan.get("refused", {})
    return [
        gettext("%(n)s cohorts were not looked at: %(why)s.") % {"n": count, "why": presenter.REFUSED[why]}
        for why, count in found.items()
    ]


@get("/schedule/{reference:str}", does=("schedule", "read"))
def read_proposal(request: Asked, reference: str) -> Page:
    return _proposal_page(request, reference)


@post("/schedule/{reference:str}/again", does=("schedule", "plan"))
def plan_again(request: Asked, form: Form, reference: str) -> Page | Redirect:
    form.only()

    def act(w: Work) -> str:
        actions.ask_again(w, actions.proposal(w, reference), form.version)
        return f"/schedule/{reference}"

    return _planning(request, once(request, form, act), reference)


def _terms_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        row = actions.proposal(w, reference)
        questions = forms.questions(w, row.force_id)
        _read(w, row)
    kept = forms.asked(Terms.of(row.terms))
    typed = form_binding.read(questions, form).typed if form else form_binding.fill(questions, kept)
    return one_form(request, str(_("Change which cohorts could be run")), f"/schedule/{reference}/candidates", questions,
                     back=f"/schedule/{reference}", typed=typed, version=row.version, error=error, button=str(_("Plan anew")))  # fmt: skip


@get("/schedule/{reference:str}/candidates", does=("schedule", "plan"))
def show_terms(request: Asked, reference: str) -> Page:
    return _terms_page(request, reference)


@post("/schedule/{reference:str}/candidates", does=("schedule", "plan"), opt=unsaved_forms.KEEPS)
def change_terms(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work, row: ScheduleProposal) -> None:
        before = Terms.of(row.terms)
        terms = forms.read_terms(answers_of(forms.questions(w, row.force_id), form), w.today)
        actions.ask_anew(w, row, form.version, terms.choosing(before.pins, before.people_out, before.cohorts_out))

    return _planning(request, _done(request, form, reference, act, _terms_page), reference)


def _pins_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        row = actions.proposal(w, reference)
        known = presenter.names(w, presenter.everybody(row))
        rooms = presenter.rooms(w, row, known)
        left_out = presenter.left_out(w, row)
        _read(w, row, sorted(known))
    form, kept, error = _typed_before(request, row, form, error)
    terms = Terms.of(row.terms)
    said = {**dict.fromkeys(terms.people_out, "out"), **terms.pins}
    if form:
        said = {number: form.first(f"person-{number}") for number in known}
    shown = page(
        request, "course/pins.html", status=error.status if error else 200, row=row,
        people=sorted(known.values(), key=lambda one: one.name),
        rooms=[one for one in rooms if not one.became], said=said, out=set(form.get("out", ())) if form else set(terms.cohorts_out),
        left_out=left_out, faults=faults_of(error) if error else (), overtaken_by_another=isinstance(error, Stale),
        key=unsaved_forms.key(form if kept else None), flashes=(unsaved_forms.notice(),) if kept else (),
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


@get("/schedule/{reference:str}/pins", does=("schedule", "plan"))
def show_pins(request: Asked, reference: str) -> Page:
    return _pins_page(request, reference)


@post("/schedule/{reference:str}/pins", does=("schedule", "plan"), opt=unsaved_forms.KEEPS)
def change_pins(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work, row: ScheduleProposal) -> None:
        _not_overtaken(row, form)
        pins, people_out, cohorts_out = forms.read_pins(row, form)
        actions.ask_anew(w, row, form.version, Terms.of(row.terms).choosing(pins, people_out, cohorts_out))

    return _planning(request, _done(request, form, reference, act, _pins_page), reference)


@get("/schedule/{reference:str}/accept", does=("schedule", "accept"))
def show_accept(request: Asked, reference: str) -> Page:
    """The plan again, for whoever was signed out while accepting it: what they ticked is at this address."""
    return _proposal_page(request, reference)


@post("/schedule/{reference:str}/accept", does=("schedule", "accept"), opt=unsaved_forms.KEEPS)
def accept_proposal(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work, row: ScheduleProposal) -> None:
        _not_overtaken(row, form)
        accept(w, request.app.state.forces, row, form.version, forms.read_chosen(w, row, form))

    return _done(request, form, reference, act, _proposal_page, "?done=taken")


def _what_if_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        row = actions.proposal(w, reference)
        questions = forms.what_if_questions(w, row.force_id)
        _read(w, row)
    typed = form_binding.read(questions, form).typed if form else {}
    return one_form(request, str(_("Try a “what if”")), f"/schedule/{reference}/what-if", questions, back=f"/schedule/{reference}",
                     typed=typed, version=row.version, error=error, button=str(_("Try it")),
                     told=(_("Nothing is changed: the plan stays, and what would be stands beside it."),))  # fmt: skip


@get("/schedule/{reference:str}/what-if", does=("schedule", "plan"))
def show_what_if(request: Asked, reference: str) -> Page:
    return _what_if_page(request, reference)


@post("/schedule/{reference:str}/what-if", does=("schedule", "plan"), opt=unsaved_forms.KEEPS)
def try_out(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work, row: ScheduleProposal) -> None:
        sent = answers_of(forms.what_if_questions(w, row.force_id), form)
        actions.try_out(w, row, form.version, forms.read_what_if(sent))

    return _planning(request, _done(request, form, reference, act, _what_if_page, "#compared"), reference)


ROUTES = (
    list_proposals, new_proposal, ask, read_proposal, plan_again, show_terms, change_terms, show_pins, change_pins,
    show_accept, accept_proposal, show_what_if, try_out
)  # fmt: skip
