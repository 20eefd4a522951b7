"""Dates that do not go together are named on the page where they were typed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from cara.api import Question
from cara.features.referrals import eligibility_page
from cara.features.referrals.answer_validation import contradictions
from cara.features.referrals.questions import NATIONAL_STEPS, OFFENDER

TODAY = date(2026, 5, 1)
PAGES = {step.slug: step.questions for step in NATIONAL_STEPS} | {"eligibility": eligibility_page.QUESTIONS}
"""Every page that shares these checks."""
WRONG = {
    "phone": "abc",
    "email": "foo",
    "postcode": "ZZZ",
    "date_of_birth": "2026-05-02",
    "da_disposals": ["2026-05-02"],
}


def codes(
    values: dict[str, Any], answers: dict[str, Any] | None = None, questions: Sequence[Question] = ()
) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in contradictions(questions, values, answers or {}, TODAY)]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_refused_for_a_field_that_it_does_not_have(page: str) -> None:
    names = [question.name for question in PAGES[page]]
    for given in (*([name] for name in names), names, []):
        values = {name: WRONG.get(name, "2026-05-02" if name.endswith(("_date", "_on")) else "x") for name in given}
        assert {field for field, _code in codes(values, questions=PAGES[page])} <= set(names)


@pytest.mark.parametrize("name", ["date_of_birth", "offence_date", "risk_assessed_on", "caution_date"])
def test_today_is_the_last_day_there_is(name: str) -> None:
    assert codes({name: "2026-05-01"}) == []
    assert codes({name: "2026-05-02"}) == [(name, "in_future")]


def test_a_caution_does_not_come_before_its_offence() -> None:
    assert codes({"caution_date": "2026-04-20"}, {"offence_date": "2026-04-20"}) == []
    assert codes({"caution_date": "2026-04-19"}, {"offence_date": "2026-04-20"}) == [("caution_date", "out_of_order")]
    assert codes({"offence_date": "2026-04-20"}, {"caution_date": "2026-04-19"}) == [("offence_date", "out_of_order")]
    assert codes({"crime_reference": "x"}, {"caution_date": "2026-04-19", "offence_date": "2026-04-20"}) == []


def test_nobody_is_born_after_the_offence() -> None:
    assert codes({"date_of_birth": "2026-04-21"}, {"offence_date": "2026-04-20"}) == [("date_of_birth", "out_of_order")]


def test_one_late_disposal_is_named_once() -> None:
    assert codes({"da_disposals": ["2026-05-02", "2026-05-03", "2020-01-01"]}) == [("da_disposals", "in_future")]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"phone": "+44 7700 900123", "email": "syn@mail.example", "postcode": "zz99 1aa"}, []),
        ({"phone": "abc", "email": "foo", "postcode": "ZZZ"}, ["phone", "email", "postcode"]),
        ({"email": "syn@mail"}, ["email"]),
        ({"sex": "male"}, ["phone"]),
        ({"email": "syn@two@mail.example"}, ["email"]),
        ({"surname": "Synthetic", "postcode": "ZZ99 1AA"}, ["phone"]),
        ({"surname": "Synthetic", "address": "1 Synthetic Street"}, []),
    ],
)
def test_a_person_can_be_reached(values: dict[str, Any], wrong: list[str]) -> None:
    assert [field for field, _code in codes(values, questions=OFFENDER.questions)] == wrong
