"""Verbs of places: waiting, offered, booked, confirmed, declined, taken back. A place is one person's in one cohort."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, update

from cara.errors import BadInput, Conflict, Fault, NotFound, NotNow
from cara.features.course.bookings.separation import may_join
from cara.features.course.notifications import tell
from cara.features.course.records import queries, rules
from cara.features.course.records.models import Cohort, Place, Workshop
from cara.features.referrals.actions import move, touch
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.states import transition
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

RELEASES: Mapping[str, str] = {
    "moved": lazy("Moved to another cohort"),
    "asked": lazy("The person asked for other days"),
    "missed_a": lazy("Missed workshop A"),
    "missed_b": lazy("Missed workshop B"),
    "put_off": lazy("Not admitted, and not at fault"),
    "telephone": lazy("Goes by telephone"),
    "cancelled": lazy("The cohort was cancelled"),
    "closed": lazy("The case ended"),
    "other": lazy("Something else"),
}
"""Why a place was taken back."""
CHOSEN = ("moved", "asked", "other")
"""Those of them that a coordinator chooses; the others follow from something else."""

_c: Any = Cohort
_TAKE = (
    update(Cohort)
    .where(_c.id == bindparam("number"), _c.taken < _c.capacity, _c.cancelled_at.is_(None))
    .values(taken=_c.taken + 1)
    .execution_options(synchronize_session=False)
)
_GIVE = (
    update(Cohort)
    .where(_c.id == bindparam("number"))
    .values(taken=_c.taken - 1)
    .execution_options(synchronize_session=False)
)


def wait(w: Work, referral: Referral, version: int, cohort: Cohort) -> None:
    """Put somebody on a cohort's waiting list. It takes no seat, and the case stays where it stands."""
    transition("offer", referral)
    _same_room(w, referral, cohort)
    if queries.active_place(w, referral):
        raise NotNow(_("This person has a place, or waits for one. Take that back first."))
    touch(w, referral, version)
    _add(w, referral, cohort, waiting_at=w.now, waiting_by=w.actor.id)
    w.record("course.waiting", Act.ALTERATION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id, codes={"cohort": cohort.id or 0})  # fmt: skip


def offer(w: Work, referral: Referral, version: int, cohort: Cohort, *, gap_reason: str = "") -> None:
    """Keep a seat for somebody until they answer. Raises as `book` does."""
    _seat(w, referral, version, cohort, "offer", gap_reason, offered_at=w.now)
    tell(w, "place_offered", referral, cohort=cohort.id)


def book(w: Work, referral: Referral, version: int, cohort: Cohort, *, gap_reason: str = "") -> None:
    """Book a place for both workshops, or for B alone where A still counts.

    Raises:
        Conflict: the cohort is full, of another group, too late, or not for this person; or the case is on hold.
        BadInput: B would not follow A by 28 to 35 days, and no reason was given.
        NotNow: no chance is left at workshop A, or the case stands where no place is booked.
        Stale: somebody else changed the case meanwhile.
    """
    _seat(w, referral, version, cohort, "book", gap_reason, booked_at=w.now)
    tell(w, "place_booked", referral, cohort=cohort.id)


def confirm(w: Work, referral: Referral, version: int) -> None:
    """Record that the person said that they will come."""
    place = queries.active_place(w, referral)
    if place is None or not place.booked_at or place.confirmed_at:
        raise NotNow(_("There is no booked place that still has to be confirmed."))
    move(w, referral, version, "confirm", Act.ALTERATION, codes={"cohort": place.cohort_id})
    w.change(Place, place.id, place.version, confirmed_at=w.now, confirmed_by=w.actor.id)


def refuse(w: Work, referral: Referral, version: int) -> None:
    """Record that the person declines the place."""
    place = _held_place(w, referral)
    move(
        w,
        referral,
        version,
        "refuse",
        Act.ALTERATION,
        offered_at=None,
        booked_at=None,
        codes={"cohort": place.cohort_id},
    )
    _end(w, place, refused_at=w.now, refused_by=w.actor.id)
    tell(w, "place_withdrawn", referral, cohort=place.cohort_id, reason="refused")


def release(w: Work, referral: Referral, version: int, reason: str) -> None:
    """Take a place back, for one of `CHOSEN`.

    Raises:
        BadInput: it is none of them.
        NotNow: there is no place; or the case is on hold, and the police have not approved it.
    """
    if reason not in CHOSEN:
        raise BadInput(faults=[Fault("reason", "unknown", _("Select why the place is taken back"))])
    if queries.seated(_held_place(w, referral)):
        check_approval(w, referral)
    take_back(w, referral, reason, version)


def check_approval(w: Work, referral: Referral) -> None:
    """Raise `NotNow` where the case is on hold, and the police have not approved that the person loses their place. What the police
    do themselves needs no approval."""
    if w.actor.capacity != "force" and not hold_gate.may_cancel(w, referral):
        raise NotNow(_("This case is on hold, so the police must approve this first. Ask the officer in the case."))


def wait_no_more(w: Work, referral: Referral, version: int, reason: str) -> None:
    """Take somebody off a waiting list, for one of `CHOSEN`. The case stays where it stands."""
    if queries.seated(_held_place(w, referral)):
        raise NotNow(_("This person has a place. Take that back instead."))
    release(w, referral, version, reason)


def take_back(w: Work, referral: Referral, reason: str, version: int | None = None) -> None:
    """Take a place back because of something else that was done in this unit of work."""
    place = _held_place(w, referral)
    before = referral.version if version is None else version
    if not queries.seated(place):  # the case stands where it stood: it had no seat
        touch(w, referral, before)
        end(w, place, reason)
        w.record("course.waits_no_more", Act.ALTERATION, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id, codes={"cohort": place.cohort_id, "reason": reason})  # fmt: skip
        return
    move(
        w, referral, before, "release", Act.ALTERATION, offered_at=None, booked_at=None,
        codes={"cohort": place.cohort_id, "reason": reason},
    )  # fmt: skip
    end(w, place, reason)
    tell(w, "place_withdrawn", referral, cohort=place.cohort_id, reason=reason)


def end(w: Work, place: Place, reason: str) -> None:
    """End a place and give its seat back; the case is the caller's to move."""
    _end(w, place, released_at=w.now, released_by=w.actor.id, release_reason=reason)


def seat_again(w: Work, referral: Referral, cohort_id: int) -> bool:
    """Seat somebody again whose place was ended by mistake; False if the cohort has filled up meanwhile, if somebody sits there
    whom they may not meet, or if they go by telephone now."""
    if queries.active_place(w, referral) or referral.telephone_at or w.run(_TAKE, number=cohort_id).rowcount != 1:
        return False
    if not may_join(w, referral, queries.members(w, cohort_id)):
        w.run(_GIVE, number=cohort_id)
        return False
    _add(w, referral, queries.cohort_by_id(w, cohort_id), booked_at=w.now, booked_by=w.actor.id)
    return True


def new_gap(w: Work, referral: Referral, b_day: date, reason: str) -> None:
    """Workshop B has another day: whoever comes to it alone keeps why it is not 28 to 35 days after their own A."""
    place = queries.active_place(w, referral)
    if not (place and place.only_b and referral.a_on):
        return
    if b_day <= referral.a_on:
        take_back(w, referral, "moved")
    elif not rules.gap_fits(referral.a_on, b_day):
        w.change(Place, place.id, place.version, gap_reason=reason)


def _seat(w: Work, referral: Referral, version: int, cohort: Cohort, action: str, gap_reason: str, **when: Any) -> None:
    transition(action, referral)
    rooms = queries.workshops(w, cohort.id)
    only_b = referral.a_on is not None
    check(w, referral, cohort, rooms, gap_reason)
    place = queries.active_place(w, referral)
    if place and queries.seated(place) and (action == "offer" or place.cohort_id != cohort.id or place.booked_at):
        raise NotNow(_("This person has a place already. Take that back first."))
    if not (place and queries.seated(place)):
        _take(w, referral, cohort)
    step = next(iter(when))
    times = {"offered_at": None, "booked_at": None} | when
    move(w, referral, version, action, Act.ALTERATION, codes={"cohort": cohort.id or 0}, **times)
    done = when | {step.replace("_at", "_by"): w.actor.id, "only_b": only_b, "gap_reason": gap_reason if only_b else ""}
    if place and place.cohort_id == cohort.id:
        w.change(Place, place.id, place.version, **done)
        return
    if place:
        end(w, place, "moved")
    _add(w, referral, cohort, **done)


def check(w: Work, referral: Referral, cohort: Cohort, rooms: Mapping[str, Workshop], gap_reason: str = "") -> None:
    """Everything that must be so before somebody is given a seat, but the seat itself. Raises as `book` does."""
    _same_room(w, referral, cohort)
    if hold_gate.held(w, referral):
        raise Conflict(_("This case is on hold, so no place can be booked now. The clock runs on."))
    if queries.paused(w, referral.force_id, referral.provider_id or ""):
        raise Conflict(_("Group work is suspended here. Move the person to the telephone intervention."))
    if cohort.cancelled_at:
        raise Conflict(_("This cohort was cancelled. Choose another."))
    if referral.a_on is None and queries.chances(w, referral) == 0:
        raise NotNow(_("No chance is left at workshop A. Report it to the officer, who decides."))
    _days(w.today, referral, rooms["A"].day, rooms["B"].day, gap_reason)


def _same_room(w: Work, referral: Referral, cohort: Cohort) -> None:
    if (referral.force_id, referral.provider_id) != (cohort.force_id, cohort.provider_id):
        raise NotFound
    person = w.session.get_one(Offender, referral.id)
    if not rules.may_sit(cohort.group, person.sex, referral.relationship, referral.format_confirmed):
        raise Conflict(_("This cohort is for another group. Choose another."))


def _days(today: date, referral: Referral, a_day: date, b_day: date, gap_reason: str) -> None:
    """Whether the days still lie ahead, make a pair, and end in time."""
    if referral.a_on is None and a_day < today:
        raise Conflict(_("Workshop A of this cohort is over. Choose another."))
    if b_day < today:
        raise Conflict(_("Workshop B of this cohort is over. Choose another."))
    if referral.a_on is not None and not rules.valid_pair(referral.a_on, b_day, any_gap=bool(gap_reason)):
        if b_day <= referral.a_on:
            raise Conflict(_("Workshop B must come after the workshop A that the person attended."))
        raise BadInput(faults=[Fault("gap_reason", "missing", _("Say why B is not 28 to 35 days after A"))])
    fit = rules.safe(b_day, referral.complete_by)
    if not fit.fits:
        raise Conflict(str(fit.reason))


def _take(w: Work, referral: Referral, cohort: Cohort) -> None:
    """Take a seat, then look who else sits there: nobody can come in between, the cohort's row is ours until we commit."""
    if w.run(_TAKE, number=cohort.id).rowcount != 1:
        raise Conflict(_("This cohort is full. Choose another, or put the person on its waiting list."))
    if not may_join(w, referral, queries.members(w, cohort.id)):
        raise Conflict(_("This person cannot join this cohort. Choose another."))


def _held_place(w: Work, referral: Referral) -> Place:
    place = queries.active_place(w, referral)
    if place is None:
        raise NotNow(_("This person has no place."))
    return place


def _add(w: Work, referral: Referral, cohort: Cohort, **values: Any) -> None:
    w.session.add(
        Place(
            referral_id=referral.id or 0, cohort_id=cohort.id or 0, force_id=referral.force_id,
            provider_id=cohort.provider_id, **values,
        )
    )  # fmt: skip
    w.session.flush()


def _end(w: Work, place: Place, **values: Any) -> None:
    w.change(Place, place.id, place.version, **values)
    if queries.seated(place):
        w.run(_GIVE, number=place.cohort_id)
