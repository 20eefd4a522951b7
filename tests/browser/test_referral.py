"""One referral from an officer's first page to the provider's acceptance, in each force, and who gets nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.journey import Given, Referral, Visitor, refer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NOT_FOUND, FORBIDDEN = 404, 403


@dataclass(frozen=True)
class Force:
    """Who plays in one force's journey; `supervisor` where the force asks for authorisation."""

    officer: str
    coordinator: str
    provider: str
    other_officer: str
    other_coordinator: str
    supervisor: str = ""
    local: Mapping[str, Given] = field(default_factory=dict)


COMMISSIONER = "Connie Specimen"
CAST = {
    "hampshire": Force(
        "Officer Amber Testcase", "Cora Sample", "The Hampton Trust (practice)", "Officer Coral Testcase", "Cleo Sample",
        local={"Which area does the person live in?": "Portsmouth"},
    ),
    "leicestershire": Force(
        "Officer Coral Testcase", "Carys Sample", "Sample Bridge (invented provider)", "Officer Dylan Testcase", "Cora Sample",
        local={
            "Which local authority does the person live in?": "Rutland",
            "Has the person been told about the Jenkins Centre's voluntary programme?": "Yes",
        },
    ),
    "thames_valley": Force(
        "Officer Basil Testcase", "Cleo Sample", "Example Meadow (invented provider)", "Officer Amber Testcase", "Carys Sample",
        supervisor="Sergeant Siân Testcase",
        local={
            "Which local policing area has the case?": "Berkshire",
            "Has the force's victim contact team been told of this referral?": "Yes",
        },
    ),
    "kent": Force(
        "Officer Dylan Testcase", "Carys Sample", "Sample Bridge (invented provider)", "Officer Basil Testcase", "Cora Sample",
    ),
}  # fmt: skip


@pytest.mark.parametrize("force", CAST)
def test_a_case_goes_from_its_officer_to_its_provider_and_to_nobody_else(visit: Visit, force: str) -> None:
    cast, told = CAST[force], Referral(CAST[force].local)
    officer = visit(cast.officer)
    refer_with_one_mistake(officer, told)
    expect(officer.page.get_by_role("heading", name="Eligible", exact=True)).to_be_visible()
    officer.reads(f"It goes to {cast.provider}.")
    if cast.supervisor:
        officer.press("Send for authorisation").reads("Sent to an authorising officer.")
        case = officer.page.url.partition("?")[0]
        assert nothing_of_it(visit(cast.coordinator), case, told) == NOT_FOUND, "nobody has authorised it yet"
        supervisor = visit(cast.supervisor)
        supervisor.open(case)
        supervisor.follow("Authorise and refer").press("Authorise and refer").reads("Waiting for the provider")
    else:
        officer.press("Refer to CARA").reads("The referral has been made.")
        case = officer.page.url.partition("?")[0]
    coordinator = visit(cast.coordinator)
    coordinator.sees("What needs me")
    accept(coordinator, case, told)
    officer.open(case)
    officer.reads("Accepted by the provider")
    assert nothing_of_it(visit(cast.other_officer), case, told) == NOT_FOUND
    assert nothing_of_it(visit(cast.other_coordinator), case, told) == NOT_FOUND
    assert nothing_of_it(visit(COMMISSIONER), case, told) == FORBIDDEN
    assert officer.complaints == coordinator.complaints == []


def test_the_whole_journey_needs_no_javascript_and_no_wide_screen(visit: Visit) -> None:
    cast, told = CAST["leicestershire"], Referral(CAST["leicestershire"].local)
    officer = visit(cast.officer, width=390, javascript=False)
    refer_with_one_mistake(officer, told)
    officer.press("Refer to CARA").reads("The referral has been made.")
    accept(visit(cast.coordinator, width=390, javascript=False), officer.page.url.partition("?")[0], told)


def refer_with_one_mistake(officer: Visitor, told: Referral) -> None:
    """The whole referral, but first with an offence on a day that no calendar has."""
    offence = "What is the offence?"
    refer(officer, told, up_to=offence)
    officer.answer_all(told.pages[offence]).type_day("Date of the offence", 31, 2, 2026).press("Save and continue")
    expect(officer.problems()).to_have_count(1)
    expect(officer.page).to_have_title(f"Error: {offence} – CARA")
    expect(officer.page.get_by_label("Crime reference", exact=True)).to_have_value("00/TEST/2026")
    day = officer.page.get_by_role("group", name="Date of the offence").get_by_label("Day", exact=True)
    expect(day).to_have_value("31")
    officer.problems().click()
    expect(day).to_be_focused()
    headings = list(told.pages)
    for heading in headings[headings.index(offence) :]:
        officer.sees(heading).answer_all(told.pages[heading]).press("Save and continue")
    officer.sees("Check your answers")


def accept(coordinator: Visitor, case: str, told: Referral) -> None:
    """The provider finds the case by its person's name among what waits, reads it and accepts it."""
    coordinator.reads(told.person)
    coordinator.open(case)
    coordinator.reads(told.person).follow("Accept").answer(
        "In which format will the person do the course?", "Group workshops"
    )
    coordinator.press("Accept").reads("Group workshops – confirmed")


def nothing_of_it(stranger: Visitor, case: str, told: Referral) -> int:
    """The status that a stranger gets for the case's address; neither that page nor any list of theirs names the person."""
    status = stranger.open(case)
    pages = [stranger.everything_read()]
    for path in ("/work", "/cases", "/drafts", "/figures"):
        stranger.open(path)
        pages.append(stranger.everything_read())
    if stranger.open("/cases") < FORBIDDEN:
        stranger.answer("Find somebody by name", told.surname).press("Find").sees("Cases")
        stranger.reads("Nobody found")
    reference = case.rpartition("/")[2]
    assert not any(words in page for page in pages for words in (told.surname, told.surname.upper(), reference))
    return status
