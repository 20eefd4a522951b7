"""A referral's pages as somebody meets them who makes mistakes, and somebody who reads the answers later."""

import re
from html import unescape
from typing import Any

import pytest
from cara.features.referrals.models import Draft, Referral
from cara.platform.access.models import Membership
from cara.platform.reference_data import offence_codes
from sqlalchemy import insert, text, update
from sqlmodel import Session
from synthetic.browser import form_of
from synthetic.cases import NOW, answers, case_of, coordinator, draft_of
from synthetic.people import PEOPLE, SERVES

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
OFFICER = "kent_police.referring_officer"
DRAFT = f"/drafts/{draft_of('kent').reference}"
CONTRARY = "OF61016B"
"""Aiding and abetting wounding with intent: no CARA offence."""
SAYS = "Aid & abet wounding with intent to do grievous bodily harm (not a CARA offence)"


def change(database: Any, model: Any, row: int, **values: Any) -> None:
    with database.admin().begin() as connection:
        connection.execute(update(model).where(model.id == row).values(**values))


def words(page: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_a_code_that_contradicts_the_kind_is_said_to_officer_supervisor_and_provider(database, as_person):
    officer = as_person(OFFICER)
    assert "The code" not in words(officer.get(f"{DRAFT}/check"))
    change(database, Draft, draft_of("kent").id, answers=answers("kent") | {"offence_code": CONTRARY})
    shown = words(officer.get(f"{DRAFT}/check"))
    assert SAYS in shown
    assert "The officer chose: Common assault" in shown
    assert officer.fill(f"{DRAFT}/check", f"{DRAFT}/refer").status_code == 303
    with database.admin().connect() as connection:
        query = "select category_corrected, reference from referral where offence_code = :code"
        corrected, reference = connection.execute(text(query), {"code": CONTRARY}).one()
    assert corrected
    for who in (
        "kent_police.supervisor",
        next(key for key, one in PEOPLE.items() if one is coordinator(SERVES["kent"][0])),
    ):
        assert SAYS in words(as_person(who).get(f"/cases/{reference}"))


def test_a_risk_assessed_before_the_offence_is_asked_about_and_blocks_nothing(database, as_person):
    officer = as_person(OFFICER)
    question = "The risk was assessed before the offence."
    assert question not in words(officer.get(f"{DRAFT}/check"))
    change(database, Draft, draft_of("kent").id, answers=answers("kent") | {"risk_assessed_on": "2020-01-01"})
    assert question in words(officer.get(f"{DRAFT}/check"))
    assert officer.fill(f"{DRAFT}/check", f"{DRAFT}/refer").status_code == 303


def test_a_page_with_mistakes_shows_them_wherever_it_is_looked_at(as_person):
    officer = as_person(OFFICER)
    person = {
        "surname": "Mistakeham",
        "forenames": "SYN",
        "sex": "male",
        "address": "",
        "postcode": "ZZZ",
        "email": "foo",
    }
    born = {"date_of_birth-day": "1", "date_of_birth-month": "1", "date_of_birth-year": "2999", "phone": "abc"}
    faults = (
        "Enter a telephone number, like", "Enter an email address in the correct format", "Enter a full UK postcode",
        "Date of birth must be today or in the past",
    )  # fmt: skip
    saved = officer.fill(f"{DRAFT}/offender", f"{DRAFT}/offender", person | born)
    assert saved.status_code == 422
    code = officer.fill(f"{DRAFT}/offence", f"{DRAFT}/offence", {"offence_code": "ZZ99999"})
    assert code.status_code == 422
    check = officer.get(f"{DRAFT}/check")
    for page in (saved, officer.get(f"{DRAFT}/offender"), check):
        assert all(fault in words(page) for fault in faults)
        assert "Mistakeham" in page.text
    for page in (code, officer.get(f"{DRAFT}/offence"), check):
        assert "No offence has this code" in words(page)
        assert "ZZ99999" in page.text
    assert words(check).count("Has mistakes") == words(officer.get(DRAFT)).count("Has mistakes") == 2


def test_an_offence_that_was_found_is_taken_with_one_button(as_person):
    officer = as_person(OFFICER)
    offence = f"{DRAFT}/offence"
    found = officer.fill(offence, offence, {"offence_code": "assault", "find": "yes"})
    assert found.status_code == 200
    buttons = re.findall(r'<button[^>]*name="offence_code_found" value="(\w+)"', found.text)
    assert "CJ88116" in buttons
    first = re.search(r"<button\b[^>]*type=\"submit\"[^>]*>", found.text[found.text.index(f'action="{offence}"') :])
    assert first
    assert "offence_code_found" not in first[0]  # the Enter key presses it
    sent = form_of(found.text, offence) | {"offence_category": "battery", "offence_code_found": "CJ88116"}
    assert officer.send(offence, sent).status_code == 303
    assert form_of(officer.get(offence).text, offence)["offence_code"] == "CJ88116"


def test_the_answers_can_be_read_back_by_those_they_are_for(database, as_person):
    case = case_of("kent", SERVES["kent"][0], "accepted")
    change(
        database,
        Referral,
        case.id,
        conditions=["cara", "compensation"],
        needs=["health"],
        risk_assessor="PC Askedham 1",
    )
    force = words(as_person(OFFICER).get(f"/cases/{case.reference}"))
    provider = next(key for key, one in PEOPLE.items() if one is coordinator(case.provider))
    theirs = words(as_person(provider).get(f"/cases/{case.reference}"))
    for page in (force, theirs):
        assert "CARA workshops Compensation" in page
        assert "Protection because of their health" in page
    asked = ("PC Askedham 1", "Has the person admitted the offence?", "Answers as referred")
    assert all(one in force for one in asked)
    assert not any(one in theirs for one in asked)


def test_only_who_has_another_capacity_is_offered_to_switch(database, as_person):
    who, person = next((key, one) for key, one in PEOPLE.items() if len(one.body.capacities) > 1)

    def way() -> list[str]:
        return re.findall(r'cara-who__way" href="/account">([^<]+)<', as_person(who).get("/account").text)

    assert way() == ["Your account"]
    other = next(one for one in person.body.capacities if one != person.capacity)
    with database.admin().begin() as connection:
        role = {"person_id": person.number, "capacity": other, "role": "administrator", "by_group": False, "added_at": NOW,
                "added_by": "", "ended_by": ""}  # fmt: skip
        connection.execute(insert(Membership).values(**role))
    assert way() == ["Switch role"]


def test_whole_offences_come_before_attempts_and_aid(database):
    with Session(database.admin()) as session:
        found = [one.title.split()[0].casefold() for one in offence_codes.find(session, "grievous bodily")]
        assert offence_codes.category_of(session, "cj88116") == "battery"
        assert offence_codes.category_of(session, "TH68002") == ""  # an officer must say
        assert offence_codes.category_of(session, CONTRARY) == "other"
    assert found
    assert not {"aid", "attempt", "conspire", "conspiracy"} & set(found[:6])
