"""Names as people have them, and texts as attackers send them: kept as typed, found as searched, or refused with a reason."""

import unicodedata
from collections.abc import Iterator
from itertools import count

import pytest
from cara.features.referrals.questions import NATIONAL_STEPS
from cara.web.ui import form_binding
from synthetic.browser import Browser, key
from synthetic.cases import answers, draft_of
from synthetic.deeds import DEEDS, OFFICER
from synthetic.people import PEOPLE

DRAFT = f"/drafts/{draft_of('kent').reference}"
BORN = {
    "phone": "01632 960001",
    "email": "",
    "postcode": "",
    "date_of_birth-day": "3",
    "date_of_birth-month": "2",
    "date_of_birth-year": "1990",
    "sex": "male",
}
REAL = (
    "O'Neill", "O’Neill", "Ŵyn-Ŷates", "Siân", "Łukasz", "Nguyễn", "de la Cruz", "Ó Briain", "Æthelred", "李小龙", "محمد", "Zoë",
    "Müller-Lüdenscheidt", "D'Arcy-O’Shea", "Þórsson", "Ἀλέξανδρος", "אברהם", "N" * 100,
)  # fmt: skip
REFUSED = {
    "NUL": "Synthetic\x00",
    "escape": "Synthetic\x1b[31m",
    "override": "Syn\u202ecitehtn",
    "isolate": "\u2066Synthetic",
    "bell": "\x07Synthetic",
    "lone surrogate": "Synthetic\ud800",
    "two surrogates apart": "\udc00Synthetic\ud83d",
    "noncharacter": "Synthetic\ufffe",
    "nothing to be seen": "\u200b\u200d",
    "too long": "N" * 101,
    "line break": "Syn\nthetic",
}


@pytest.mark.plants_leaks  # the same words go into every form, the victims' room's among them
def test_names_that_people_have_are_kept_as_typed(as_person, record_count):
    wrong = []
    browser = as_person(OFFICER)
    for form in ("NFC", "NFD"):
        for name in REAL:
            typed = unicodedata.normalize(form, name)
            if len(typed) > 100:
                continue
            answer = browser.fill(
                f"{DRAFT}/offender", f"{DRAFT}/offender", {**BORN, "surname": typed, "forenames": "Synthetic"}
            )
            page = browser.get(f"{DRAFT}/offender").text
            kept = unicodedata.normalize("NFC", name).replace("'", "&#39;")
            if answer.status_code != 303 or kept not in page:
                wrong.append((form, name, answer.status_code))
    record_count("names that people have", 2 * len(REAL), wrong)


@pytest.mark.plants_leaks  # the same words go into every form, the victims' room's among them
@pytest.mark.parametrize("field", ["surname", "forenames", "address"])
def test_texts_that_nobody_types_are_refused_and_shown_again(as_person, field, record_count):
    wrong = []
    browser = as_person(OFFICER)
    for name, text in REFUSED.items():
        if field != "surname" and name in ("too long", "line break", "nothing to be seen"):
            continue
        sent = {**BORN, "surname": "Synthetic", "forenames": "Synthetic", field: text}
        answer = browser.fill(f"{DRAFT}/offender", f"{DRAFT}/offender", sent)
        again = browser.get(f"{DRAFT}/offender")
        if name == "line break" and answer.status_code == 303:
            continue
        if (
            (answer.status_code, again.status_code) != (422, 200)
            or "There is a problem" not in answer.text
            or "\x00" in again.text
        ):
            wrong.append((name, answer.status_code, again.status_code))
    record_count("texts that nobody types", len(REFUSED), wrong)


def some_of(turns: Iterator[int], full: bool) -> list[tuple[str, str]]:
    """Each field gets three of the texts, the next one others; in full, each gets all."""
    texts = [*REFUSED.items()]
    turn = next(turns)
    return texts if full else [texts[(turn + step) % len(texts)] for step in (0, 4, 8)]


@pytest.mark.plants_leaks  # the same words go into every form, the victims' room's among them
def test_every_form_survives_every_text(app, client, record_count, full):
    """No 5xx, whatever stands in whichever field: refused or kept, never a fault of ours."""
    wrong, tried = [], 0
    turns = count()
    for deed in DEEDS:
        for field in deed.fields:
            for name, text in some_of(turns, full):
                answer = deed.do(Browser(client, PEOPLE[deed.who]), **{field: text})
                tried += 1
                if answer.status_code >= 500:
                    wrong.append((str(deed), field, name, answer.status_code))
    for text in REFUSED.values():
        for path, field in (("/cases", "name"), ("/sign-in", "work_address"), ("/eligibility", "da_disposals")):
            tried += 1
            answer = Browser(client, PEOPLE[OFFICER]).post(path, {field: text})
            if answer.status_code >= 500:
                wrong.append((path, repr(text), answer.status_code))
    record_count("hostile texts in every field", tried, wrong)


def test_every_address_survives_every_text(as_person, record_count):
    wrong = []
    odd = (
        "%00", "%ed%a0%80", "%ff%fe", "%e2%80%ae", "%f0%9f%98%80", "..%2f..%2fetc", "%27%20or%201=1--", "a" * 4000, "%25%73", "{reference}",
        "%0d%0a",
    )  # fmt: skip
    places = (
        "/cases/{}", "/drafts/{}", "/drafts/{}/offender", "/imports/{}", "/cases?state={}", "/cases?before={}", "/sign-in?to={}", "/{}",
    )  # fmt: skip
    for text in odd:
        for path in places:
            answer = as_person(OFFICER).get(path.format(text))
            if answer.status_code >= 500:
                wrong.append((path, text, answer.status_code))
    record_count("hostile texts in addresses", 8 * len(odd), wrong)


SEARCHES = {
    "O'Neill": ("O'Neill", "O’Neill", "oneill", "ONEILL", "o'neill", "neill"),
    "Ŵyn-Ŷates": ("Ŵyn", unicodedata.normalize("NFD", "Ŵyn-Ŷates"), "wyn yates", "WYN", "ŷates"),
    "Siân Łukasz": ("sian", "SIÂN", "siân", unicodedata.normalize("NFD", "siân")),
}


def test_people_are_found_however_their_name_is_spelt(as_person, record_count):
    """From typing a name to finding the case by it, through the pages."""
    browser, wrong, tried = as_person(OFFICER), [], 0
    for surname, ways in SEARCHES.items():
        refer(browser, surname)
        for way in ways:
            tried += 1
            page = browser.post("/cases", {"name": way}).text
            if surname.upper().replace("'", "&#39;") not in page:
                wrong.append((surname, way))
    for way in ("%", "_", "%%%", "", " ", "' or 1=1 --", "\\", "*"):
        tried += 1
        if "Nobody found" not in browser.post("/cases", {"name": way}).text:
            wrong.append(("finds everybody", way))
    record_count("spellings that were searched for", tried, wrong)


def refer(browser, surname: str) -> None:
    """Refer somebody of this name by the pages, from an empty draft."""
    draft = browser.post("/drafts", {"_key": key()}).headers["location"]
    given = answers("kent") | {
        "phone": "01632 960001",
        "surname": surname,
        "crime_reference": f"SYN-{surname[:3]}",
        "postcode": "SY1 1AA",
        "email": "",
    }
    for step in NATIONAL_STEPS:
        typed = form_binding.fill(step.questions, given)
        sent = browser.fill(f"{draft}/{step.slug}", f"{draft}/{step.slug}", typed)
        assert sent.status_code == 303, sent.text
    done = browser.fill(f"{draft}/check", f"{draft}/refer")
    assert done.status_code == 303, done.text
