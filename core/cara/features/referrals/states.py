"""The states of a referral, and who may move it from which to which: one table each. Pages, errors and docs are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal_column

from cara.errors import NotNow
from cara.features.referrals.models import Referral
from cara.i18n import lazy as _

STATES: tuple[tuple[str, str | None], ...] = (
    ("superseded", "superseded_at"),
    ("withdrawn", "withdrawn_at"),
    ("returned", "returned_at"),
    ("declined", "declined_at"),
    ("breached", "breached_at"),
    ("closed", "closed_at"),
    ("completed", "completed_at"),
    ("breach_review", "reported_at"),
    ("both_done", "b_on"),
    ("attended_a", "a_on"),
    ("booked", "booked_at"),
    ("offered", "offered_at"),
    ("by_telephone", "telephone_at"),
    ("accepted", "accepted_at"),
    ("information_requested", "asked_at"),
    ("referred", "referred_at"),
    ("awaiting_authorisation", None),
)
"""A referral is in the first of these states whose time is set; the last one needs none."""

LABELS: Mapping[str, str] = {
    "awaiting_authorisation": _("Waiting for authorisation"),
    "declined": _("Not authorised"),
    "referred": _("Waiting for the provider"),
    "information_requested": _("Information asked for"),
    "accepted": _("Accepted"),
    "by_telephone": _("By telephone"),
    "offered": _("Place offered"),
    "booked": _("Place booked"),
    "attended_a": _("Workshop A attended"),
    "both_done": _("Both workshops done"),
    "breach_review": _("Reported to the officer"),
    "completed": _("Completed"),
    "closed": _("Closed"),
    "breached": _("Breached"),
    "returned": _("Returned"),
    "withdrawn": _("Withdrawn"),
    "superseded": _("Started again"),
}
IN_COURSE = ("accepted", "by_telephone", "offered", "booked", "attended_a", "both_done", "breach_review")
"""States of a case that a provider has accepted and that is not over: its clock runs."""
OVER = ("superseded", "withdrawn", "returned", "declined", "breached", "closed")
"""States after which the same person may be referred anew for the same crime."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of these states, somebody in this capacity may do `action`, and the referral is then in `to`."""

    action: str
    capacity: str
    sources: tuple[str, ...]
    to: str
    label: str
    verb: str
    resource: str = "referral"
    """Of what the policy lets somebody do it."""

    @property
    def may(self) -> str:
        """What the policy calls it: whatever is written in a register is one thing there."""
        return "record" if self.resource == "register" and self.action != "correct" else self.action


def _course(
    action: str, capacity: str, resource: str, verb: str, label: str, leads: Mapping[str, str | tuple[str, ...]]
) -> tuple[Transition, ...]:
    """The transitions of one action in the course: `leads` says from which state to which, or to one of which."""
    found: dict[str, list[str]] = {}
    for source, ends in leads.items():
        for to in (ends,) if isinstance(ends, str) else ends:
            found.setdefault(to, []).append(source)
    return tuple(
        Transition(action, capacity, tuple(sources), to, label, f"course.{verb}", resource)
        for to, sources in found.items()
    )


_PLACED = ("accepted", "by_telephone", "offered", "booked", "attended_a", "both_done")
"""Where a case in the course may stand, as places and registers say."""
_STAYS = {"attended_a": "attended_a", "breach_review": "breach_review"}
"""A place, and a report that nobody has decided, come and go beneath these."""
_NO_PLACE = {"offered": "accepted", "booked": "accepted"} | _STAYS


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "authorise", "force", ("awaiting_authorisation",), "referred", _("Authorise and refer"), "referral.authorised"
    ),
    Transition("decline", "force", ("awaiting_authorisation",), "declined", _("Do not authorise"), "referral.declined"),
    Transition(
        "withdraw",
        "force",
        ("awaiting_authorisation", "declined", "referred", "information_requested", "returned"),
        "withdrawn",
        _("Withdraw this referral"),
        "referral.withdrawn",
    ),
    Transition(
        "amend",
        "force",
        ("declined", "returned"),
        "superseded",
        _("Start again from these answers"),
        "referral.started_again",
    ),
    Transition(
        "answer", "force", ("information_requested",), "referred", _("Answer the provider"), "referral.answered"
    ),
    Transition(
        "accept", "provider", ("referred", "information_requested"), "accepted", _("Accept"), "referral.accepted"
    ),
    Transition(
        "return",
        "provider",
        ("referred", "information_requested"),
        "returned",
        _("Return to the officer"),
        "referral.returned",
    ),
    Transition("ask", "provider", ("referred",), "information_requested", _("Ask for information"), "referral.asked"),
    *_course("offer", "provider", "place", "offered", _("Offer a place"), {"accepted": "offered"} | _STAYS),
    *_course(
        "book", "provider", "place", "booked", _("Book a place"), {"accepted": "booked", "offered": "booked"} | _STAYS
    ),
    *_course("confirm", "provider", "place", "confirmed", _("Confirm the place"), {"booked": "booked"} | _STAYS),
    *_course("refuse", "provider", "place", "refused", _("The person declines the place"), _NO_PLACE),
    *_course("release", "provider", "place", "released", _("Take back the place"), _NO_PLACE),
    *_course(
        "attend_a", "provider", "register", "attended_a", _("Workshop A attended"),
        {"booked": "attended_a", "by_telephone": "attended_a", "breach_review": "breach_review"},
    ),
    *_course("miss_a", "provider", "register", "missed_a", _("Workshop A missed"),
        {"booked": "accepted", "breach_review": "breach_review"},
    ),
    *_course(
        "attend_b", "provider", "register", "attended_b", _("Workshop B attended"),
        {"attended_a": "both_done", "breach_review": "breach_review"},
    ),
    *_course(
        "miss_b", "provider", "register", "missed_b", _("Workshop B missed: both must be repeated"),
        {"attended_a": "accepted", "breach_review": "breach_review"},
    ),
    *_course("put_off", "provider", "register", "put_off", _("Not admitted, and not at fault"),
        {"booked": "accepted"} | _STAYS,
    ),
    *_course(
        "correct", "provider", "register", "corrected", _("Correct the register"),
        dict.fromkeys(_PLACED, _PLACED) | {"breach_review": "breach_review"},
    ),
    *_course(
        "telephone", "provider", "telephone", "telephone_begun", _("Move to the telephone intervention"),
        dict.fromkeys(("accepted", "offered", "booked"), "by_telephone") | _STAYS,
    ),
    *_course(
        "group_again", "provider", "telephone", "telephone_ended", _("Move back to a group"), {"by_telephone": "accepted"} | _STAYS
    ),
    *_course(
        "report", "provider", "breach", "reported", _("Report to the officer"), dict.fromkeys(_PLACED, "breach_review")
    ),
    *_course("prosecute", "force", "breach", "breached", _("Prosecute"), {"breach_review": "breached"}),
    *_course(
        "vary", "force", "breach", "varied", _("Vary the last day"), {s: s for s in _PLACED} | {"breach_review": _PLACED}
    ),
    *_course("excuse", "force", "breach", "excused", _("Accept a reasonable excuse"), {"breach_review": _PLACED}),
    *_course("complete", "provider", "course", "completed", _("Record completion"), {"both_done": "completed"}),
    *_course("close", "provider", "course", "closed", _("Close the case"), dict.fromkeys(IN_COURSE, "closed")),
    *_course("close", "force", "course", "closed", _("Close the case"), dict.fromkeys(IN_COURSE, "closed")),
)  # fmt: skip


def state_of(row: Any) -> str:
    """The state of a referral, from its times. `row` has the columns that `STATES` names."""
    return next(state for state, column in STATES if column is None or getattr(row, column) is not None)


def state_column() -> ColumnElement[str]:
    """The same as SQL, for lists: one short word instead of all the times."""
    times: list[Any] = [
        (getattr(Referral, column).is_not(None), literal_column(f"'{state}'")) for state, column in STATES if column
    ]
    return case(*times, else_=literal_column(f"'{STATES[-1][0]}'")).label("state")


def in_state(state: str) -> ColumnElement[bool]:
    """The condition in SQL: referrals in this state."""
    clauses: list[ColumnElement[bool]] = []
    for one, column in STATES:
        if column is None:
            break
        field: Any = getattr(Referral, column)
        if one == state:
            clauses.append(field.is_not(None))
            break
        clauses.append(field.is_(None))
    return and_(*clauses)


def open_case() -> ColumnElement[bool]:
    """The condition in SQL: a referral for which the same person is not referred again for the same crime."""
    columns = dict(STATES)
    return and_(*(getattr(Referral, columns[state] or "").is_(None) for state in OVER))


def transition(action: str, row: Any, to: str = "") -> Transition:
    """The transition for this action from the referral's present state; where it may end in several, the one that ends in `to`.

    Raises:
        NotNow: there is none.
    """
    state = state_of(row)
    for one in TRANSITIONS:
        if one.action == action and state in one.sources and to in ("", one.to):
            return one
    raise NotNow(
        str(_("The referral is now “{state}”. Open it again to see what can be done next.")).format(state=LABELS[state])
    )


def open_to(capacity: str, row: Any) -> tuple[Transition, ...]:
    """What somebody in this capacity could do next."""
    state = state_of(row)
    return tuple(one for one in TRANSITIONS if one.capacity == capacity and state in one.sources)
