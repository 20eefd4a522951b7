"""An export opened: its header understood, its records to come."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from cara.features.referrals.csv_import.columns import NO_MAP, Columns, find_columns, recognised
from cara.features.referrals.csv_import.decode import file_fault, open_text
from cara.features.referrals.csv_import.tokenizer import DELIMITERS, Lines, Record, records

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Table:
    """`records` are those below the header that are not blank, to be read once."""

    header: Record
    columns: Columns
    records: Iterator[Record]


def open_table(source: bytes | BinaryIO, column_map: Mapping[str, str] = NO_MAP) -> Table:
    """Open an export; BadInput when it is no CSV or its header lacks or doubles a column."""
    lines = Lines(open_text(source))
    delimiter = _delimiter(lines, column_map)
    found = records(lines, delimiter)
    header = next((record for record in found if not record.blank), None)
    if header is None or header.fault:
        raise file_fault("header_unreadable", "The header line cannot be read. Send an export with one.")
    columns = find_columns(header.cells, column_map)
    return Table(header, columns, _filled(found))


def _delimiter(lines: Lines, column_map: Mapping[str, str]) -> str:
    """The separator by which the header has the most headings that mean something, and then the most headings."""
    for number, line in lines:
        if line.strip():
            lines.put_back([(number, line)])
            splits = {sign: next(csv.reader([line], delimiter=sign)) for sign in DELIMITERS}
            return max(DELIMITERS, key=lambda sign: (recognised(splits[sign], column_map), len(splits[sign])))
    return DELIMITERS[0]


def _filled(found: Iterator[Record]) -> Iterator[Record]:
    count = 0
    for record in found:
        if record.blank:
            continue
        count += 1
        if count > MOST_ROWS:
            raise file_fault("too_many_rows", f"The file has more than {MOST_ROWS:,} rows. Split it and try again.")
        yield record
