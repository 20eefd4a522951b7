"""A disclosure review as everybody who has a part in it meets it, in each of the three arrangements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cara import clock
from playwright.sync_api import expect

from browser.journey import Visitor

PHONE = 390
WORDS = "Invented words of somebody who was harmed: afraid since workshop A."
TRUST = "Tomos Ŵyn-Example"
Look = Callable[[Visitor, str], None]
"""What is done with each page on the way, by a name of the page."""
Visit = Callable[..., Visitor]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who does what in a force. `asked`: its provider gives a view; `consulted`: the Trust is asked beside it."""

    supervisor: str
    opens: str
    """Who raises it: the contact officer, or whoever leads the workshops."""
    views: str
    coordinator: str
    facilitator: str
    asked: bool
    consulted: bool


ARRANGEMENTS = {
    "hampshire": Arrangement(
        "Sergeant Sasha Testcase", "Officer Vic Testcase", "Officer Vic Testcase", "Cora Sample", "Fay Sample",
        asked=True, consulted=False,
    ),
    "thames_valley": Arrangement(
        "Sergeant Siân Testcase", "Officer Vanya Testcase", "Officer Vanya Testcase", "Cleo Sample", "Flo Sample",
        asked=False, consulted=True,
    ),
    "leicestershire": Arrangement(
        "Sergeant Sol Testcase", "Fred Sample", "Sergeant Sol Testcase", "Carys Sample", "Fred Sample",
        asked=True, consulted=True,
    ),
}  # fmt: skip


def play(arrangement: Arrangement, visit: Visit, look: Look) -> None:
    """From a case between its workshops, by a disclosure, its hold, the views and a decision, to workshop B."""
    supervisor, coordinator = visit(arrangement.supervisor), visit(arrangement.coordinator, width=PHONE)
    facilitator = visit(arrangement.facilitator, width=PHONE)
    case = between_workshops(coordinator, supervisor)
    by_telephone(coordinator, case)
    somebody_says(facilitator if arrangement.opens == arrangement.facilitator else visit(arrangement.opens), case, look)
    held(facilitator, case, look, "facilitator")
    coordinator_sees(arrangement, coordinator, case, look)
    workshop_b_refused(facilitator, case, look)
    review = review_of(supervisor, case, look)
    decided_too_early(supervisor, review, look)
    views(arrangement, visit, supervisor, coordinator, case, review, look)
    decide(supervisor, review, look)
    for one, name in ((coordinator, "coordinator"), (facilitator, "facilitator")):
        one.open(case)
        one.reads("Take advice before workshop B.")
        assert "This case is on hold" not in one.everything_read()
        assert WORDS not in one.everything_read()
        look(one, f"{name}-after")
    cover_b(facilitator, case)
    facilitator.reads("Both workshops done")
    everybody = (supervisor, coordinator, facilitator)
    assert [line for one in everybody for line in one.complaints] == []


def between_workshops(coordinator: Visitor, supervisor: Visitor) -> str:
    """A case whose workshop A was attended, and which nothing holds, nor has held."""
    for case in _cases(coordinator):
        coordinator.open(case)
        if supervisor.open(case) >= 400:
            continue  # a provider serves more forces than one
        here, there = coordinator.everything_read(), supervisor.everything_read()
        if "on hold" not in here and "Take advice" not in here and "/reviews/" not in there.replace('"/reviews"', ""):
            return case
    raise AssertionError("the demonstration has no case between its workshops")


def _cases(coordinator: Visitor) -> Iterator[str]:
    coordinator.open("/cases?state=attended_a")
    links = coordinator.page.locator(".cara-worklist tbody a")
    yield from links.evaluate_all("all => all.map(one => one.getAttribute('href'))")


def by_telephone(coordinator: Visitor, case: str) -> None:
    """So that workshop B can take place today."""
    coordinator.open(case)
    coordinator.follow("Move to the telephone intervention")
    coordinator.answer("Why does the person go by telephone?", ("Language",))
    coordinator.press("Move to the telephone intervention").reads("By telephone")


def somebody_says(visitor: Visitor, case: str, look: Look) -> None:
    """What was disclosed or heard is passed on; nothing of it is shown again."""
    visitor.open(case)
    visitor.follow("Pass on a concern that somebody may be in danger").press("Pass it on")
    expect(visitor.problems()).not_to_have_count(0)
    look(visitor, "concern-mistake")
    visitor.answer("What did you hear or see?", WORDS)
    visitor.answer("Is somebody in danger at this moment?", "No")
    if visitor.page.get_by_role("group", name="How grave is the risk?").count():
        visitor.answer("How grave is the risk?", "High")
        visitor.answer("Is a child in the household, or otherwise affected?", "Yes")
    look(visitor, "concern")
    visitor.press("Pass it on").reads("Passed on to the police.")
    assert WORDS not in visitor.everything_read()


def held(facilitator: Visitor, case: str, look: Look, name: str) -> None:
    """A case on hold, and nothing of why."""
    facilitator.open(case)
    facilitator.reads("This case is on hold: no workshop takes place meanwhile.")
    for word in (WORDS, "A review of this case is open", "/reviews/", "disclos", "victim told"):
        assert word not in facilitator.everything_read(), word
    assert facilitator.open(f"{case}/review") == 403
    facilitator.open(case)
    look(facilitator, f"{name}-held")


def coordinator_sees(arrangement: Arrangement, coordinator: Visitor, case: str, look: Look) -> None:
    """Where the provider is asked: that a review is open, the risk, and the question. Elsewhere one word."""
    coordinator.open(case)
    coordinator.reads("This case is on hold")
    assert WORDS not in coordinator.everything_read()
    look(coordinator, "coordinator-held")
    if arrangement.asked:
        coordinator.reads("A review of this case is open").follow("Give your view").reads("May workshop B take place?")
    else:
        assert "A review of this case is open" not in coordinator.everything_read()
        coordinator.follow("Proceed or hold?").sees("Hold")
    look(coordinator, "coordinator-review")


def workshop_b_refused(facilitator: Visitor, case: str, look: Look) -> None:
    """No workshop B while the case is on hold."""
    cover_b(facilitator, case)
    facilitator.reads("This case is on hold, so no workshop can be covered now.")
    look(facilitator, "facilitator-refused")


def cover_b(facilitator: Visitor, case: str) -> None:
    """A call that would complete workshop B."""
    facilitator.open(case)
    facilitator.follow("Record a call")
    facilitator.answer_all(
        {"On which day was the call?": clock.today(), "What did it come to?": "Workshop B is now covered"}
    )
    facilitator.press("Record a call")


def review_of(supervisor: Visitor, case: str, look: Look) -> str:
    """The review as police read it; its address."""
    supervisor.open("/reviews")
    look(supervisor, "reviews")
    supervisor.open(case)
    supervisor.page.locator("main a[href^='/reviews/']").first.click()
    supervisor.reads(WORDS).reads("The clock of 16 weeks runs on.")
    look(supervisor, "review")
    return supervisor.page.url


def decided_too_early(supervisor: Visitor, review: str, look: Look) -> None:
    """To proceed needs the views; what was typed stays."""
    supervisor.open(review)
    supervisor.follow("Decide").answer("What do you decide?", "Proceed")
    supervisor.answer("What are your reasons?", "Invented reasons.").press("Decide")
    expect(supervisor.problems()).to_have_count(1)
    supervisor.reads("Still needed:")
    look(supervisor, "decide-early")


def views(
    arrangement: Arrangement,
    visit: Visit,
    supervisor: Visitor,
    coordinator: Visitor,
    case: str,
    review: str,
    look: Look,
) -> None:
    """The police, the provider where it is asked, and the Trust where it is consulted."""
    officer = visit(arrangement.views)
    officer.open(review)
    officer.follow("Give a view").answer("What do you think?", "Proceed, with care").answer("Why?", "Invented view.")
    look(officer, "view")
    officer.press("Give a view").reads("Saved.")
    if arrangement.asked:
        coordinator.open(f"{case}/review")
        coordinator.answer("What do you think, from how the person takes part?", "Proceed, with care")
        coordinator.answer("Why?", "Invented view of the provider.").press("Send to the police").reads("Sent.")
    if arrangement.consulted:
        supervisor.open(review)
        supervisor.follow("Ask the Trust")
        look(supervisor, "consult")
        supervisor.press("Ask the Trust").reads("asked, no answer yet")
        the_trust_answers(visit(TRUST), look)
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
