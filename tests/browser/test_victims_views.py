"""A hold that police place themselves, the menu that leads there, and somebody who says by a link what they thought."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser.access import faults, picture
from browser.conftest import Visit
from browser.journey import Visitor
from browser.reviews import PHONE, handed_over, uncontacted

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Count = Callable[..., None]
WORDS = "Invented words: it helped that the same person rang each time."
ABOUT = "Invented: another force looks into something of last year."


def test_an_officer_holds_a_case_and_a_supervisor_releases_it(visit: Visit, record_count: Count) -> None:
    found: list[str] = []

    def look(visitor: Visitor, name: str) -> None:
        picture(visitor.page, f"hold-{name}")
        found.extend(faults(visitor.page))

    officer, supervisor = visit("Officer Basil Testcase"), visit("Sergeant Siân Testcase", width=PHONE)
    case = uncontacted(officer)
    officer.follow("Put the case on hold").press("Put the case on hold")
    expect(officer.problems()).to_have_count(2)
    look(officer, "mistake")
    officer.answer_all({"Why is the case held?": "Another offence is being looked into", "What is it about?": ABOUT})
    officer.press("Put the case on hold").reads("The case is on hold: no workshop takes place")
    officer.reads("This case is on hold")
    assert ABOUT not in officer.everything_read()
    look(officer, "case")
    supervisor.open(case)
    supervisor.follow("Why the police hold this case").reads(ABOUT)
    look(supervisor, "holds")
    supervisor.follow("Release the hold")
    supervisor.answer("Which hold is released?", "Another offence is being looked into")
    supervisor.answer("Why is the hold released?", "What it was placed for is over")
    supervisor.answer("Should whoever leads workshop B take advice before it?", "No")
    look(supervisor, "release")
    supervisor.press("Release the hold").reads("Released. Workshops may go on")
    supervisor.follow("Records to look at").sees("Records to look at")
    supervisor.page.get_by_role("button", name="Menu").click()
    supervisor.page.locator(".cara-menu__more summary").click()
    expect(supervisor.page.get_by_role("link", name="Services for victims", exact=True)).to_be_visible()
    look(supervisor, "menu")
    record_count("pages of holds for axe and 400 %", 5, [*found, *officer.complaints, *supervisor.complaints])


def test_somebody_says_by_a_link_what_they_thought(visit: Visit, record_count: Count) -> None:
    found: list[str] = []

    def look(visitor: Visitor, name: str) -> None:
        picture(visitor.page, f"views-{name}")
        found.extend(faults(visitor.page))

    officer, contact = visit("Officer Basil Testcase"), visit("Officer Vanya Testcase")
    record = handed_over(officer, contact, uncontacted(officer), "Text message, agreed beforehand")
    contact.open(record)
    contact.follow("Ask them by a link").press("Make the link")
    expect(contact.problems()).to_have_count(1)
    contact.answer("Have they agreed to be sent a link?", "Yes")
    look(contact, "ask")
    contact.press("Make the link").reads("The message, to copy")
    look(contact, "message")
    address = re.search(r"/views/[\w-]+", contact.everything_read())
    assert address
    person = visit(width=PHONE, javascript=False)
    assert person.open(address[0]) == 200
    person.sees("Your views").reads("Nobody reads answers at once.")
    picture(person.page, "views-asks")
    person.answer("How much did you feel heard? (optional)", "A lot")
    person.answer("In your own words: what helped, and what should be different? (optional)", WORDS)
    person.press("Send the answers").sees("Thank you")
    assert person.open(address[0]) == 404
    again = visit(width=PHONE)
    assert again.open(address[0]) == 404
    look(again, "ended")
    contact.open("/victims")
    contact.reads("They said what they thought of the contact")
    look(contact, "list")
    contact.open(record)
    contact.reads(WORDS).press("I have seen this")
    assert "They said what they thought of the contact" not in contact.everything_read()
    record_count("pages of the survey for axe and 400 %", 4, [*found, *contact.complaints, *again.complaints])
