"""From text to records, each with the line on which it begins.

Python's reader alone will not do: one stray quote makes it swallow the rest of the file into one cell, and its line
numbers are those of a record's end. Here a record that does not close is a fault of its own line, and reading goes on
below it.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

DELIMITERS = (",", ";", "\t")
MOST_LINE = 32_768
MOST_RECORD_LINES = 20
_LINE_TOO_LONG = "\0"


@dataclass(frozen=True, slots=True)
class Record:
    """The cells that begin on `line` (the file's first line is 1), or the code of what is wrong with it (and the line
    as one cell, where it is known)."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Nothing in it, not even a fault."""
        return not self.fault and not any(cell.strip() for cell in self.cells)


class Lines:
    """The numbered lines of a text, none longer than `MOST_LINE`; some can be put back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[tuple[int, str]] = deque()
        self._number = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while (taken := self.take()) is not None:
            yield taken

    def take(self) -> tuple[int, str] | None:
        """The next line, or None at the end."""
        if self._back:
            return self._back.popleft()
        line = self._text.readline(MOST_LINE)
        if not line:
            return None
        self._number += 1
        if len(line) == MOST_LINE and not line.endswith("\n"):
            while (rest := self._text.readline(MOST_LINE)) and not rest.endswith("\n"):
                pass
            return self._number, _LINE_TOO_LONG
        return self._number, line

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        """Take these again next, in this order."""
        self._back.extendleft(reversed(lines))


def records(lines: Lines, delimiter: str) -> Iterator[Record]:
    """Every record from here on, blank ones included."""
    for number, line in lines:
        if line == _LINE_TOO_LONG:
            yield Record(number, (), "line_too_long")
        elif '"' not in line:
            yield Record(number, tuple(line.rstrip("\n").split(delimiter)))
        else:
            yield _quoted(number, line, lines, delimiter)


def _quoted(number: int, line: str, lines: Lines, delimiter: str) -> Record:
    more: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        yield line
        while len(more) < MOST_RECORD_LINES and (taken := lines.take()) is not None:
            more.append(taken)
            if taken[1] == _LINE_TOO_LONG:
                return
            yield taken[1]

    try:
        return Record(number, tuple(next(csv.reader(feed(), delimiter=delimiter, strict=True))))
    except csv.Error:
        lines.put_back(more)
        return Record(number, (line.rstrip("\n"),), "quotes")
