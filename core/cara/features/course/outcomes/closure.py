"""How a case ends: completed, or closed before it was; and the follow-up that is asked for a year later."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.features.course.bookings import actions
from cara.features.course.notifications import tell
from cara.features.course.records import queries
from cara.features.course.records.event_models import Closing, FollowUp
from cara.features.course.records.rules import FOLLOW_UP_DAYS
from cara.features.course.telephone import actions as telephone_actions
from cara.features.referrals.actions import move
from cara.features.referrals.models import Referral
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_f: Any = FollowUp

KINDS: Mapping[str, str] = {
    "completed": lazy("Completed"),
    "breached": lazy("Breached"),
    "withdrew": lazy("The person withdrew"),
    "custody": lazy("The person went into custody"),
    "died": lazy("The person died"),
    "other": lazy("Something else"),
}
CHOSEN = ("withdrew", "custody", "died", "other")
"""Those that somebody chooses; the others follow from what was decided."""
FOLLOW_UPS: Mapping[str, str] = {
    "none": lazy("No new domestic abuse offence on record"),
    "offended": lazy("At least one new domestic abuse offence"),
    "not_known": lazy("It cannot be found out"),
}


def complete(w: Work, referral: Referral, version: int) -> None:
    """Record that the course is completed, and have the force asked in 12 months whether the person offended again.

    Raises:
        NotNow: there is no valid pair of workshops, or it ended after the last day and no officer has varied that; or the case is
            on hold.
    """
    if referral.a_on is None or referral.b_on is None:
        raise NotNow(_("Both workshops must be done first: A, then B."))
    if referral.b_on > referral.complete_by:
        raise NotNow(_("Workshop B took place after the last day. Report it to the officer, who can vary that day."))
    if hold_gate.held_meanwhile(w, [referral]):
        raise NotNow(_("This case is on hold, so it cannot be completed now. The police decide first."))
    done_on = referral.b_on
    move(w, referral, version, "complete", Act.ALTERATION, completed_at=w.now)
    wind_up(w, referral, "completed", done_on)
    w.session.add(
        FollowUp(
            referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id or "",
            due_on=done_on + timedelta(FOLLOW_UP_DAYS),
        )
    )  # fmt: skip
    w.session.flush()
    tell(w, "completed", referral)


def close(w: Work, referral: Referral, version: int, kind: str, happened_on: date, note: str = "") -> None:
    """Close a case that will not be completed, for one of `CHOSEN`.

    Raises:
        BadInput: no kind, or a day that lies ahead or before the caution.
        NotNow: the case is over; or it is on hold, whoever acts is not police, and the police have not approved it.
    """
    if kind not in CHOSEN:
        raise BadInput(faults=[Fault("kind", "unknown", _("Select why the case is closed"))])
    if not referral.caution_date <= happened_on <= w.today:
        raise BadInput(
            faults=[Fault("happened_on-day", "range", _("The day must be after the caution, and not ahead"))]
        )
    actions.check_approval(w, referral)
    gone: dict[str, Any] = {"closed_at": w.now, "offered_at": None, "booked_at": None}
    move(w, referral, version, "close", Act.ALTERATION, **gone, codes={"kind": kind})
    wind_up(w, referral, kind, happened_on, note)
    tell(w, "closed", referral, closed_as=kind)


def wind_up(w: Work, referral: Referral, kind: str, happened_on: date, note: str = "") -> None:
    """What ends with a case: its place or its telephone intervention. The case is the caller's to move."""
    place = queries.active_place(w, referral)
    if place and kind != "completed":
        actions.end(w, place, "closed")
    if intervention := queries.telephone(w, referral):
        telephone_actions.finish(w, intervention)
    w.session.add(
        Closing(
            referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id or "", kind=kind, note=note,
            happened_on=happened_on, closed_at=w.now, closed_by=w.actor.id,
        )
    )  # fmt: skip
    w.session.flush()


def follow_up(w: Work, referral: Referral, outcome: str) -> None:
    """Take the force's answer, 12 months after the course.

    Raises:
        NotFound: the case was not completed.
        NotNow: the day has not come, or it was answered before.
    """
    row = w.session.get(FollowUp, referral.id)
    if row is None:
        raise NotFound
    if row.due_on > w.today or row.answered_at:
        raise NotNow(_("The follow-up is asked once, when 12 months have passed."))
    if outcome not in FOLLOW_UPS:
        raise BadInput(faults=[Fault("outcome", "unknown", _("Select what the records say"))])
    w.session.execute(
        update(FollowUp)
        .where(_f.referral_id == referral.id)
        .values(outcome=outcome, answered_at=w.now, answered_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )
    w.record("course.followed_up", Act.COLLECTION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id, codes={"outcome": outcome})  # fmt: skip
