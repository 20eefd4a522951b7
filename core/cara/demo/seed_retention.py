"""How long records are kept, in the demonstration: an invented schedule, what fell due by it, and what was decided so far."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cara import clock
from cara.clock import london_day
from cara.demo.organisations import CASE_FORCES
from cara.demo.units_of_work import Stage
from cara.features.referrals import legal_hold
from cara.features.retention import queries, review_actions
from cara.features.retention.open_due_reviews import open_reviews_of
from cara.platform.unit_of_work import Work

_SHORT: Final = ("correspondence", "drafts")
"""Classes that are kept for a month here, so that something is due in a past of some weeks."""
_SOURCE: Final = "Invented schedule of keeping, for practice"


@dataclass(frozen=True, slots=True)
class Keeping:
    """The stories of one demonstration, between `begun` and `now`."""

    stage: Stage
    begun: datetime
    now: datetime

    def play(self) -> None:
        """All of them."""
        for force in CASE_FORCES:
            administrator = self.stage.somebody(force, "force", "administrator")
            with self.stage.sitting(administrator, self.begun + timedelta(hours=8), "retention_period", "set") as w:
                for name in _SHORT:
                    review_actions.set_period(w, name, 1, london_day(self.begun), _SOURCE)
            with clock.at(self.now - timedelta(hours=5)):
                sum(open_reviews_of(self.stage.store, force))
            self._decide(force)

    def _decide(self, force: str) -> None:
        """One case is held, of one the erasure is proposed, one is kept; the others wait."""
        supervisor = self.stage.somebody(force, "force", "supervisor")
        decisions: tuple[tuple[str, Callable[[Work, Any], None]], ...] = (
            ("hold", lambda w, row: legal_hold.place(w, row.referral_id, "Invented appeal against the caution")),
            ("propose", lambda w, row: review_actions.propose(w, row, row.version, "Invented reason: nobody needs these any more")),
            ("keep", lambda w, row: review_actions.keep(w, row, row.version, w.today + timedelta(90),
            "Invented reason: a complaint is open")),
        )  # fmt: skip
        with self.stage.sitting(supervisor, self.now - timedelta(hours=4), "retention", "list") as w:
            due = [one.reference for one in queries.due(w)[0] if one.referral_id]
        for (action, decide), reference in zip(decisions, due, strict=False):
            with self.stage.sitting(supervisor, self.now - timedelta(hours=3), "retention", action) as w:
                decide(w, review_actions.review(w, reference))
