"""Plans beside the pages: one thread, no session open while the solver works, an end to how long it may look."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from cara.errors import BadInput, CaraError, NotFound
from cara.features.course.proposals.actions import entry, proposal
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.proposals.problem_builder import gather
from cara.features.course.proposals.result import Gathered, figures, outcome
from cara.features.course.proposals.venue_clashes import plan_without_clashes
from cara.features.course.proposals.what_ifs import gather_what_if
from cara.features.scheduling import Plan, plan
from cara.i18n import gettext as _
from cara.platform.access.actor import Actor
from cara.platform.database.engine import Store
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces
from cara.platform.plugins.force_settings import read_standings
from cara.platform.unit_of_work import Work, work_as

SECONDS: Final = 20.0
"""How long the solver looks for one plan; then the best that it has found is shown, with how far off it may be."""
_log = logging.getLogger("cara.planner")


class Planner:
    """Plans what proposals ask for, one after the other. Everything is done as the person who asked, within their scope."""

    def __init__(self, store: Store, forces: Forces, seconds: float = SECONDS) -> None:
        self._store, self._forces, self._seconds = store, forces, seconds
        self._thread = ThreadPoolExecutor(1, "planner")
        self._last: Future[None] | None = None

    def begin(self, actor: Actor, reference: str) -> None:
        """Plan what this proposal asks for, and what was tried beside it. Returns at once; what comes out is kept with it."""
        context = copy_context()
        self._last = self._thread.submit(context.run, self._work_through, actor, reference)

    def wait(self) -> None:
        """Until nothing is left to plan."""
        if self._last:
            self._last.result()

    def close(self) -> None:
        """Let what is being planned end, and forget the rest: a page says that it was interrupted."""
        self._thread.shutdown(cancel_futures=True)

    def _work_through(self, actor: Actor, reference: str) -> None:
        try:
            while self._next(actor, reference):
                pass
        except NotFound:
            return  # it was never kept
        except (CaraError, SQLAlchemyError) as error:
            _log.warning("not planned: %s", type(error).__name__)

    def _next(self, actor: Actor, reference: str) -> bool:
        """Plan the next thing that a proposal waits for; False if there is none."""
        with self._work(actor) as w:
            self._forces.heed(read_standings(w.connection))
            row = proposal(w, reference)
            version, terms, place = row.version, Terms.of(row.terms), _waiting(row)
            if place is None:
                entry(w, "schedule.read", row, Act.CONSULTATION)
                return False
            try:
                if place < 0:
                    found = gather(w, self._forces, row.force_id, terms)
                else:
                    found = gather_what_if(w, self._forces, row.force_id, terms, row.what_ifs[place]["what"])
            except CaraError as error:
                return self._keep(w, row, place, failure=error.message)
            entry(w, "schedule.gathered", row, Act.CONSULTATION, shown=found.people)
        made, failure = _planned(found, self._seconds)
        with self._work(actor) as w:
            row = proposal(w, reference)
            if row.version != version:
                entry(w, "schedule.overtaken", row, Act.CONSULTATION)
                return True  # somebody asked anew meanwhile
            return self._keep(w, row, place, found, made, failure)

    def _work(self, actor: Actor) -> Any:
        return work_as(self._store, actor, "schedule", "plan", actor.scope("own_provider"))

    def _keep(
        self, w: Work, row: ScheduleProposal, place: int, found: Gathered | None = None, made: Plan | None = None,
        failure: str = "",
    ) -> bool:  # fmt: skip
        values: dict[str, Any]
        if place < 0:
            told = outcome(found, made) if found and made else {}
            values = {"plan": told, "failure": failure, "planned_at": w.now}
        else:
            numbers = figures(found, made) if found and made else None
            tried = [*row.what_ifs]
            tried[place] = {**tried[place], "figures": numbers, "failure": failure}
            values = {"what_ifs": tried}
        w.change(ScheduleProposal, row.id, row.version, **values)
        codes = {"placed": len(made.places), "unplaced": len(made.unplaced)} if made else {"failed": 1}
        entry(w, "schedule.planned", row, codes=codes)
        return True


def _waiting(row: ScheduleProposal) -> int | None:
    """Which of a proposal's questions has no answer: -1 the plan, 0 and on a what if, None: all have."""
    if not row.planned_at:
        return -1
    return next((at for at, one in enumerate(row.what_ifs) if not one["figures"] and not one["failure"]), None)


def _planned(found: Gathered, seconds: float) -> tuple[Plan | None, str]:
    try:
        return plan_without_clashes(found.problem, found.rooms, plan, seconds), ""
    except BadInput as error:
        return None, _pins_clash(error)
    except Exception as error:
        _log.error("solver failed: %s", type(error).__name__)
        return None, _("The fault is ours and has been logged. Try again, or plan by hand.")


_PINNED: Mapping[str, str] = {
    "too_full": _("More people are pinned to a cohort than it has seats. Take a pin out."),
    "kept_apart": _("Somebody pinned to a cohort cannot join it. Take a pin out."),
}


def _pins_clash(error: BadInput) -> str:
    """What a coordinator can do about it. Neither who nor with whom."""
    codes = {fault.code for fault in error.faults}
    return next((text for code, text in _PINNED.items() if code in codes), _("The plan cannot be made from this."))
