"""The first page after sign-in: what waits for somebody's side, by when."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.ledger.record import Act
from cara.referrals import queries
from cara.referrals.pages import CATEGORIES
from cara.routes import get
from cara.shell import Asked, Page, page
from cara.victims import holds
from cara.web.bits import Deadline, Row, Worklist
from cara.work import Work, new_token, work

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
WAITING = (_("Case"), _("Person"), _("Offence"), _("Answer by"), _("Complete by"))


def _row(row: Any) -> Row:
    """A case that waits for somebody: its state is the list's, and the clock of its caution runs on in any."""
    asked = row.accept_by if row.state in ("referred", "information_requested") else None
    cells = (
        row.reference,
        f"{row.surname.upper()}, {row.forenames}",
        CATEGORIES.get(row.offence_category, row.offence_category),
        Deadline(asked, near=2) if asked else None,
        Deadline(row.complete_by, near=28),
    )
    return Row(f"/cases/{row.reference}", (*cells, _link(row)) if row.state in STEPS else cells)


def _link(row: Any) -> Markup:
    path, text = BY_TELEPHONE if row.state == "accepted" and row.format_confirmed == "cti" else STEPS[row.state]
    link = Markup('<a class="govuk-link" href="/cases/{0}/{1}">{2}<span class="govuk-visually-hidden"> {0}</span></a>')
    return link.format(row.reference, path, str(text))


def _waiting(w: Work, state: str) -> Worklist:
    found = queries.most_urgent(w, state)
    held = holds.held_among(w, found) if state in WAIT_WHILE_HELD and found else ()
    columns = (*WAITING, gettext("What to do")) if state in STEPS else WAITING
    more = f"/cases?state={state}" if len(found) >= queries.PAGE else ""
    return Worklist(TO_DO[w.actor.capacity, state], columns, [_row(one) for one in found if one.id not in held], more)


@get("/work", does=("referral", "list"))
def what_needs_me(request: Asked) -> Page:
    """What waits for this person's side: what each room says, the course's own first."""
    with work(request) as w:
        actor = w.actor
        waits = {state: ("referral", action) for state, action in NEEDS_ME.get(actor.capacity, {}).items()}
        waits |= IN_THE_COURSE.get(actor.capacity, {})
        mine = [state for state, does in waits.items() if actor.may(*does)]
        lists: list[Worklist] = [_waiting(w, state) for state in mine]
        lists += [one for ask in request.app.state.waits for one in ask(w)]
        if not mine:
            w.record("referral.listed", Act.CONSULTATION, codes={"found": 0})
        may_start = actor.may("draft", "write")
        records = actor.may("register", "record")
        notices: Sequence[Any] = [said for ask in request.app.state.notices if (said := ask(w))]
    return page(
        request, "cohorts/work.html", waiting=[one for one in lists if one.rows], may_start=may_start, records=records,
        key=new_token(), flashes=notices,
    )  # fmt: skip


ROUTES = (what_needs_me,)
