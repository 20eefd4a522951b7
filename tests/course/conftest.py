"""A stage for the course: units of work of invented people at any moment, and cases that a provider has just accepted."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import CaraError, WallBreached
from cara.features.course.cohorts import actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.records import queries as record_queries
from cara.features.referrals import queries
from cara.features.referrals.models import Offender, Referral
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store
from cara.platform.unit_of_work import Work, work_as
from sqlalchemy import Engine, insert
from synthetic import world
from synthetic.cases import CASE_ROWS, TODAY, case_of
from synthetic.people import PEOPLE, Somebody

FORCE, PROVIDER = "kent", "south_provider"
_NUMBERS = itertools.count(50_000)
_TIMES = (
    "superseded_at", "withdrawn_at", "returned_at", "declined_at", "asked_at", "offered_at", "booked_at", "telephone_at", "a_on", "b_on",
    "reported_at", "breached_at", "closed_at", "completed_at",
)  # fmt: skip


def actor(somebody: Somebody) -> Actor:
    """Somebody as the platform knows them once they are signed in."""
    return Actor(
        "person", str(somebody.number), somebody.name, somebody.body.id, somebody.body.id, somebody.force, somebody.capacity,
        frozenset({somebody.role}),
    )  # fmt: skip


@dataclass
class Stage:
    """The store, who acts on it, and what day it is."""

    store: Store
    admin: Engine
    keys: Keyring
    today: date = TODAY
    forces: Any = field(default_factory=world.forces)

    @contextmanager
    def doing(self, key: str = f"{PROVIDER}.coordinator") -> Iterator[Work]:
        """A unit of work of somebody, at nine in the morning of the stage's day."""
        who = PEOPLE[key]
        with (
            clock.at(datetime.combine(self.today, time(9), UTC)),
            work_as(
                self.store, actor(who), "account", "use", actor(who).scope(who.reach("referral", "read") or "")
            ) as w,
        ):
            yield w

    def refusal(self, told: dict[str, int], act: Callable[[Work], Any], who: str = "") -> CaraError | None:
        """Somebody does something in a unit of work of its own, which is counted: why it was refused, or None. What only a defect
        does is raised."""
        told["tried"] += 1
        try:
            with self.doing(who) if who else self.doing() as w:
                act(w)
        except WallBreached:
            raise
        except CaraError as error:
            return error
        told["done"] += 1
        return None

    def police(self) -> Any:
        """A unit of work of the force's officer."""
        return self.doing(f"{FORCE}_police.referring_officer")

    def accepted(self, *, crime: str = "", sex: str = "male", **changes: Any) -> str:
        """A case that the provider has accepted today; the caution was given ten days ago. Returns its reference."""
        number = next(_NUMBERS)
        like = next(r for r in CASE_ROWS["referral"] if r["id"] == case_of(FORCE, PROVIDER, "accepted").id)
        person = next(r for r in CASE_ROWS["offender"] if r["referral_id"] == like["id"])
        caution = self.today - timedelta(10)
        reference = f"SYN-{number}"
        row = dict.fromkeys(_TIMES) | {name: value for name, value in like.items() if name not in _TIMES}
        row |= {
            "id": number, "reference": reference, "crime_reference": crime or f"SYN/{number}", "caution_date": caution,
            "complete_by": caution + timedelta(112), "accepted_at": clock.now(), **changes,
        }  # fmt: skip
        with self.admin.begin() as connection:
            connection.execute(insert(Referral.__table__), row)
            connection.execute(insert(Offender.__table__), person | {"referral_id": number, "sex": sex})
        return reference

    def cohort(self, start: int = 7, gap: int = 28, *, capacity: int = 10, reason: str = "") -> str:
        """A cohort whose A is so many days from today and whose B follows after `gap`. Returns its reference."""
        with self.doing() as w:
            place = actions.add_venue(
                w, force=FORCE, name="Synthetic hall", area="", address="1 Synthetic Street", capacity=30
            )
            days = {"A": self.today + timedelta(start), "B": self.today + timedelta(start + gap)}
            slots = {part: Slot(day, time(9, 30), time(15), place) for part, day in days.items()}
            made = actions.make_cohort(
                w, self.forces, force=FORCE, group="male", area="", capacity=capacity, slots=slots,
                facilitators=self.facilitators(w), gap_reason=reason,
            )  # fmt: skip
            return made.reference

    def facilitators(self, w: Work) -> list[int]:
        """Two of the provider's facilitators."""
        known = list(actions.facilitators(w))
        return known[:2]

    def case(self, w: Work, reference: str) -> Referral:
        """A case, read."""
        return queries.case(w, reference)[0]

    def workshop(self, w: Work, cohort: str, part: str) -> Any:
        """A cohort and one of its workshops."""
        found = record_queries.cohort(w, cohort)
        return found, record_queries.workshops(w, found.id)[part]

    def turn(self, days: int) -> None:
        """Let days pass."""
        self.today += timedelta(days)


@pytest.fixture
def stage(database: Any) -> Stage:
    """The invented country."""
    return Stage(database.store(), database.admin(), Keyring(database.settings().key_folder))
