"""Ways out of the house. Each takes a message, can say whether it took one before, and how it went on."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol


class Said(Enum):
    """What a receiver says of a message."""

    TAKEN = "taken"
    """Accepted: it goes out, and never again."""
    REFUSED = "refused"
    """Not accepted, and it never will be as it is."""
    LATER = "later"
    """Not accepted now: try again."""
    UNHEARD = "unheard"
    """No answer: it may have been accepted or not."""
    NEVER_SEEN = "never_seen"
    """Asked: it was not accepted."""
    CANNOT_SAY = "cannot_say"
    """Asked: the receiver has no way to tell. A person decides."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A receiver's answer. `receipt`: its own number; `failure`: a code of `kinds.FAILURES`; `delivery`: how it went on."""

    said: Said
    receipt: str = ""
    failure: str = ""
    delivery: str = ""
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out: to whom, which words, and the reference by which the receiver is asked about it."""

    reference: str
    channel: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)


class Transport(Protocol):
    """A way out. None of these raises for what a receiver does."""

    patience: float
    """Seconds that one call may take at most."""
    follows: bool
    """Whether there is something to hear of a message after it was taken."""

    def send(self, message: Outgoing) -> Answer:
        """Send it."""

    def ask(self, reference: str, began_at: datetime) -> Answer:
        """Whether the message of this reference, whose sending began then, was taken."""

    def follow(self, receipt: str) -> Answer:
        """How a message that was taken went on: `delivery` in the receiver's words, empty once there is nothing to add."""


class Kept:
    """Sends nothing: keeps what it would have sent, for the demonstration to show."""

    patience = 1.0
    follows = False

    def send(self, message: Outgoing) -> Answer:
        """Kept in the same transaction that marks it as sent."""
        words = {"to": message.to, "subject": message.subject, "body": message.body}
        return Answer(Said.TAKEN, receipt="kept", kept=words)

    def ask(self, reference: str, began_at: datetime) -> Answer:  # noqa: ARG002 - the protocol's
        """What was not marked was not kept."""
        return Answer(Said.NEVER_SEEN)

    def follow(self, receipt: str) -> Answer:  # noqa: ARG002 - the protocol's
        """There is nothing to hear."""
        return Answer(Said.TAKEN)
