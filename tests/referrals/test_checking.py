"""Whether a case could go to CARA, asked on the page without starting a referral: it must answer in every force."""

import re
from html import unescape
from typing import Any

import pytest
from cara.features.referrals.eligibility_page import QUESTIONS
from cara.web.ui import form_binding
from synthetic.cases import answers
from synthetic.people import FORCES

WHOLE = {name: value for name, value in answers("kent").items() if name in {question.name for question in QUESTIONS}}
PARTS = {
    "everything": WHOLE,
    "sex alone": {"sex": "male"},
    "nothing": {},
    **{f"all but {name}": {key: value for key, value in WHOLE.items() if key != name} for name in WHOLE},
}


def asked(browser: Any, given: Any) -> Any:
    return browser.fill("/eligibility", "/eligibility", form_binding.fill(QUESTIONS, given))


@pytest.mark.parametrize("force", FORCES)
def test_the_page_answers_whatever_was_left_open(as_person, force, record_count):
    officer = as_person(f"{force}_police.referring_officer")
    pages = {part: asked(officer, given) for part, given in PARTS.items()}
    refused = [(part, page.status_code) for part, page in pages.items() if page.status_code != 200]
    record_count("parts of a case put to /eligibility", len(pages), refused)
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", pages["everything"].text)).split())
    assert "Eligible" in shown


def test_a_day_that_cannot_be_is_still_refused(as_person):
    page = asked(as_person("kent_police.referring_officer"), {**WHOLE, "date_of_birth": "2999-01-01"})
    assert page.status_code == 422
    assert "Date of birth must be today or in the past" in page.text
    assert "telephone number" not in page.text
