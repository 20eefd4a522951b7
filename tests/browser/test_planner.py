"""A coordinator lets CARA plan: what could be run, what if, a pin, and a plan taken in part; every page of it for axe too."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser.access import faults
from browser.conftest import Visit
from browser.journey import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_plan_is_asked_for_tried_out_pinned_and_taken(visit: Visit, record_count: Callable[..., None]) -> None:
    coordinator, found = visit("Cora Sample"), list[str]()

    def looked() -> None:
        found.extend(faults(coordinator.page))

    coordinator.follow("Cohorts").follow("Plan cohorts").sees("Plan cohorts")
    looked()
    coordinator.follow("Plan cohorts in Hampshire and Isle of Wight")
    looked()
    coordinator.answer("How many seats has a cohort?", "").press("Plan")
    expect(coordinator.problems()).to_have_count(1)
    looked()
    coordinator.answer("How many seats has a cohort?", "10").press("Plan")
    planned(coordinator)
    looked()
    plan = coordinator.page.url

    coordinator.follow("Try a “what if”").answer("What if…", "More people are referred")
    looked()
    coordinator.page.get_by_label("How many per cent more?").fill("50")
    coordinator.press("Try it")
    expect(coordinator.page.get_by_role("table", name="What if").locator("tbody tr")).to_have_count(2)
    planned(coordinator)

    coordinator.follow("Pin people, or leave out")
    looked()
    person = coordinator.page.locator("main select").first
    person.select_option(label="Leave out of the plan")
    coordinator.press("Plan anew")
    planned(coordinator)
    expect(
        coordinator.page.get_by_text(re.compile("left out of this plan by a coordinator", re.IGNORECASE)).first
    ).to_be_visible()

    coordinator.press("Accept the ticked cohorts")
    looked()
    coordinator.answer_all({"First facilitator": "Fay Sample", "Second facilitator": "Felix Sample"})
    coordinator.press("Accept the ticked cohorts").reads(
        "Accepted. What was made, and what could not be, stands below."
    )
    looked()
    coordinator.page.get_by_role("link", name=re.compile("^Cohort ")).first.click()
    coordinator.reads("Who sits here")
    assert coordinator.open(plan) == 200
    record_count("pages of a plan for axe and 400 %", 8, [*found, *coordinator.complaints])


def test_what_was_ticked_comes_back_to_whoever_was_signed_out(visit: Visit) -> None:
    coordinator = visit("Cora Sample")
    coordinator.open("/schedule/new/hampshire")
    coordinator.press("Plan")
    planned(coordinator)
    for box in coordinator.page.locator("main input[name=take]").all():
        box.uncheck()
    coordinator.answer_all({"First facilitator": "Felix Sample", "What happens with the places?": "Book them"})
    coordinator.is_away_for_too_long()
    coordinator.page.get_by_role("button", name="Accept the ticked cohorts").click()
    coordinator.answer("Your work email address", "cora.sample@hampton-trust.example")
    coordinator.press("Continue").choose_at_practice_sign_in("Cora Sample")
    coordinator.reads("What you typed is here again. It is not saved yet: check it and send it once more.")
    expect(coordinator.page.locator("main input[name=take]:checked")).to_have_count(0)
    lead = coordinator.page.get_by_role("group", name="First facilitator", exact=True)
    expect(lead.get_by_label("Felix Sample", exact=True)).to_be_checked()


def planned(coordinator: Visitor) -> None:
    """The page looks for the plan by itself."""
    expect(coordinator.page.get_by_text("Being planned")).to_have_count(0, timeout=60_000)
    expect(coordinator.page.get_by_role("heading", name="Cohorts to run, and who sits where")).to_be_visible()
