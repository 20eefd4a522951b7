"""Onward help in a browser: the directory, a person sent on, the service's own page on a telephone, and what is drawn."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cara import clock
from playwright.sync_api import expect

from browser.access import faults
from browser.conftest import Visit
from browser.journey import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Count = Callable[..., None]

TELEPHONE = 390
SERVICES, VICTIMS = "Services for people on the course", "Services for victims"


def test_a_person_is_sent_on_and_a_place_is_paid(visit: Visit, record_count: Count) -> None:
    """Leicestershire: the force enters a budget, the coordinator sends somebody on, the centre accepts on a telephone."""
    found: list[str] = []
    force = visit("Amir Specimen").follow(SERVICES).sees(SERVICES)
    force.reads("Jenkins Centre")
    assert "Invented refuge" not in force.everything_read()
    found += faults(force.page)
    force.follow("Jenkins Centre").reads("Paid by a funder")
    found += faults(force.page)
    force.follow(VICTIMS).sees(VICTIMS).reads("Invented refuge")
    assert "Jenkins Centre" not in force.everything_read()
    found += faults(force.page)

    coordinator = visit("Carys Sample").follow("Onward referrals").reads("Waiting for a paid place")
    found += faults(coordinator.page)
    coordinator.page.locator(".cara-worklist tr", has_text="Waiting for a paid place").get_by_role("link").first.click()
    coordinator.reads("has a place left")
    area = coordinator.page.locator(".govuk-summary-list__row", has_text="Area").first.locator("dd").inner_text()
    found += faults(coordinator.page)
    coordinator.press("Send a new link").reads("The service is written to")
    waiting = coordinator.page.url

    force.follow("Budgets for people on the course").reads("1 of 1 places")
    found += faults(force.page)
    force.follow("Enter a budget")
    force.answer_all({"First day": clock.today(), "Last day": clock.today() + timedelta(300)})
    force.page.get_by_label(f"Community Safety Partnership, {area}", exact=True).check()
    force.page.get_by_label(area, exact=True).check()
    force.page.locator("#places").fill("2")
    found += faults(force.page)
    force.press("Save").reads("0 of 2 places")

    link = letter_of(coordinator)
    centre = visit(width=TELEPHONE)
    assert centre.open(link) == 200
    centre.reads("Programme to change behaviour")
    name = person_of(coordinator, waiting)
    assert name
    assert name not in centre.everything_read()
    found += faults(centre.page)
    centre.page.set_viewport_size({"width": TELEPHONE, "height": 844})
    centre.press("Send the answer")
    expect(centre.page.get_by_text("There is a problem")).to_be_visible()
    found += faults(centre.page)
    centre.page.get_by_label("Yes", exact=True).check()
    centre.press("Send the answer").reads("You have accepted")
    centre.reads(name)
    found += faults(centre.page)

    coordinator.open(waiting)
    coordinator.reads("Accepted by the service")
    force.follow("Budgets for people on the course").reads("1 of 2 places")
    assert visit(width=TELEPHONE).open(re.sub(r"onward/.{6}", "onward/ABCDEF", link)) == 404

    case = not_sent_on(coordinator)
    coordinator.follow("Send the person on to a service").sees("Send the person on to a service")
    found += faults(coordinator.page)
    coordinator.press("Write to the service")
    expect(coordinator.page.get_by_text("There is a problem")).to_be_visible()
    found += faults(coordinator.page)
    coordinator.answer_all({
        "To which service?": "Jenkins Centre", "What does the person need?": "Programme to change behaviour",
        "In which area does the person live?": area,
        "What do they agree that the service learns, or tells us?": [
            "Name and telephone number, once the service accepts", "What they need, their area and their language",
        ],
    })  # fmt: skip
    coordinator.press("Write to the service").reads("The service is written to").reads("Waiting for the service")
    centre.open(letter_of(coordinator))
    centre.reads("Who writes").reads("Carys Sample")
    centre.page.get_by_label("Yes", exact=True).check()
    centre.press("Send the answer").reads("You have accepted")
    force.follow("Budgets for people on the course").reads("2 of 2 places")
    coordinator.open(case)
    coordinator.reads("Accepted by the service")
    complaints = [*force.complaints, *coordinator.complaints, *centre.complaints]
    record_count("pages of onward help for axe and 400 %", 13, [*found, *complaints])


def not_sent_on(coordinator: Visitor) -> str:
    """Open the case of somebody of Leicestershire whom nobody has sent to the centre yet; its address."""
    for state in ("completed", "both_done", "attended_a", "booked", "accepted"):
        coordinator.open(f"/cases?state={state}")
        links = coordinator.page.locator(".cara-worklist__link")
        for address in links.evaluate_all("some => some.map(one => one.getAttribute('href'))"):
            coordinator.open(address)
            here = coordinator.page.locator(".cara-identity", has_text="Leicestershire").count()
            if here and not coordinator.page.locator(".govuk-task-list", has_text="Jenkins Centre").count():
                return str(address)
    raise AssertionError("everybody has been sent to the centre")


def letter_of(coordinator: Visitor) -> str:
    """The address in the newest e-mail to a service, as the practice system kept it instead of sending it."""
    page = coordinator.page
    for _ in range(60):
        coordinator.open("/messages")
        page.wait_for_timeout(250)
        newest = page.locator(".cara-worklist tbody tr", has_text="Referral, to a service").first
        if "Kept" in newest.inner_text():
            newest.get_by_role("link").click()
            coordinator.reads("What was kept instead of sending it")
            found = re.search(r"/onward/[\w-]+", page.content())
            assert found
            return found[0]
    raise AssertionError("the outbox kept no e-mail to a service")


def person_of(coordinator: Visitor, onward: str) -> str:
    """The forenames of whom an onward referral is about."""
    coordinator.open(onward)
    coordinator.follow("Open the case")
    return coordinator.page.locator(".cara-identity__name").inner_text().partition(", ")[2]
