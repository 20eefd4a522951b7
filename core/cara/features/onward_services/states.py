"""The states of an onward referral, and who may move it from which to which: data. Pages, errors and documents are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cara.errors import NotNow
from cara.i18n import lazy as _

STATES: Final[tuple[tuple[str, str | None], ...]] = (
    ("withdrawn", "withdrawn_at"),
    ("declined", "declined_at"),
    ("accepted", "accepted_at"),
    ("unfunded", "unfunded_at"),
    ("sent", None),
)
"""An onward referral is in the first of these states whose time is set; the last one needs none."""
LABELS: Final[Mapping[str, str]] = {
    "sent": _("Waiting for the service"),
    "unfunded": _("Waiting for a paid place"),
    "accepted": _("Accepted by the service"),
    "declined": _("Declined by the service"),
    "withdrawn": _("Withdrawn"),
}
COLOURS: Final[Mapping[str, str]] = {
    "sent": "yellow", "unfunded": "orange", "accepted": "green", "declined": "grey", "withdrawn": "grey"
}  # fmt: skip
OPEN: Final = ("sent", "unfunded")


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of these states, somebody of this side may do `action`, and the onward referral is then in `to`."""

    action: str
    side: str
    """`provider`, or `service`: whoever holds the link."""
    sources: tuple[str, ...]
    to: str
    label: str
    verb: str


TRANSITIONS: Final = (
    Transition("accept", "service", OPEN, "accepted", _("Accept"), "onward.accepted"),
    Transition("run_out", "service", OPEN, "unfunded", _("Accept, with no paid place left"), "onward.unfunded"),
    Transition("decline", "service", OPEN, "declined", _("Decline"), "onward.declined"),
    Transition("send", "provider", ("sent",), "sent", _("Send a new link"), "onward.sent_again"),
    Transition("send", "provider", ("unfunded",), "unfunded", _("Send a new link"), "onward.sent_again"),
    Transition("send", "provider", ("accepted",), "accepted", _("Send a new link"), "onward.sent_again"),
    Transition("withdraw", "provider", (*OPEN, "accepted"), "withdrawn", _("Withdraw"), "onward.withdrawn"),
)


def state_of(row: Any) -> str:
    """The state of an onward referral, from its times."""
    return next(state for state, column in STATES if column is None or getattr(row, column) is not None)


def transition(action: str, row: Any) -> Transition:
    """The transition for this action from the present state. Raises `NotNow` if there is none."""
    state = state_of(row)
    for one in TRANSITIONS:
        if one.action == action and state in one.sources:
            return one
    raise NotNow(
        str(_("The onward referral is now “{state}”. Open it again to see what can be done next.")).format(
            state=LABELS[state]
        )
    )
