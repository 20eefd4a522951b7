"""What somebody must be told, and when: the course's side of correspondence.

An action says that something happened, in the transaction in which it happened; which letter, text or calendar entry that
becomes, and whether any, is for the room of correspondence.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cara.errors import WallBreached
from cara.work import Work

if TYPE_CHECKING:
    from cara.referrals.models import Referral

Fact = str | int | bool | date | None

KINDS: Mapping[str, str] = {
    "place_offered": "a place in a cohort is offered to the person",
    "place_booked": "a place is booked: both days, times and the venue",
    "place_withdrawn": "a place is taken back, whoever gave it up",
    "date_changed": "a workshop has another day, time or venue",
    "reminder": "a workshop is near",
    "no_show": "a workshop was missed",
    "telephone_begun": "the course goes on by telephone",
    "breach_reported": "the provider reported to the officer",
    "deadline_varied": "the officer moved the last day",
    "breach_decided": "the officer decided otherwise",
    "completed": "both workshops are done and the case is completed",
    "closed": "the case ended before it was completed",
    "follow_up_due": "the force is asked whether somebody offended again",
}
"""Kind → what happened. Facts carry ids, days and codes: no name, nothing that was typed."""


def tell(w: Work, kind: str, referral: "Referral", **facts: Fact) -> None:  # noqa: ARG001 - what correspondence will need
    """Say what happened to a case. Raises `WallBreached` for a kind that has no meaning."""
    if kind not in KINDS:
        raise WallBreached(f"nobody knows what to tell of {kind}")
