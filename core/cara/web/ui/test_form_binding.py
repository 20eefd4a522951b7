"""What a form says is read exactly, and put back exactly."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.api import Option, Question
from cara.field_types import EMPTY
from cara.web.ui import form_binding

NAME = Question("surname", "Family name", "text", max_length=10)
BORN = Question("born", "Date of birth", "date")
RISK = Question("risk", "Risk", "choice", options=(Option("standard", "Standard"), Option("medium", "Medium")))
NEEDS = Question("needs", "Needs", "choices", options=RISK.options, required=False)
INTERPRETER = Question("interpreter", "Is an interpreter needed?", "yes_no_unknown")
LANGUAGE = Question("language", "Which language?", "text", when=("interpreter", "yes"))
NOTES = Question("notes", "Notes", "long_text", required=False)
DAYS = Question("days", "Earlier disposals", "dates", required=False)
COUNT = Question("count", "Children", "whole_number")
ADMITS = Question("admits", "Offence admitted", "yes_no")


def one(question: Question, *typed: str) -> form_binding.Reading:
    return form_binding.read(
        [question], dict(zip(form_binding.fields(question), ([each] for each in typed), strict=True))
    )


def code(question: Question, *typed: str) -> tuple[str, str]:
    (fault,) = one(question, *typed).faults
    return fault.field, fault.code


def test_only_the_fields_of_the_questions_are_read() -> None:
    reading = form_binding.read([NAME], {"surname": [" Synthetic "], "force_id": ["kent"], "version": ["9"]})
    assert reading.values == {"surname": "Synthetic"}
    assert reading.typed == {"surname": [" Synthetic "]}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("O’Neill", "O’Neill"),
        ("W\u0302yn", "Ŵyn"),
        ("\u200fاسم", "\u200fاسم"),
        ("\u00a0Jo ", "Jo"),
    ],
)
def test_names_are_kept_in_nfc(typed: str, wanted: str) -> None:
    assert one(NAME, typed).values == {"surname": wanted}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("a\0b", "characters"),
        ("a\ud800b", "characters"),
        ("a\nb", "characters"),
        ("a\x1bb", "characters"),
        ("a\u202eb", "direction"),
        ("a\u2066b", "direction"),
        ("\u200b", "missing"),
        ("", "missing"),
        ("a" * 11, "too_long"),
    ],
)
def test_what_no_name_holds_is_refused_and_shown_again_harmlessly(typed: str, wanted: str) -> None:
    reading = one(NAME, typed)
    assert [(fault.field, fault.code) for fault in reading.faults] == [("surname", wanted)]
    assert reading.values == {}
    reading.typed["surname"][0].encode("utf-8")
    assert "\0" not in reading.typed["surname"][0]


def test_lines_are_kept_in_long_texts_and_count_once() -> None:
    notes = Question("notes", "Notes", "long_text", max_length=4)
    assert one(notes, "a\r\n\r\nb").values == {"notes": "a\n\nb"}
    assert one(notes, "a\r\n\r\nb").typed == {"notes": ["a\r\n\r\nb"]}


@pytest.mark.parametrize(
    ("typed", "field", "wanted", "message"),
    [
        (("31", "2", "1990"), "born-day", "not_real", "Date of birth must be a real date"),
        (("29", "2", "2023"), "born-day", "not_real", "Date of birth must be a real date"),
        (("x", "2", "1990"), "born-day", "not_real", "Date of birth must be a real date"),
        (("1", "13", "1990"), "born-day", "not_real", "Date of birth must be a real date"),
        (("1", "", "1990"), "born-month", "missing_month", "Date of birth must include a month"),
        (("1", "", ""), "born-month", "missing_month_year", "Date of birth must include a month and year"),
        (("1", "2", "90"), "born-year", "year_digits", "Date of birth must have a year of 4 numbers"),
        (("1", "2", "١٩٩٠"), "born-year", "year_digits", "Date of birth must have a year of 4 numbers"),
        (("", "", ""), "born-day", "missing", "Enter date of birth"),
    ],
)
def test_days_that_are_none(typed: tuple[str, str, str], field: str, wanted: str, message: str) -> None:
    (fault,) = one(BORN, *typed).faults
    assert (fault.field, fault.code, fault.message) == (field, wanted, message)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_and_filled_in_again(day: date) -> None:
    reading = one(BORN, f"{day.day:02}", str(day.month), f"{day.year:04}")
    assert reading.values == {"born": day.isoformat()}
    assert form_binding.read([BORN], form_binding.fill([BORN], reading.values)).values == reading.values


@pytest.mark.parametrize("month", ["9", "09", "Sep", "sept.", "SEPTEMBER"])
def test_a_month_may_be_a_name(month: str) -> None:
    assert one(BORN, "1", month, "2026").values == {"born": "2026-09-01"}


def test_several_days_one_a_line() -> None:
    reading = one(DAYS, "21/6/2021\r\n\r\n2020-02-29\n1 March 2022\n21 6 2021")
    assert reading.values == {"days": ["2020-02-29", "2021-06-21", "2022-03-01"]}
    (fault,) = one(DAYS, "21/6/2021\n30/2/2020").faults
    assert fault.message == "Earlier disposals, line 2: must be a real date"


def test_choices_are_of_the_list_and_in_its_order() -> None:
    assert one(RISK, "medium").values == {"risk": "medium"}
    assert code(RISK, "high") == ("risk", "not_an_option")
    assert form_binding.read([NEEDS], {"needs": ["medium", "standard", "medium"]}).values == {
        "needs": ["standard", "medium"]
    }
    assert form_binding.read([NEEDS], {"needs": ["medium", "x"]}).faults[0].code == "not_an_option"
    assert form_binding.read([NEEDS], {}).values == {}
    assert form_binding.read([RISK], {}).faults[0].message == "Select risk"


def test_not_known_is_an_answer_and_nothing_is_none() -> None:
    assert one(INTERPRETER, "not_known").values == {"interpreter": None}
    assert one(ADMITS, "no").values == {"admits": False}
    assert code(ADMITS, "not_known") == ("admits", "not_an_option")
    assert one(INTERPRETER, "").faults[0].message == "Select an answer to “Is an interpreter needed?”"


def test_what_is_not_asked_is_not_read_but_shown_again() -> None:
    both = (INTERPRETER, LANGUAGE)
    no = form_binding.read(both, {"interpreter": ["no"], "language": ["Welsh"]})
    assert no.values == {"interpreter": False}
    assert no.typed["language"] == ["Welsh"]
    assert form_binding.read(both, {"interpreter": ["yes"]}).faults[0].field == "language"
    assert form_binding.read(both, {"language": ["Welsh"]}).values == {}
    assert form_binding.read([LANGUAGE], {"language": ["Welsh"]}, known={"interpreter": True}).values == {
        "language": "Welsh"
    }
    other = Question("other", "Other", "text", when=("needs", "medium"))
    assert form_binding.read([NEEDS, other], {"needs": ["medium"], "other": ["x"]}).values["other"] == "x"


def test_a_changed_answer_takes_what_hung_on_it_away() -> None:
    before = {"interpreter": True, "language": "Welsh", "risk": "standard"}
    both = (INTERPRETER, LANGUAGE)
    reading = form_binding.read(both, {"interpreter": ["no"], "language": ["Welsh"]})
    assert form_binding.replace(before, both, reading.values) == {"interpreter": False, "risk": "standard"}


def test_whole_numbers() -> None:
    assert one(COUNT, " 1,200 ").values == {"count": 1200}
    for typed in ("-1", "1.5", "two", "9" * 10, "²"):
        assert code(COUNT, typed) == ("count", "not_a_number")


def test_answers_in_words() -> None:
    assert form_binding.show(BORN, "1990-02-03") == "3 February 1990"
    assert form_binding.show(RISK, "medium") == "Medium"
    assert form_binding.show(NEEDS, ["standard", "medium"]) == "Standard\nMedium"
    assert form_binding.show(INTERPRETER, None) == "Not known"
    assert form_binding.show(ADMITS, False) == "No"
    assert form_binding.show(COUNT, 0) == "0"
    assert form_binding.show(NAME, EMPTY) == "Not answered"


def test_every_answer_fills_its_fields_again() -> None:
    answers = {"needs": ["medium"], "interpreter": None, "days": ["2020-02-29"], "count": 3, "notes": "a\nb"}
    questions = (NEEDS, INTERPRETER, DAYS, COUNT, NOTES)
    assert form_binding.read(questions, form_binding.fill(questions, answers)).values == answers


@given(st.text())
def test_no_text_breaks_reading_or_showing(typed: str) -> None:
    for question in (NAME, NOTES, DAYS, COUNT, RISK):
        reading = one(question, typed)
        assert all(text.encode("utf-8") is not None for texts in reading.typed.values() for text in texts)
        assert form_binding.fill([question], reading.values) == {} or reading.values


def test_every_bad_line_of_several_dates_is_named() -> None:
    (fault,) = form_binding.read((DAYS,), {"days": ["31 2 2020\n1 1 2020\nsoon"]}).faults
    assert fault.message.startswith("Earlier disposals, line 1: must be a real date; line 3: must be")
