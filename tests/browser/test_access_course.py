"""The course and its correspondence, as every role that sees them: each state of a case, each step, and what a mistake says."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Error, expect

from browser.access import faults
from browser.conftest import Visit
from browser.journey import Visitor
from browser.test_course import kept_link

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Count = Callable[..., None]

ROLES = (
    "Cora Sample",
    "Fay Sample",
    "Mona Sample",
    "Officer Amber Testcase",
    "Sergeant Sasha Testcase",
    "Officer Vic Testcase",
)
LISTS = (
    "/deadlines",
    "/deadlines?show=due",
    "/deadlines?show=risk",
    "/deadlines?show=passed",
    "/group-work",
    "/messages",
)
FILLED_IN = "main form :is(input:not([type=hidden]), textarea, select)"


@pytest.mark.parametrize("name", ROLES)
def test_every_state_of_a_case_and_every_step_from_it(
    visit: Visit, record_count: Count, looked_at: Counter[str], full: bool, name: str
) -> None:
    """A step that several roles have is looked at as the first of them sees it; in full, as each does."""
    visitor = visit(name)
    tried, found = 0, []
    for path in LISTS:
        if visitor.open(path) < 400:
            tried += 1
            found += faults(visitor.page)
    steps_seen = set[str]() if full else set(looked_at)
    for case in one_of_each_state(visitor):
        assert visitor.open(case) < 400, case
        tried += 1
        found += faults(visitor.page)
        for step in sorted(steps(visitor, case) - steps_seen):
            steps_seen.add(step)
            looked_at[step] += 1
            for state in page_and_its_mistake(visitor, f"{case}/{step}"):
                tried += 1
                found += state
    record_count("pages of the course for axe and 400 %", tried, [*found, *visitor.complaints])


@pytest.mark.parametrize("name", ["Cora Sample", "Fay Sample"])
def test_cohorts_registers_and_their_mistakes(visit: Visit, record_count: Count, name: str) -> None:
    visitor = visit(name)
    visitor.open("/cohorts")
    cohorts = links(visitor, r"/cohorts/[0-9A-Z]+-[0-9A-Z]+$")
    assert len(cohorts) > 1, "the demonstration has cohorts behind it and ahead"
    paths = ["/cohorts", "/cohorts/new", "/venues/new"]
    for cohort in (cohorts[0], cohorts[-1]):
        paths += [cohort, *(f"{cohort}/{page}" for page in ("a/register", "b/register", "a/date", "b/date", "cancel"))]
    tried, found = 0, []
    for path in paths:
        for state in page_and_its_mistake(visitor, path):
            tried += 1
            found += state
    record_count("pages of cohorts for axe and 400 %", tried, [*found, *visitor.complaints])


@pytest.mark.parametrize("name", ["Cora Sample", "Officer Amber Testcase"])
def test_a_message_of_every_kind_as_it_would_be_read(visit: Visit, record_count: Count, name: str) -> None:
    visitor = visit(name)
    visitor.open("/messages")
    rows = visitor.page.locator(".cara-worklist tbody tr").evaluate_all(
        """rows => rows.map(row => [row.querySelector("a").getAttribute("href"), row.cells[0].innerText.split("·")[0]
        + [...row.cells].slice(1, 3).map(one => one.innerText).join()])"""
    )
    kinds = {kind: address for address, kind in rows}
    found: list[str] = []
    for address in kinds.values():
        visitor.open(address)
        found += faults(visitor.page)
    record_count("messages for axe and 400 %", len(kinds), found)


def test_what_whoever_holds_a_link_sees(visit: Visit, record_count: Count) -> None:
    """The form, what a mistake says, the thanks, and a link that has ended: on a telephone, signed in nowhere."""
    coordinator, stranger, found = visit("Cora Sample"), visit(width=390), list[str]()
    link = invited(coordinator)
    stranger.open(link)
    found += faults(stranger.page)
    stranger.press("Send the answers")
    found += faults(stranger.page)
    for group in stranger.page.get_by_role("group").all():
        group.get_by_label("Some", exact=True).check()
    stranger.press("Send the answers").sees("Thank you")
    found += faults(stranger.page)
    stranger.open(link)
    stranger.sees("This link has ended")
    found += faults(stranger.page)
    record_count("pages behind a link for axe and 400 %", 4, [*found, *stranger.complaints])


def invited(coordinator: Visitor) -> str:
    """The link that somebody who has completed the course would have been sent."""
    coordinator.open("/cases?state=completed")
    for case in links(coordinator, r"/cases/[0-9A-Z-]+$"):
        coordinator.open(f"{case}/invitation")
        if coordinator.page.get_by_role("button", name="Send it", exact=True).count():
            coordinator.press("Send it")
            return kept_link(coordinator)
    raise AssertionError("the demonstration has nobody who can be asked")


def one_of_each_state(visitor: Visitor) -> list[str]:
    """Addresses of cases, one for each state that the lists of this person show."""
    found: dict[str, str] = {}
    for path in ("/deadlines", "/cases"):
        if visitor.open(path) < 400:
            for row in visitor.page.locator(".cara-worklist tbody tr").all():
                address = row.get_by_role("link").first.get_attribute("href") or ""
                if address.startswith("/cases/"):
                    found.setdefault(row.locator(".govuk-tag").first.inner_text(), address)
    return list(found.values())


def links(visitor: Visitor, pattern: str) -> list[str]:
    """Where the links of this page lead, as far as they fit."""
    found = visitor.page.locator("main a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return list(dict.fromkeys(one for one in found if re.match(pattern, one)))


def steps(visitor: Visitor, case: str) -> set[str]:
    """What can be done about the case that is open, by the last word of its address; what is downloaded is no page."""
    return {one.removeprefix(f"{case}/") for one in links(visitor, f"{case}/[a-z-]+$")} - {"record-of-failure"}


def page_and_its_mistake(visitor: Visitor, path: str) -> Iterator[list[str]]:
    """Faults of a page as it opens, and of what it says when it is sent with nothing filled in; nothing if it is not for
    this person. What asks for nothing is not sent: it would be done."""
    if visitor.open(path) >= 400:
        return
    yield faults(visitor.page)
    main = visitor.page.locator("main")
    if visitor.page.locator(FILLED_IN).count() and not path.endswith(("register", "subject-access")):
        for kind in ("text", "textarea"):
            for field in main.locator("textarea" if kind == "textarea" else "input[type=text]").all():
                try:
                    field.fill("", timeout=500)
                except Error:  # asked only after another answer
                    continue
        main.get_by_role("button").last.click()
        expect(visitor.page.get_by_role("alert").first, f"{path} was taken with nothing filled in").to_be_visible()
        yield faults(visitor.page)
