"""The reader of an export: a stream of rows, each with its answers or with everything that is wrong with it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, NamedTuple

from cara import clock
from cara.features.referrals.csv_import import cell_parsers
from cara.features.referrals.csv_import.cell_parsers import Answer, CategoryOf, CellError
from cara.features.referrals.csv_import.columns import NO_MAP, REQUIRED, Columns, armed
from cara.features.referrals.csv_import.errors import Finding, finding
from cara.features.referrals.csv_import.table import open_table
from cara.features.referrals.csv_import.tokenizer import Record
from cara.features.referrals.name_matching import compared
from cara.platform.reference_data.offence_files import e07_category

_READERS: Mapping[str, Callable[[str], Answer | None]] = {
    "crime_reference": cell_parsers.text,
    "surname": cell_parsers.text,
    "forenames": cell_parsers.text,
    "sex": cell_parsers.word("sex"),
    "relationship": cell_parsers.word("relationship"),
    "risk": cell_parsers.word("risk"),
    "admits_offence": cell_parsers.yes_no,
    "victim_agrees": cell_parsers.yes_no,
    "phone": cell_parsers.phone,
    "postcode": cell_parsers.postcode,
    "interpreter_language": cell_parsers.language,
}
_DATES = ("offence_date", "caution_date", "date_of_birth")


class Identity(NamedTuple):
    """Who and what a row is about, as `names.compared` has it; with the force, rows with an equal identity are one case."""

    crime_reference: str
    surname: str
    forenames: str
    date_of_birth: str


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row without a fault. `answers` has a key for each cell that says something (names of `COLUMNS`, and
    `offence_code` where the offence came as one); dates are ISO text, yes and no are booleans, all else is text."""

    line: int
    identity: Identity
    answers: Mapping[str, Answer]

    @property
    def fingerprint(self) -> str:
        """Equal for rows with equal answers, however they were written: what tells a repeat from a changed repeat."""
        content = json.dumps(dict(self.answers), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row with faults, each of them named."""

    line: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """An export that has begun to be read: its header, what is to say about it, and its rows (once, in file order)."""

    header: tuple[str, ...]
    notices: tuple[Finding, ...]
    rows: Iterator[ImportedRow | RejectedRow]


def read_export(
    source: bytes | BinaryIO,
    *,
    column_map: Mapping[str, str] = NO_MAP,
    category_of: CategoryOf = e07_category,
    today: date | None = None,
) -> Export:
    """Read a CSV export, as bytes or as a seekable binary file, which stays open.

    BadInput when the file as a whole cannot be read: no CSV, too large, columns missing or doubled, or, while rows are
    being read, too many of them.
    """
    table = open_table(source, column_map)
    notices = tuple(finding(table.header.line, name, "unknown_column") for name in table.columns.unknown)
    day = today or clock.today()
    rows = (_row(record, table.columns, category_of, day) for record in table.records)
    return Export(table.header.cells, notices, rows)


def _row(record: Record, columns: Columns, category_of: CategoryOf, today: date) -> ImportedRow | RejectedRow:
    if record.fault:
        return RejectedRow(record.line, (finding(record.line, "", record.fault),))
    if len(record.cells) < columns.count:
        return RejectedRow(record.line, (finding(record.line, "", "too_few_cells"),))
    if any(cell.strip() for cell in record.cells[columns.count :]):
        return RejectedRow(record.line, (finding(record.line, "", "too_many_cells"),))
    answers: dict[str, Answer] = {}
    faults: list[tuple[str, str]] = []
    for name, place in columns.places.items():
        cell = record.cells[place]
        try:
            cell = cell_parsers.clean(armed(cell) if columns.ours else cell, name)
            if cell:
                answers |= _answer(name, cell, category_of, today)
            elif name in REQUIRED:
                raise CellError("required")
        except CellError as fault:
            faults.append((name, fault.code))
    faults += _contradictions(answers)
    if faults:
        return RejectedRow(record.line, tuple(finding(record.line, name, code) for name, code in faults))
    return ImportedRow(record.line, Identity(*compared(*(str(answers[name]) for name in Identity._fields))), answers)


def _answer(name: str, cell: str, category_of: CategoryOf, today: date) -> Mapping[str, Answer]:
    if name == "offence_category":
        return cell_parsers.offence(cell, category_of)
    answer = cell_parsers.a_date(cell, today) if name in _DATES else _READERS[name](cell)
    return {} if answer is None else {name: answer}


def _contradictions(answers: Mapping[str, Answer]) -> Iterator[tuple[str, str]]:
    born, offence, caution = (str(answers.get(name, "")) for name in ("date_of_birth", "offence_date", "caution_date"))
    if caution and offence and caution < offence:  # ISO text sorts as the days do
        yield "caution_date", "before_offence"
    if born and min(filter(None, (offence, caution)), default=born) < born:
        yield "date_of_birth", "born_after"
