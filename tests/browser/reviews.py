"""Contact, a disclosure between the workshops and its review, as everybody who has a part in it meets them, in each of the three
arrangements."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from cara import clock
from playwright.sync_api import expect

from browser.journey import Visitor

PHONE = 390
WORDS = "Invented words of somebody who was harmed: afraid since workshop A."
TRUST = "Tomos Ŵyn-Example"
UNTOLD = (WORDS, "A review of this case is open", "/reviews/", "disclos", "victim told", "-Victim")
"""Nothing of this ever reaches a facilitator."""
Look = Callable[[Visitor, str], None]
"""What is done with each page on the way, by a name of the page."""
Visit = Callable[..., Visitor]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who does what in a force. `contact` speaks with victims, in the way `how`; `reassess`: their risk is assessed again after it.
    `asked`: the provider gives a view; `consulted`: the Trust is asked beside it."""

    supervisor: str
    contact: str
    how: str
    views: str
    coordinator: str
    facilitator: str
    reassess: bool = False
    asked: bool = True
    consulted: bool = True


ARRANGEMENTS = {
    "hampshire": Arrangement(
        "Sergeant Sasha Testcase", "Officer Vic Testcase", "Visit at home", "Officer Vic Testcase", "Cora Sample", "Fay Sample",
        reassess=True, consulted=False,
    ),
    "thames_valley": Arrangement(
        "Sergeant Siân Testcase", "Officer Vanya Testcase", "Telephone call", "Officer Vanya Testcase", "Cleo Sample", "Flo Sample",
        asked=False,
    ),
    "leicestershire": Arrangement(
        "Sergeant Sol Testcase", "Vera Example", "Telephone call", "Sergeant Sol Testcase", "Carys Sample", "Fred Sample",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A case between its workshops: its address, the address of its cohort, and the person on the course as lists name them."""

    at: str
    cohort: str
    person: str


def play(arrangement: Arrangement, visit: Visit, look: Look) -> None:
    """From the first attempt to reach somebody, by what they disclose, its hold, the views and a decision, to workshop B."""
    signed_in: dict[str, Visitor] = {}

    def who(name: str, **how: int) -> Visitor:
        if name not in signed_in:
            signed_in[name] = visit(name, **how)
        return signed_in[name]

    supervisor, contact = who(arrangement.supervisor), who(arrangement.contact)
    coordinator, facilitator = who(arrangement.coordinator, width=PHONE), who(arrangement.facilitator, width=PHONE)
    case = between_workshops(coordinator, supervisor)
    b_is_today(coordinator, case)
    record = handed_over(supervisor, contact, case.at)
    attempts(arrangement, contact, record, look)
    review = disclosed(contact, look)
    if arrangement.reassess:
        reassessed(contact, record, look)
    held(facilitator, case, look)
    coordinator_sees(arrangement, coordinator, case, look)
    expect(attended_b(facilitator, case).problems()).to_contain_text("on hold")  # now, or when the workshop began
    look(facilitator, "facilitator-register-held")
    review_reads(supervisor, case, review, look)
    decided_too_early(supervisor, review, look)
    views(arrangement, who, case, review, look)
    decide(supervisor, review, look)
    for one, name in ((coordinator, "coordinator"), (facilitator, "facilitator")):
        one.open(case.at)
        one.reads("Take advice before workshop B.")
        assert "This case is on hold" not in one.everything_read()
        assert WORDS not in one.everything_read()
        look(one, f"{name}-after")
    attended_b(facilitator, case).reads("The register has been saved.").reads("Take advice before workshop B.")
    facilitator.open(case.at)
    facilitator.reads("Both workshops done")
    assert [line for one in signed_in.values() for line in one.complaints] == []


def between_workshops(coordinator: Visitor, supervisor: Visitor) -> Case:
    """A case whose workshop A was attended, with a place in workshop B, and which nothing holds, nor has held."""
    for at in _cases(coordinator):
        coordinator.open(at)
        cohort = coordinator.page.locator("main a[href^='/cohorts/']")
        if not cohort.count() or supervisor.open(at) >= 400:
            continue  # nobody moves this one's workshop B; or a provider serves more forces than one
        here, there = coordinator.everything_read(), supervisor.everything_read()
        if "on hold" not in here and "Take advice" not in here and "/reviews/" not in there.replace('"/reviews"', ""):
            person = coordinator.page.locator(".cara-identity__name").inner_text()
            return Case(at, cohort.first.get_attribute("href") or "", person)
    raise AssertionError("the demonstration has no case between its workshops")


def _cases(coordinator: Visitor) -> Iterator[str]:
    coordinator.open("/cases?state=attended_a")
    links = coordinator.page.locator(".cara-worklist tbody a")
    yield from links.evaluate_all("all => all.map(one => one.getAttribute('href'))")


def b_is_today(coordinator: Visitor, case: Case) -> None:
    """Workshop B of the cohort is brought forward, with the reason that this takes."""
    coordinator.open(case.cohort)
    coordinator.follow("Move workshop B").answer("Day of workshop B", clock.today())
    coordinator.answer("Why?", "Invented reason: the hall is free today.")
    coordinator.answer("Why is B not 28 to 35 days after A? (optional)", "Invented reason: the hall is free today.")
    coordinator.press("Move workshop B").reads("Moved. Everybody with a place goes along.")


def uncontacted(officer: Visitor) -> str:
    """A case of the officer's force that the provider has accepted; its page is open. Its address."""
    officer.open("/cases?state=accepted")
    officer.page.locator(".cara-worklist tbody a").first.click()
    officer.reads("Who was harmed is kept apart from this case.")
    return officer.page.url.partition("?")[0]


def handed_over(officer: Visitor, contact: Visitor, case: str, way: str = "Telephone call") -> str:
    """The force hands over who was harmed; whoever speaks with victims finds them on their list. The record's address."""
    name = f"Invented {token_hex(3)}-Victim"
    officer.open(case)
    officer.page.get_by_role("link", name=re.compile("^Hand over .*was harmed$")).click()
    officer.answer_all(
        {"Name (optional)": name, "Which way of reaching them is safe? (optional)": way,
         "Telephone (optional)": "07700 900123", "When is it safe? (optional)": "Invented: weekdays before three",
         "Code word (optional)": "lighthouse"}
    )  # fmt: skip
    officer.press("Hand over").reads("Handed over.")
    assert name not in officer.everything_read()
    contact.open("/victims")
    line = contact.page.locator(".cara-worklist tbody tr", has_text=name)
    return line.locator("a").first.get_attribute("href") or ""  # lists fold away whom nobody need ring yet


def attempts(arrangement: Arrangement, contact: Visitor, record: str, look: Look) -> None:
    """Nobody answers; the next day they speak, and what is told leads on to the disclosure."""
    contact.open(record)
    contact.reads("lighthouse")
    look(contact, "record-new")
    for days, way, outcome in (
        (2, "Telephone call", "No answer, and nothing was left"),
        (1, arrangement.how, "We spoke"),
    ):
        contact.open(f"{record}/attempt")
        contact.answer_all(
            {"At which point of the course?": "Between the workshops", "On which day?": "Another day",
             "Which day was it?": clock.today() - timedelta(days),
             "At what time?": "14:30", "How?": way, "What came of it?": outcome}
        )  # fmt: skip
        contact.save_attempt()
    # Point, day and way are there already, from the attempt.
    contact.sees("What they said").reads("The attempt has been saved.").answer_all(
        {"How safe do they feel now? (optional)": "Invented words: not safe when he comes home.",
         "Did they tell you something that should be reviewed before the course goes on?": "Yes"}
    )  # fmt: skip
    look(contact, "conversation")
    contact.press("Save what they said").sees("Write down a disclosure")


def disclosed(contact: Visitor, look: Look) -> str:
    """What was disclosed, written down: the case is held in the same moment. The review's address."""
    assert contact.page.url.partition("?")[0].endswith("/disclosure")
    contact.press("Save, and hold the case")
    expect(contact.problems()).not_to_have_count(0)
    look(contact, "disclosure-mistake")
    contact.answer_all(
        {"Is somebody in danger at this moment?": "No", "What was disclosed?": WORDS,
         "Is a child in the household, or otherwise affected?": "Yes", "How grave is the risk?": "High"}
    )  # fmt: skip
    contact.press("Save, and hold the case").reads("Written down. The case is on hold").reads(WORDS)
    look(contact, "disclosed")
    return contact.page.url.partition("?")[0]


def reassessed(contact: Visitor, record: str, look: Look) -> None:
    """Whoever visited between the workshops is asked for a new assessment of risk until there is one."""
    contact.open(record)
    contact.reads("A new risk assessment is asked for").reads("Review open")
    look(contact, "record-reassess")
    contact.follow("Record it").answer_all(
        {"On which day was it made?": "Today", "With which tool?": "Invented tool", "Grade": "High",
         "Who made it?": "Invented officer of the neighbourhood"}
    )  # fmt: skip
    contact.press("Save the assessment")
    contact.open(record)
    assert "A new risk assessment is asked for" not in contact.everything_read()


def held(facilitator: Visitor, case: Case, look: Look) -> None:
    """A case on hold, and nothing of why."""
    facilitator.open(case.at)
    facilitator.reads("This case is on hold: no workshop takes place meanwhile.")
    for word in UNTOLD:
        assert word not in facilitator.everything_read(), word
    assert facilitator.open(f"{case.at}/review") == 403
    facilitator.open(case.at)
    look(facilitator, "facilitator-held")


def attended_b(facilitator: Visitor, case: Case) -> Visitor:
    """The register of workshop B says of this person alone that they were there."""
    facilitator.open(f"{case.cohort}/b/register")
    facilitator.page.get_by_label(case.person, exact=True).select_option(label="Attended")
    return facilitator.press("Save the register")


def coordinator_sees(arrangement: Arrangement, coordinator: Visitor, case: Case, look: Look) -> None:
    """That the case is on hold, and what to say of it; where the provider is asked nothing, one word."""
    coordinator.open(case.at)
    coordinator.reads("This case is on hold")
    assert WORDS not in coordinator.everything_read()
    look(coordinator, "coordinator-held")
    coordinator.reads("Reminders stop by themselves.").reads("Your workshop is put off.")
    assert "A review of this case is open" not in coordinator.everything_read(), (
        "until police ask, a hold like any other"
    )
    if not arrangement.asked:
        coordinator.follow("Proceed or hold?").sees("Hold")
        look(coordinator, "coordinator-review")


def review_reads(supervisor: Visitor, case: Case, review: str, look: Look) -> None:
    """The review as police read it, from their list and from the case."""
    supervisor.open("/reviews")
    look(supervisor, "reviews")
    supervisor.open(case.at)
    supervisor.page.locator("main a[href^='/reviews/']").first.click()
    supervisor.reads(WORDS).reads("The clock of 16 weeks runs on.")
    assert supervisor.page.url == review
    look(supervisor, "review")


def decided_too_early(supervisor: Visitor, review: str, look: Look) -> None:
    """To proceed needs the views; what was typed stays."""
    supervisor.open(review)
    supervisor.follow("Decide").answer("What do you decide?", "Proceed")
    supervisor.answer("What are your reasons?", "Invented reasons.").press("Decide")
    expect(supervisor.problems()).to_have_count(1)
    supervisor.reads("Still needed:")
    look(supervisor, "decide-early")


def views(arrangement: Arrangement, who: Visit, case: Case, review: str, look: Look) -> None:
    """The police, the provider where it is asked, and the Trust where it is consulted."""
    supervisor, coordinator, officer = who(arrangement.supervisor), who(arrangement.coordinator), who(arrangement.views)
    officer.open(review)
    officer.follow("Give a view").answer("What do you think?", "Proceed, with care").answer("Why?", "Invented view.")
    look(officer, "view")
    officer.press("Give a view").reads("Saved.")
    if arrangement.asked:
        supervisor.open(review)
        supervisor.follow("Ask the provider")
        look(supervisor, "ask-provider")
        supervisor.press("Ask the provider").reads("The provider is asked for its view.")
        coordinator.open(case.at)
        coordinator.reads("A review of this case is open").follow("Give your view").reads("May workshop B take place?")
        look(coordinator, "coordinator-review")
        coordinator.answer("What do you think, from how the person takes part?", "Proceed, with care")
        coordinator.answer("Why?", "Invented view of the provider.").press("Send to the police").reads("Sent.")
    if arrangement.consulted:
        supervisor.open(review)
        supervisor.follow("Ask the Trust")
        look(supervisor, "consult")
        supervisor.press("Ask the Trust").reads("asked, no answer yet")
        the_trust_answers(who(TRUST), look)
    supervisor.open(review)
    supervisor.follow("Record what was done, or who was told")
    supervisor.answer_all(
        {"What was done?": "Told the officer in the case", "What came of it?": "Done",
         "Who did what, or was told what? If not needed: why?": "Invented: told by telephone.", "On which day?": "Today"}
    )  # fmt: skip
    look(supervisor, "step")
    supervisor.press("Record what was done, or who was told").reads("Told the officer in the case: Done")


def the_trust_answers(trust: Visitor, look: Look) -> None:
    """The Trust, which reads no name and no case."""
    trust.follow("Consultations")
    look(trust, "consultations")
    trust.page.locator(".cara-worklist tbody tr", has_text="Wanted").last.locator("a").click()
    assert WORDS not in trust.everything_read()
    look(trust, "consultation")
    trust.answer("What do you advise?", "Proceed, with care").answer("Why?", "Invented advice in general words.")
    trust.press("Send the advice").reads("Sent.")


def decide(supervisor: Visitor, review: str, look: Look) -> None:
    """A supervisor decides: with care."""
    supervisor.open(review)
    supervisor.follow("Decide").answer("What do you decide?", "Proceed, with care")
    look(supervisor, "decide")
    supervisor.answer("What are your reasons?", "Invented reasons.").press("Decide").reads("Decided, and on record")
    look(supervisor, "decided")
