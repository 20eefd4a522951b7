"""Victims' records in a real browser, in each arrangement: what a worker does, and how quickly they can be gone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cara import clock
from playwright.sync_api import Route, expect

from browser.access import faults, picture
from browser.conftest import Visit
from browser.journey import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Count = Callable[..., None]
WEATHER = "https://www.bbc.co.uk/weather"
LEAVE = "Leave this page quickly"
RECORD = re.compile(r"/victims/[0-9A-Z-]+$")
FORMS = ("attempt", "conversation", "risk", "change", "erase")


def records(visitor: Visitor) -> list[str]:
    """Addresses of the records on somebody's list."""
    assert visitor.open("/victims") == 200
    found = visitor.page.locator("main a[href^='/victims/']").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    return [one for one in dict.fromkeys(found) if RECORD.search(one)]


NO = "Do not contact: they do not want to be contacted again"


def split(visitor: Visitor) -> tuple[list[str], list[str]]:
    """Addresses of records whose victim refuses contact, and of the others."""
    listed = records(visitor)
    refused = [one for one in listed if visitor.open(one) == 200 and NO in visitor.page.content()]
    return refused, [one for one in listed if one not in refused]


def unrefused(visitor: Visitor) -> list[str]:
    """Addresses of records whose victim can be contacted."""
    return split(visitor)[1]


@pytest.mark.parametrize("name", ["Vera Example", "Sergeant Siân Testcase"])
def test_every_page_of_records_can_be_used(visit: Visit, record_count: Count, name: str) -> None:
    visitor = visit(name)
    tried, found = 1, []
    listed = records(visitor)
    assert len(listed) > 3, "the demonstration has victims in each arrangement"
    found += faults(visitor.page)
    picture(visitor.page, f"list-{name[:5]}")
    for number, address in enumerate(listed[:4]):
        assert visitor.open(address) == 200
        expect(visitor.page.get_by_role("button", name=LEAVE)).to_be_visible()
        tried += 1
        found += faults(visitor.page)
        picture(visitor.page, f"record-{name[:5]}-{number}")
    for form in (*FORMS, "check", "emergency-review"):
        for address in listed:
            if visitor.open(f"{address}/{form}") < 400:
                tried += 1
                found += faults(visitor.page)
                picture(visitor.page, f"{form}-{name[:5]}")
                if form not in ("change", "check") or visitor.page.locator("main form").count():
                    expect(visitor.page.get_by_role("button", name=LEAVE)).to_be_visible()
                break
    for path in ("/information", "/information/contact-cy", "/policy/victims"):
        assert visitor.open(path) == 200
        tried += 1
        found += faults(visitor.page)
        picture(visitor.page, f"page{path.replace('/', '-')}")
    record_count("pages of victims' records for axe and 400 %", tried, [*found, *visitor.complaints])


def gone(visitor: Visitor) -> list[str]:
    """Let the neutral page answer without a network; what was asked for there."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.headers.get("referer", ""))
        route.fulfill(status=200, content_type="text/html", body="<title>Weather</title><h1>Weather</h1>")

    visitor.page.route(f"{WEATHER}**", answer)
    return asked


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_leaving_quickly_ends_the_session_and_back_shows_sign_in(visit: Visit, javascript: bool) -> None:
    visitor = visit("Vera Example", javascript=javascript)
    asked = gone(visitor)
    record = records(visitor)[0]
    visitor.open(record)
    name = visitor.page.locator(".cara-identity__name").inner_text()
    visitor.press(LEAVE)
    visitor.page.wait_for_url(f"{WEATHER}**")
    assert asked == [""], "the neutral page is not told whence somebody comes"
    assert not [one for one in visitor.page.context.cookies() if "session" in one["name"] and "127.0.0.1" in one["domain"]
                and one["name"].startswith("cara")]  # fmt: skip
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(re.compile("Sign in|Weather|One moment"))
    assert name not in visitor.page.content()
    visitor.open(record)
    assert "/sign-in" in visitor.page.url
    assert name not in visitor.page.content()


def test_escape_three_times_leaves_too(visit: Visit) -> None:
    visitor = visit("Viola Example")
    gone(visitor)
    visitor.open(records(visitor)[0])
    for _press in range(3):
        visitor.page.keyboard.press("Escape")
    visitor.page.wait_for_url(f"{WEATHER}**")


def test_an_attempt_a_conversation_and_an_assessment(visit: Visit) -> None:
    """Hampshire: whoever spoke with them between the workshops is led on to a new assessment."""
    visitor = visit("Vera Example")
    record = unrefused(visitor)[-1]
    visitor.open(f"{record}/attempt")
    yesterday = clock.today() - timedelta(1)
    visitor.answer("At which point of the course?", "Between the workshops")
    visitor.answer("On which day?", "Another day").answer("Which day was it?", yesterday)
    visitor.answer("At what time?", "14:30").answer("How?", "Visit at home").answer("What came of it?", "We spoke")
    visitor.save_attempt().sees("What they said").reads("The attempt has been saved.")
    visitor.page.get_by_label("How safe do they feel now? (optional)").fill("Invented words: safer than in spring.")
    visitor.answer("Did they tell you something that should be reviewed before the course goes on?", "No")
    visitor.press("Save what they said")
    visitor.open(record)
    visitor.reads("Invented words: safer than in spring.")


def test_a_stranger_to_the_record_gets_nothing(visit: Visit) -> None:
    """Thames Valley: neither its provider nor the Trust's service; and nobody of any course's side."""
    record = records(visit("Officer Vanya Testcase"))[0]
    assert visit("Vera Example").open(record) == 404
    for name in ("Cleo Sample", "Flo Sample", "Max Sample", "Lena Specimen", "Connie Specimen"):
        stranger = visit(name)
        assert stranger.open(record) == 403
        assert stranger.open("/victims") == 403


def test_a_refusal_is_first_and_one_press_shows_the_number(visit: Visit, record_count: Count) -> None:
    """Without JavaScript: the refusal, the press, the reason that is owed, the change of mind; each page for axe and at 400 %."""
    visitor = visit("Vera Example", javascript=False)
    record = split(visitor)[0][0]
    found, looked = [], visit("Vera Example")

    def look(path: str, name: str) -> None:
        assert looked.open(path) == 200
        found.extend(faults(looked.page))
        picture(looked.page, name)

    look(record, "refusal-record")
    assert "07700 900" not in looked.page.content()
    narrow = visit("Vera Example", width=390)
    narrow.open(record)
    picture(narrow.page, "refusal-record-390")
    for form in ("attempt", "refusal", "contact-again", "change"):
        look(f"{record}/{form}", f"refusal-{form}")
    visitor.open(record)
    visitor.press("Show the number and the address")
    visitor.reads("07700 900")
    look(record, "refusal-shown")
    look("/victims", "refusal-list")
    look(f"{record}/shown", "refusal-why")
    visitor.open(f"{record}/shown")
    visitor.answer("Why did you show the number and the address?", "I did not contact them")
    visitor.press("Save the reason")
    visitor.page.wait_for_url(re.compile(r"done=explained"))
    visitor.reads("The reason is saved.")
    looked.open(f"{record}/attempt")
    looked.answer("At which point of the course?", "Between the workshops").answer("On which day?", "Today")
    looked.answer("At what time?", "00:00").answer("How?", "Visit at home").answer(
        "What came of it?", "No answer, and nothing was left"
    )
    looked.press("Save the attempt")
    looked.page.wait_for_load_state()
    looked.reads("This is another way than the safe one")
    found.extend(faults(looked.page))
    picture(looked.page, "refusal-warned")
    looked.answer("Why was the attempt made all the same?", "It was a mistake")
    looked.press("Save the attempt")
    looked.page.wait_for_url(re.compile(r"/victims/[0-9A-Z-]+\?done=saved"))
    sergeant = visit("Sergeant Siân Testcase")
    assert sergeant.open("/work") == 200
    found.extend(faults(sergeant.page))
    picture(sergeant.page, "refusal-police-work")
    record_count("pages about a refusal for axe and 400 %", 10, [*found, *looked.complaints, *visitor.complaints])
