"""Pages that everybody can use: axe on every page and state, no sideways scrolling at 400 %, the keyboard alone.

What a machine can find is not all of WCAG 2.2 AA; the accessibility statement says so.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.access import faults
from browser.conftest import Visit
from browser.journey import Referral, Visitor, refer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Count = Callable[..., None]

EVERY_ROLE = (
    "Officer Amber Testcase", "Sergeant Siân Testcase", "Officer Vic Testcase", "Analyst Ana Testcase", "Adrian Specimen",
    "Cora Sample", "Fay Sample", "Mona Sample", "Vera Example", "Viola Example", "Connie Specimen", "Carl Specimen",
    "Nell Specimen", "Lena Specimen", "Tomos Ŵyn-Example", "Rhona Specimen", "Evan Specimen",
)  # fmt: skip
SEEN_BY = 1
MOST_PAGES = 150
"""A walk that finds more has met addresses that never end."""
NOT_A_PAGE = re.compile(r"/(rejected|findings|file|record-of-failure|copy)$|^/imports/.*\.csv")
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"
LOOK = """e => { const look = getComputedStyle(e);
return [look.outlineStyle, look.outlineWidth, look.backgroundColor, look.boxShadow, look.borderColor].join() }"""


def shape(address: str) -> str:
    """An address without what differs from case to case."""
    return re.sub(r"/[0-9A-Z]+-[0-9A-Z]+|/[0-9a-f]{12,24}|/\d+", "/…", address.partition("?")[0])


def crawl(visitor: Visitor, start: str) -> Iterator[str]:
    """Follow links from page to page of one origin, one page of each shape."""
    waiting, seen = [start], {shape(start)}
    while waiting:
        assert len(seen) <= MOST_PAGES, sorted(seen)
        address = waiting.pop(0)
        assert visitor.open(address) < 400, address
        yield address
        for link in visitor.page.locator("a[href^='/']").evaluate_all(
            "links => links.map(one => one.getAttribute('href'))"
        ):
            onwards = link.partition("#")[0]
            if shape(onwards) not in seen and not NOT_A_PAGE.search(onwards):
                seen.add(shape(onwards))
                waiting.append(onwards)


@pytest.mark.parametrize("name", ["", *EVERY_ROLE])
def test_every_page_of_every_role(
    visit: Visit, record_count: Count, looked_at: Counter[str], full: bool, name: str
) -> None:
    """Everybody reaches all of their pages. One that several roles have is looked at as the first of them sees it; in full, as each."""
    visitor = visit(name)
    tried, found = 0, []
    for address in crawl(visitor, "/home" if name else "/"):
        known = shape(address)
        if full or not tried or looked_at[known] < SEEN_BY:
            looked_at[known] += 1
            tried += 1
            found += faults(visitor.page)
    found += visitor.complaints
    record_count("pages for axe and 400 %", tried, found)


def test_states_that_come_of_a_mistake(visit: Visit, record_count: Count) -> None:
    officer, told = visit("Officer Amber Testcase"), Referral()
    found: list[str] = []
    refer(officer, told, up_to="Who is being referred?")
    stale = officer.second_tab()
    officer.press("Save and continue")
    found += faults(officer.page)  # everything missing
    officer.answer_all(told.pages["Who is being referred?"]).press("Save and continue").sees("What is the offence?")
    stale.answer_all(told.pages["Who is being referred?"]).press("Save and continue")
    found += faults(stale.page)  # a conflict
    officer.answer("Offence code (optional)", "assault").press("Find the offence")
    found += faults(officer.page)  # offences that fit
    officer.open("/eligibility")
    officer.press("What do the rules say?")
    found += faults(officer.page)  # nothing is known
    officer.open("/cases")
    officer.answer("Find somebody by name", "nobody of that name").press("Find")
    found += faults(officer.page)
    for path in ("/cases/2222-2222", "/licences", "/imports/2222-2222"):
        assert officer.open(path) >= 400
        found += faults(officer.page)
    stranger = visit()
    stranger.open("/sign-in")
    stranger.press("Continue")
    found += faults(stranger.page)
    record_count("states for axe and 400 %", 9, found)


def test_the_way_out_to_sign_in_and_the_practice_sign_in_itself(visit: Visit, record_count: Count) -> None:
    stranger = visit()
    stranger.open("/")
    stranger.page.route("**/oauth2/authorize**", lambda route: route.fulfill(status=204))
    stranger.press("Sign in as Cora Sample").sees("Taking you to your organisation’s sign-in")
    found = [*faults(stranger.page)]
    stranger.page.unroute_all()
    stranger.follow("Go on to sign in").sees("The Hampton Trust (practice)")
    found += faults(stranger.page)
    stranger.press("Go back without signing in").sees("You could not be signed in")
    found += faults(stranger.page)
    record_count("pages of sign-in for axe and 400 %", 3, found)


def test_a_page_of_questions_by_the_keyboard_alone(visit: Visit) -> None:
    officer, told = visit("Officer Amber Testcase"), Referral()
    refer(officer, told, up_to="Caution and conditions")
    caution = told.pages["Caution and conditions"]["Date of the conditional caution"]
    keyboard = officer.page.keyboard
    tab_to(officer.page, "#main-content input:not([type=hidden])")
    for part in (caution.day, caution.month, caution.year):  # type: ignore[union-attr]
        keyboard.type(str(part))
        keyboard.press("Tab")
    keyboard.press("Space")
    tab_to(officer.page, "#main-content button")
    keyboard.press("Enter")
    officer.sees("Needs and format")


def test_the_first_stop_leads_past_the_menu_to_the_content(visit: Visit) -> None:
    officer = visit("Officer Amber Testcase")
    officer.open("/cases")
    officer.page.keyboard.press("Tab")
    expect(officer.page.locator(":focus")).to_have_text("Skip to main content")
    officer.page.keyboard.press("Enter")
    expect(officer.page).to_have_url(re.compile("#"))
    officer.page.keyboard.press("Tab")
    expect(officer.page.locator("main :focus")).to_have_count(1)


@pytest.mark.parametrize(
    ("name", "path"), [("Adrian Specimen", "/people"), ("Officer Amber Testcase", "/cases"), ("", "/")]
)
def test_whatever_has_the_focus_shows_it(visit: Visit, record_count: Count, name: str, path: str) -> None:
    visitor = visit(name)
    visitor.open(path)
    unseen = []
    stops = [one for one in visitor.page.locator(FOCUSABLE).all() if one.is_visible()]
    for stop in stops:
        before = stop.evaluate(LOOK)
        stop.focus()
        row = stop.locator("xpath=ancestor::tr[1]")
        if before == stop.evaluate(LOOK) and not (row.count() and "3px" in row.evaluate(LOOK)):
            unseen.append(stop.evaluate("e => e.outerHTML.slice(0, 160)"))
    record_count("stops of the keyboard that show", len(stops), unseen)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the first element that fits has the focus."""
    wanted = page.locator(selector).first
    for _ in range(60):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")
