"""Invented victims in each arrangement: who hands them over, who rings them, what they say, and a change that waits for its
second look. Through the platform's own verbs, as whoever may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from cara.clock import london_day
from cara.demo.organisations import CASE_FORCES, TRUST
from cara.demo.units_of_work import Stage
from cara.features.referrals.models import Referral
from cara.features.victims import emergency_access
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.contact import address_changes, contact_refusals
from cara.features.victims.contact.worklist import lines
from cara.features.victims.wall import actions, queries
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.vocabulary import SafeContact
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

A_FORCE: Final = 7
REFUSES: Final = 1
"""The victim of each force who does not want to be contacted again, between the workshops."""
"""Victims in each force."""
RISES: Final = 2
"""Which of them, between the workshops, gives an answer that holds the case."""
_NAMES: Final = ("Ann", "Bet", "Cat", "Dot", "Eve", "Fay", "Gwen", "Hope", "Iris", "Joy")
_MARKS: Final = ("Invented", "Imagined", "Made-Up", "Pretend")
_ADDRESS: Final = "9 Nowhere Mews\nSampletown\nZZ99 1AA"
_CODES: Final = ("bluebell", "marmalade", "lighthouse", "teapot")
_SAID: Final[Sequence[dict[str, Any]]] = (
    {
        "view_caution": "Invented words: it is right that something happened at last.", "together": "together",
        "better": "Invented words: he listens more, and helps with the children.", "abuse": "none",
        "children": "Invented words: two, and they are calmer.", "services_offered": "Invented words: the county’s helpline.",
        "risk_now": "Invented words: safe, for now.", "wishes": "Invented words: to stay together, if it lasts.",
    },
    {
        "view_course": "Invented words: not sure that it will help.", "together": "in_contact",
        "worse": "Invented words: the messages come late at night.", "abuse": "historic",
        "abuse_words": "Invented words: there were things before that nobody was told.",
        "services_taken": "Invented words: a support worker, on Tuesdays.", "risk_now": "Invented words: uneasy at weekends.",
    },
    {"together": "apart", "abuse": "none", "risk_now": "Invented words: safe.", "wishes": "Invented words: one more call, later."},
)  # fmt: skip
_RISEN: Final[dict[str, Any]] = {
    "together": "in_contact", "worse": "Invented words: he came to the door again, and shouted.", "abuse": "ongoing",
    "incident": True, "risk_now": "Invented words: afraid of the next weekend.",
}  # fmt: skip
"""What one person in each force says between the workshops: it holds the case."""
SPEAK: Final = 0.65
"""How many of those who are rung speak at a point of the course, within S2's “50 to 80 %” of victims who engage."""
RATES: Final[Mapping[str, float]] = {"incident": 0.03, "abuse": 0.03, "high": 0.01, "risen": 0.03}
"""How often an answer at one point holds a case [our default: no source counts them]."""
_CAUSE: Final = "Invented emergency: a neighbour rang about shouting, and the patrol needs to know who is at risk."
_Case: Any = Referral


def told(rng: Random, referred: str) -> tuple[dict[str, Any], str]:
    """What somebody says at one point of a course, and the grade that is then assessed, at the rates above; for counting, over more
    cases than the demonstration plays."""
    holds = {name: rng.random() < rate for name, rate in RATES.items()}
    said: dict[str, Any] = {"abuse": "ongoing" if holds["abuse"] else "none", "incident": holds["incident"]}
    risen = {"standard": "medium"}.get(referred, "high")
    return said, "high" if holds["high"] else risen if holds["risen"] else referred


@dataclass(slots=True)
class Victims:
    """The victims of one demonstration, until `now`."""

    stage: Stage
    rng: Random
    keys: Keyring
    now: datetime

    def play(self) -> None:
        """Everything, force by force."""
        for force in CASE_FORCES:
            for number, case in enumerate(self._cases(force)):
                self._one(force, number, case)
            self._emergency(force)

    def _cases(self, force: str) -> Sequence[Any]:
        """Cases of every stage of a course: the newest of each."""
        officer = self.stage.somebody(force, "force", "referring_officer")
        with self.stage.sitting(officer, self.now, "referral", "list") as w:
            w.record("referral.listed", Act.CONSULTATION)
            rows = w.session.execute(
                select(_Case.id, _Case.reference, _Case.accepted_at, _Case.a_on, _Case.b_on, _Case.completed_at, _Case.risk)
                .where(_Case.accepted_at.is_not(None)).order_by(_Case.id.desc())
            ).all()  # fmt: skip
        between = [row for row in rows if row.a_on and not row.b_on]
        done, other = [row for row in rows if row.completed_at], [row for row in rows if not row.a_on]
        return [*between[:3], *done[:2], *other[: A_FORCE - 5]]

    def _keepers(self, force: str) -> tuple[Actor, Actor]:
        """Who speaks with victims there, and who takes the second look."""
        somebody = self.stage.somebody
        with self.stage.sitting(somebody(force, "force", "referring_officer"), self.now, "account", "use") as w:
            who = arrangement(w, force).who
        if who == "force":
            return somebody(force, "force", "victim_contact_officer"), somebody(force, "force", "supervisor")
        return somebody(TRUST, "victim_service", "victim_worker"), somebody(TRUST, "victim_service", "manager")

    def _one(self, force: str, number: int, case: Any) -> None:
        worker, second = self._keepers(force)
        began = case.accepted_at + timedelta(hours=2)
        victim = self._hand_over(force, number, case, began)
        with self.stage.sitting(worker, began, "victim", "read") as w:
            person = queries.by_number(w, victim, case.id)
            w.record("victim.read", Act.CONSULTATION, subject=("victim", victim))
        self._ring(worker, person, "no_answer", self._by(began + timedelta(days=1, hours=2)))
        if number % 4 == 3:
            return  # nobody has reached this one yet
        talked = self._by(began + timedelta(days=2))
        self._ring(worker, person, "spoke", talked)
        self._talk(worker, person, "before_a", talked, _SAID[number % len(_SAID)])
        self._assess(worker, person, talked, case.risk)
        if number == REFUSES:
            self._refuse(worker, person, self._by(talked + timedelta(days=1)))
        if case.a_on is not None and number != REFUSES:
            middle = self._by(max(datetime.combine(case.a_on, began.timetz()), talked) + timedelta(days=6))
            risen = number == RISES and case.b_on is None
            said = _RISEN if risen else _SAID[(number + 1) % len(_SAID)]
            self._talk(worker, person, "midpoint", middle, said | {"method": "visit"})
            if number:  # after one visit the new assessment is still to be made
                grade = "high" if risen and force == "hampshire" else case.risk
                self._assess(worker, person, middle + timedelta(minutes=20), grade)
        if number == 2:
            self._move(worker, person, self._by(talked + timedelta(days=1)))
        if number == 4:
            moved = self._by(talked + timedelta(days=1))
            self._move(worker, person, moved)
            with self.stage.sitting(second, self._by(moved + timedelta(hours=5)), "victim", "check") as w:
                again = queries.by_number(w, victim, case.id)
                address_changes.decide(w, self.keys, again, again.victim.version, confirm=True)

    def _hand_over(self, force: str, number: int, case: Any, at: datetime) -> int:
        name = f"{_NAMES[self.rng.randrange(len(_NAMES))]} {_MARKS[number % len(_MARKS)]}-Victim"
        safe = SafeContact(
            method="phone", phone=f"07700 900{self.rng.randrange(1000):03}", times="Invented: when the children are at school",
            safe_days="any",
            code_word=_CODES[number % len(_CODES)], avoid="Invented: police, course", keep_from="Invented: his mother",
            language="Polish" if number % 5 == 4 else "",
        )  # fmt: skip
        officer = self.stage.somebody(force, "force", "referring_officer")
        with self.stage.sitting(officer, at, "victim", "record") as w:
            found = w.session.get_one(Referral, case.id)
            return actions.record_victim(w, self.keys, found, name=name, contact=str(safe), address=_ADDRESS)

    def _ring(self, worker: Actor, person: queries.Person, outcome: str, at: datetime) -> None:
        with self.stage.sitting(worker, at, "victim", "contact") as w:
            contact_actions.attempt(
                w, self.keys, person, point="before_a", method="phone", outcome=outcome, happened_at=at
            )

    def _refuse(self, worker: Actor, person: queries.Person, at: datetime) -> None:
        with self.stage.sitting(worker, at, "victim", "contact") as w:
            contact_refusals.refuse_contact(w, person, on=london_day(at), refused="both", company="alone")

    def _talk(self, worker: Actor, person: queries.Person, point: str, at: datetime, said: dict[str, Any]) -> None:
        with self.stage.sitting(worker, at, "victim", "contact") as w:
            contact_actions.converse(w, self.keys, person, point=point, on=london_day(at), said=said)

    def _assess(self, worker: Actor, person: queries.Person, at: datetime, grade: str) -> None:
        assessed = {"tool": "Invented tool", "grade": grade,
                    "count": self.rng.randrange(2, 9), "assessor": "Invented assessor, practice"}  # fmt: skip
        with self.stage.sitting(worker, self._by(at), "victim", "contact") as w:
            contact_actions.assess(w, self.keys, person, on=london_day(self._by(at)), assessed=assessed)

    def _move(self, worker: Actor, person: queries.Person, at: datetime) -> None:
        new = SafeContact(method="phone", phone=f"07700 900{self.rng.randrange(1000):03}", code_word=_CODES[0])
        after = {"contact": str(new), "address": _ADDRESS.replace("9 Nowhere", "27 Nowhere")}
        with self.stage.sitting(worker, at, "victim", "change") as w:
            again = queries.by_number(w, person.id, person.link.referral_id)
            address_changes.propose(w, self.keys, again, again.victim.version, source="victim", after=after)

    def _emergency(self, force: str) -> None:
        """An officer opened a record this week; a supervisor has reviewed it, in all forces but Thames Valley."""
        at = self.now - timedelta(days=2)
        officer = self.stage.somebody(force, "force", "referring_officer")
        watcher = self.stage.somebody(force, "force", "supervisor")
        with self.stage.sitting(watcher, at, "victim", "list") as w:
            found = self._last(w)
        if found is None:
            return
        with self.stage.sitting(officer, at, "victim", "open_in_emergency") as w:
            emergency_access.open_case(w, self.keys, w.session.get_one(Referral, found.link.referral_id), _CAUSE)
        if force != "thames_valley":
            with self.stage.sitting(watcher, at + timedelta(hours=3), "victim", "review_emergency") as w:
                newest = max(one.id for one in emergency_access.waiting(w, self.keys, found))
                emergency_access.review(w, found, newest, justified=True)

    def _last(self, w: Work) -> queries.Person | None:
        """Somebody whose details stand, if there is anybody yet."""
        listed = [one for one in lines(w, self.keys) if not (one.facts.changing or one.facts.refusal)]
        w.record("victim.listed", Act.CONSULTATION)
        return queries.find(w, min(listed, key=lambda one: one.victim).reference) if listed else None

    def _by(self, at: datetime) -> datetime:
        """A moment, or where that lies ahead an hour ago."""
        return min(at, self.now - timedelta(hours=1))
