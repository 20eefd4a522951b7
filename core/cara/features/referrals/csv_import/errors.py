"""What can be wrong with an export. Messages say what to do and never what was in the cell: they reach pages and
logs."""

from dataclasses import dataclass

MESSAGES = {
    # the file
    "unknown_column": "Nothing is read from this column.",
    "more_findings": "There are more faults than can be listed. Mend these and send the file again.",
    # the row
    "quotes": "A quotation mark is not closed, or stands where none may. Write a quote inside a cell twice.",
    "line_too_long": "The line is too long to be a case. Export it again.",
    "too_few_cells": "The row has fewer cells than the header. Check for a missing separator.",
    "too_many_cells": "The row has more cells than the header. Check for a separator inside a cell.",
    "changed_repeat": "This case came before with other details. Nothing was changed. If need be, change the case.",
    "typed_here": "An officer referred this case here without an import. Nothing was changed.",
    # any cell
    "required": "This is needed. Fill it in.",
    "too_long": "This is too long. Shorten it.",
    "unreadable_character": "A character cannot be read. Type it again and save the file as CSV (UTF-8).",
    "garbled_text": "Accented letters were garbled by an earlier program. Type them again.",
    "control_character": "There is an invisible control character. Type the text again.",
    # kinds of cell
    "bad_date": "This is not a real date. Write it as dd/mm/yyyy or yyyy-mm-dd.",
    "future_date": "This date is in the future. Correct it.",
    "before_offence": "The caution is earlier than the offence. Correct one of them.",
    "born_after": "The date of birth is later than the offence or the caution. Correct one of them.",
    "unknown_offence_code": "There is no such offence code. Correct it, or give the category in words.",
    "bad_offence_category": "Give the offence as a category in words, or as its code.",
    "bad_sex": "Write male, female or other, or leave it empty.",
    "bad_relationship": "Write intimate, family or other, or leave it empty.",
    "bad_risk": "Write standard, medium or high, or leave it empty.",
    "bad_yes_no": "Write yes or no, or leave it empty if it is not known.",
    "bad_phone": "This is not a telephone number. A spreadsheet may have shortened it; format the column as text.",
    "bad_postcode": "This is not a postcode. Correct it or leave it empty.",
}


REPEATS = frozenset({"changed_repeat", "typed_here"})
"""What is said of duplicates: reported, nothing to mend in the file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `row` is the line of the file on which the row begins, the header being 1."""

    row: int
    field: str
    code: str
    message: str


def finding(row: int, field: str, code: str) -> Finding:
    """The finding with the message of its code."""
    return Finding(row, field, code, MESSAGES[code])
