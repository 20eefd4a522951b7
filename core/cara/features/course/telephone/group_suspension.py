"""Suspending group work for a provider or a whole force: everyone goes by telephone, and back when it is over (overview 2021)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.features.course.records import queries
from cara.features.course.records.event_models import TelephoneIntervention
from cara.features.course.records.models import GroupWorkPause
from cara.features.course.telephone import actions
from cara.features.referrals.models import Referral
from cara.features.referrals.queries import served
from cara.features.referrals.states import in_state
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work

MOVED = ("accepted", "offered", "booked", "attended_a")
"""States in which somebody is moved to the telephone. A report waits for its officer; what is done is done."""

_g: Any = GroupWorkPause
_r: Any = Referral
_t: Any = TelephoneIntervention


def pauses(w: Work) -> Sequence[GroupWorkPause]:
    """Where group work is suspended now, as far as it concerns the actor: a provider's own, and those of a whole force in
    which it works."""
    own = _g.force_id == w.actor.force
    if w.actor.capacity != "force":
        whole_force = _g.provider_id.is_(None) & _g.force_id.in_(served(w))
        own = (_g.provider_id == w.actor.organisation) | whole_force
    return w.session.scalars(select(GroupWorkPause).where(_g.ended_at.is_(None), own).order_by(_g.id)).all()


def may_resume(w: Work, pause: GroupWorkPause) -> bool:
    """Whether the actor may let groups be held again: a provider takes back its own alone."""
    return w.actor.capacity == "force" or pause.provider_id == w.actor.organisation


def suspend(w: Work, force: str, reason: str) -> int:
    """Suspend group work in a force: a provider its own, the force everybody's. Returns how many people were moved.

    Raises:
        BadInput: no reason, or no such force.
        NotNow: it is suspended already.
    """
    if force not in FORCES:
        raise BadInput(faults=[Fault("force", "unknown", _("Enter the name of a police force, such as Kent"))])
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Say why group work is suspended"))])
    provider = w.actor.organisation if w.actor.capacity == "provider" else None
    if any((one.force_id, one.provider_id) == (force, provider) for one in pauses(w)):
        raise NotNow(_("Group work is suspended here already."))
    row = GroupWorkPause(force_id=force, provider_id=provider, reason=reason, begun_at=w.now, begun_by=w.actor.id)
    w.session.add(row)
    w.session.flush()
    w.record(
        "group_work.suspended", Act.ALTERATION, subject=("group_work", row.id or 0), force=force, provider=provider
    )
    moved = 0
    for referral in _cases(w, force, MOVED):
        if queries.telephone(w, referral) is None:
            actions.begin_for_everyone(w, referral, referral.version, [actions.SUSPENDED])
            moved += 1
    return moved


def resume(w: Work, number: int) -> int:
    """Let groups be held again. Those who went by telephone for no other reason come back; returns how many."""
    row = next((one for one in pauses(w) if one.id == number and may_resume(w, one)), None)
    if row is None:
        raise NotFound
    row.ended_at, row.ended_by = w.now, w.actor.id
    w.session.flush()
    w.record(
        "group_work.resumed",
        Act.ALTERATION,
        subject=("group_work", number),
        force=row.force_id,
        provider=row.provider_id,
    )
    back = 0
    for referral in _cases(w, row.force_id, ("by_telephone", "attended_a")):
        begun = queries.telephone(w, referral)
        stays = queries.paused(w, referral.force_id, referral.provider_id or "")
        if begun and begun.reasons == [actions.SUSPENDED] and not stays:
            actions.end(w, referral, referral.version)
            back += 1
    return back


def _cases(w: Work, force: str, states: Sequence[str]) -> Sequence[Referral]:
    """The actor's cases of one force that stand in these states."""
    return [
        referral
        for state in states
        for referral in w.session.scalars(select(Referral).where(_r.force_id == force, in_state(state)).order_by(_r.id))
    ]
