"""Verbs of proposals: ask for one, ask anew, try a "what if", keep what came out. Planning itself is `planner`'s."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from cara.errors import Conflict, NotFound, NotNow
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.records import queries
from cara.features.referrals.name_matching import new_reference
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

MOST_KEPT = 6
"""What ifs that stand beside one proposal; the oldest gives way."""
_s: Any = ScheduleProposal


def proposal(w: Work, reference: str) -> ScheduleProposal:
    """One proposal. Raises `NotFound`."""
    found = w.session.scalars(select(ScheduleProposal).where(_s.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found


def proposals(w: Work) -> Sequence[ScheduleProposal]:
    """The actor's latest proposals, the newest first."""
    return w.session.scalars(select(ScheduleProposal).order_by(_s.id.desc()).limit(25)).all()


def ask(w: Work, force: str, terms: Terms) -> ScheduleProposal:
    """Ask for a plan. Raises `Conflict` while group work is suspended."""
    _held_at_all(w, force)
    row = ScheduleProposal(
        reference=new_reference(), force_id=force, provider_id=w.actor.organisation, terms=terms.as_json(), asked_at=w.now,
        asked_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    entry(w, "schedule.asked", row)
    return row


def ask_anew(w: Work, row: ScheduleProposal, version: int, terms: Terms) -> None:
    """Ask for another plan in this one's place. Cohorts that were made of the old one are found again as those that run anyway."""
    _held_at_all(w, row.force_id)
    w.change(
        ScheduleProposal, row.id, version, terms=terms.as_json(), plan={}, what_ifs=[], taken={}, planned_at=None, failure="",
        asked_at=w.now, asked_by=w.actor.id,
    )  # fmt: skip
    entry(w, "schedule.asked", row)


def ask_again(w: Work, row: ScheduleProposal, version: int) -> None:
    """Go on with a plan that was interrupted, or make one that failed once more."""
    planned_at = None if row.failure else row.planned_at
    if planned_at and all(one["figures"] or one["failure"] for one in row.what_ifs):
        raise NotNow(_("This plan is there already."))
    w.change(ScheduleProposal, row.id, version, failure="", planned_at=planned_at, asked_at=w.now, asked_by=w.actor.id)
    entry(w, "schedule.asked", row)


def try_out(w: Work, row: ScheduleProposal, version: int, what: Mapping[str, Any]) -> None:
    """Try something beside the plan that is there."""
    if not row.plan:
        raise NotNow(_("There is no plan yet to compare with."))
    kept = [*row.what_ifs, {"what": dict(what), "figures": None, "failure": ""}][-MOST_KEPT:]
    w.change(ScheduleProposal, row.id, version, what_ifs=kept, asked_at=w.now, asked_by=w.actor.id)
    entry(w, "schedule.tried", row)


def entry(w: Work, verb: str, row: ScheduleProposal, act: Act = Act.ALTERATION, **more: Any) -> None:
    """Leave the ledger entry of something done with a proposal."""
    w.record(verb, act, subject=("schedule", row.id or 0), force=row.force_id, provider=row.provider_id, **more)


def _held_at_all(w: Work, force: str) -> None:
    if queries.paused(w, force, w.actor.organisation):
        raise Conflict(_("Group work is suspended here. Everybody goes by telephone until you take it back."))
