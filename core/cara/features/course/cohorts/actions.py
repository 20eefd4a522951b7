"""Verbs of venues and cohorts. A cohort is made whole, both workshops at once; a date that changes takes everybody with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm.attributes import set_committed_value

from cara.errors import BadInput, Conflict, Fault, NotFound, NotLicensed, NotNow
from cara.features.course.bookings import actions
from cara.features.course.notifications import tell
from cara.features.course.records import queries
from cara.features.course.records.event_models import Attendance
from cara.features.course.records.models import Cohort, Venue, Workshop, WorkshopChange
from cara.features.course.records.rules import GROUPS, PARTS, gap_fits, valid_pair
from cara.features.referrals.models import Referral
from cara.features.referrals.name_matching import new_reference
from cara.i18n import gettext as _
from cara.platform.access.models import Membership, Person
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces
from cara.platform.plugins.force_settings import kept, pathways, retired
from cara.platform.unit_of_work import Work

MOST_SEATS = 30
_a: Any = Attendance
_m: Any = Membership
_p: Any = Person
_r: Any = Referral
_CONFIRMED = (
    select(_r.format_confirmed)
    .where(
        _r.force_id == bindparam("which_force"),
        *(one.is_(None) for one in (_r.completed_at, _r.closed_at, _r.breached_at)),
    )
    .distinct()
)
_ANY_LINE = select(_a.id).where(_a.workshop_id == bindparam("number")).limit(1)


@dataclass(frozen=True, slots=True)
class Slot:
    """When and where one workshop is."""

    day: date
    starts: time
    ends: time
    venue: Venue


def add_venue(w: Work, *, force: str, name: str, area: str, address: str, capacity: int, access: str = "") -> Venue:
    """Add a venue of the actor's organisation in a force's area."""
    _check_venue(name, capacity)
    row = Venue(
        reference=new_reference(), force_id=force, provider_id=w.actor.organisation, name=name, area=area, address=address,
        access=access, capacity=capacity, added_at=w.now, added_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    _entry(w, "venue.added", "venue", row)
    return row


def change_venue(
    w: Work, venue: Venue, version: int, *, name: str, area: str, address: str, capacity: int, access: str = ""
) -> None:
    """Change what is known of a venue. Cohorts that were made keep their seats."""
    _check_venue(name, capacity)
    w.change(Venue, venue.id, version, name=name, area=area, address=address, access=access, capacity=capacity)
    _entry(w, "venue.changed", "venue", venue)


def end_venue(w: Work, venue: Venue, version: int) -> None:
    """Use a venue no more. Workshops already planned there stay until they are moved."""
    if venue.ended_at:
        raise NotNow(_("This venue is not in use any more."))
    w.change(Venue, venue.id, version, ended_at=w.now, ended_by=w.actor.id)
    _entry(w, "venue.ended", "venue", venue)


def make_cohort(
    w: Work,
    forces: Forces,
    *,
    force: str,
    group: str,
    area: str,
    capacity: int,
    slots: Mapping[str, Slot],
    facilitators: Sequence[int | None],
    interpreter_language: str = "",
    gap_reason: str = "",
) -> Cohort:
    """Make a cohort with both workshops. `facilitators` are two and their cover, by the numbers of people.

    Raises:
        BadInput: something does not fit; each fault is named.
        NotLicensed: no licence clears the provider on one of the days.
    """
    faults = [*_slot_faults(w, force, slots, gap_reason), *_people_faults(w, facilitators)]
    if group not in groups(w, force):
        faults.append(Fault("group", "unknown", _("Select a group")))
    if not 0 < capacity <= min(MOST_SEATS, *(slot.venue.capacity for slot in slots.values())):
        faults.append(Fault("capacity", "range", _("Enter how many seats there are: no more than the venues hold")))
    if faults:
        raise BadInput(faults=faults)
    _cleared(w, forces, force, [slot.day for slot in slots.values()])
    lead, second, cover = (*facilitators, None, None, None)[:3]
    row = Cohort(
        reference=new_reference(), force_id=force, provider_id=w.actor.organisation, group=group, area=area, capacity=capacity,
        lead_id=lead, second_id=second, cover_id=cover, interpreter_language=interpreter_language, gap_reason=gap_reason,
        made_at=w.now, made_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    for part in PARTS:
        slot = slots[part]
        w.session.add(
            Workshop(
                cohort_id=row.id or 0, force_id=force, provider_id=row.provider_id, part=part, day=slot.day, starts=slot.starts,
                ends=slot.ends, venue_id=slot.venue.id or 0,
            )
        )  # fmt: skip
        w.session.flush()  # one row at a time: several in one statement would hide from the wall whose they are
    _entry(w, "cohort.made", "cohort", row)
    return row


def change_workshop(
    w: Work, forces: Forces, cohort: Cohort, part: str, version: int, slot: Slot, reason: str, gap_reason: str = ""
) -> None:
    """Give a workshop another day, time or venue. Everybody with a seat goes along, is told, and what was is kept.

    Raises:
        BadInput: something does not fit, or no reason was given.
        NotNow: it has taken place, or the cohort was cancelled.
        Conflict: more people have seats than the venue holds.
        NotLicensed: no licence clears the provider on that day, and the cohort is not under way.
    """
    rooms = queries.workshops(w, cohort.id)
    room = rooms[part]
    if cohort.cancelled_at or _written(w, room.id):
        raise NotNow(_("This workshop has taken place, or its cohort was cancelled. Its date stays as it is."))
    others = {p: Slot(o.day, o.starts, o.ends, _venue_of(w, o)) for p, o in rooms.items() if p != part}
    kept_reason = gap_reason or cohort.gap_reason
    faults = _slot_faults(w, cohort.force_id, {**others, part: slot}, kept_reason, changed=part)
    if not reason.strip():
        faults.append(Fault("reason", "missing", _("Say why the workshop is moved")))
    if faults:
        raise BadInput(faults=faults)
    if slot.venue.capacity < cohort.taken:
        raise Conflict(_("More people have places than this venue holds. Choose another venue, or move people first."))
    if not (part == "B" and rooms["A"].day <= w.today):
        _cleared(w, forces, cohort.force_id, [slot.day])
    _keep(w, room, reason)
    moved = {"day": slot.day, "starts": slot.starts, "ends": slot.ends, "venue_id": slot.venue.id}
    w.change(Workshop, room.id, version, sequence=room.sequence + 1, **moved)
    fits = gap_fits(others["A"].day if part == "B" else slot.day, slot.day if part == "B" else others["B"].day)
    values = {"gap_reason": "" if fits else kept_reason, "capacity": min(cohort.capacity, slot.venue.capacity)}
    set_committed_value(cohort, "version", w.change(Cohort, cohort.id, cohort.version, **values))
    _entry(w, "cohort.date_changed", "cohort", cohort, part=part)
    _tell_all(w, cohort, part, slot.day, reason)


def cancel_cohort(w: Work, cohort: Cohort, version: int, reason: str) -> int:
    """Cancel a cohort whose course is not over. Everybody's place is taken back; returns how many people that were."""
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Say why the cohort is cancelled"))])
    rooms = queries.workshops(w, cohort.id)
    if cohort.cancelled_at or _written(w, rooms["B"].id):
        raise NotNow(_("This cohort is over, or was cancelled before."))
    w.change(Cohort, cohort.id, version, cancelled_at=w.now, cancelled_by=w.actor.id, cancel_reason=reason)
    _entry(w, "cohort.cancelled", "cohort", cohort)
    there = [referral for referral in queries.everybody(w, cohort.id) if referral.b_on is None]
    for referral in there:
        actions.take_back(w, referral, "cancelled")
    return len(there)


def groups(w: Work, force: str) -> dict[str, str]:
    """Map the groups for which a cohort of this force can be made to their labels: the nation's, and the force's own pathways. Once
    its plugin is retired, of those the ones for which a running case is confirmed: it would find no cohort else."""
    declared = pathways(w.session, force)
    if declared and retired(w.session, force):
        still = set(w.run(_CONFIRMED, which_force=force).scalars())
        declared = {value: label for value, label in declared.items() if value in still}
    return {**GROUPS, **declared}


def group_labels(w: Work, force: str) -> dict[str, str]:
    """Map every group that a cohort of this force can be of to its label, those of a retired plugin too."""
    return {**GROUPS, **pathways(w.session, force)}


def areas(w: Work, force: str) -> dict[str, str]:
    """The areas of a force: value → label."""
    return {area["value"]: str(area["label"]) for area in kept(w.session, force).get("areas", ())}


def facilitators(w: Work) -> dict[int, str]:
    """Who of the actor's organisation may lead a workshop: number → name."""
    rows = w.session.execute(
        select(_p.id, _p.name)
        .join(_m, _m.person_id == _p.id)
        .where(
            _p.organisation_id == w.actor.organisation, _p.ended_at.is_(None), _m.ended_at.is_(None),
            _m.capacity == "provider", _m.role == "facilitator",
        )
        .order_by(_p.name)
    )  # fmt: skip
    return {row.id: row.name for row in rows}


def _check_venue(name: str, capacity: int) -> None:
    faults = []
    if not name.strip():
        faults.append(Fault("name", "missing", _("Enter the name of the venue")))
    if not 0 < capacity <= MOST_SEATS:
        faults.append(Fault("capacity", "range", _("Enter how many people the venue holds")))
    if faults:
        raise BadInput(faults=faults)


def _slot_faults(w: Work, force: str, slots: Mapping[str, Slot], gap_reason: str, changed: str = "") -> list[Fault]:
    faults = []
    for part, slot in slots.items():
        if changed in ("", part):
            if slot.day < w.today:
                faults.append(Fault(f"day_{part.lower()}-day", "past", _("The day must not be past")))
            if slot.ends <= slot.starts:
                faults.append(Fault(f"ends_{part.lower()}", "order", _("It must end after it starts")))
            if (slot.venue.force_id, slot.venue.provider_id) != (force, w.actor.organisation) or slot.venue.ended_at:
                told = _("Select a venue in use, in the same force as the other workshop")
                faults.append(Fault(f"venue_{part.lower()}", "unknown", told))
    a, b = slots["A"].day, slots["B"].day
    if b <= a:
        faults.append(Fault("day_b-day", "order", _("Workshop B must come after workshop A")))
    elif not valid_pair(a, b, any_gap=bool(gap_reason.strip())):
        faults.append(Fault("gap_reason", "missing", _("Say why B is not 28 to 35 days after A, or choose other days")))
    return faults


def _people_faults(w: Work, chosen: Sequence[int | None]) -> list[Fault]:
    named = [one for one in chosen if one is not None]
    first_two = [one for one in chosen[:2] if one is not None]
    if len(first_two) < 2 or len(set(named)) != len(named) or not set(named) <= facilitators(w).keys():
        return [
            Fault(
                "lead", "two", _("Select two different facilitators of your organisation, and somebody else as cover")
            )
        ]
    return []


def _cleared(w: Work, forces: Forces, force: str, days: Sequence[date]) -> None:
    for day in days:
        answer = forces.clearance(force, w.actor.organisation, day, w.session)
        if not answer.cleared:
            raise NotLicensed(_("No licence covers the workshop’s day, so it cannot be planned. Tell your manager."))


def _written(w: Work, workshop_id: int | None) -> bool:
    """Whether anything stands in a workshop's register."""
    return w.run(_ANY_LINE, number=workshop_id).first() is not None


def _venue_of(w: Work, room: Workshop) -> Venue:
    found = w.session.get(Venue, room.venue_id)
    if found is None:
        raise NotFound
    return found


def _keep(w: Work, room: Workshop, reason: str) -> None:
    w.session.add(
        WorkshopChange(
            workshop_id=room.id or 0, force_id=room.force_id, provider_id=room.provider_id, day=room.day, starts=room.starts,
            ends=room.ends, venue_id=room.venue_id, reason=reason, changed_at=w.now, changed_by=w.actor.id,
        )
    )  # fmt: skip
    w.session.flush()


def _tell_all(w: Work, cohort: Cohort, part: str, day: date, reason: str) -> None:
    """Everybody with a seat is told. Whoever comes for B alone keeps their own reason for its gap, and A is none of theirs."""
    for referral in queries.everybody(w, cohort.id):
        place = queries.active_place(w, referral)
        if referral.b_on is not None or (part == "A" and place and place.only_b):
            continue
        if part == "B":
            actions.new_gap(w, referral, day, reason)
        w.record("course.date_changed", Act.DISCLOSURE, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id, codes={"cohort": cohort.id or 0, "part": part})  # fmt: skip
        tell(w, "date_changed", referral, cohort=cohort.id, part=part)


def _entry(w: Work, verb: str, kind: str, row: Venue | Cohort, **codes: str | int) -> None:
    w.record(
        verb, Act.ALTERATION, subject=(kind, row.id or 0), force=row.force_id, provider=row.provider_id, codes=codes
    )
