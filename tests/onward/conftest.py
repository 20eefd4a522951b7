"""A stage for onward help: a force with a paid service, budgets, and people who can be sent on to it."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cara import clock
from cara.features.onward_services import actions, budgets, directory, queries
from cara.features.onward_services.actions import Consent
from cara.features.onward_services.budgets import Given
from cara.features.onward_services.models import BudgetDraw, FunderBudget
from cara.features.onward_services.service_link import PURPOSE
from cara.features.onward_services.vocabulary import OFFENDER
from cara.features.referrals import queries as referrals
from cara.platform.database.engine import Store
from cara.platform.one_time_links import derive_token
from cara.platform.unit_of_work import Work, work_as
from course.conftest import actor
from sqlalchemy import Engine, select
from synthetic.cases import TODAY, case_of
from synthetic.onward import service_of
from synthetic.people import PEOPLE

FORCE, PROVIDER = "kent", "south_provider"
SECRET = "synthetic secret of an installation"
STATES = ("accepted", "offered", "booked", "attended_a", "both_done", "completed", "closed", "by_telephone")
_MAIL = "referrals@synthetic-service.example"
_NUMBERS = itertools.count(1)


@dataclass
class Stage:
    """The store, and what day it is."""

    store: Store
    admin: Engine
    today: date = TODAY

    @contextmanager
    def doing(self, key: str = f"{PROVIDER}.coordinator") -> Iterator[Work]:
        """A unit of work of somebody, at nine in the morning of the stage's day."""
        who = PEOPLE[key]
        reach = "own_provider" if who.capacity == "provider" else "own_force"
        with self.at(), work_as(self.store, actor(who), "account", "use", actor(who).scope(reach)) as w:
            w.reach = reach
            yield w

    @contextmanager
    def at(self) -> Iterator[None]:
        """The stage's morning, for whoever needs no sign-in."""
        with clock.at(self.morning()):
            yield

    def morning(self) -> datetime:
        """Nine o'clock of the stage's day."""
        return datetime.combine(self.today, time(9), UTC)

    def turn(self, days: int) -> None:
        """Let days pass."""
        self.today += timedelta(days)

    def service(self, name: str = "Synthetic centre", *, paid: bool = True, needs: Sequence[str] = ("drugs",)) -> str:
        """A service that people on the course can be sent on to; gives its reference."""
        with self.doing(f"{FORCE}_police.administrator") as w:
            said = {
                "name": name, "needs": list(needs), "areas": [], "languages": [], "access": "", "phone": "", "web": "", "email": _MAIL,
                "paid": paid, "escalation": False,
            }  # fmt: skip
            return directory.add(w, FORCE, OFFENDER, self.today + timedelta(300), said)

    def budget(
        self, places: int | None = 1, amount: str | None = None, price: str = "0.00", *, area: str = "", days: int = 300
    ) -> str:
        """A budget that pays for people of an area, or of any; gives its reference."""
        with self.doing(f"{FORCE}_police.administrator") as w:
            funder = budgets.add_funder(w, FORCE, OFFENDER, f"Synthetic funder {next(_NUMBERS)}")
            money = None if amount is None else Decimal(amount)
            return budgets.enter(
                w, funder, Given(area, self.today, self.today + timedelta(days), places, money, Decimal(price))
            )

    def end_budgets(self) -> None:
        """No budget of the world pays any more."""
        with self.doing(f"{FORCE}_police.administrator") as w:
            budgets.close(w, FORCE, OFFENDER, service_of(FORCE).budget)

    def refer(self, state: str, service: str, area: str = "") -> tuple[str, str]:
        """Send the person of the case in this state on; gives the onward referral's reference, and its link's secret part."""
        with self.doing() as w:
            referral, _offender = referrals.case(w, case_of(FORCE, PROVIDER, state).reference)
            one = directory.service(w, service, OFFENDER, [FORCE])
            consent = Consent(self.today, "Synthetic coordinator", ("contact", "need"))
            made = actions.refer(w, SECRET, referral, one, need="drugs", area=area, language="English", consent=consent)
            return made, derive_token(SECRET, PURPOSE, queries.one(w, made).onward.nonce)

    def drawn(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """Budget → (places, money) drawn, as the budgets say, and as the sums of draws say."""
        b, d = FunderBudget.__table__, BudgetDraw.__table__
        with self.admin.connect() as connection:
            said = {
                r.id: (r.places_drawn, r.amount_drawn) for r in connection.execute(select(b)) if r.force_id == FORCE
            }
            sums = dict.fromkeys(said, (0, Decimal("0.00")))
            for row in connection.execute(select(d)):
                if row.force_id == FORCE:
                    places, amount = sums[row.budget_id]
                    sums[row.budget_id] = (places + row.places, amount + row.amount)
        return said, sums


@pytest.fixture
def stage(database: Any) -> Stage:
    """The invented country."""
    return Stage(database.store(), database.admin())
