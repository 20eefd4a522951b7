"""Keeping in a browser: a period is changed, a proposed erasure is confirmed by a second person, a case is held and let go."""

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
LIST = "Records to look at"


def refused(visitor: Visitor, button: str) -> list[str]:
    """Send a form empty: what is wrong with the page as it was, and as it comes back."""
    found = [*faults(visitor.page)]
    visitor.press(button)
    expect(visitor.page.get_by_text("There is a problem")).to_be_visible()
    return [*found, *faults(visitor.page)]


def open_one(visitor: Visitor, standing: str) -> None:
    """Open the first of the records that stand so."""
    visitor.follow(LIST).sees(LIST)
    visitor.page.locator(".cara-worklist tr", has_text=standing).get_by_role("link").first.click()


def test_records_are_looked_at_by_two(visit: Visit, record_count: Count) -> None:
    found: list[str] = []
    first, second = visit("Sergeant Sasha Testcase"), visit("Sergeant Sidney Testcase")
    open_one(first, "Erasure proposed")
    first.reads("Another supervisor must confirm it.")
    found += faults(first.page)
    second.reads("A colleague proposes to erase records")
    found += faults(second.page)
    second.page.locator("section", has_text="A colleague proposes").get_by_role("link").first.click()
    second.reads("This cannot be undone")
    found += faults(second.page)
    second.press("Confirm and erase").reads("Erased")
    found += faults(second.page)
    first.page.reload()
    first.reads("Sergeant Sidney Testcase")

    open_one(first, "To decide")
    first.follow("Propose to erase").sees("Propose to erase")
    found += refused(first, "Propose to erase")
    first.follow("Back").follow("Keep").sees("Keep the records")
    found += refused(first, "Keep the records")
    first.answer_all(
        {"Until when are they kept?": clock.today() + timedelta(90), "Why are they kept?": "Invented complaint"}
    )
    first.press("Keep the records").reads("Kept until")
    found += faults(first.page)

    open_one(first, "Legal hold")
    first.reads("A legal hold stands")
    found += faults(first.page)
    first.page.get_by_role("link", name="Lift").click()
    first.sees("Lift the legal hold")
    found += refused(first, "Lift the legal hold")
    first.answer("Why is it lifted?", "Invented end of it").press("Lift the legal hold").sees("Place a legal hold")
    first.reads("Lifted on")
    found += faults(first.page)
    first.follow("Back").follow("What is held of this person").sees("What is held of this person")
    found += faults(first.page)
    complaints = [*first.complaints, *second.complaints]
    record_count("pages of keeping for axe and 400 %", 14, [*found, *complaints])


def test_an_administrator_changes_a_period(visit: Visit, record_count: Count) -> None:
    administrator = visit("Adrian Specimen").follow("Keeping periods").sees("How long records are kept")
    found = [*faults(administrator.page)]
    administrator.follow("Change a period").sees("Change a period")
    found += refused(administrator, "Change a period")
    administrator.answer_all({
        "Which records?": "Feedback", "How many months are they kept before somebody looks at them?": "36",
        "From which day on?": clock.today() + timedelta(30), "What does the period rest on?": "Invented schedule of next year",
    })  # fmt: skip
    administrator.press("Change a period").reads("Feedback, 3 years")
    found += faults(administrator.page)
    record_count("pages of periods for axe and 400 %", 4, [*found, *administrator.complaints])
