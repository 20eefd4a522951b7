"""The scheduler's proposals: what they start from, what is shown, taken in part, and what if; on both engines."""

from datetime import date, timedelta
from typing import Any

import pytest
from cara import clock
from cara.dates import absolute
from cara.features.course.bookings import actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.records import queries
from cara.features.course.records.models import Cohort, Place
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.states import state_of
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import select, update
from synthetic.browser import form_of

from .conftest import FORCE, PROVIDER

COORDINATOR = f"{PROVIDER}.coordinator"


def day_fields(name: str, day: Any) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


@pytest.fixture
def hall(stage) -> str:
    """A venue of the provider, in which nothing is planned yet."""
    with stage.doing() as w:
        made = cohort_actions.add_venue(
            w, force=FORCE, name="Synthetic barn", area="", address="2 Synthetic Street", capacity=12
        )
        return made.reference


@pytest.fixture
def desk(app, as_person, database, hall) -> "Desk":
    with database.admin().begin() as connection:  # the cohorts of this world have seats for all who come
        connection.execute(update(Cohort.__table__).values(cancelled_at=clock.now()))
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
    assert "ends by their deadline" in without
    assert "refresh" not in page.split("</head>")[0]


def test_people_kept_apart_sit_in_two_rooms_and_nothing_says_so(desk, stage):
    one, other = (stage.accepted(crime="SYN/APART") for _ in range(2))
    at = desk.ask()
    numbers = {row.reference: str(row.id) for row in desk.rows(Referral)}
    kept = row_of(desk, at)
    where = {person: room["id"] for room in kept.plan["rooms"] for person in room["people"]}
    assert where[numbers[one]] != where[numbers[other]]
    assert "apart" not in str(kept.plan)
    assert "apart" not in desk.browser.get(at).text


def test_nobody_joins_a_cohort_in_which_somebody_sits_whom_they_are_kept_apart_from(desk, stage):
    there = stage.cohort(start=20)
    sits, comes = (stage.accepted(crime="SYN/APART") for _ in range(2))
    with stage.doing() as w:
        actions.book(w, stage.case(w, sits), 1, queries.cohort(w, there))
    kept = row_of(desk, desk.ask())
    numbers = {row.reference: str(row.id) for row in desk.rows(Referral)}
    where = {person: room["id"] for room in kept.plan["rooms"] for person in room["people"]}
    assert where[numbers[comes]] != f"cohort.{there}"
    assert numbers[sits] not in where


def test_free_seats_of_a_cohort_that_runs_are_filled_before_another_is_run(desk, stage):
    there = stage.cohort(start=20)
    stage.accepted()
    kept = row_of(desk, desk.ask())
    assert kept.plan["figures"]["cohorts"] == 0
    assert kept.plan["figures"]["cost"] == "0"
    assert [room["reference"] for room in kept.plan["rooms"] if room["people"]] == [there]


def test_taking_a_plan_makes_its_cohorts_and_gives_its_places_once(desk, stage):
    case = stage.accepted()
    at = desk.ask()
    made = len(desk.rows(Cohort))
    page = desk.browser.get(at).text
    two = [line.split('"')[0] for line in page.split('name="lead" type="radio" value="')[1:3]]
    sent = form_of(page, f"{at}/accept") | {"lead": two[0], "second": two[1]}
    answers = [desk.browser.send(f"{at}/accept", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303], answers[0].text
    row = next(one for one in desk.rows(Referral) if one.reference == case)
    assert state_of(row) == "offered"
    taken = row_of(desk, at).taken
    new = [one for one in taken.values() if one["cohort"]]
    assert len(desk.rows(Cohort)) == made + len([one for one in new if one["cohort"] not in str(sent["take"])])
    assert "Accepted" in desk.browser.get(at).text


def test_a_place_that_cannot_be_given_is_reported_and_leaves_nothing(desk, stage):
    stays, gone = stage.accepted(), stage.accepted()
    at = desk.ask()
    numbers = {row.reference: row.id for row in desk.rows(Referral)}
    with desk.database.admin().begin() as connection:
        connection.execute(
            update(Referral.__table__).where(Referral.__table__.c.reference == gone).values(closed_at=clock.now())
        )
    before = len(desk.rows(Place))
    answer = desk.accept(at)
    assert answer.status_code == 303, answer.text
    taken = row_of(desk, at).taken
    failed = {who for one in taken.values() for who in one["failed"]}
    seated = {who for one in taken.values() for who in one["seated"]}
    assert str(numbers[gone]) in failed
    assert numbers[stays] in seated
    assert len(desk.rows(Place)) == before + len(seated)
    for row in desk.rows(Cohort):
        active = [
            p for p in desk.rows(Place, Place.__table__.c.cohort_id == row.id) if not (p.released_at or p.refused_at)
        ]
        if any(one["cohort"] == row.reference for one in taken.values()):
            assert row.taken == len(active)
    shown = desk.browser.get(at).text
    assert gone in shown.split("No place could be given to:")[1]


def test_a_plan_is_taken_by_two_facilitators_or_not_at_all(desk, stage):
    stage.accepted()
    at = desk.ask()
    before = len(desk.rows(Cohort)), len(desk.rows(Place))
    answer = desk.accept(at, second="")
    assert answer.status_code == 422
    assert "Select two different facilitators" in answer.text
    assert (len(desk.rows(Cohort)), len(desk.rows(Place))) == before
    assert desk.accept(at, take=[]).status_code == 422


def test_nobody_takes_a_plan_that_somebody_else_has_changed(desk, stage):
    stage.accepted()
    at = desk.ask()
    before = len(desk.rows(Place))
    assert desk.accept(at, _version="1").status_code == 409
    assert len(desk.rows(Place)) == before


def test_a_form_with_a_mistake_keeps_what_was_typed(desk):
    path = f"/schedule/new/{FORCE}"
    answer = desk.browser.fill(path, path, {"cost": "much", "venues": [desk.hall]})
    assert answer.status_code == 422
    assert "Enter pounds, such as 2500" in answer.text
    assert 'value="much"' in answer.text


def test_no_page_of_a_plan_opens_to_another_provider(desk, stage, as_person):
    stage.accepted()
    at = desk.ask()
    assert as_person("north_provider.coordinator").get(at).status_code == 404
    assert as_person(f"{PROVIDER}.facilitator").get(at).status_code == 403


def tried(desk: Desk, at: str, **what: Any) -> dict[str, Any]:
    answer = desk.browser.fill(f"{at}/what-if", f"{at}/what-if", what)
    assert answer.status_code == 303, answer.text
    desk.app.state.planner.wait()
    kept = row_of(desk, at).what_ifs[-1]
    assert not kept["failure"]
    return dict(kept["figures"])


def test_what_would_be_stands_beside_the_plan_and_changes_nothing(desk, stage):
    for _ in range(4):
        stage.accepted()
    at = desk.ask()
    before, cohorts = row_of(desk, at).plan, len(desk.rows(Cohort))
    people = before["figures"]["placed"] + before["figures"]["unplaced"]
    more = tried(desk, at, kind="more", percent="100")
    assert more["placed"] + more["unplaced"] >= 2 * before["figures"]["placed"]
    shut = tried(
        desk, at, kind="venue", venue="Synthetic barn",
        **day_fields("venue_first", stage.today), **day_fields("venue_last", stage.today + timedelta(200)),
    )  # fmt: skip
    assert shut["cohorts"] == 0
    assert shut["placed"] + shut["unplaced"] == people
    assert row_of(desk, at).plan == before
    assert len(desk.rows(Cohort)) == cohorts
    page = desk.browser.get(at).text
    assert "100 % more people" in page
    assert "Synthetic barn closed" in page


def test_whoever_sits_in_a_cohort_of_a_facilitator_who_is_ill_needs_another_place(desk, stage):
    there = stage.cohort(start=20)
    sits = stage.accepted()
    with stage.doing() as w:
        actions.book(w, stage.case(w, sits), 1, queries.cohort(w, there))
        lead = stage.facilitators(w)[0]
    at = desk.ask()
    own = row_of(desk, at).plan["figures"]
    ill = tried(
        desk, at, kind="facilitator", facilitator=str(lead),
        **day_fields("facilitator_first", stage.today + timedelta(19)), **day_fields("facilitator_last", stage.today + timedelta(21)),
    )  # fmt: skip
    assert ill["placed"] + ill["unplaced"] == own["placed"] + own["unplaced"] + 1


def test_pins_hold_and_whoever_is_left_out_is_named(desk, stage):
    one, other = stage.accepted(), stage.accepted()
    at = desk.ask()
    numbers = {row.reference: str(row.id) for row in desk.rows(Referral)}
    rooms = [room for room in row_of(desk, at).plan["rooms"] if room["new"] and room["people"]]
    assert rooms
    sent = {f"person-{numbers[one]}": rooms[0]["id"], f"person-{numbers[other]}": "out"}
    answer = desk.browser.fill(f"{at}/pins", f"{at}/pins", sent)
    assert answer.status_code == 303, answer.text
    desk.app.state.planner.wait()
    kept = row_of(desk, at)
    assert kept.terms["pins"] == {numbers[one]: rooms[0]["id"]}
    assert numbers[one] in next(room["people"] for room in kept.plan["rooms"] if room["id"] == rooms[0]["id"])
    assert "left out of this plan" in kept.plan["unplaced"][numbers[other]]
    without = desk.browser.fill(f"{at}/pins", f"{at}/pins", {"out": [rooms[0]["id"]]})
    assert without.status_code == 303
    desk.app.state.planner.wait()
    assert rooms[0]["id"] not in [room["id"] for room in row_of(desk, at).plan["rooms"]]


def test_the_page_of_a_plan_names_nobody_in_an_address(desk, stage):
    stage.accepted()
    page = desk.browser.get(desk.ask()).text
    names = {one.surname.lower() for one in desk.rows(Offender)}
    addresses = [part.split('"')[0].lower() for part in page.replace('action="', 'href="').split('href="')[1:]]
    assert addresses
    assert not [one for one in addresses if any(name in one for name in names)]


def test_a_plan_that_is_not_there_yet_is_looked_for_again(desk, stage, database):
    at = desk.ask()
    kept = ScheduleProposal.__table__
    for minutes, shown in ((0, 'http-equiv="refresh"'), (5, "Planning was interrupted")):
        with database.admin().begin() as connection:
            asked = clock.now() - timedelta(minutes=minutes)
            connection.execute(
                update(kept).where(kept.c.reference == at[10:]).values(plan={}, planned_at=None, asked_at=asked)
            )
        page = desk.browser.get(at)
        assert page.status_code == 200
        assert shown in page.text
    assert desk.browser.fill(at, f"{at}/again").status_code == 303
    desk.app.state.planner.wait()
    assert row_of(desk, at).plan


def test_a_plan_that_failed_is_made_once_more(desk, database):
    at, kept = desk.ask(), ScheduleProposal.__table__
    failed = {"plan": {}, "failure": "Planning failed.", "planned_at": clock.now()}
    with database.admin().begin() as connection:
        connection.execute(update(kept).where(kept.c.reference == at[10:]).values(failed))
    assert desk.browser.fill(at, f"{at}/again").status_code == 303
    desk.app.state.planner.wait()
    assert row_of(desk, at).plan
    assert not row_of(desk, at).failure


def test_what_is_planned_leaves_entries_and_no_words_of_anybody(desk, stage):
    reference = stage.accepted()
    at = desk.ask()
    desk.browser.get(at)
    number = next(str(row.id) for row in desk.rows(Referral) if row.reference == reference)
    entries = [
        row
        for row in desk.rows(LedgerEntry)
        if row.verb.startswith("schedule.") and row.subject_id == str(row_of(desk, at).id)
    ]
    assert {"schedule.asked", "schedule.gathered", "schedule.planned", "schedule.read"} <= {row.verb for row in entries}
    assert all(row.provider_id == PROVIDER and row.force_id == FORCE for row in entries)
    gathered = next(row for row in entries if row.verb == "schedule.gathered")
    assert number in gathered.shown


def test_nobody_leads_two_cohorts_at_one_time(desk, stage):
    stage.accepted()
    at = desk.ask()
    first = next(room for room in row_of(desk, at).plan["rooms"] if room["new"])
    there = stage.cohort(start=(date.fromisoformat(first["a"]) - stage.today).days)
    before = len(desk.rows(Cohort))
    with stage.doing() as w:
        lead, second = stage.facilitators(w)[:2]
    answer = desk.accept(at, lead=str(lead), second=str(second), take=first["id"])
    assert answer.status_code == 422
    assert f"leads cohort {there} on {absolute(date.fromisoformat(first['a']))}" in answer.text
    assert len(desk.rows(Cohort)) == before


def test_a_cohort_that_nobody_is_free_to_lead_says_who_leads_what_and_is_not_ticked(desk, stage):
    stage.accepted()
    at = desk.ask()
    first = next(room for room in row_of(desk, at).plan["rooms"] if room["new"])
    assert form_of(desk.browser.get(at).text, f"{at}/accept")["take"] == [first["id"]]
    there = stage.cohort(start=(date.fromisoformat(first["a"]) - stage.today).days)
    with stage.doing() as w:
        names = cohort_actions.facilitators(w)
    page = desk.browser.get(at).text
    for person in [*names][:2]:
        assert f"{names[person]} leads cohort {there} on" in page
    assert ("take" in form_of(page, f"{at}/accept")) == (len(names) > 3)


def test_no_cohort_is_planned_on_a_day_on_which_fewer_than_two_facilitators_are_free(desk, stage):
    stage.accepted()
    stage.cohort(start=20, gap=28)
    led = {(stage.today + timedelta(20)).isoformat(), (stage.today + timedelta(48)).isoformat()}
    with stage.doing() as w:
        assert len(cohort_actions.facilitators(w)) < 4
    at = desk.ask(**day_fields("first", stage.today + timedelta(20)), **day_fields("last", stage.today + timedelta(21)))
    assert not {room[part] for room in row_of(desk, at).plan["rooms"] if room["new"] for part in "ab"} & led
    assert row_of(desk, at).plan["refused"]["unled"]
    assert "a workshop while fewer than two facilitators are free" in desk.browser.get(at).text
