"""CARA Telephone Intervention: the course call by call, for those whom no group can take."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update

from cara.errors import BadInput, Conflict, Fault, NotNow
from cara.features.course.bookings import actions
from cara.features.course.notifications import tell
from cara.features.course.records import queries
from cara.features.course.records.event_models import TelephoneIntervention, TelephoneSession
from cara.features.referrals.actions import move, touch
from cara.features.referrals.models import Referral
from cara.features.referrals.states import transition
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_t: Any = TelephoneIntervention

REASONS: Mapping[str, str] = {
    "language": lazy("Language"),
    "gender_identity": lazy("Gender identity"),
    "health": lazy("Health, or the risk of infection"),
    "learning_disability": lazy("Learning disability"),
    "group_work_suspended": lazy("Group work is suspended"),
    "other": lazy("Something else"),
}
"""Why somebody goes by telephone (overview 2021; taking CARA on)."""
SUSPENDED = "group_work_suspended"

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "covered_a": (lazy("Workshop A is now covered"), "A"),
    "covered_b": (lazy("Workshop B is now covered"), "B"),
    "went_on": (lazy("We spoke, and have not finished a workshop"), ""),
    "no_answer": (lazy("No answer"), ""),
    "put_off": (lazy("The person asked for another time"), ""),
    "postponed": (lazy("We postponed the call, and not because of the person"), ""),
    "declined": (lazy("The person would not speak"), ""),
}
"""What a call came to, and which workshop it completed."""


def begin(
    w: Work, referral: Referral, version: int, reasons: Sequence[str], other: str = "", facilitator: int | None = None
) -> None:
    """Move somebody to the telephone. A place that they had is given back; a workshop A that counts goes on counting.

    Raises:
        BadInput: no reason, or one without its words.
        NotNow: they go by telephone already, or the case stands where nothing is begun; or a place would be cancelled while the case is
            on hold, and the police have not approved it.
    """
    place = queries.active_place(w, referral)
    if place and queries.seated(place):
        actions.check_approval(w, referral)
    begin_for_everyone(w, referral, version, reasons, other, facilitator)


def begin_for_everyone(
    w: Work, referral: Referral, version: int, reasons: Sequence[str], other: str = "", facilitator: int | None = None
) -> None:
    """Move one of many to the telephone because no group takes place. That cancels nobody's place in particular, and says nothing of a
    hold, so it waits for no approval. Raises as `begin` does else."""
    if not reasons or not set(reasons) <= REASONS.keys():
        raise BadInput(faults=[Fault("reasons", "missing", _("Select why the person goes by telephone"))])
    if ("other" in reasons) != bool(other.strip()):
        raise BadInput(faults=[Fault("other", "missing", _("Say what the other reason is"))])
    if queries.telephone(w, referral):
        raise NotNow(_("This person goes by telephone already."))
    transition("telephone", referral)
    place = queries.active_place(w, referral)
    if place:
        actions.end(w, place, "telephone")
    move(
        w, referral, version, "telephone", Act.ALTERATION, telephone_at=w.now, offered_at=None, booked_at=None,
        codes={"reasons": " ".join(reasons)},
    )  # fmt: skip
    w.session.add(
        TelephoneIntervention(
            referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id or "",
            reasons=[*reasons], other_reason=other.strip(), facilitator_id=facilitator, begun_at=w.now, begun_by=w.actor.id,
        )
    )  # fmt: skip
    w.session.flush()
    if place:
        tell(w, "place_withdrawn", referral, cohort=place.cohort_id, reason="telephone")
    tell(w, "telephone_begun", referral)


def session(w: Work, referral: Referral, version: int, on: date, outcome: str) -> None:
    """Record a call, answered or not.

    Raises:
        NotNow: the person does not go by telephone, or the case is over.
        BadInput: the day lies ahead, or before the caution; or the outcome is none.
        Conflict: workshop B would come before A, A is covered already, or the case is on hold.
    """
    intervention = queries.telephone(w, referral)
    if intervention is None:
        raise NotNow(_("This person does not go by telephone."))
    if outcome not in OUTCOMES:
        raise BadInput(faults=[Fault("outcome", "unknown", _("Select what the call came to"))])
    if not referral.caution_date <= on <= w.today:
        raise BadInput(faults=[Fault("on", "range", _("The day of the call must be after the caution, and not ahead"))])
    covers = OUTCOMES[outcome][1]
    if covers:
        _may_cover(w, referral, covers, on)
        transition(f"attend_{covers.lower()}", referral)
    w.session.add(
        TelephoneSession(
            intervention_id=intervention.id or 0, referral_id=referral.id or 0, force_id=referral.force_id,
            provider_id=referral.provider_id or "", happened_on=on, outcome=outcome, covers=covers, recorded_at=w.now,
            recorded_by=w.actor.id,
        )
    )  # fmt: skip
    w.session.flush()
    if covers:
        found = queries.progress_of(w, referral)
        move(w, referral, version, f"attend_{covers.lower()}", Act.COLLECTION, a_on=found.a_on, b_on=found.b_on)
        tell(w, "attended", referral, part=covers, day=on)
    else:
        touch(w, referral, version)
        w.record("course.telephone_call", Act.COLLECTION, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id, codes={"outcome": outcome})  # fmt: skip


def end(w: Work, referral: Referral, version: int, confirmed_format: str = "") -> None:
    """Move somebody back to a group. What calls have covered goes on counting. `confirmed_format`: the format that is confirmed
    with it, in place of the one before."""
    intervention = queries.telephone(w, referral)
    if intervention is None:
        raise NotNow(_("This person does not go by telephone."))
    move(
        w, referral, version, "group_again", Act.ALTERATION, telephone_at=None,
        format_confirmed=confirmed_format or referral.format_confirmed,
    )  # fmt: skip
    finish(w, intervention)


def back_to_group(w: Work, referral: Referral, version: int) -> None:
    """As `end`, by a coordinator's decision: somebody confirmed for the telephone is then confirmed for a group, or no cohort
    would take them."""
    end(w, referral, version, "group" if referral.format_confirmed == "cti" else "")


def finish(w: Work, intervention: TelephoneIntervention) -> None:
    """End the intervention itself; the case is the caller's to move."""
    w.session.execute(
        update(TelephoneIntervention)
        .where(_t.id == intervention.id)
        .values(ended_at=w.now, ended_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )


def _may_cover(w: Work, referral: Referral, covers: str, on: date) -> None:
    if hold_gate.held_meanwhile(w, [referral]):
        raise Conflict(_("This case is on hold, so no workshop can be covered now. The clock runs on."))
    if covers == "A" and referral.a_on is not None:
        raise Conflict(_("Workshop A counts already."))
    if covers == "B" and (referral.a_on is None or on <= referral.a_on):
        raise Conflict(_("Workshop B is covered after A, on a later day."))
