"""Verbs of the register: who was there, who was not and why, and putting right what was written wrongly.

What happened on which day, and when it was recorded, are two things. A line is written once; whoever sends it again changes
nothing, and whoever corrects it leaves what was there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from cara.errors import BadInput, Conflict, Fault, NotFound, NotNow
from cara.features.course.attendance import queries as attendance_queries
from cara.features.course.bookings import actions
from cara.features.course.notifications import tell
from cara.features.course.records import queries
from cara.features.course.records.event_models import Attendance, EngagementNote
from cara.features.course.records.models import Cohort, Place, Workshop
from cara.features.course.records.rules import OUTCOMES, missed, valid_pair
from cara.features.referrals.actions import move
from cara.features.referrals.models import Referral
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_r: Any = Referral
_p: Any = Place


@dataclass(frozen=True, slots=True)
class Line:
    """What a register says of one person: a key of `rules.OUTCOMES` and, where it asks for one, of `rules.REASONS`."""

    outcome: str
    reason: str = ""


def record(w: Work, cohort: Cohort, workshop: Workshop, lines: Mapping[int, Line], why: str = "") -> int:
    """Write a register, or part of one: `lines` is by the number of the case. Returns how many lines were new.

    Lines that say what is written already are passed over; others about somebody already written down correct what is there,
    and `why` says why.

    Raises:
        NotNow: the workshop is still to come, or a case is over.
        BadInput: somebody has no place in this cohort; a line lacks its reason, says that somebody attended whose case was on
            hold when the workshop began (of B: or is on hold now), or says of B what needs an A; or a line is corrected and
            nobody says why. Nothing is recorded.
        Conflict: somebody's B would make no pair with their A.
    """
    written = attendance_queries.written(w, workshop.id)
    # What was written before the cohort was cancelled can still be put right; nothing more is written.
    if workshop.day > w.today or (cohort.cancelled_at and not lines.keys() <= written.keys()):
        raise NotNow(_("This workshop has not taken place. The register opens on its day."))
    _check(lines)
    cases = {one.id: one for one in w.session.scalars(select(Referral).where(_r.id.in_(lines)))}
    new = {n: line for n, line in lines.items() if n not in written or not _says(written[n], line)}
    if missing := set(new) - set(cases):
        raise BadInput(faults=[_no_place(number) for number in missing])
    held = _held(w, workshop, [cases[n] for n in new])
    faults = [held[n] for n, line in new.items() if n in held and OUTCOMES[line.outcome].present]
    if workshop.part == "B":
        unsaid = [n for n in new.keys() - written.keys() if cases[n].a_on is None]
        faults += [_no_a(n) for n in unsaid if n not in held and _needs_a(new[n])]
    if faults:
        raise BadInput(faults=faults)
    if new.keys() & written.keys() and not why.strip():
        raise BadInput(faults=[_why()])
    for number, line in new.items():
        if number in written:
            _correct(w, cases[number], workshop, written[number], line, why)
        else:
            _write(w, cases[number], workshop, line)
    return len(new)


def correct(w: Work, referral: Referral, workshop: Workshop, line: Line, why: str) -> None:
    """Put a line right, and keep what was there.

    Raises:
        NotFound: nothing was written of this person.
        NotNow: the case is over.
    """
    _check({referral.id or 0: line})
    if not why.strip():
        raise BadInput(faults=[_why()])
    before = attendance_queries.written(w, workshop.id).get(referral.id or 0)
    if before is None:
        raise NotFound
    if OUTCOMES[line.outcome].present and (held := _held(w, workshop, [referral])):
        raise BadInput(faults=[*held.values()])
    _correct(w, referral, workshop, before, line, why)


def note(w: Work, referral: Referral, workshop: Workshop | None, text: str) -> None:
    """Keep a facilitator's note of how somebody took part. It is the provider's own, and no fact of attendance."""
    row = EngagementNote(
        referral_id=referral.id or 0, workshop_id=workshop.id if workshop else None, force_id=referral.force_id,
        provider_id=referral.provider_id or "", text=text, written_at=w.now, written_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    w.record("course.noted", Act.COLLECTION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id)  # fmt: skip


def _check(lines: Mapping[int, Line]) -> None:
    faults = []
    for number, line in lines.items():
        outcome = OUTCOMES.get(line.outcome)
        if outcome is None:
            faults.append(Fault(f"line-{number}", "unknown", _("Select what happened")))
        elif outcome.reasons and line.reason not in outcome.reasons:
            faults.append(Fault(f"line-{number}", "missing", _("Select the reason")))
        elif not outcome.reasons and line.reason:
            faults.append(Fault(f"line-{number}", "not_asked", _("A reason goes with nobody who was there")))
    if faults:
        raise BadInput(faults=faults)


def _why() -> Fault:
    return Fault("why", "missing", _("Say why you change what is recorded already"))


def _needs_a(line: Line) -> bool:
    return OUTCOMES[line.outcome].present or missed(line.outcome, line.reason)


def _no_a(number: int) -> Fault:
    told = _("No register says that this person attended A. Write that one first, or leave this line empty")
    return Fault(f"line-{number}", "no_a", told)


def _no_place(number: int) -> Fault:
    return Fault(f"line-{number}", "no_place", _("This person has no booked place in the cohort"))


def _held(w: Work, workshop: Workshop, cases: Sequence[Referral]) -> dict[int, Fault]:
    """Of whom nobody may write that they were there, and why: whose case was on hold when the workshop began. No workshop B
    comes about while a hold stands, whenever it took place."""
    then = hold_gate.held_meanwhile(w, cases, attendance_queries.began(workshop))
    now = hold_gate.held_among(w, cases) - then if workshop.part == "B" else ()
    was = _("This case was on hold when the workshop began. Record “sent away” with the reason “on hold”")
    return {number: Fault(f"line-{number}", "on_hold", was) for number in then} | {
        number: _stands(number) for number in now
    }


def _stands(number: int) -> Fault:
    told = _("This case is on hold now. Leave the line as it is until the police release it")
    return Fault(f"line-{number}", "on_hold", told)


def _says(line: Row[Any], said: Line) -> bool:
    return (line.outcome, line.reason_code) == (said.outcome, said.reason)


def _write(w: Work, referral: Referral, workshop: Workshop, line: Line) -> None:
    place = queries.active_place(w, referral)
    if place is None or place.cohort_id != workshop.cohort_id or not place.booked_at:
        raise BadInput(faults=[_no_place(referral.id or 0)])
    if workshop.part == "A" and place.only_b:
        raise BadInput(faults=[Fault(f"line-{referral.id}", "only_b", _("This person comes to workshop B alone"))])
    present, lost = OUTCOMES[line.outcome].present, missed(line.outcome, line.reason)
    gap = _gap_reason(w, workshop, place)
    if present and workshop.part == "B":
        _pair(referral, workshop.day, bool(gap))
    _add(w, referral, workshop, line, gap)
    part = workshop.part.lower()
    action = f"attend_{part}" if present else f"miss_{part}" if lost else "put_off"
    _settle(w, referral, action, {} if present else {"booked_at": None}, workshop)
    if not present:
        _give_back(w, referral, workshop, place, lost=lost)
    else:
        tell(w, "attended", referral, part=workshop.part, day=workshop.day)


def _correct(w: Work, referral: Referral, workshop: Workshop, before: Row[Any], line: Line, why: str) -> None:
    place = queries.active_place(w, referral)
    here = place if place and place.cohort_id == workshop.cohort_id and place.booked_at else None
    present, lost = OUTCOMES[line.outcome].present, missed(line.outcome, line.reason)
    _add(w, referral, workshop, line, before.gap_reason, corrects=before.id, why=why)
    found = queries.progress_of(w, referral)
    if found.b_on and not referral.b_on and hold_gate.held_meanwhile(w, [referral]):
        raise BadInput(faults=[_stands(referral.id or 0)])  # with A put right, B would count again
    other = (found.a_on, found.b_on) != (referral.a_on, referral.b_on)
    elsewhere = place if other and place and not here and queries.seated(place) else None
    values: dict[str, Any] = {}
    if here and not present:
        values["booked_at"] = None
    if elsewhere:  # it was given for what no longer remains to be done
        actions.end(w, elsewhere, "moved")
        values |= {"offered_at": None, "booked_at": None}
    counts = other and (found.a_on, found.b_on) == (workshop.day, None)
    seated = workshop.part == "A" and present and counts and actions.seat_again(w, referral, workshop.cohort_id)
    if seated:
        values["booked_at"] = w.now
    _settle(w, referral, "correct", values, workshop)
    if not lost and not (here and not present):
        tell(w, "not_missed", referral)
    if elsewhere:
        tell(w, "place_withdrawn", referral, cohort=elsewhere.cohort_id, reason="moved")
    if here and not present:
        _give_back(w, referral, workshop, here, lost=lost)
    elif seated:
        tell(w, "seated_again", referral, cohort=workshop.cohort_id)
    tell(w, "corrected", referral)


def _give_back(w: Work, referral: Referral, workshop: Workshop, place: Place, *, lost: bool) -> None:
    """Whoever was not there has no place any more, and is told so."""
    actions.end(w, place, f"missed_{workshop.part.lower()}" if lost else "put_off")
    if lost:
        tell(w, "no_show", referral, cohort=workshop.cohort_id, part=workshop.part)
    else:
        tell(w, "place_withdrawn", referral, cohort=workshop.cohort_id, reason="put_off")


def _settle(w: Work, referral: Referral, action: str, values: Mapping[str, Any], workshop: Workshop) -> None:
    """Let the case stand where all that happened says it stands."""
    found = queries.progress_of(w, referral)
    move(
        w, referral, referral.version, action, Act.COLLECTION, a_on=found.a_on, b_on=found.b_on,
        codes={"workshop": workshop.id or 0}, **values,
    )  # fmt: skip


def _gap_reason(w: Work, workshop: Workshop, place: Place) -> str:
    """Why B is not 28 to 35 days after A, if it is not: the place's reason, or the whole cohort's."""
    if workshop.part != "B":
        return ""
    return place.gap_reason if place.only_b else queries.cohort_by_id(w, workshop.cohort_id).gap_reason


def _pair(referral: Referral, day: date, any_gap: bool) -> None:
    if referral.a_on is None:
        raise Conflict(_("Somebody on this register has not attended workshop A, so B does not count."))
    if not valid_pair(referral.a_on, day, any_gap=any_gap):
        raise Conflict(_("Somebody’s workshop B is not 28 to 35 days after their A, and no reason is on record."))


def _add(
    w: Work, referral: Referral, workshop: Workshop, line: Line, gap: str, corrects: int | None = None, why: str = ""
) -> None:
    w.session.add(
        Attendance(
            referral_id=referral.id or 0, workshop_id=workshop.id or 0, force_id=referral.force_id,
            provider_id=workshop.provider_id, part=workshop.part, outcome=line.outcome, reason_code=line.reason, gap_reason=gap,
            happened_on=workshop.day, recorded_at=w.now, recorded_by=w.actor.id, corrects=corrects, correction_reason=why,
        )
    )  # fmt: skip
    w.session.flush()
