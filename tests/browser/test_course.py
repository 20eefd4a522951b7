"""Twelve people from their referral to the end of the course, at the pages alone: workshops, a repeat, the telephone, a breach.

Months pass: the demonstration is stopped and started again with its practice clock so many days ahead, as anybody could.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cara import clock
from playwright.sync_api import Browser, expect

from browser.conftest import Visit, browsers, demonstration, free_ports
from browser.course import (
    accept,
    book,
    case_open,
    complete,
    decide_to_prosecute,
    find_more,
    make_cohort,
    move_to_telephone,
    report,
    ring,
    write_register,
)  # fmt: skip
from browser.journey import Referral, Visitor, refer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
At = Callable[[int], AbstractContextManager[Visit]]

OFFICER, COORDINATOR, FACILITATOR = "Officer Amber Testcase", "Cora Sample", "Fay Sample"
LOCAL = {"Which area does the person live in?": "Portsmouth"}
TWELVE, GAP, LATER, LATEST = 12, 28, 29, 57
"""Days after the first: 29, when B is written down and somebody begins again; 57, when they end."""
PHONE = 390


@pytest.fixture
def on_day(chromium: Browser, tmp_path: Path) -> At:
    """`with on_day(29) as visit:` the same demonstration, so many days after it was made."""
    home, port = tmp_path / "home", free_ports()
    home.mkdir()

    @contextmanager
    def start(days: int) -> Iterator[Visit]:
        more = ("--cases", "240", "--days-later", str(days))
        with demonstration(home, port, *more) as address, browsers(chromium, address) as visit:
            yield visit

    return start


def test_twelve_people_from_referral_to_the_end(on_day: At) -> None:
    today = clock.today()
    repeats, rung, lost = (Referral(LOCAL, crime=f"0{n}/TEST/2026") for n in range(3))
    with on_day(0) as visit:
        officer, coordinator = visit(OFFICER, javascript=False), visit(COORDINATOR)
        repeating, telephoned, breached = (referred(officer, told) for told in (repeats, rung, lost))
        for case in (repeating, telephoned, breached):
            accept(coordinator, case)
        days = (today, today + timedelta(GAP))
        cohort = make_cohort(coordinator, *days)
        assert all(book(coordinator, case, *days) for case in (repeating, breached))
        move_to_telephone(coordinator, telephoned)
        others = find_more(coordinator, TWELVE - 3, *days)
        for n in range(3, TWELVE - len(others)):  # the demonstration's own may be on hold, or in another group
            others.append(referred(officer, Referral(LOCAL, crime=f"{n:02}/TEST/2026")))
            accept(coordinator, others[-1])
            assert book(coordinator, others[-1], *days)
        facilitator = visit(FACILITATOR, width=PHONE, javascript=False)
        ring(facilitator, telephoned, today, "No answer", "Workshop A is now covered")
        write_register(facilitator, cohort, "A", {lost.person: "Absent: No word from the person"})
        recorded_once(facilitator, repeating)
        report(coordinator, breached)
        assert coordinator.complaints == []
    with on_day(LATER) as visit:
        day = today + timedelta(LATER)
        decide_to_prosecute(visit(OFFICER, javascript=False), breached)
        facilitator, coordinator = visit(FACILITATOR, width=PHONE), visit(COORDINATOR)
        write_register(facilitator, cohort, "B", {repeats.person: "Absent: Ill"})
        ring(facilitator, telephoned, day, "Workshop B is now covered")
        for case in (*others, telephoned):
            complete(coordinator, case)
        again = make_cohort(coordinator, day, day + timedelta(GAP))
        assert book(coordinator, repeating, day, day + timedelta(GAP))
        write_register(facilitator, again, "A", {})
        assert facilitator.complaints == coordinator.complaints == []
    with on_day(LATEST) as visit:
        facilitator, coordinator = visit(FACILITATOR, width=PHONE), visit(COORDINATOR)
        write_register(facilitator, again, "B", {})
        complete(coordinator, repeating)
        certificate(coordinator, repeating)
        thoughts(coordinator, visit(width=PHONE, javascript=False), repeating)
        ends = {case: stands_at(coordinator, case) for case in (*others, repeating, telephoned, breached)}
        assert len(ends) == TWELVE
        assert ends == dict.fromkeys(ends, "Completed") | {breached: "Breached"}


def referred(officer: Visitor, told: Referral) -> str:
    """An officer refers somebody; the address of the case."""
    refer(officer, told)
    officer.press("Refer to CARA").reads("The referral has been made.")
    return case_open(officer)


def recorded_once(facilitator: Visitor, case: str) -> None:
    """The register that was just saved is sent once more, as a phone does that heard no answer."""
    facilitator.press("Save the register").reads("The register has been saved.")
    facilitator.open(case)
    expect(facilitator.page.locator(".cara-timeline__entry").get_by_text("Workshop A attended")).to_have_count(1)


def certificate(coordinator: Visitor, case: str) -> None:
    """It waits to be posted, and is a PDF."""
    coordinator.open(f"{case}/messages")
    coordinator.page.get_by_role("link", name="Certificate of completion").click()
    file = coordinator.page.get_by_role("link", name="Open the letter (PDF)").get_attribute("href") or ""
    answer = coordinator.page.request.get(file)
    assert answer.body().startswith(b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"


def thoughts(coordinator: Visitor, stranger: Visitor, case: str) -> None:
    """The person is asked what they thought by a link, and answers it on their phone: once, and without a name."""
    coordinator.open(case)
    coordinator.follow("Messages about this case").follow("Ask what they thought").press("Send it")
    link = kept_link(coordinator)
    assert stranger.open(link) == 200
    stranger.press("Send the answers")
    expect(stranger.problems()).to_have_count(4)
    for group in stranger.page.get_by_role("group").all():
        group.get_by_label("A lot", exact=True).check()
    stranger.press("Send the answers").sees("Thank you")
    assert stranger.open(link) >= 400
    assert "Specimen" not in stranger.everything_read()


def kept_link(coordinator: Visitor) -> str:
    """The link in the invitation that would have been sent, as soon as the outbox has come round."""
    coordinator.page.get_by_role("link", name="Invitation to say what one thought").first.click()
    body = coordinator.page.locator(".cara-lines", has_text="/feedback/")
    for _ in range(40):
        if body.count():
            break
        coordinator.page.wait_for_timeout(500)
        coordinator.page.reload()
    return next(word for word in body.inner_text().split() if "/feedback/" in word)


def stands_at(visitor: Visitor, case: str) -> str:
    """In which state a case is, as its page says."""
    visitor.open(case)
    return visitor.page.locator(".cara-identity .govuk-tag").first.inner_text()
