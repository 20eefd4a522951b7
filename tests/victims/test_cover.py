"""Whom a force names to be reached about a held case: entered by its administrator, with days, before what its plugin names."""

from datetime import timedelta
from itertools import product

import pytest
from cara import clock
from cara.errors import BadInput, Forbidden, NotFound
from cara.features.victims.disclosure_reviews import escalation, force_contact_actions
from cara.features.victims.wall import record_keeper
from cara.features.victims.wall.review_models import DisclosureReview
from cara.platform.database.dated_rows import in_force, is_in_force
from cara.platform.plugins.models import ForceArrangement, ForceContact
from course.conftest import FORCE
from sqlalchemy import select, update
from synthetic.browser import key

from .conftest import OFFICER, SUPERVISOR
from .test_risen import at, queued, record

ADMINISTRATOR = f"{FORCE}_police.administrator"
NUMBER, ADDRESS = "01632 960 001", "cover@kent.example"


@pytest.fixture
def case(room):
    room.arrange()
    return room.accepted(a_on=room.today - timedelta(14))


@pytest.fixture
def victim(room, case):
    return room.harmed(case)


def enter(room, kind="duty_supervisor", reached_at=NUMBER, starts=0, until=None, who=ADMINISTRATOR):
    with room.doing(who) as w:
        last = None if until is None else w.today + timedelta(until)
        force_contact_actions.enter(w, kind=kind, reached_at=reached_at, starts=w.today + timedelta(starts), until=last)


def number(room, force=FORCE):
    with room.doing(SUPERVISOR) as w:
        return record_keeper.duty_supervisor(w, force)


def test_the_administrator_enters_the_number_and_pages_name_it(as_person, room, case, victim):
    browser = as_person(ADMINISTRATOR)
    assert "Telephone number of the duty supervisor" in browser.get("/force-contacts").text
    today = clock.today()
    sent = {
        "kind": "duty_supervisor",
        "reached_at": NUMBER,
        "starts-day": today.day,
        "starts-month": today.month,
        "starts-year": today.year,
    }
    went = browser.fill(
        "/force-contacts/enter", "/force-contacts/enter", {name: str(value) for name, value in sent.items()}
    )
    assert went.status_code == 303
    assert NUMBER in as_person(SUPERVISOR).get(f"/victims/{victim}/conversation").text
    assert NUMBER in as_person(SUPERVISOR).get("/force-contacts").text
    assert as_person(SUPERVISOR).post("/force-contacts/enter", {"_key": key()}).status_code == 403
    assert as_person(OFFICER).get("/force-contacts").status_code == 403


def test_it_counts_on_its_days_and_before_what_a_plugin_names(room, case):
    with room.admin.begin() as connection:
        kept = connection.scalar(select(ForceArrangement.profile).where(ForceArrangement.force_id == FORCE))
        profile = dict(kept) | {"duty_supervisor": "01632 960 009"}
        connection.execute(update(ForceArrangement).where(ForceArrangement.force_id == FORCE).values(profile=profile))
    assert number(room) == "01632 960 009"
    enter(room, starts=1, until=2)
    assert number(room) == "01632 960 009", "its days have not begun"
    room.turn(1)
    assert number(room) == NUMBER
    enter(room, reached_at="01632 960 002")
    assert number(room) == "01632 960 002", "the newest counts"
    with room.doing(ADMINISTRATOR) as w:
        newest = next(one.id for one in force_contact_actions.listed(w) if one.reached_at == "01632 960 002")
        force_contact_actions.end(w, newest)
        with pytest.raises(NotFound):
            force_contact_actions.end(w, newest)
    assert number(room) == NUMBER
    room.turn(2)
    assert number(room) == "01632 960 009", "its days are over"
    assert number(room, "hampshire") == ""
    with room.doing("hampshire_police.administrator") as w, pytest.raises(NotFound):
        force_contact_actions.end(w, newest)


def test_an_overdue_review_is_told_to_the_address_that_was_entered(room, case, victim):
    with room.admin.begin() as connection:
        connection.execute(update(DisclosureReview).values(supervisors_told_at=clock.now(), cover_told_at=clock.now()))
    enter(room, "review_cover", ADDRESS)
    record(room, victim, "conversation", {"abuse": "both"})
    with at(room, 24 * 10):
        assert sum(escalation.escalate(room.store, FORCE)) == 2
    assert len(queued(room, "review_overdue")) == 1
    assert queued(room, "review_uncovered") == []


@pytest.mark.parametrize(
    ("kind", "reached_at"),
    [("duty_supervisor", ADDRESS), ("review_cover", NUMBER), ("review_cover", " "), ("other", NUMBER)],
)
def test_what_can_be_no_number_or_address_is_refused(room, case, kind, reached_at):
    with pytest.raises(BadInput):
        enter(room, kind, reached_at)


def test_the_last_day_is_not_before_the_first_and_no_provider_enters_anything(room, case):
    with pytest.raises(BadInput):
        enter(room, starts=1, until=0)
    with pytest.raises(Forbidden):
        enter(room, who="north_provider.coordinator")


def test_statement_and_page_agree_on_each_day_from_the_first_to_the_last(room, record_count):
    """Both days are included; an entry without a last day goes on, and one that was ended counts on no day."""
    for starts, until in product((-1, 0, 1), (-1, 0, 1, None)):
        if until is None or until >= starts:
            enter(room, starts=starts, until=until)
    with room.doing(ADMINISTRATOR) as w:
        ended = force_contact_actions.listed(w)[0]
        force_contact_actions.end(w, ended.id)
    with room.doing(ADMINISTRATOR) as w:
        entries, wrong, tried = force_contact_actions.listed(w), [], 0
        for offset in range(-2, 3):
            day = w.today + timedelta(offset)
            found = set(w.session.scalars(select(ForceContact.id).where(in_force(ForceContact, day))))
            for one in entries:
                tried += 1
                counts = one.id != ended.id and one.starts <= day <= (one.until or day)
                if not counts == (one.id in found) == is_in_force(one, day):
                    wrong.append((one.starts, one.until, day))
    record_count("days of dated rows", tried, wrong)
