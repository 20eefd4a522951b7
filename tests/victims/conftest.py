"""A stage for what goes on behind the wall: everybody's units of work, each later than the last."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.referrals import queries
from cara.features.victims.wall import actions
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall.vocabulary import SafeContact
from cara.platform.crypto.keyring import Keyring
from cara.platform.plugins.models import ForceArrangement
from cara.platform.unit_of_work import Work, work_as
from course.conftest import FORCE, PROVIDER, Stage, actor
from sqlalchemy import delete, insert, select
from synthetic.cases import case_of, officer
from synthetic.people import PEOPLE, SERVES, Somebody

SUPERVISOR, OFFICER = f"{FORCE}_police.supervisor", f"{FORCE}_police.referring_officer"
CONTACT_OFFICER = f"{FORCE}_police.victim_contact_officer"
COORDINATOR, FACILITATOR = f"{PROVIDER}.coordinator", f"{PROVIDER}.facilitator"
WORKER = "hampton_trust.victim_service.victim_worker"
TRUST = "hampton_trust.national.quality_supervisor"
STRANGER = "safe_voices.victim_worker"


@dataclass
class Room(Stage):
    """The stage, on which time goes on."""

    moment: timedelta = field(default_factory=timedelta)

    @contextmanager
    def doing(self, key: str = COORDINATOR) -> Iterator[Work]:
        """A unit of work of somebody, a second after the last one."""
        who = PEOPLE[key]
        reach = who.reach("referral", "read") or who.reach("review", "read") or ""
        self.moment += timedelta(seconds=1)
        at = datetime.combine(self.today, time(9), UTC) + self.moment
        with clock.at(at), work_as(self.store, actor(who), "account", "use", actor(who).scope(reach)) as w:
            yield w

    def arrange(self, **contact: Any) -> None:
        """Let the force have arranged this with its victims' contact, and nothing else."""
        columns: Any = ForceArrangement
        row = {
            "force_id": FORCE,
            "profile": {"victim_contact": contact},
            "distribution": "",
            "version": "",
            "loaded_at": clock.now(),
        }
        with self.admin.begin() as connection:
            connection.execute(delete(ForceArrangement).where(columns.force_id == FORCE))
            connection.execute(insert(ForceArrangement.__table__), row)  # type: ignore[attr-defined]

    def harmed(self, reference: str) -> str:
        """Record who was harmed in a case. Returns how the victims' side calls them."""
        from cara.features.victims.wall.models import VictimInCase
        from cara.platform.database.engine import behind_the_wall

        columns: Any = VictimInCase
        with self.doing(SUPERVISOR) as w:
            case = self.case(w, reference)
            number = actions.record_victim(w, self.keys, case, name="Synthetic", contact="{}", address="Synthetic")
            with behind_the_wall(w.session, FORCE) as session:
                return str(session.scalar(select(columns.reference).where(columns.victim_id == number)))


@pytest.fixture
def room(database: Any) -> Room:
    """The invented country, seen from behind the wall."""
    return Room(database.store(), database.admin(), Keyring(database.settings().key_folder))


WORDS = "PLAINTEXT-of-a-synthetic-victim-ŵ"
KEEPS, MANAGES = PEOPLE[WORKER], PEOPLE["hampton_trust.victim_service.manager"]


def contact_officer(force: str) -> Somebody:
    return PEOPLE[f"{force}_police.victim_contact_officer"]


def supervisor(force: str) -> Somebody:
    return PEOPLE[f"{force}_police.supervisor"]


@pytest.fixture
def keys(database: Any) -> Keyring:
    return Keyring(database.settings().key_folder)


@pytest.fixture
def doing(database: Any) -> Any:
    """`with doing(somebody, action) as w:` is a unit of work of theirs on victims' records, as far as the policy lets them."""
    store = database.store()

    @contextmanager
    def begin(who: Somebody, action: str = "read", resource: str = "victim") -> Iterator[Work]:
        reach = who.reach(resource, action) or ""
        with work_as(store, actor(who), "account", "use", actor(who).scope(reach)) as w:
            yield w

    return begin


def fresh(doing: Any, keys: Keyring, force: str = "hampshire", state: str = "booked") -> tuple[str, int]:
    """A record of somebody new in a case: reference and number."""
    with doing(officer(force), "record") as w:
        case = queries.case(w, case_of(force, SERVES[force][0], state).reference)[0]
        number = actions.record_victim(
            w, keys, case, name=WORDS, contact=str(SafeContact(phone=WORDS, code_word="tea")), address=WORDS
        )
    with doing(supervisor(force)) as w:
        return wall_queries.by_number(w, number, case.id or 0).link.reference, number
