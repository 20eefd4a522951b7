"""What a provider and an officer do at the pages of the course, in the words that they see there."""

from collections.abc import Mapping, Sequence
from datetime import date

from cara.dates import absolute
from playwright.sync_api import expect

from browser.journey import Visitor

NEW, ACCEPTED = "New: accept, return, or ask", "Accepted: find a place"
HALL = "Practice Hall (Hampshire and Isle of Wight)"


def case_open(visitor: Visitor) -> str:
    """The address of the case whose page is open."""
    return visitor.page.url.partition("?")[0]


def accept(coordinator: Visitor, case: str) -> None:
    """The provider accepts a case for group workshops."""
    coordinator.open(case)
    coordinator.follow("Accept").answer("In which format will the person do the course?", "Group workshops")
    coordinator.press("Accept").reads("Group workshops – confirmed")


def make_cohort(coordinator: Visitor, a: date, b: date, seats: int = 12) -> str:
    """A cohort of men, first asked for with a B that is too early and then put right; its address."""
    coordinator.follow("Cohorts").follow("Make a cohort")
    coordinator.answer_all(
        {
            "For which group?": "Men", "How many seats?": str(seats), "Day of workshop A": a, "A starts at": "09:30",
            "A ends at": "15:00", "Venue of workshop A": HALL, "Day of workshop B": a, "B starts at": "9:30", "B ends at": "15:00",
            "Venue of workshop B": HALL, "First facilitator": "Fay Sample", "Second facilitator": "Felix Sample",
        }
    )  # fmt: skip
    coordinator.press("Make a cohort")
    expect(coordinator.problems()).to_have_text(["Workshop B must come after workshop A"])
    coordinator.answer("Day of workshop B", b).press("Make a cohort").reads(f"0 of {seats} taken")
    return case_open(coordinator)


def book(coordinator: Visitor, case: str, a: date, b: date) -> bool:
    """Book a place in the cohort of these days; False if none such is offered, or somebody sits there from whom they are kept
    apart."""
    coordinator.open(case)
    if not coordinator.page.get_by_role("button", name="Find a place", exact=True).count():
        return False  # who goes by telephone is offered none
    coordinator.follow("Find a place").reads("Latest safe workshop B")
    day = f"A on {absolute(a)}, B on {absolute(b)}"
    if not coordinator.page.get_by_label(day, exact=True).count():
        return False
    coordinator.answer_all({"Which cohort?": day, "What do you want to do?": "Book the place"}).press("Save")
    return "done=" in coordinator.page.url


def find_more(coordinator: Visitor, number: int, a: date, b: date) -> list[str]:
    """Book up to so many more of those who wait for the provider's answer or for a place."""

    def waiting() -> Sequence[str]:
        coordinator.open("/home")
        found: list[str] = []
        for caption in (ACCEPTED, NEW):
            rows = coordinator.page.get_by_role("table", name=caption).locator("tbody a")
            found += rows.evaluate_all("all => all.map(one => one.getAttribute('href'))")
        return found

    found: list[str] = []
    for case in waiting():
        coordinator.open(case)
        if coordinator.page.get_by_role("button", name="Accept", exact=True).count():
            accept(coordinator, case)
        if book(coordinator, case, a, b):
            found.append(case)
        if len(found) == number:
            break
    return found


def write_register(facilitator: Visitor, cohort: str, part: str, but: Mapping[str, str]) -> None:
    """At the workshop, on a phone: everybody attended, except those of whom something else is said."""
    facilitator.open(cohort)
    facilitator.follow(f"Register of workshop {part}").sees(f"Register of workshop {part}")
    lines = facilitator.page.locator(".cara-register__line select")
    for line in lines.all():
        line.select_option(label="Attended")
    for person, said in but.items():
        facilitator.page.get_by_label(person, exact=True).select_option(label=said)
    again = facilitator.page.url
    facilitator.press("Save the register").reads("The register has been saved.")
    expect(lines.first).to_be_visible()
    assert facilitator.page.url.startswith(again)


def report(coordinator: Visitor, case: str) -> None:
    """The provider reports somebody who does not come."""
    coordinator.open(case)
    coordinator.reads("1 chance left at workshop A.").follow("Report to the officer")
    coordinator.reads("Absent: No word from the person")
    coordinator.answer("Why?", "Cannot be reached")
    coordinator.answer("What happened, and what did you try?", "Invented account: rung three times, no answer.")
    coordinator.press("Report to the officer").reads("Reported to the officer")


def decide_to_prosecute(officer: Visitor, case: str) -> None:
    """The officer reads the report and decides; a reason is asked for."""
    officer.open("/deadlines?show=risk")
    officer.reads("Reported: the officer must decide")
    officer.open(case)
    officer.follow("Decide").reads("Invented account: rung three times, no answer.")
    officer.answer("What do you decide?", "Prosecute").press("Record my decision")
    expect(officer.problems()).to_have_count(1)
    officer.answer("What is the reason for your decision?", "Invented reason: no word for four weeks.")
    officer.press("Record my decision").reads("Breached")
    officer.reads("The officer decided: Prosecute")


def move_to_telephone(coordinator: Visitor, case: str) -> None:
    """No group can take this person."""
    coordinator.open(case)
    coordinator.follow("Move to the telephone intervention")
    coordinator.answer_all(
        {"Why does the person go by telephone?": ("Language",), "Who rings? (optional)": "Fay Sample"}
    )
    coordinator.press("Move to the telephone intervention").reads("By telephone")


def ring(facilitator: Visitor, case: str, day: date, *outcomes: str) -> None:
    """One call after another, each written down."""
    for outcome in outcomes:
        facilitator.open(case)
        facilitator.follow("Record a call").answer_all(
            {"On which day was the call?": day, "What did it come to?": outcome}
        )
        facilitator.press("Record a call").reads("Done. The timeline below shows it.")


def complete(coordinator: Visitor, case: str) -> None:
    """Both workshops are done, and somebody says so."""
    coordinator.open(case)
    coordinator.reads("Both workshops done").follow("Record completion").press("Record completion").reads("Completed")
