"""What is downloaded to mend an export, written so that no spreadsheet program runs what a cell holds."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from typing import BinaryIO

from defusedcsv import csv as safe_csv  # type: ignore[import-untyped]

from cara.features.referrals.csv_import.columns import FAULTS_COLUMN, NO_MAP, is_faults_column
from cara.features.referrals.csv_import.errors import REPEATS, Finding
from cara.features.referrals.csv_import.table import open_table

_MARK = "\ufeff"  # so that spreadsheets read the file as UTF-8


def findings_csv(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as CSV text, piece by piece; to be sent as UTF-8."""
    yield _MARK + _line(["row", "field", "code", "message"])
    for each in findings:
        yield _line([str(value) for value in astuple(each)])


def rejected_csv(
    source: bytes | BinaryIO, findings: Iterable[Finding], *, column_map: Mapping[str, str] = NO_MAP
) -> Iterator[str]:
    """The rejected rows as they came, each with its faults in a last column, as CSV text, piece by piece.

    The corrected download can be imported: its last column is ignored and what was made harmless is put back. The file
    is read a second time, so `source` must be the one that gave the findings. A row whose quotes do not close is one
    cell.
    """
    table = open_table(source, column_map)
    faults: dict[int, list[str]] = {}
    for each in findings:
        if each.row > table.header.line and each.code not in REPEATS:
            faults.setdefault(each.row, []).append(f"{each.field} {each.code}".strip())
    kept = [place for place, heading in enumerate(table.header.cells) if not is_faults_column(heading)]
    yield _MARK + _line([*(table.header.cells[place] for place in kept), FAULTS_COLUMN])
    for record in table.records:
        if named := faults.get(record.line):
            cells = [record.cells[place] if place < len(record.cells) else "" for place in kept]
            yield _line([*cells, "; ".join(named), *record.cells[table.columns.count :]])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    # Surrounding space goes, because a leading tab or line end can hide a formula from the writer.
    safe_csv.writer(out, lineterminator="\r\n").writerow([cell.strip() for cell in cells])
    return out.getvalue()
