"""The first page after sign-in: what waits for somebody, by when. Each room says what waits in it; the cases themselves are this one's."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cara.features.referrals import queries
from cara.features.referrals.pages import CATEGORIES
from cara.features.victims.wall import hold_gate
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Page, page
from cara.web.routing import get
from cara.web.ui.fragments import Deadline, Row, Worklist

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
IN_THE_COURSE: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "force": {"breach_review": ("breach", "prosecute")},
    "provider": {"accepted": ("place", "book"), "both_done": ("course", "complete")},
}
"""The same once a course has begun: (resource, action)."""
WAIT_WHILE_HELD = ("accepted", "both_done")
"""States in which nothing can be done about a case while it is on hold."""
TO_DO: Mapping[tuple[str, str], str] = {
    ("force", "information_requested"): _("Answer the provider"),
    ("force", "returned"): _("Returned by the provider: start again, or withdraw"),
    ("force", "declined"): _("Not authorised: start again, or withdraw"),
    ("force", "awaiting_authorisation"): _("Authorise, or say why not"),
    ("provider", "referred"): _("New: accept, return, or ask"),
    ("provider", "information_requested"): _("You asked, and the police have yet to answer"),
    ("force", "breach_review"): _("Reported by the provider: decide"),
    ("provider", "accepted"): _("Accepted: find a place"),
    ("provider", "both_done"): _("Both workshops done: record completion"),
}
"""(capacity, state) → what is to be done about the cases that wait, as a heading."""
STEPS: Mapping[str, tuple[str, str]] = {
    "accepted": ("place", _("Find a place")),
    "both_done": ("complete", _("Record completion")),
    "breach_review": ("decide", _("Decide")),
}
"""State → the one step that leads on from it: address, and what it is called."""
BY_TELEPHONE = ("telephone", _("Begin by telephone"))
ASKED = ("referred", "information_requested")
"""States in which a day is set by which to answer."""


def _columns(state: str) -> tuple[str, ...]:
    answer, do = (_("Answer by"),) if state in ASKED else (), (_("What to do"),) if state in STEPS else ()
    return (_("Case"), _("Person"), _("Offence"), *answer, _("Complete by"), *do)


def _row(row: Any) -> Row:
    """A case that waits for somebody: its state is the list's, and the clock of its caution runs on in any."""
    answer = (Deadline(row.accept_by, near=2) if row.accept_by else None,) if row.state in ASKED else ()
    do = (_link(row),) if row.state in STEPS else ()
    offence = CATEGORIES.get(row.offence_category, row.offence_category)
    cells = (row.reference, f"{row.surname.upper()}, {row.forenames}", offence)
    return Row(f"/cases/{row.reference}", (*cells, *answer, Deadline(row.complete_by, near=28), *do))


def _link(row: Any) -> Markup:
    path, text = BY_TELEPHONE if row.state == "accepted" and row.format_confirmed == "cti" else STEPS[row.state]
    link = Markup('<a class="govuk-link" href="/cases/{0}/{1}">{2}<span class="govuk-visually-hidden"> {0}</span></a>')
    return link.format(row.reference, path, str(text))


def _waiting(w: Work, state: str) -> Worklist:
    held = hold_gate.held_in(w, queries.served(w)) if state in WAIT_WHILE_HELD else ()
    found = queries.most_urgent(w, state, held)
    more = f"/cases?state={state}" if len(found) >= queries.PAGE else ""
    return Worklist(TO_DO[w.actor.capacity, state], _columns(state), [_row(one) for one in found], more)


def needs_me(w: Work) -> Sequence[Worklist]:
    """The cases that wait for the actor's side, the most urgent state first."""
    waits = {state: ("referral", action) for state, action in NEEDS_ME.get(w.actor.capacity, {}).items()}
    waits |= IN_THE_COURSE.get(w.actor.capacity, {})
    mine = [state for state, does in waits.items() if w.actor.may(*does)]
    if not mine:
        w.record("referral.listed", Act.CONSULTATION, codes={"found": 0})
    return [_waiting(w, state) for state in mine]


@get("/work", does=("referral", "list"))
def what_needs_me(request: Asked) -> Page:
    """What waits for this person: what each room says."""
    state = request.app.state
    with work(request) as w:
        lists = [one for ask in state.task_lists for one in ask(w)]
        may_start, records = w.actor.may("draft", "write"), w.actor.may("register", "record")
        notices = [said for ask in state.notices if (said := ask(w))]
    return page(
        request, "home/work.html", waiting=[one for one in lists if one.rows], may_start=may_start, records=records,
        key=new_token(), flashes=notices,
    )  # fmt: skip


ROUTES = (what_needs_me,)
