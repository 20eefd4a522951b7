"""What became of the accepted cases: venues, cohorts and every turn that a course can take, through the platform's own verbs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from cara.clock import LONDON, london_day
from cara.demo import seed_reviews, working_hours
from cara.demo.organisations import PROVIDER_OF
from cara.demo.units_of_work import Stage
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries as record_queries
from cara.features.course.records import rules
from cara.features.course.telephone import actions as telephone_actions
from cara.features.referrals import queries
from cara.features.referrals.models import Offender, Referral
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work

SEATS: Final = 10
GAP: Final = 28
_HALLS: Final = (
    ("Practice Hall", "1 Invented Street", "Step-free. Invented bus 1 stops outside.", 14),
    ("Sample Rooms", "2 Invented Street", "A lift to the first floor. Hearing loop.", 12),
)
_ACCOUNT: Final = "Invented account: rung three times and written to twice, without an answer."
_REASON: Final = "Invented reason: the account of the provider, and the person’s own."


@dataclass(slots=True)
class _Cohort:
    reference: str
    force: str
    group: str
    day: date
    hall: str
    seats: int = SEATS

    @property
    def days(self) -> set[date]:
        return {self.day, self.day + timedelta(GAP)}


@dataclass(slots=True)
class Courses:
    """One demonstration's courses, from `begun` until `now`."""

    stage: Stage
    rng: Random
    begun: datetime
    now: datetime
    keys: Keyring
    halls: dict[str, list[str]] = field(default_factory=dict)
    cohorts: list[_Cohort] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The demonstration's day."""
        return london_day(self.now)

    def play(self, force: str, reference: str, fate: str) -> None:
        """Let an accepted case come to its fate."""
        with self.stage.sitting(self._who(force, "coordinator"), self.now, "referral", "read") as w:
            referral, offender = queries.read_case(w, reference)
        accepted = referral.accepted_at
        if accepted is not None and referral.format_confirmed != "cti":
            FATES[fate](self, _Person(self, referral, offender, accepted))
        elif accepted is not None:
            _ring(self, _Person(self, referral, offender, accepted))

    def _who(self, force: str, role: str, turn: int = 0) -> Actor:
        return self.stage.somebody(PROVIDER_OF[force], "provider", role, turn)

    def cohort(self, force: str, group: str, day: date) -> _Cohort:
        """A cohort with a free seat whose A is on this day; made, three weeks before, if there is none."""
        for one in self.cohorts:
            if (one.force, one.group, one.day) == (force, group, day) and one.seats:
                return one
        at = max(self.begun + timedelta(hours=5), _at(day - timedelta(24), 11))
        with self.stage.sitting(self._who(force, "coordinator"), min(at, self.now), "cohort", "make") as w:
            hall = record_queries.venue(w, self._hall(force, day))
            slots = {
                part: Slot(on, time(9, 30), time(15), hall) for part, on in (("A", day), ("B", day + timedelta(GAP)))
            }
            made = cohort_actions.make_cohort(
                w, self.stage.forces, force=force, group=group, area=hall.area, capacity=SEATS, slots=slots,
                facilitators=list(cohort_actions.facilitators(w))[:2],
            )  # fmt: skip
        self.cohorts.append(_Cohort(made.reference, force, group, day, hall.reference))
        return self.cohorts[-1]

    def _hall(self, force: str, day: date) -> str:
        """The hall that has least to do on the days of a cohort."""
        days = {day, day + timedelta(GAP)}
        busy = [one.hall for one in self.cohorts if one.days & days]
        return min(self.halls[force], key=busy.count)

    def open_halls(self, forces: Sequence[str]) -> None:
        """Each provider enters its venues."""
        for force in forces:
            areas = [area.value for area in self.stage.forces.profile(force).areas] or [""]
            with self.stage.sitting(
                self._who(force, "coordinator"), self.begun + timedelta(hours=4), "venue", "add"
            ) as w:
                self.halls[force] = [
                    cohort_actions.add_venue(
                        w, force=force, name=name, area=areas[number % len(areas)], address=address, access=access, capacity=capacity
                    ).reference
                    for number, (name, address, access, capacity) in enumerate(_HALLS)
                ]  # fmt: skip


@dataclass(slots=True)
class _Person:
    """One accepted case on its way; `at` is the moment of what was done last."""

    courses: Courses
    referral: Referral
    offender: Offender
    at: datetime
    turn: int = 0

    @property
    def group(self) -> str:
        found = rules.group_of(self.offender.sex, self.referral.relationship, self.referral.format_confirmed)
        return found or "male"

    def do(
        self, role: str, does: tuple[str, str], act: Callable[[Work, Referral], None], at: datetime | None = None
    ) -> None:
        """Somebody does something; on the next working day, unless `at` says when."""
        self.at = at or working_hours.before(self.courses.rng, self.at, self.courses.now)
        force = self.referral.force_id
        capacity = "force" if role in ("referring_officer", "supervisor") else "provider"
        actor = self.courses.stage.somebody(force if capacity == "force" else PROVIDER_OF[force], capacity, role)
        with self.courses.stage.sitting(actor, self.at, *does) as w:
            act(w, queries.case(w, self.referral.reference)[0])

    def place(self, least: date, most: date, verb: str = "book") -> _Cohort:
        """Give them a place in a cohort whose A falls between two days, if need be on the last of them."""
        saturday = least + timedelta((5 - least.weekday()) % 7)
        cohort = self.courses.cohort(self.referral.force_id, self.group, min(saturday, most))
        cohort.seats -= 1
        give = actions.book if verb == "book" else actions.offer
        at = working_hours.before(self.courses.rng, self.at, min(self.courses.now, _at(cohort.day, 8)))
        self.do(
            "coordinator",
            ("place", verb),
            lambda w, r: give(w, r, r.version, record_queries.cohort(w, cohort.reference)),
            at,
        )
        return cohort

    def attend(self, cohort: _Cohort, part: str, said: Line | None = None) -> None:
        """Write their line of a register on the afternoon of the workshop."""
        line = said or Line(self.courses.rng.choices(("attended", "late", "left_early"), (88, 8, 4))[0])

        def act(w: Work, referral: Referral) -> None:
            found = record_queries.cohort(w, cohort.reference)
            attendance_actions.record(w, found, record_queries.workshops(w, found.id)[part], {referral.id or 0: line})

        day = cohort.day if part == "A" else cohort.day + timedelta(GAP)
        self.do("facilitator", ("register", "record"), act, _at(day, 16))

    def first_days(self, spare: int) -> tuple[date, date]:
        """Between which days A was, if so many days have passed since."""
        least = london_day(self.at) + timedelta(3)
        return least, max(least, min(least + timedelta(14), self.courses.today - timedelta(spare)))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 20), LONDON)


def _soon(c: Courses) -> tuple[date, date]:
    return c.today + timedelta(2), c.today + timedelta(9)


def _offered(c: Courses, p: _Person) -> None:
    p.place(*_soon(c), "offer")


def _booked(c: Courses, p: _Person) -> None:
    p.place(*_soon(c))
    if c.rng.random() < 0.6:
        p.do("coordinator", ("place", "confirm"), lambda w, r: actions.confirm(w, r, r.version))


def _attended_a(c: Courses, p: _Person) -> None:
    least, most = p.first_days(1)
    p.attend(p.place(max(least, c.today - timedelta(GAP - 1)), most), "A")


def _under_review(c: Courses, p: _Person) -> None:
    _attended_a(c, p)
    seed_reviews.opened(p)


def _managed(c: Courses, p: _Person) -> None:
    _attended_a(c, p)
    seed_reviews.decided(p, "managed")


def _stopped(c: Courses, p: _Person) -> None:
    _attended_a(c, p)
    seed_reviews.decided(p, "stop")


def _both(_c: Courses, p: _Person) -> None:
    cohort = p.place(*p.first_days(GAP + 2))
    p.attend(cohort, "A")
    p.attend(cohort, "B")


def _completed(c: Courses, p: _Person) -> None:
    _both(c, p)
    p.do("coordinator", ("course", "complete"), lambda w, r: closure.complete(w, r, r.version))


def _missed_b(c: Courses, p: _Person) -> None:
    cohort = p.place(*p.first_days(GAP + 2))
    p.attend(cohort, "A")
    p.attend(cohort, "B", Line("absent", "ill"))
    p.place(*_soon(c))


def _missed_a(_c: Courses, p: _Person) -> None:
    p.attend(p.place(*p.first_days(2)), "A", Line("absent", "no_contact"))


def _reported(c: Courses, p: _Person) -> None:
    _missed_a(c, p)
    p.do("coordinator", ("breach", "report"), lambda w, r: breach.report(w, r, r.version, "no_contact", _ACCOUNT))


def _breached(c: Courses, p: _Person) -> None:
    _reported(c, p)
    p.do("referring_officer", ("breach", "prosecute"), lambda w, r: breach.prosecute(w, r, r.version, _REASON))


def _varied(c: Courses, p: _Person) -> None:
    _reported(c, p)
    p.do(
        "referring_officer",
        ("breach", "vary"),
        lambda w, r: breach.vary(w, r, r.version, r.complete_by + timedelta(28), _REASON),
    )
    p.place(*_soon(c))


def _ring(_c: Courses, p: _Person) -> None:
    def call(outcome: str) -> Callable[[Work, Referral], None]:
        return lambda w, r: telephone_actions.session(w, r, r.version, w.today, outcome)

    p.do("coordinator", ("telephone", "telephone"), lambda w, r: telephone_actions.begin(w, r, r.version, ["health"]))
    for outcome in ("no_answer", "went_on"):
        p.do("facilitator", ("telephone", "session"), call(outcome))


def _closed(_c: Courses, p: _Person) -> None:
    p.do("coordinator", ("course", "close"), lambda w, r: closure.close(w, r, r.version, "withdrew", w.today))


FATES: Final[dict[str, Callable[[Courses, _Person], None]]] = {
    "offered": _offered,
    "booked": _booked,
    "attended_a": _attended_a,
    "under_review": _under_review,
    "managed": _managed,
    "stopped": _stopped,
    "both_done": _both,
    "completed": _completed,
    "missed_b": _missed_b,
    "missed_a": _missed_a,
    "reported": _reported,
    "breached": _breached,
    "varied": _varied,
    "by_telephone": _ring,
    "closed": _closed,
}
"""What became of a case → how it came about."""
