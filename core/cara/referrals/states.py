"""The states of a referral, and who may move it from which to which: one table each. Pages, errors and docs are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal_column

from cara.errors import NotNow
from cara.i18n import lazy as _
from cara.referrals.models import Referral

STATES: tuple[tuple[str, str | None], ...] = (
    ("superseded", "superseded_at"),
    ("withdrawn", "withdrawn_at"),
    ("returned", "returned_at"),
    ("declined", "declined_at"),
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
    "returned": _("Returned"),
    "withdrawn": _("Withdrawn"),
    "superseded": _("Started again"),
}
OPEN = ("awaiting_authorisation", "referred", "information_requested", "accepted")


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of these states, somebody in this capacity may do `action`, and the referral is then in `to`."""

    action: str
    capacity: str
    sources: tuple[str, ...]
    to: str
    label: str
    verb: str


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
)


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


def transition(action: str, row: Any) -> Transition:
    """The transition for this action from the referral's present state.

    Raises:
        NotNow: there is none.
    """
    state = state_of(row)
    for one in TRANSITIONS:
        if one.action == action and state in one.sources:
            return one
    raise NotNow(
        str(_("The referral is now “{state}”. Open it again to see what can be done next.")).format(state=LABELS[state])
    )


def open_to(capacity: str, row: Any) -> tuple[Transition, ...]:
    """What somebody in this capacity could do next."""
    state = state_of(row)
    return tuple(one for one in TRANSITIONS if one.capacity == capacity and state in one.sources)
