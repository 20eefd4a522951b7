"""The scheduler's proposals: what they start from, what is shown, taken in part, and what if; on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.cohorts import places, reading
from cara.cohorts.models import Cohort, Place
from cara.cohorts.proposals.models import ScheduleProposal
from cara.referrals.models import Referral
from cara.referrals.states import state_of
from sqlalchemy import delete, func, insert, select, update
from synthetic.browser import form_of
from synthetic.course import cohort_of, proposal_of
from synthetic.people import PEOPLE

from .conftest import FORCE, PROVIDER

COORDINATOR = f"{PROVIDER}.coordinator"


def day_fields(name: str, day: Any) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


@pytest.fixture
def hall(stage) -> str:
    """A venue, from an existing cohort that begins too late for anybody but those asked for later."""
    with stage.doing() as w:
        from cara.cohorts import planning

        made = planning.add_venue(w, force=FORCE, name="Synthetic barn", area="", address="2 Synthetic Street", capacity=12)
        return made.reference


@pytest.fixture
def desk(app, as_person, database, hall) -> "Desk":
    return Desk(app, as_person(COORDINATOR), database, hall)


class Desk:
    """A coordinator who plans."""

    def __init__(self, app: Any, browser: Any, database: Any, hall: str) -> None:
        self.app, self.browser, self.database, self.hall = app, browser, database, hall

    def ask(self, **changes: Any) -> str:
        """Ask for a plan, and its address once it is there."""
        today = clock.today()
        sent = {
            "venues": [self.hall], "groups": ["male"], "weekdays": ["0", "1", "2", "3", "4", "5", "6"], "starts": "09:30",
            "ends": "15:00", "gaps": ["28"], "capacity": "10", "cost": "2500", "travel": "small",
            **day_fields("first", today + timedelta(14)), **day_fields("last", today + timedelta(30)), **changes,
        }  # fmt: skip
        answer = self.browser.fill(f"/schedule/new/{FORCE}", f"/schedule/new/{FORCE}", sent)
        assert answer.status_code == 303, answer.text
        self.app.state.planner.wait()
        return str(answer.headers["location"])

    def accept(self, at: str, **changes: Any) -> Any:
        """Take what is ticked, led by two of the provider's facilitators."""
        page = self.browser.get(at).text
        two = [line.split('"')[0] for line in page.split('name="lead" type="radio" value="')[1:3]]
        sent = form_of(page, f"{at}/accept") | {"lead": two[0], "second": two[1], **changes}
        return self.browser.send(f"{at}/accept", sent)

    def rows(self, model: Any, *where: Any) -> list[Any]:
        with self.database.admin().connect() as connection:
            return [*connection.execute(select(model.__table__).where(*where))]


def row_of(desk: Desk, at: str) -> Any:
    return desk.rows(ScheduleProposal, ScheduleProposal.__table__.c.reference == at.rpartition("/")[2])[0]


def test_a_plan_places_whoever_can_be_placed_and_says_why_nobody_else(desk, stage):
    fits = stage.accepted()
    late = stage.accepted(complete_by=stage.today + timedelta(20))
    woman = stage.accepted(sex="female")
    at = desk.ask()
    page = desk.browser.get(at).text
    kept = row_of(desk, at)
    numbers = {one.reference: str(one.id) for one in desk.rows(Referral)}
    seated = [person for room in kept.plan["rooms"] for person in room["people"]]
    assert numbers[fits] in seated
    assert kept.plan["figures"]["optimal"]
    assert {numbers[late], numbers[woman]} <= kept.plan["unplaced"].keys()
    without = page.split("Left without a place, and why")[1]
    assert late in without
    assert woman in without
    assert fits not in without
    assert "ends by its deadline" in without
    assert "refresh" not in page.split("</head>")[0]
