"""A plan taken in part: cohorts are made and places given by the verbs that pages use, all in one unit of work."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from cara import dates
from cara.errors import BadInput, CaraError, Conflict, Fault, NotFound, NotNow
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.proposals.actions import entry
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.facilitator_clashes import leading
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.records import queries
from cara.features.course.records.models import Cohort
from cara.features.referrals.models import Referral
from cara.i18n import gettext as _
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work

WAYS = ("offer", "book")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a coordinator takes: these cohorts of the plan, each led by two people with their cover, each place offered or
    booked."""

    facilitators: Mapping[str, tuple[int | None, ...]]
    """Cohort of the plan → who leads it."""
    way: str

    @property
    def rooms(self) -> tuple[str, ...]:
        """The cohorts that are taken."""
        return tuple(self.facilitators)


class _NobodyCame(Exception):
    """No place in a new cohort could be given: it is not made."""


def accept(w: Work, forces: Forces, row: ScheduleProposal, version: int, chosen: Chosen) -> None:
    """Make the chosen cohorts and give the places in them. A place that cannot be given is left out, with the reason; a new
    cohort in which none can is not made.

    Raises:
        BadInput: nothing was chosen, or the facilitators will not do; nothing was made.
        NotLicensed: no licence covers one of the days; nothing was made.
        NotNow: a chosen cohort was taken before, or is not in the plan.
        Stale: somebody else changed the proposal meanwhile.
    """
    rooms = {one["id"]: one for one in row.plan.get("rooms", ())}
    _check(row, rooms, chosen)
    _free(w, rooms, Terms.of(row.terms), chosen)
    terms, taken = Terms.of(row.terms), dict(row.taken)
    for name in chosen.rooms:
        taken[name] = _take(w, forces, row, rooms[name], terms, chosen)
    w.change(ScheduleProposal, row.id, version, taken=taken)
    told = [taken[name] for name in chosen.rooms]
    entry(
        w, "schedule.accepted", row, shown=[number for one in told for number in one["seated"]],
        codes={"cohorts": sum(1 for one in told if one["cohort"]), "failed": sum(len(one["failed"]) for one in told)},
    )  # fmt: skip


def _check(row: ScheduleProposal, rooms: Mapping[str, Mapping[str, Any]], chosen: Chosen) -> None:
    if not chosen.rooms:
        raise BadInput(faults=[Fault("take", "missing", _("Select the cohorts that you want to run"))])
    if chosen.way not in WAYS:
        raise BadInput(faults=[Fault("way", "missing", _("Select whether places are offered or booked"))])
    if any(one not in rooms or one in row.taken for one in chosen.rooms):
        raise NotNow(
            _("One of these cohorts was accepted before, or is not in the plan any more. Open the plan again.")
        )
    led = Counter(
        (person, rooms[one][part])
        for one, people in chosen.facilitators.items()
        if rooms[one]["new"]
        for person in people[:2]
        for part in ("a", "b")
    )
    if any(person is not None and often > 1 for (person, _day), often in led.items()):
        told = _(
            "Somebody would lead two cohorts on one day. Choose others for one of them, or accept them one after the other"
        )
        raise BadInput(faults=[Fault("take", "same_day", told)])


def _free(w: Work, rooms: Mapping[str, Mapping[str, Any]], terms: Terms, chosen: Chosen) -> None:
    """Nobody leads a cohort at a time at which they lead another that exists."""
    wanted = {
        (person, date.fromisoformat(rooms[one][part]))
        for one, people in chosen.facilitators.items()
        if rooms[one]["new"]
        for person in people[:2]
        for part in ("a", "b")
    }
    told = _(
        "Somebody whom you chose leads cohort %(reference)s on %(day)s. Choose somebody else for the new cohort on that"
        " day, or untick it"
    )
    busy = leading(w, {day for _person, day in wanted}, terms)
    clashes = {(one.cohort, one.day): None for one in busy if (one.person, one.day) in wanted}
    if clashes:
        raise BadInput(
            faults=[
                Fault("take", "busy", told % {"reference": reference, "day": dates.absolute(day)})
                for reference, day in clashes
            ]
        )


def _take(
    w: Work, forces: Forces, row: ScheduleProposal, room: Mapping[str, Any], terms: Terms, chosen: Chosen
) -> dict[str, Any]:
    failed: dict[str, str] = {}
    if not room["new"]:
        cohort = queries.cohort(w, room["reference"])
        return {
            "cohort": cohort.reference,
            "seated": _seat_all(w, cohort, room["people"], chosen.way, failed),
            "failed": failed,
        }
    try:
        with _undone_if_refused(w):
            cohort = _made(w, forces, row, room, terms, chosen)
            seated = _seat_all(w, cohort, room["people"], chosen.way, failed)
            if not seated:
                raise _NobodyCame
    except _NobodyCame:
        return {"cohort": "", "seated": [], "failed": failed}
    return {"cohort": cohort.reference, "seated": seated, "failed": failed}


def _made(
    w: Work, forces: Forces, row: ScheduleProposal, room: Mapping[str, Any], terms: Terms, chosen: Chosen
) -> Cohort:
    venue = queries.venue(w, room["reference"])
    days: Mapping[str, str] = {"A": room["a"], "B": room["b"]}
    starts, ends = time(terms.starts.hour, terms.starts.minute), time(terms.ends.hour, terms.ends.minute)
    slots = {part: Slot(date.fromisoformat(day), starts, ends, venue) for part, day in days.items()}
    return cohort_actions.make_cohort(
        w, forces, force=row.force_id, group=room["group"], area=venue.area, capacity=min(room["seats"], venue.capacity),
        slots=slots, facilitators=chosen.facilitators[room["id"]],
    )  # fmt: skip


def _seat_all(w: Work, cohort: Cohort, people: Sequence[str], way: str, failed: dict[str, str]) -> list[int]:
    """Give each their place; who cannot have one is noted, and nothing of theirs is left half done."""
    seated = []
    verb = actions.book if way == "book" else actions.offer
    for person in people:
        try:
            with _undone_if_refused(w):
                referral = w.session.get(Referral, int(person), populate_existing=True)
                if referral is None:
                    raise NotFound
                verb(w, referral, referral.version, cohort)
        except (Conflict, BadInput, NotFound) as refusal:
            failed[person] = _why(refusal)
        else:
            seated.append(int(person))
    return seated


def _why(refusal: CaraError) -> str:
    faults = refusal.faults if isinstance(refusal, BadInput) else ()
    return faults[0].message if faults else refusal.message


@contextmanager
def _undone_if_refused(w: Work) -> Iterator[None]:
    """A part of the unit of work that leaves nothing behind if it is refused."""
    w.session.flush()
    with w.session.begin_nested():
        yield
