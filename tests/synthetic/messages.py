"""Messages of accepted cases in every state, what people thought, and links to say so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cara.platform.one_time_links import hash_token

from synthetic.canaries import canary
from synthetic.cases import CASES, NOW, TODAY, Case, coordinator

WAITING = json.dumps(
    {"way": "tablet", "strand": "intimate", "awareness": "a_lot", "relationships": "a_lot", "own_behaviour": "a_lot",
     "motivation": "a_lot"}
)  # fmt: skip
"""An answer that the upgrade left to be sealed at the first release."""
STANDING = ("waiting", "to_post", "doubtful", "failed", "kept")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a case."""

    id: int
    case: Case
    standing: str

    @property
    def reference(self) -> str:
        return self.mark("reference")

    def mark(self, column: str) -> str:
        where = f"message-{self.id}"
        return canary(self.case.force, "outbox_message", column, provider=self.case.open_to or "", case=where)


ACCEPTED = tuple(case for case in CASES if case.state == "accepted")


def _messages() -> Iterator[Message]:
    number = 0
    for case in ACCEPTED:
        for standing in STANDING:
            number += 1
            yield Message(number, case, standing)


MESSAGES = tuple(_messages())


def message_of(force: str, standing: str) -> Message:
    """One like that."""
    return next(one for one in MESSAGES if (one.case.force, one.standing) == (force, standing))


def token_of(force: str) -> str:
    """The secret part of a link that opens a form."""
    return f"synthetic-link-of-{force}"


def rows() -> dict[str, list[dict[str, Any]]]:
    """Table → rows."""
    asked = {case.force: case for case in reversed(ACCEPTED)}
    return {
        "outbox_message": [_message(one) for one in MESSAGES],
        "feedback_request": [
            {"id": case.id, "force_id": case.force, "provider_id": case.open_to, "referral_id": case.id,
             "token_hash": hash_token("feedback", token_of(case.force)), "nonce": case.mark("feedback_request", "nonce", provider=False),
             "ends_at": NOW + timedelta(days=20), "asked_at": NOW, "answered_on": None}
            for case in asked.values()
        ],
        "feedback": [
            {"id": f"synthetic-form-{case.force}", "force_id": case.force, "provider_id": case.open_to, "month": TODAY.replace(day=1),
             "way": "paper", "strand": "intimate", "awareness": "some", "relationships": "a_lot", "own_behaviour": "a_little",
             "motivation": "none"}
            for case in asked.values()
        ],
        "feedback_sealed": [
            {"id": f"synthetic-sealed-{case.force}", "force_id": case.force, "provider_id": case.open_to, "key_id": "",
             "mark": case.mark("feedback_sealed", "mark", provider=False), "answer": WAITING.ljust(512).encode(), "waits_since": TODAY}
            for case in asked.values()
        ],
    }  # fmt: skip


def facts(mark: Any = lambda name: f"Synthetic {name}") -> dict[str, Any]:
    """Facts of a booked place."""
    return {
        "date": (TODAY + timedelta(14)).isoformat(), "time": "10:00", "ends": "15:00", "venue": mark("facts"),
        "venue_address": mark("facts"), "second_date": (TODAY + timedelta(42)).isoformat(), "second_time": "10:00",
        "second_ends": "15:00",
    }  # fmt: skip


def _message(one: Message) -> dict[str, Any]:
    channel = {"to_post": "letter", "doubtful": "sms"}.get(one.standing, "email")
    sent = one.standing == "kept"
    return {
        "id": one.id, "reference": one.reference, "force_id": one.case.force, "provider_id": one.case.open_to,
        "referral_id": one.case.id, "version": 1, "key": one.mark("key"), "kind": "place_booked", "channel": channel,
        "audience": "offender", "language": "en", "facts": facts(one.mark), "queued_at": NOW,
        "queued_by": str(coordinator(one.case.provider).number), "due_at": NOW if one.standing == "waiting" else None, "attempts": 0,
        "began_at": NOW if one.standing == "doubtful" else None, "sent_at": NOW if sent else None, "sent_by": "",
        "receipt": one.mark("receipt"), "delivery": "", "doubtful_at": NOW if one.standing == "doubtful" else None,
        "failed_at": NOW if one.standing == "failed" else None, "failure": "refused" if one.standing == "failed" else "",
        "cancelled_at": None, "cancelled_by": "",
        "kept": {"to": one.mark("kept"), "subject": one.mark("kept"), "body": one.mark("kept")} if sent else {},
    }  # fmt: skip


MESSAGE_ROWS = rows()
