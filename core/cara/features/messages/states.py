"""Where a message stands, from its times; and when the outbox looks at it again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from cara.i18n import lazy as _

STATES: tuple[tuple[str, str | None], ...] = (
    ("cancelled", "cancelled_at"),
    ("failed", "failed_at"),
    ("doubtful", "doubtful_at"),
    ("sent", "sent_at"),
    ("sending", "began_at"),
    ("waiting", None),
)
"""A message is in the first of these states whose time is set; the last one needs none."""
LABELS: Mapping[str, str] = {
    "cancelled": _("Cancelled"), "failed": _("Not sent"), "doubtful": _("In doubt"), "sent": _("Sent"),
    "delivered": _("Delivered"), "posted": _("Posted"), "sending": _("Being sent"), "waiting": _("Waiting"),
    "to_post": _("To be posted by you"), "ready": _("Ready to hand over"), "kept": _("Kept, not sent"),
}  # fmt: skip
COLOURS: Mapping[str, str] = {
    "cancelled": "grey", "failed": "red", "doubtful": "orange", "sent": "teal", "delivered": "green", "posted": "green",
    "sending": "yellow", "waiting": "yellow", "to_post": "orange", "ready": "grey", "kept": "purple",
}  # fmt: skip

LEASE: Final = timedelta(minutes=10)
"""How long one process may take over what it took; afterwards the receiver is asked what became of it."""
FOLLOW_EVERY: Final = timedelta(minutes=15)
FOLLOW_FOR: Final = timedelta(hours=80)
"""Notify tries for three days; after that nothing new is to be heard."""
ASKABLE_FOR: Final = timedelta(days=6)
"""Notify forgets after seven days; what is older cannot be asked about."""
GIVE_UP: Final = 76
"""Attempts: with the pauses between them, three days."""


def state_of(row: Any) -> str:
    """The state of a message. `row` has the columns that `STATES` names."""
    return next(state for state, column in STATES if column is None or getattr(row, column) is not None)


def shown(row: Any) -> str:
    """The state in the word that a page shows: more exact where more is known."""
    state = state_of(row)
    if state == "sent":
        by_hand = row.channel in ("letter", "calendar")
        return "kept" if row.kept else "posted" if by_hand else "delivered" if row.delivery == "delivered" else "sent"
    if state == "waiting" and row.due_at is None:
        return "ready" if row.channel == "calendar" else "to_post"
    return state


def pause(attempts: int) -> timedelta:
    """How long to wait before the next attempt: a minute, then twice as long each time, an hour at most."""
    return timedelta(minutes=min(2 ** max(attempts - 1, 0), 60))


def given_up(attempts: int) -> bool:
    """Whether it was tried often enough."""
    return attempts >= GIVE_UP
