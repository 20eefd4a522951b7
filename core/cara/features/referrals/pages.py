"""Pages of cases: the lists, one case, and the turns that a case takes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from litestar.params import QueryParameter
from litestar.response import Redirect

from cara import clock
from cara.api import Option, Question
from cara.errors import BadInput, Conflict, NotFound, NotNow, Stale
from cara.features.referrals import actions, draft_pages, eligibility_page, queries
from cara.features.referrals.course_formats import formats
from cara.features.referrals.csv_import import pages as importing_pages
from cara.features.referrals.eligibility_check import decide_again
from cara.features.referrals.mapping import answers_again
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.providers import chosen
from cara.features.referrals.questions import NATIONAL_STEPS, OFFENDER
from cara.features.referrals.states import LABELS, OVER, TRANSITIONS, Transition, open_to, state_of, transition
from cara.features.referrals.timeline import NEXT, timeline
from cara.features.referrals.warnings import advice
from cara.field_types import EMPTY
from cara.i18n import lazy as _
from cara.platform import telemetry
from cara.platform.plugins import Forces
from cara.platform.reference_data import offence_codes
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Deadline, Row, Tag

COLOURS = {
    "awaiting_authorisation": "yellow", "declined": "grey", "referred": "teal", "information_requested": "orange",
    "accepted": "yellow", "by_telephone": "teal", "offered": "yellow", "booked": "teal", "attended_a": "teal", "both_done": "green",
    "breach_review": "red", "completed": "green", "closed": "grey", "breached": "red", "returned": "red", "withdrawn": "grey",
    "superseded": "grey",
}  # fmt: skip
CATEGORIES = {
    "common_assault": _("Common assault"), "battery": _("Battery"), "criminal_damage": _("Criminal damage"),
    "harassment": _("Harassment"), "domestic_theft": _("Domestic theft"), "threatening_behaviour": _("Threatening behaviour"),
}  # fmt: skip
RELATIONSHIPS = {"intimate": _("Partners, now or in the past"), "family": _("Family members"), "other": _("Other")}
REASONS = {
    "facts": _("Facts are missing or wrong"),
    "unsuitable": _("The course does not suit this person"),
    "capacity": _("No place can be found before the last day"),
    "area": _("The person lives outside our area"),
    "other": _("Something else"),
}

REASON = Question("reason", _("Why?"), "long_text", _("The officer reads this. No victim’s details."), max_length=1000)
ASKED: Mapping[str, tuple[Question, ...]] = {
    "authorise": (),
    "withdraw": (),
    "decline": (REASON,),
    "accept": (Question("format", _("In which format will the person do the course?"), "choice"),),
    "return": (
        Question("reason", _("Why do you return it?"), "choice", options=tuple(Option(value, text) for value, text in REASONS.items())),
        Question("note", _("What should the officer do?"), "long_text", _("No victim’s details."), max_length=1000),
    ),
    "ask": (
        Question("question", _("What do you need to know?"), "long_text", _("The officer reads this. No victim’s details."),
                 max_length=1000),
    ),
    "answer": (
        Question("answer", _("Your answer"), "long_text", _("The provider reads this. No victim’s details."), max_length=2000),
    ),
}  # fmt: skip
"""Transition → what is asked on its page. Which formats there are is a matter of the case: see `_questions`."""

VERBS: Mapping[str, Callable[[Work, Referral, int, Mapping[str, Any]], None]] = {
    "withdraw": lambda w, r, v, a: actions.withdraw(w, r, v),  # noqa: ARG005
    "decline": lambda w, r, v, a: actions.decline(w, r, v, a["reason"]),
    "accept": lambda w, r, v, a: actions.accept(w, r, v, a["format"]),
    "return": lambda w, r, v, a: actions.return_to_officer(w, r, v, a["reason"], a["note"]),
    "ask": lambda w, r, v, a: actions.ask(w, r, v, a["question"]),
    "answer": lambda w, r, v, a: actions.answer_request(w, r, v, a["answer"]),
}

DELIVERED = tuple(one for step in NATIONAL_STEPS for one in step.questions if one.name in ("conditions", "needs"))
"""Questions whose answers the provider delivers to."""
CLOSED = (*OVER, "completed")
"""States in which nothing has to be completed any more."""

COLUMNS = (_("Case"), _("Person"), _("Offence"), _("Stands at"), _("Answer by"), _("Complete by"))


def _row(row: Any) -> Row:
    state = row.state
    waiting = state in ("referred", "information_requested")
    return Row(
        f"/cases/{row.reference}",
        (
            row.reference,
            f"{row.surname.upper()}, {row.forenames}",
            CATEGORIES.get(row.offence_category, row.offence_category),
            Tag(str(LABELS[state]), COLOURS[state]),
            Deadline(row.accept_by, near=2) if waiting and row.accept_by else None,
            Deadline(row.complete_by, near=28) if state not in CLOSED else None,
        ),
    )


@get("/cases", does=("referral", "list"))
def list_cases(
    request: Asked, standing: Annotated[str, QueryParameter(name="state")] = "", before: int | None = None
) -> Page:
    if standing and standing not in LABELS:
        raise NotFound("There is no such filter. Choose one on the page.")
    with work(request) as w:
        rows, following = queries.page_of_cases(w, standing, before)
        may_search = w.actor.may("referral", "search")
    return page(
        request, "referrals/cases.html", rows=[_row(row) for row in rows], columns=COLUMNS, labels=LABELS, state=standing,
        following=following, first=before is not None, may_search=may_search, found=None,
    )  # fmt: skip


@post("/cases", does=("referral", "search"))
def search_cases(request: Asked, form: Form) -> Page:
    """Search by name: posted, because a name never stands in an address."""
    name = form.only("name").first("name")[:200]
    with work(request) as w:
        rows = queries.search(w, name)
    return page(
        request, "referrals/cases.html", rows=[_row(row) for row in rows], columns=COLUMNS, labels=LABELS, state="",
        following=None, first=True, may_search=True, found=name,
    )  # fmt: skip


def _detail(request: Asked, w: Work, referral: Referral, offender: Offender) -> dict[str, Any]:
    """Everything on a case page, for the actor's side."""
    capacity = w.actor.capacity
    state = state_of(referral)
    return {
        "referral": referral,
        "offender": offender,
        "state": Tag(str(LABELS[state]), COLOURS[state]),
        "capacity": capacity,
        "running": state not in CLOSED,
        "turns": [
            one
            for one in open_to(capacity, referral)
            if w.actor.may("referral", one.action)
            and not (one.action == "authorise" and referral.created_by == w.actor.id)
        ],
        "may_message": w.actor.may("message", "list"),
        "next": NEXT.get((state, capacity), ""),
        "workshops_next": state in ("accepted", "offered", "booked", "attended_a", "by_telephone"),
        "force": FORCES[referral.force_id],
        "entries": timeline(w, referral),
        "local": queries.local_answers(w, referral),
        "requests": queries.requests(w, referral),
        "decision": (kept := queries.decision(w, referral) if capacity == "force" else None),
        "referred": answers_again(referral, offender, kept) if kept else {},
        "steps": [step for step in NATIONAL_STEPS if step is not OFFENDER],
        "course": [(one.label, form_binding.show(one, getattr(referral, one.name) or EMPTY)) for one in DELIVERED],
        "listed": (listed := offence_codes.offence(w.session, referral.offence_code)),
        "advice": tuple(
            advice(
                listed,
                referral.offence_category,
                referral.offence_date,
                referral.risk_assessed_on if capacity == "force" else None,
            )
        ),
        "words": {
            "category": CATEGORIES,
            "format": formats(w, referral),
            "relationship": RELATIONSHIPS,
            "reason": REASONS,
        },
        "suspended": request.app.state.forces.why(referral.force_id),
        "parts": (parts := [part for make in request.app.state.case_panels if (part := make(w, referral))]),
        "needs": [one for part in parts if "needs" in part for one in part["needs"](request.app.state["keys"])],
        "key": new_token(),
    }


@get("/cases/{reference:str}", does=("referral", "read"))
def read_case(request: Asked, reference: str) -> Page:
    with work(request) as w:
        referral, offender = queries.read_case(w, reference)
        shown = _detail(request, w, referral, offender)
    return page(request, "referrals/case.html", **shown)


def _questions(w: Work, turn: Transition, referral: Referral) -> tuple[Question, ...]:
    if turn.action != "accept":
        return ASKED[turn.action]
    options = tuple(Option(value, label) for value, label in formats(w, referral).items())
    return tuple(replace(question, options=options) for question in ASKED["accept"])


def _turn_page(
    request: Asked, turn: Transition, reference: str, typed: Any = None, error: BadInput | Conflict | None = None
) -> Page:
    """The page of a turn. `typed` is what was sent already, `error` why it was not taken. Where the case has moved on,
    there is no form: only what to do, and what was typed."""
    with work(request) as w:
        referral, offender = queries.read_case(w, reference)
        open_questions = [one.question for one in queries.requests(w, referral) if one.answered_at is None]
        questions = _questions(w, turn, referral)
        moved = _moved_on(turn, referral)
    kept = unsaved_forms.take(request) if typed is None else None
    if kept is not None and unsaved_forms.version(kept) != referral.version:
        error = Stale()
    if typed is None and kept is None:
        typed = {"format": [referral.format_proposed]} if turn.action == "accept" and not moved else {}
    error = moved or error
    shown = page(
        request, "referrals/turn.html", status=error.status if error else 200, turn=turn, referral=referral, questions=questions,
        offender=offender, asked=open_questions if turn.action == "answer" else (),
        typed=form_binding.read(questions, kept or typed).typed, faults=faults_of(error) if error else (), closed=bool(moved),
        overtaken_by_another=isinstance(error, Stale), key=unsaved_forms.key(kept),
        flashes=(unsaved_forms.notice(),) if kept and not moved else (),
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


def _moved_on(turn: Transition, referral: Referral) -> NotNow | None:
    """Why the turn cannot be taken from the referral's present state, if it cannot."""
    try:
        transition(turn.action, referral)
    except NotNow as error:
        return error
    return None


def _offer(turn: Transition) -> Any:
    @get(f"/cases/{{reference:str}}/{turn.action}", does=("referral", turn.action), name=f"offer_{turn.action}")
    def offer(request: Asked, reference: str) -> Page:
        return _turn_page(request, turn, reference)

    return offer


def _take(turn: Transition) -> Any:
    @post(
        f"/cases/{{reference:str}}/{turn.action}", does=("referral", turn.action), name=f"take_{turn.action}",
        opt=unsaved_forms.KEEPS if ASKED[turn.action] else {},
    )  # fmt: skip
    def take(request: Asked, form: Form, reference: str) -> Page | Redirect:
        moved: list[Referral] = []

        def act(w: Work) -> str:
            referral, _offender = queries.case(w, reference)
            questions = _questions(w, turn, referral)
            form.only(*(field for question in questions for field in form_binding.fields(question)))
            transition(turn.action, referral)
            reading = form_binding.read(questions, form)
            if reading.faults:
                raise BadInput(faults=reading.faults)
            if turn.action == "authorise":
                _authorise(w, request.app.state.forces, referral, form.version)
            else:
                VERBS[turn.action](w, referral, form.version, reading.values)
            moved.append(referral)
            return f"/cases/{reference}?done=moved"

        try:
            answer = once(request, form, act)
        except (BadInput, Stale, NotNow) as error:
            if isinstance(error, BadInput) and not error.faults:
                raise  # no mistake of a person's: the form is not one of ours
            return _turn_page(request, turn, reference, form, error)
        for one in moved:
            _count(one, turn)
        return answer

    return take


def _authorise(w: Work, forces: Forces, referral: Referral, version: int) -> None:
    """Only to a provider that is licensed today, and only if the rules still answer "eligible" today."""
    provider = chosen(w, forces, referral.force_id, w.today, referral.proposed_provider)
    actions.authorise(w, referral, version, provider=provider, answer=decide_again(w, forces, referral))


def _count(referral: Referral, turn: Transition) -> None:
    hours = None
    if turn.action == "accept" and referral.referred_at:
        hours = (clock.now() - referral.referred_at).total_seconds() / 3600
    telemetry.referral_moved(referral.force_id, turn.verb, hours)


_PAGED = [turn for turn in TRANSITIONS if turn.action in ASKED]

ROUTES = (
    list_cases, search_cases, read_case, *(_offer(turn) for turn in _PAGED), *(_take(turn) for turn in _PAGED),
    *draft_pages.ROUTES, *eligibility_page.ROUTES, *importing_pages.ROUTES,
)  # fmt: skip
