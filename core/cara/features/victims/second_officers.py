"""Second officers: whoever opened a record in an emergency without justification does not act alone for thirty days.

The condition never blocks: the record opens on naming a colleague, who answers within a day. Nobody names themselves, and nobody
reviews an opening for which they are the second officer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from cara.errors import BadInput, Fault, NotNow
from cara.features.messages.actions import post
from cara.features.referrals.models import Referral
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import BrokenGlass
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.staff_names import named
from cara.i18n import gettext as _
from cara.platform.access.models import Membership
from cara.platform.access.models import Person as Colleague
from cara.platform.access.policy import POLICY
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

CONDITION: Final = timedelta(days=30)
"""How long after the review of an unjustified opening its officer names a second one [our default]."""
ANSWERS_WITHIN: Final = timedelta(hours=24)
"""How soon a second officer answers."""
SECONDS: Final = sorted(
    {
        row.role
        for row in POLICY
        if row.resource == "victim" and row.capacity == "force" and "second_emergency" in row.actions
    }
)
"""Roles whose holders can be named."""
_QUIETLY = {"synchronize_session": False}


def under_condition(w: Work) -> bool:
    """Say whether whoever acts must name a second officer now."""
    with behind(w) as session:
        found = session.scalar(
            select(col(BrokenGlass.id)).where(
                col(BrokenGlass.opened_by) == w.actor.id, col(BrokenGlass.justified).is_(False),
                col(BrokenGlass.reviewed_at) > w.now - CONDITION,
            ).limit(1)
        )  # fmt: skip
    return found is not None


def candidates(w: Work) -> Mapping[str, str]:
    """Map the number of each colleague whom the actor can name to their name, in the order of names."""
    asked = (
        select(col(Colleague.id), col(Colleague.name))
        .join(Membership, col(Membership.person_id) == col(Colleague.id))
        .where(
            col(Colleague.organisation_id) == w.actor.organisation, col(Colleague.ended_at).is_(None), col(Membership.ended_at).is_(None),
            col(Membership.capacity) == "force", col(Membership.role).in_(SECONDS),
        )
        .order_by(col(Colleague.name), col(Colleague.id))
    )  # fmt: skip
    return {str(row.id): row.name for row in w.session.execute(asked) if str(row.id) != w.actor.id}


def named_second(w: Work, second: str) -> str:
    """Check the colleague whom the actor names; empty where there is nobody to name.

    Raises:
        BadInput: the actor names nobody although somebody can be named, themselves, or somebody who cannot be.
    """
    can = candidates(w)
    if not can:
        return ""  # whoever was named has left meanwhile, and a life does not wait for another
    if second not in can:
        raise BadInput(faults=[Fault("second", "missing", _("Select a second officer"))])
    return second


@dataclass(frozen=True, slots=True)
class Waiting:
    """An opening whose second officer has to answer: its case, who opened it, and until when."""

    id: int
    victim: int
    case: str
    who: str
    opened_at: datetime
    answer_by: datetime
    second: str = ""
    agreed: bool | None = None


def _openings(w: Work, *which: Any) -> list[Waiting]:
    with behind(w) as session:
        rows = session.execute(
            select(BrokenGlass, col(VictimInCase.case_reference))
            .join(
                VictimInCase,
                and_(
                    col(VictimInCase.victim_id) == col(BrokenGlass.victim_id),
                    col(VictimInCase.referral_id) == col(BrokenGlass.referral_id),
                ),
            )
            .join(Victim, col(Victim.id) == col(BrokenGlass.victim_id))
            .where(col(BrokenGlass.conditional), col(Victim.erased_at).is_(None), *which)
            .order_by(col(BrokenGlass.id))
        ).all()  # fmt: skip
    names = named(w, [one for row, _case in rows for one in (row.opened_by, row.second_by)])
    return [
        Waiting(row.id or 0, row.victim_id, case, names.get(row.opened_by, ""), row.opened_at, row.opened_at + ANSWERS_WITHIN,
                names.get(row.second_by, ""), row.second_agreed)
        for row, case in rows
    ]  # fmt: skip


def asked_of_me(w: Work, case: Referral | None = None) -> list[Waiting]:
    """Read the openings that wait for the actor's answer: of one case, or all."""
    which = [col(BrokenGlass.second_by) == w.actor.id, col(BrokenGlass.second_at).is_(None)]
    return _openings(w, *which, *([col(BrokenGlass.referral_id) == case.id] if case else []))


def unconfirmed(w: Work) -> list[Waiting]:
    """Read the openings for which no second officer stands: none agreed within a day, one did not agree, or nobody could be named. An
    opening leaves the list when its second officer agrees, a supervisor reviews it after that, or thirty days are over."""
    late = col(BrokenGlass.opened_at) <= w.now - ANSWERS_WITHIN
    found = _openings(
        w, col(BrokenGlass.second_agreed).is_not(True), col(BrokenGlass.opened_at) > w.now - CONDITION,
        or_(late, col(BrokenGlass.second_agreed).is_(False), col(BrokenGlass.second_by) == ""),
    )  # fmt: skip
    reviewed = _reviewed(w, [one.id for one in found])
    return [one for one in found if not (at := reviewed.get(one.id)) or at < one.answer_by]


def _reviewed(w: Work, openings: Sequence[int]) -> Mapping[int, datetime]:
    with behind(w) as session:
        rows = session.execute(
            select(col(BrokenGlass.id), col(BrokenGlass.reviewed_at)).where(
                col(BrokenGlass.id).in_(openings), col(BrokenGlass.reviewed_at).is_not(None)
            )
        )
        return {row.id: row.reviewed_at for row in rows}


def answer(w: Work, case: Referral, watchers: Sequence[str], *, agreed: bool) -> None:
    """Answer as the second officer for what was opened of a case; whoever watches over the records is written to.

    Raises:
        NotNow: nothing of this case waits for the actor's answer.
    """
    asked = asked_of_me(w, case)
    with behind(w) as session:
        done: Any = session.execute(
            update(BrokenGlass)
            .where(
                col(BrokenGlass.id).in_([one.id for one in asked]), col(BrokenGlass.second_by) == w.actor.id,
                col(BrokenGlass.second_at).is_(None),
            )
            .values(second_at=w.now, second_agreed=agreed)
            .execution_options(**_QUIETLY)
        )  # fmt: skip
    if not done.rowcount:
        raise NotNow(_("No emergency access waits for your answer in this case."))
    for one in asked:
        w.record("victim.second_answered", Act.ALTERATION, subject=("victim", one.victim), force=case.force_id,
                 codes={"agreed": int(agreed)})  # fmt: skip
    for watcher in watchers:
        post(w, "second_answered", case, {"watcher": watcher}, about=f"second:{asked[-1].id}:{watcher}")
