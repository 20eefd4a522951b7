"""What erasing a case does to each column that could tell something of the person. Pure: names, and what they become.

A column of free text, bytes or JSON that belongs to a case and stands in neither table is found by a test.
"""

from collections.abc import Mapping
from typing import Any, Final

ERASED: Final = "[erased]"
"""What stands where a name was, so that nobody takes an erased case for one without a name."""
REMOVED: Final = "remove the row"
RENEWED: Final = "another, at random"
"""What becomes of a case's salt: no digest that was left before can be held against guesses of what the case said."""

CASE: Mapping[str, Mapping[str, Any] | str] = {
    "referral": {
        "crime_reference": "", "risk_assessor": "", "risk_assessed_on": None, "interpreter_language": "", "access_needs": "",
        "declined_reason": "", "return_note": "", "salt": RENEWED,
    },
    "offender": {
        "surname": ERASED, "forenames": "", "folded": "", "identity_key": "", "phone": "", "email": "", "address": "", "postcode": "",
    },
    "eligibility_decision": REMOVED,
    "local_answer": {"answer": ""},
    "information_request": {"question": "", "answer": ""},
    "draft": {"answers": {}, "typed": {}, "done": [], "identity_key": None, "fingerprint": None},
    "place": {"gap_reason": ""},
    "attendance": {"gap_reason": "", "correction_reason": ""},
    "engagement_note": {"text": ""},
    "telephone_intervention": {"other_reason": ""},
    "non_compliance": {"account": "", "evidence": {}},
    "breach_decision": {"reason": ""},
    "closing": {"note": ""},
    "onward_referral": {"consent_by": "", "decline_note": "", "token_hash": "", "nonce": "", "link_ends_at": None},
}  # fmt: skip
"""Table → what its columns become, or that its rows go. The date of birth becomes the first of its year (`erasing`)."""

CORRESPONDENCE: Mapping[str, Mapping[str, Any] | str] = {
    "outbox_message": REMOVED,
    "feedback_request": {"token_hash": "", "nonce": ""},
}

BLANKED: Mapping[str, tuple[str, ...]] = {
    "attendance": ("gap_reason", "correction_reason"),
    "non_compliance": ("account", "evidence"),
    "breach_decision": ("reason",),
}
"""Append-only tables → columns that may be emptied, by this and nothing else: the database's own triggers see to it."""

KEPT: Mapping[str, Mapping[str, str]] = {
    "referral": {
        "reference": "a name that means nothing once the person is gone; the ledger and counts go by it",
        "offence_code": "a code", "risk_tool": "which tool, not what it said", "conditions": "codes", "needs": "codes",
    },
    "local_answer": {"question": "the force’s question, not the answer", "label": "the force’s question, not the answer"},
    "draft": {"reference": "as of the referral"},
    "outbox_message": {},
    "feedback_request": {},
    "signpost": {"moment": "a code", "how": "a code"},
    "onward_referral": {
        "reference": "as of the referral", "need": "a code", "area": "for counting", "consent_covers": "codes",
        "decline_reason": "a code", "withdraw_reason": "a code",
    },
    "legal_hold": {"reason": "why the case was held", "lift_reason": "why it was held no more"},
    "retention_review": {"reference": "of the review", "reason": "why it was decided so"},
}  # fmt: skip
"""Table → columns that stay though they are text, each with why."""
