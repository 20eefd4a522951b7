"""What an imported row answers, and that the draft's own pages would have taken it."""

from datetime import date

import pytest

from cara.features.referrals.csv_import.row_reader import ImportedRow, read_export
from cara.features.referrals.csv_import.samples import export, row
from cara.features.referrals.csv_import.to_draft import draft_answers, steps_done
from cara.features.referrals.name_matching import identity_key
from cara.features.referrals.questions import NATIONAL_STEPS
from cara.web.ui import form_binding

ROWS = [
    found
    for found in read_export(export(map(row, range(300))), today=date(2026, 6, 1), category_of=lambda _: "battery").rows
    if isinstance(found, ImportedRow)
]


def test_every_sample_is_what_an_officer_could_have_typed():
    assert len(ROWS) == 300
    for found in ROWS:
        answers = draft_answers(found.answers)
        for step in NATIONAL_STEPS:
            reading = form_binding.read(step.questions, form_binding.fill(step.questions, answers), answers)
            assert {fault.code for fault in reading.faults} <= {"missing"}
            assert (step.slug in steps_done(answers)) == (
                not reading.faults and any(q.required for q in step.questions)
            )
            given = {q.name: answers[q.name] for q in step.questions if q.name in answers}
            assert {name: reading.values.get(name) for name in given} == given


@pytest.mark.parametrize(
    ("row_answers", "expected"),
    [
        ({"offence_category": "burglary"}, {"offence_category": "other"}),
        ({"offence_category": "battery"}, {"offence_category": "battery"}),
        ({}, {}),
        ({"victim_agrees": False}, {"victim_agrees": False, "victim_contacted": True}),
        ({"interpreter_language": "Cymraeg"}, {"interpreter_language": "Cymraeg", "needs": ["interpreter"]}),
    ],
)
def test_words_of_the_draft(row_answers, expected):
    assert draft_answers(row_answers) == expected


def test_the_row_and_the_case_have_one_identity():
    """An import knows a case that an officer typed, and the other way round."""
    from cara.features.referrals.name_matching import hashed

    for found in ROWS:
        typed = (str(found.answers[name]) for name in ("crime_reference", "surname", "forenames", "date_of_birth"))
        assert hashed("kent", found.identity) == identity_key("kent", *typed)
    (one,) = read_export(
        "crime_reference,surname,forenames,date_of_birth\nSYN 1,O’Néill-Test,ZOE\u0308,1/2/1990\n".encode()
    ).rows
    assert isinstance(one, ImportedRow)
    assert hashed("kent", one.identity) == identity_key("kent", "syn1", "O'NEILL TEST", "Zoë", date(1990, 2, 1))


def test_a_person_whom_nobody_could_reach_waits_for_an_officer():
    person = {"surname": "Testham", "forenames": "SYN", "date_of_birth": "1990-01-01", "sex": "male"}
    assert steps_done(person | {"phone": "07700 900123"}) == ["offender"]
    assert steps_done(person) == []
