from datetime import date

import pytest
from cara.api import LOOSENABLE, CaseView
from cara_hampshire import plugin


@pytest.mark.parametrize(
    ("sex", "relationship", "expected"),
    [
        ("female", "family", "juno"),
        ("female", "intimate", None),
        ("female", None, None),
        ("male", "family", None),
        ("other", "family", None),
        (None, "family", None),
    ],
)
def test_juno_is_for_women_in_non_intimate_cases(
    sex: str | None, relationship: str | None, expected: str | None
) -> None:
    assert plugin.pathways(CaseView("hampshire", sex=sex, relationship=relationship)) == expected


def test_each_claim_has_a_shipped_instrument_with_the_contracts_dates() -> None:
    claims = {(claim.rule, claim.admits) for claim in plugin.eligibility(CaseView("hampshire"))}
    papers = plugin.force_profile().instruments
    assert claims == {(paper.rule, paper.admits) for paper in papers} == {("E09", "medium"), ("E03", "family")}
    assert all(admits in LOOSENABLE[rule] for rule, admits in claims)
    assert {(paper.starts, paper.until) for paper in papers} == {(date(2021, 4, 1), date(2025, 3, 31))}
    assert {paper.kind for paper in papers} == {"dpp_dispensation", "commissioned_provision"}


def test_the_questions_are_asked_of_the_person_and_the_place() -> None:
    assert [question.name for question in plugin.extra_questions()] == ["service_area", "neighbourhood_team"]
    assert {option.value for option in plugin.QUESTIONS[0].options} == {
        "county",
        "southampton",
        "portsmouth",
        "isle_of_wight",
    }
