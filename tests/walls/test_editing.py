"""Two people at one record, and typing that is never lost."""

import re
from typing import Any

from cara import clock
from cara.platform.access.models import BrowserSession
from cara.platform.unit_of_work import COOKIE, token_hash
from sqlalchemy import update
from synthetic.browser import Browser
from synthetic.cases import draft_of
from synthetic.deeds import DEEDS, OFFICER, SUPERVISOR
from synthetic.people import PEOPLE

TYPED = "Synthetic words that somebody typed"
DRAFT = f"/drafts/{draft_of('kent').reference}"
OFFENDER = {"surname": "O’Synthetic", "forenames": TYPED, "date_of_birth-day": "3", "date_of_birth-month": "2",
            "date_of_birth-year": "1990", "sex": "male", "phone": "01632 960001", "email": "", "postcode": ""}  # fmt: skip
WORDED = ("reason", "note", "question", "answer", "access_needs", "forenames")
"""Fields in which people write, one of which each versioned form has or has not."""


def test_the_second_of_two_gets_409_and_keeps_what_they_typed(client, database, record_count):
    """Every form that changes a versioned record, sent with the version of yesterday."""
    wrong, tried = [], 0
    for deed in (d for d in DEEDS if d.versioned):
        mine = {name: TYPED if name != "reason" or deed.route.endswith("decline") else value
                for name, value in deed.fields.items() if name in WORDED}  # fmt: skip
        answer = deed.do(Browser(client, PEOPLE[deed.who]), _version="7", **mine)
        tried += 1
        if answer.status_code != 409:
            wrong.append((str(deed), answer.status_code))
        elif TYPED in mine.values() and TYPED not in answer.text:
            wrong.append((str(deed), "lost what was typed"))
    record_count("forms with a version that has gone", tried, wrong)


def test_whoever_comes_second_can_go_on_from_the_page_they_get(as_person):
    first, second = as_person(OFFICER), as_person(SUPERVISOR)
    page = second.get(f"{DRAFT}/offender")
    assert first.fill(f"{DRAFT}/offender", f"{DRAFT}/offender", OFFENDER).status_code == 303
    late = second.fill("", f"{DRAFT}/offender", {**OFFENDER, "surname": "Late"}, page=page)
    assert late.status_code == 409
    assert 'value="Late"' in late.text
    again = second.fill("", f"{DRAFT}/offender", page=LikeAPage(late.text))
    assert again.status_code == 303
    assert 'value="Late"' in second.get(f"{DRAFT}/offender").text


class LikeAPage:
    """An answer whose forms can be sent on, whatever its status."""

    status_code = 200

    def __init__(self, text: str) -> None:
        self.text = text


def test_a_page_with_mistakes_keeps_every_word(as_person):
    browser = as_person(OFFICER)
    sent = {
        **OFFENDER,
        "date_of_birth-day": "31",
        "surname": "Synthetic <b>&amp;",
        "address": f"{TYPED}\r\nsecond line",
    }
    answer = browser.fill(f"{DRAFT}/offender", f"{DRAFT}/offender", sent)
    assert answer.status_code == 422
    for page in (answer.text, browser.get(f"{DRAFT}/offender").text):
        assert TYPED in page
        assert "Synthetic &lt;b&gt;&amp;amp;" in page
        assert re.search(r'name="date_of_birth-day"[^>]*value="31"', page)
        assert "second line" in page


def test_a_time_out_takes_nothing_that_was_saved(as_person, database):
    browser = as_person(OFFICER)
    assert (
        browser.fill(f"{DRAFT}/offender", f"{DRAFT}/offender", {**OFFENDER, "date_of_birth-year": ""}).status_code
        == 422
    )
    time_out(database, OFFICER)
    refused = browser.get(f"{DRAFT}/offender")
    assert (refused.status_code, refused.headers["location"]) == (303, f"/sign-in?to={DRAFT}/offender")
    sign_in_again(database, OFFICER, browser)
    page = browser.get(f"{DRAFT}/offender").text
    assert TYPED in page
    assert "O’Synthetic" in page


def time_out(database: Any, who: str) -> None:
    with database.admin().begin() as connection:
        connection.execute(
            update(BrowserSession.__table__)
            .where(BrowserSession.person_id == PEOPLE[who].number)
            .values(ended_at=clock.now())
        )


def sign_in_again(database: Any, who: str, browser: Browser) -> None:
    with database.admin().begin() as connection:
        connection.execute(
            update(BrowserSession.__table__).where(BrowserSession.person_id == PEOPLE[who].number)
            .values(ended_at=None, token_hash=token_hash("a-new-synthetic-token"))
        )  # fmt: skip
    browser.cookies[COOKIE] = "a-new-synthetic-token"
