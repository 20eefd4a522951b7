"""Police hold a case for another cause than a review, and a supervisor releases it; nobody else reads why."""

import re

import pytest
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.wall import hold_gate
from cara.features.victims.wall.models import Hold
from course.conftest import PROVIDER
from sqlalchemy import update
from synthetic.browser import key
from victims.conftest import CONTACT_OFFICER, COORDINATOR, FACILITATOR, OFFICER, SUPERVISOR

WORDS = "PLAINTEXT of why the police hold it"
GIVEN = {"cause": "investigation", "words": WORDS}
RELEASE = {"reason": "over", "advice": "yes"}
HOLD = re.compile(r'name="hold"[^>]* value="(\d+)"')


@pytest.fixture
def case(room):
    return room.accepted(a_on=room.today)


@pytest.fixture
def held(as_person, case):
    """The case, held by the officer."""
    at = f"/cases/{case}/hold/place"
    sent = as_person(OFFICER).fill(at, at, GIVEN)
    assert sent.headers["location"] == f"/cases/{case}?done=held"
    return case


def test_an_officer_holds_and_a_supervisor_releases(as_person, room, held):
    officer, supervisor, facilitator = as_person(OFFICER), as_person(SUPERVISOR), as_person(FACILITATOR)
    page = as_person(CONTACT_OFFICER).get(f"/cases/{held}/hold")
    assert WORDS in page.text
    assert "Another offence is being looked into" in page.text
    assert "Release the hold" not in page.text
    assert "Why the police hold this case" in supervisor.get(f"/cases/{held}").text
    assert "Why the police hold this case" not in officer.get(f"/cases/{held}").text
    assert "This case is on hold" in facilitator.get(f"/cases/{held}").text
    at = f"/cases/{held}/hold/release"
    assert WORDS in supervisor.get(at).text
    assert supervisor.fill(at, at, {"advice": "no"}).status_code == 422
    chosen = RELEASE | {"hold": HOLD.findall(supervisor.get(at).text)[0]}
    assert supervisor.fill(at, at, chosen).headers["location"] == f"/cases/{held}/hold?done=released"
    assert supervisor.get(at).status_code == 409
    with room.doing(FACILITATOR) as w:
        mine = room.case(w, held)
        assert (hold_gate.held(w, mine), hold_gate.advice_before_b(w, mine)) == (False, True)


def test_nobody_but_a_supervisor_of_the_police_releases_and_nobody_else_reads_why(as_person, room, held):
    at = f"/cases/{held}/hold"
    for who in (
        OFFICER,
        CONTACT_OFFICER,
        COORDINATOR,
        FACILITATOR,
        f"{PROVIDER}.manager",
        "hampton_trust.victim_service.manager",
    ):
        browser = as_person(who)
        assert browser.get(f"{at}/release").status_code == 403, who
        assert browser.post(f"{at}/release", RELEASE | {"_key": key()}).status_code == 403, who
    for who in (OFFICER, COORDINATOR, FACILITATOR, f"{PROVIDER}.manager", "hampton_trust.victim_service.victim_worker"):
        browser = as_person(who)
        assert browser.get(at).status_code == 403, who
        assert WORDS not in browser.get(f"/cases/{held}").text
    with room.doing(FACILITATOR) as w:
        assert hold_gate.held(w, room.case(w, held))


def test_a_cause_and_what_it_is_about_are_needed(as_person, case):
    at = f"/cases/{case}/hold/place"
    for less in ({"cause": "investigation", "words": ""}, {"words": WORDS}, {"cause": "because", "words": WORDS}):
        answer = as_person(OFFICER).fill(at, at, less)
        assert answer.status_code == 422
    assert "nothing here themselves" in as_person(SUPERVISOR).get(f"/cases/{case}/hold").text


def test_of_several_holds_one_is_released_and_the_case_stays_held(as_person, room, held):
    at, supervisor = f"/cases/{held}/hold", as_person(SUPERVISOR)
    supervisor.fill(f"{at}/place", f"{at}/place", {"cause": "group", "words": "Synthetic"})
    with room.doing(SUPERVISOR) as w:
        first = police_holds.of_case(w, room.keys, room.case(w, held))[-1]
    release = f"{at}/release"
    assert supervisor.fill(release, release, RELEASE).status_code == 422
    assert supervisor.fill(release, release, RELEASE | {"hold": str(first.number)}).status_code == 303
    with room.doing(FACILITATOR) as w:
        assert hold_gate.held(w, room.case(w, held))
    last = RELEASE | {"hold": HOLD.findall(supervisor.get(release).text)[0]}
    assert supervisor.fill(release, release, last).status_code == 303


def test_a_hold_that_came_after_the_page_was_drawn_is_not_released(as_person, room, held):
    at, supervisor, colleague = f"/cases/{held}/hold", as_person(SUPERVISOR), as_person(SUPERVISOR)
    page = supervisor.get(f"{at}/release")
    read = RELEASE | {"hold": HOLD.findall(page.text)[0]}
    assert colleague.fill(f"{at}/release", f"{at}/release", read).status_code == 303
    colleague.fill(f"{at}/place", f"{at}/place", {"cause": "group", "words": "Synthetic"})
    assert supervisor.fill(f"{at}/release", f"{at}/release", read, page).status_code == 422
    with room.doing(FACILITATOR) as w:
        assert hold_gate.held(w, room.case(w, held))


@pytest.mark.parametrize(("kept", "told"), [
    ("PLAINTEXT of before", ("Cause not on record", "PLAINTEXT of before")),
    ("2016", ("Cause not on record", "2016")),
    ('{"cause": "gone", "words": "PLAINTEXT"}', ("Cause not on record", "PLAINTEXT")),
    (police_holds.written("group", "PLAINTEXT"), ("The group would not be safe", "PLAINTEXT")),
    (None, ("Cause not on record", "Erased, or its key is not on this machine")),
])  # fmt: skip
def test_why_a_case_is_held_is_read_as_far_as_it_was_written(as_person, room, case, kept, told):
    with room.doing(SUPERVISOR) as w:
        police_holds.place_hold(w, room.keys, room.case(w, case), kept or "")
    if kept is None:
        with room.admin.begin() as connection:
            connection.execute(update(Hold).values(cause=b""))
    for page in (f"/cases/{case}/hold", f"/cases/{case}/hold/release"):
        text = as_person(SUPERVISOR).get(page).text
        assert told[0] in text, page
        assert told[1] in text or (kept is None and page.endswith("release")), page


def test_what_a_review_holds_is_not_released_here(as_person, room, case):
    with room.doing(SUPERVISOR) as w:
        hold_gate.raise_concern(w, room.keys, room.case(w, case), "Synthetic")
    supervisor, at = as_person(SUPERVISOR), f"/cases/{case}/hold"
    assert "nothing here themselves" in supervisor.get(at).text
    assert supervisor.get(f"{at}/release").status_code == 409
    with room.doing(SUPERVISOR) as w:
        assert hold_gate.held(w, room.case(w, case))
