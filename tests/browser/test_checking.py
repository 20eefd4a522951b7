"""The page that asks whether a case could go to CARA, answered in whole at a real browser, in each force."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from cara import clock
from cara.api import Question
from cara.features.referrals.eligibility_page import QUESTIONS
from cara.web.ui import form_binding
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.journey import Given

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OFFICERS = {
    "hampshire": "Officer Amber Testcase", "leicestershire": "Officer Coral Testcase", "thames_valley": "Officer Basil Testcase",
    "kent": "Officer Dylan Testcase",
}  # fmt: skip
NO = ("bail_or_investigation", "coercive_control_evidence")
NARROW, WIDE = 390, 1280


def given(question: Question) -> Given:
    """What is answered: for each question something that the rules let through."""
    today = clock.today()
    match question.kind:
        case "date":
            return date(1990, 3, 31) if question.name == "date_of_birth" else today - timedelta(20)
        case "dates":
            return "27 3 2004"
        case "choices":
            return [str(option.label) for option in question.options][:1]
    return str(list(form_binding.options(question).values())[question.name in NO])


@pytest.mark.parametrize("force", OFFICERS)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_fact_can_be_answered_and_is_answered_for(visit: Visit, force: str, width: int) -> None:
    officer = visit(OFFICERS[force], width=width)
    officer.follow("Check eligibility").sees("Could this case go to CARA?")
    officer.answer_all({str(question.label): given(question) for question in QUESTIONS})
    officer.press("What do the rules say?").sees("Could this case go to CARA?")
    expect(officer.page.get_by_text("There is a problem")).to_have_count(0)
    officer.reads("Change the facts and ask again")
    assert "Eligible" in officer.page.locator("main").inner_text()
    wide = officer.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{wide} pixels wide"
    born = officer.page.get_by_role("group", name="Date of birth", exact=True)
    expect(born.get_by_label("Year", exact=True)).to_have_value("1990")
    if folder := os.environ.get("CARA_SCREENSHOTS"):
        officer.page.screenshot(path=Path(folder) / f"eligibility-{force}-{width}.png", full_page=True)
    assert not officer.complaints
