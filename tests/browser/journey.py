"""What people do at the pages, in the words that they see there. Nothing here knows an address but to open it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from secrets import token_hex
from typing import Any, Self

from cara import clock
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

Given = str | date | Sequence[str]
"""What is answered: words typed or an option chosen, a day, or several boxes ticked."""


class Visitor:
    """Somebody at a browser of their own. `complaints` are what its console said, such as something refused by policy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        """Statuses are asserted where they matter; a sign-in page on another port has no icon, and need not."""
        if message.type in ("error", "warning") and "responded with a status" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, name: str) -> Self:
        """From the start page through the organisation's own sign-in, to whatever the platform shows first."""
        self.page.goto("/")
        self.press(f"Sign in as {name}")
        return self.choose_at_practice_sign_in(name)

    def choose_at_practice_sign_in(self, name: str) -> Self:
        """At the organisation's sign-in, be this person."""
        self.page.wait_for_url("**/oauth2/authorize**")
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_text("Signed in as")).to_have_count(1)
        return self

    def open(self, path: str) -> int:
        """Go to an address; the status of what came."""
        answer = self.page.goto(path)
        assert answer
        return answer.status

    def press(self, name: str) -> Self:
        """Press the button with these words."""
        self.page.get_by_role("button", name=name, exact=True).click()
        return self

    def follow(self, name: str) -> Self:
        """Follow the first link with these words, even one that looks like a button."""
        links = self.page.get_by_role("link", name=name, exact=True, include_hidden=True)
        link = links.or_(self.page.locator("a[role=button]").get_by_text(name, exact=True)).first
        expect(link).to_be_attached(timeout=20_000)
        for way in (".govuk-service-navigation__toggle", ".cara-menu__more:not([open]) summary"):
            if not link.is_visible() and self.page.locator(way).is_visible():
                self.page.locator(way).click()
        link.click()
        return self

    def sees(self, heading: str) -> Self:
        """The page is the one with this main heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        return self

    def save_attempt(self) -> Self:
        """Save an attempt at contact. Where the record's safe ways or times speak against it, say why it was made."""
        self.press("Save the attempt")
        self.page.wait_for_load_state()
        why = "Why was the attempt made all the same?"
        if self.page.get_by_role("group", name=why).count():
            self.answer(why, "They asked for this way, or this time").press("Save the attempt")
        return self

    def reads(self, words: str) -> Self:
        """These words can be read on the page."""
        expect(self.page.get_by_text(words).locator("visible=true").first).to_be_visible()
        return self

    def everything_read(self) -> str:
        """All that this page sent, seen or not."""
        return self.page.content()

    def answer(self, question: str, given: Given) -> Self:
        """Answer one question of the page."""
        group = self.page.get_by_role("group", name=question, exact=True)
        # The page may still be on its way; only when it is there does it show of which kind the question is.
        expect(group.or_(self.page.get_by_label(question, exact=True)).first).to_be_attached(timeout=20_000)
        match given:
            case date():
                self.type_day(question, given.day, given.month, given.year)
            case str() if group.count():
                group.get_by_label(given, exact=True).first.check()
            case str():
                self.page.get_by_label(question, exact=True).fill(given)
            case _:
                for option in given:
                    group.get_by_label(option, exact=True).check()
        return self

    def type_day(self, question: str, *parts: Any) -> Self:
        """Type day, month and year, whether or not there is such a day."""
        group = self.page.get_by_role("group", name=question, exact=True)
        for name, part in zip(("Day", "Month", "Year"), parts, strict=True):
            group.get_by_label(name, exact=True).fill(str(part))
        return self

    def answer_all(self, answers: Mapping[str, Given]) -> Self:
        """Answer these questions, in this order."""
        for question, given in answers.items():
            self.answer(question, given)
        return self

    def change(self, question: str) -> Self:
        """From the check, go back to one answer."""
        row = self.page.locator(".govuk-summary-list__row").filter(has_text=question)
        row.get_by_role("link").click()
        return self

    def second_tab(self) -> "Visitor":
        """The same person, at the same page, in another tab."""
        second = Visitor(self.page.context.new_page())
        second.page.goto(self.page.url)
        return second

    def is_away_for_too_long(self) -> None:
        """The session ends, and the page stands as it was: what the browser holds was a session's, and opens nothing any more."""
        context = self.page.context
        held = context.cookies()
        self.second_tab().press("Sign out").sees("You are signed out")
        context.clear_cookies()
        context.add_cookies(held)  # type: ignore[arg-type]  # as they were given

    def problems(self) -> Locator:
        """The lines of the error summary."""
        return self.page.get_by_role("alert").get_by_role("link")


def _new_surname() -> str:
    return f"O’Specimen-{token_hex(3)}"


@dataclass(frozen=True)
class Referral:
    """One invented case as its officer tells it, a page of questions after another."""

    local: Mapping[str, Given] = field(default_factory=dict)
    surname: str = field(default_factory=_new_surname)
    today: date = field(default_factory=clock.today)
    crime: str = "00/TEST/2026"

    @property
    def pages(self) -> Mapping[str, Mapping[str, Given]]:
        """Heading of a page → what is answered on it."""
        national: dict[str, Mapping[str, Given]] = {
            "Can this case go to CARA?": {
                "Has the person admitted the offence?": "Yes",
                "Is the person on bail or under investigation for another offence?": "No",
                "Is there evidence of controlling or coercive behaviour?": "No",
                "Has the person any earlier conviction or caution for domestic abuse?": "No",
            },
            "Who is being referred?": {
                "Surname": self.surname,
                "Forenames": "Rhŷs",
                "Date of birth": date(1990, 2, 3),
                "Sex": "Male",
                "Telephone number (optional)": "07700 900123",
            },
            "What is the offence?": {
                "Crime reference": self.crime,
                "Kind of offence": "Common assault",
                "Date of the offence": self.today - timedelta(days=5),
            },
            "Relationship and risk": {
                "What is the relationship between the people involved?": "Partners, now or in the past",
                "Risk to the victim": "Standard",
                "Which risk assessment was used?": "DASH",
                "Who assessed it?": "PC T1234",
                "When was it assessed?": self.today - timedelta(days=4),
            },
            "What did the victim decide?": {
                "Has the victim been asked?": "Yes",
                "Does the victim agree to the workshops?": "Yes",
                "Should the case go ahead in the public interest without their agreement?": "No",
            },
            "Caution and conditions": {
                "Date of the conditional caution": self.today - timedelta(days=1),
                "Conditions": ("CARA workshops",),
            },
            "Needs and format": {"Which format do you propose?": "What the rules propose"},
        }
        return national | ({"Questions of your force": self.local} if self.local else {})

    @property
    def person(self) -> str:
        """The name as lists show it."""
        return f"{self.surname.upper()}, Rhŷs"


def refer(officer: Visitor, told: Referral, *, up_to: str = "") -> None:
    """Begin a referral and answer page after page, as far as the check or the page with the heading `up_to`."""
    officer.follow("Drafts").press("Refer somebody").sees("Refer somebody to CARA")
    officer.follow("Can this case go to CARA?")
    for heading, answers in told.pages.items():
        officer.sees(heading)
        if heading == up_to:
            return
        officer.answer_all(answers).press("Save and continue")
    officer.sees("Check your answers")
