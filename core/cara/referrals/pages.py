"""Pages of cases: what needs me, the lists, one case, and the turns that a case takes."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from litestar.params import QueryParameter
from litestar.response import Redirect

from cara import clock, telemetry
from cara.api import Option, Question
from cara.errors import NotFound, Stale
from cara.i18n import lazy as _
from cara.identity.policy import reach_of
from cara.ledger.record import Act
from cara.reference.forces import FORCES
from cara.referrals import actions, checking, drafting, queries
from cara.referrals.importing import pages as importing_pages
from cara.referrals.models import Offender, Referral
from cara.referrals.states import LABELS, TRANSITIONS, Transition, open_to, state_of
from cara.referrals.timeline import NEXT, timeline
from cara.routes import get, post
from cara.shell import Asked, Form, Page, faults_of, once, page
from cara.web import forms
from cara.web.bits import Deadline, Row, Tag
from cara.work import Work, new_token, work

COLOURS = {
    "awaiting_authorisation": "yellow", "declined": "grey", "referred": "teal", "information_requested": "orange",
    "accepted": "green", "returned": "red", "withdrawn": "grey", "superseded": "grey",
}  # fmt: skip
NEEDS_ME: Mapping[str, Mapping[str, str]] = {
    "force": {
        "information_requested": "answer",
        "returned": "amend",
        "declined": "amend",
        "awaiting_authorisation": "authorise",
    },
    "provider": {"referred": "accept", "information_requested": "accept"},
}
"""Capacity → the states in which a case waits for that side, the most urgent first, and what somebody there then does."""
TODO: Mapping[tuple[str, str], str] = {
    ("force", "information_requested"): _("Answer the provider"),
    ("force", "returned"): _("Returned by the provider: start again, or withdraw"),
    ("force", "declined"): _("Not authorised: start again, or withdraw"),
    ("force", "awaiting_authorisation"): _("Authorise, or say why not"),
    ("provider", "referred"): _("New: accept, return, or ask"),
    ("provider", "information_requested"): _("You asked, and the police have yet to answer"),
}
"""(capacity, state) → what is to be done about the cases that wait, as a heading."""
CATEGORIES = {
    "common_assault": _("Common assault"), "battery": _("Battery"), "criminal_damage": _("Criminal damage"),
    "harassment": _("Harassment"), "domestic_theft": _("Domestic theft"), "threatening_behaviour": _("Threatening behaviour"),
}  # fmt: skip
FORMATS = {"group": _("Group workshops"), "cti": _("CARA Telephone Intervention"), "juno": _("JUNO")}
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
    "accept": (
        Question("format", _("In which format will the person do the course?"), "choice",
                 options=tuple(Option(value, text) for value, text in FORMATS.items())),
    ),
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
"""Transition → what is asked on its page."""

VERBS: Mapping[str, Callable[[Work, Referral, int, Mapping[str, Any]], None]] = {
    "authorise": lambda w, r, v, a: actions.authorise(w, r, v),  # noqa: ARG005
    "withdraw": lambda w, r, v, a: actions.withdraw(w, r, v),  # noqa: ARG005
    "decline": lambda w, r, v, a: actions.decline(w, r, v, a["reason"]),
    "accept": lambda w, r, v, a: actions.accept(w, r, v, a["format"]),
    "return": lambda w, r, v, a: actions.return_to_officer(w, r, v, a["reason"], a["note"]),
    "ask": lambda w, r, v, a: actions.ask(w, r, v, a["question"]),
    "answer": lambda w, r, v, a: actions.answer_request(w, r, v, a["answer"]),
}

CLOSED = ("withdrawn", "returned", "declined", "superseded")
"""States in which nothing has to be completed any more."""

COLUMNS = (_("Case"), _("Person"), _("Offence"), _("Stands at"), _("Answer by"), _("Complete by"))
WAITING = (_("Case"), _("Person"), _("Offence"), _("Answer by"), _("Complete by"))


def _row(row: Any) -> Row:
    state = state_of(row)
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


def _waiting_row(row: Any) -> Row:
    """A case that waits for somebody: its state is the list's, and the clock of its caution runs on in any."""
    return Row(
        f"/cases/{row.reference}",
        (
            row.reference,
            f"{row.surname.upper()}, {row.forenames}",
            CATEGORIES.get(row.offence_category, row.offence_category),
            Deadline(row.accept_by, near=2) if row.accept_by and row.returned_at is None else None,
            Deadline(row.complete_by, near=28),
        ),
    )


@get("/work", does=("referral", "list"))
def what_needs_me(request: Asked) -> Page:
    """The first page after sign-in: what waits for this person's side, by when."""
    with work(request) as w:
        actor = w.actor
        mine = [
            state
            for state, action in NEEDS_ME.get(actor.capacity, {}).items()
            if reach_of(actor.capacity, actor.roles, "referral", action)
        ]
        groups = [
            (TODO[actor.capacity, state], state, [_waiting_row(row) for row in queries.most_urgent(w, state)])
            for state in mine
        ]
        if not mine:
            w.record("referral.listed", Act.CONSULTATION, codes={"found": 0})
        may_start = reach_of(actor.capacity, actor.roles, "draft", "write")
    return page(request, "referrals/work.html", groups=groups, columns=WAITING, may_start=may_start, key=new_token())


@get("/cases", does=("referral", "list"))
def list_cases(
    request: Asked, standing: Annotated[str, QueryParameter(name="state")] = "", before: int | None = None
) -> Page:
    if standing and standing not in LABELS:
        raise NotFound("There is no such filter. Choose one on the page.")
    with work(request) as w:
        rows, following = queries.page_of_cases(w, standing, before)
        may_search = reach_of(w.actor.capacity, w.actor.roles, "referral", "search")
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
        "turns": [
            one
            for one in open_to(capacity, referral)
            if reach_of(capacity, w.actor.roles, "referral", one.action)
            and not (one.action == "authorise" and referral.created_by == w.actor.id)
        ],
        "next": NEXT.get((state, capacity), ""),
        "force": FORCES[referral.force_id],
        "entries": timeline(w, referral),
        "local": queries.local_answers(w, referral),
        "requests": queries.requests(w, referral),
        "decision": queries.decision(w, referral) if capacity == "force" else None,
        "words": {"category": CATEGORIES, "format": FORMATS, "relationship": RELATIONSHIPS, "reason": REASONS},
        "suspended": request.app.state.forces.why(referral.force_id),
        "key": new_token(),
    }


@get("/cases/{reference:str}", does=("referral", "read"))
def read_case(request: Asked, reference: str) -> Page:
    with work(request) as w:
        referral, offender = queries.read_case(w, reference)
        shown = _detail(request, w, referral, offender)
    return page(request, "referrals/case.html", **shown)


def _turn_page(
    request: Asked, turn: Transition, reference: str, *, typed: Any = None, faults: Any = (), status: int = 200
) -> Page:
    """What a turn asks, under whose case it is and, for an answer, the question."""
    with work(request) as w:
        referral, offender = queries.read_case(w, reference)
        open_questions = [one.question for one in queries.requests(w, referral) if one.answered_at is None]
    if typed is None:
        typed = {"format": [referral.format_proposed]} if turn.action == "accept" else {}
    return page(
        request, "referrals/turn.html", status=status, turn=turn, referral=referral, offender=offender,
        questions=ASKED[turn.action], asked=open_questions if turn.action == "answer" else (), typed=typed, faults=faults,
        overtaken_by_another=status == Stale.status, key=new_token(),
    )  # fmt: skip


def _offer(turn: Transition) -> Any:
    @get(f"/cases/{{reference:str}}/{turn.action}", does=("referral", turn.action), name=f"offer_{turn.action}")
    def offer(request: Asked, reference: str) -> Page:
        return _turn_page(request, turn, reference)

    return offer


def _take(turn: Transition) -> Any:
    questions = ASKED[turn.action]

    @post(f"/cases/{{reference:str}}/{turn.action}", does=("referral", turn.action), name=f"take_{turn.action}")
    def take(request: Asked, form: Form, reference: str) -> Page | Redirect:
        form.only(*(field for question in questions for field in forms.fields(question)))
        reading = forms.read(questions, form)
        if reading.faults:
            return _turn_page(request, turn, reference, typed=reading.typed, faults=reading.faults, status=422)
        moved: list[Referral] = []

        def act(w: Work) -> str:
            referral, _offender = queries.case(w, reference)
            VERBS[turn.action](w, referral, form.version, reading.values)
            moved.append(referral)
            return f"/cases/{reference}?done=moved"

        try:
            answer = once(request, form, act)
        except Stale as error:
            return _turn_page(request, turn, reference, typed=reading.typed, faults=faults_of(error), status=409)
        for one in moved:
            _count(one, turn)
        return answer

    return take


def _count(referral: Referral, turn: Transition) -> None:
    hours = None
    if turn.action == "accept" and referral.referred_at:
        hours = (clock.now() - referral.referred_at).total_seconds() / 3600
    telemetry.referral_moved(referral.force_id, turn.verb, hours)


_PAGED = [turn for turn in TRANSITIONS if turn.action in ASKED]

ROUTES = (
    what_needs_me, list_cases, search_cases, read_case, *(_offer(turn) for turn in _PAGED), *(_take(turn) for turn in _PAGED),
    *drafting.ROUTES, *checking.ROUTES, *importing_pages.ROUTES,
)  # fmt: skip
