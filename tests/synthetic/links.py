"""Links that are open, of each purpose."""

from datetime import timedelta
from typing import Any

from cara.platform.one_time_links import hash_token

from synthetic.cases import NOW
from synthetic.messages import token_of
from synthetic.onward import LINKED, onward_token
from synthetic.people import FORCES
from synthetic.victims import views_token


def link_rows() -> list[dict[str, Any]]:
    """A link of each force for feedback and for a victim's views, and one where a service has an onward referral."""
    tokens = [("feedback", force, token_of(force)) for force in FORCES]
    tokens += [("survey", force, views_token(force)) for force in FORCES]
    tokens += [("onward", case.force, onward_token(case.force)) for case in LINKED]
    return [
        {"token_hash": hash_token(purpose, token), "force_id": force, "ends_at": NOW + timedelta(days=20)}
        for purpose, force, token in tokens
    ]
