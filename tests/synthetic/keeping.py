"""Reviews, legal holds and periods of every force; each text a canary."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from synthetic.canaries import canary
from synthetic.cases import CASE_ROWS, NOW, TODAY, case_of
from synthetic.people import FORCES, PEOPLE, SERVES

KEEPING_TABLES = ("retention_review", "legal_hold")
STATES = {"open": "withdrawn", "proposed": "returned"}
"""How far a review has come → the state of the case that it is about."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review of one force."""

    id: int
    force: str
    kind: str

    @property
    def reference(self) -> str:
        return self.mark("reference")

    def mark(self, column: str) -> str:
        return canary(self.force, "retention_review", column, case=f"review-{self.id}")


REVIEWS = tuple(
    Review(number, force, kind)
    for number, (force, kind) in enumerate(((f, k) for f in FORCES for k in STATES), start=1)
)


def review_of(force: str, kind: str) -> Review:
    """The one like that."""
    return next(one for one in REVIEWS if (one.force, one.kind) == (force, kind))


def rows() -> dict[str, list[dict[str, Any]]]:
    """Table → rows."""
    return {
        "retention_review": [_review(one) for one in REVIEWS],
        "legal_hold": [row for number, force in enumerate(FORCES) for row in _holds(2 * number, force)],
    }


def _review(one: Review) -> dict[str, Any]:
    proposed = one.kind == "proposed"
    return {
        "id": one.id, "reference": one.reference, "force_id": one.force, "provider_id": None, "version": 1, "record_class": "case",
        "referral_id": case_of(one.force, SERVES[one.force][0], STATES[one.kind]).id, "until": TODAY - timedelta(2200),
        "due_on": TODAY - timedelta(8), "opened_at": NOW, "proposed_at": NOW if proposed else None,
        "proposed_by": str(PEOPLE[f"{one.force}_police.administrator"].number) if proposed else "", "reason": one.mark("reason"),
        "decided_at": None, "decided_by": "", "decision": "", "keep_until": None, "erased": 0,
    }  # fmt: skip


def _holds(number: int, force: str) -> list[dict[str, Any]]:
    by = str(PEOPLE[f"{force}_police.supervisor"].number)
    made = []
    for state, lifted in (("breached", False), ("declined", True)):
        number += 1
        case = case_of(force, SERVES[force][0], state)
        marks = {name: case.mark("legal_hold", name, provider=False) for name in ("reason", "lift_reason")}
        made.append(
            {"id": number, "referral_id": case.id, "force_id": force, "provider_id": None, "placed_at": NOW, "placed_by": by,
             "lifted_at": NOW if lifted else None, "lifted_by": by if lifted else "", **marks}
        )  # fmt: skip
    return made


CASE_ROWS.update(rows())
