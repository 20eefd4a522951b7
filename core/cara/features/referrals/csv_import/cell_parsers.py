"""From a cell to an answer.

A reader takes a stripped cell that is not empty and gives the answer, or None where the cell says "not known";
`CellError` carries the code of what is wrong, never the cell.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from cara.features.referrals.contact_validation import PHONE, POSTCODE

Answer = str | bool
CategoryOf = Callable[[str], str | None]
"""An offence code's E07 category: None for no such code, "other" outside E07, "" when an officer must say."""

MOST_CHARACTERS = {"crime_reference": 40, "surname": 100, "forenames": 120, "interpreter_language": 60}
"""No more than the pages of a draft take."""

_DATE = re.compile(
    r"(?:(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})|(?P<iy>\d{4})-(?P<im>\d\d)-(?P<id>\d\d))"
    r"(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?",
    re.ASCII,
)
_EARLIEST = date(1900, 1, 1)
_OFFENCE_CODE = re.compile(r"(?=.*\d)[A-Z0-9]{6,10}", re.ASCII | re.IGNORECASE)
# Controls that no name holds; marks that turn the direction of a line; halves of characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\uffff]"
)
# What UTF-8 looks like when it was once read as Windows-1252.
_GARBLED = re.compile("[ÃÄÅ][¡-¿]|â€")
_LINE_ENDS = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")


class CellError(ValueError):
    """A cell that cannot be read; `code` is a key of the findings' messages."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(cell: str, field: str) -> str:
    """The cell as it came, but for the space around it, and one space for each line end within."""
    cell = cell.strip()
    if cell.isascii() and cell.isprintable():
        pass
    elif "\ufffd" in cell:
        raise CellError("unreadable_character")
    elif _INVISIBLE.search(cell):
        raise CellError("control_character")
    elif _GARBLED.search(cell):
        raise CellError("garbled_text")
    else:
        cell = _LINE_ENDS.sub(" ", cell)
    if len(cell) > MOST_CHARACTERS.get(field, 100):
        raise CellError("too_long")
    return cell


def text(cell: str) -> str:
    """Any text, as it came."""
    return cell


def a_date(cell: str, today: date) -> str:
    """A real day that is not in the future, as ISO text; a time of day after it is let go."""
    match = _DATE.fullmatch(cell)
    if not match:
        raise CellError("bad_date")
    part = match.groupdict()
    try:
        day = date(int(part["y"] or part["iy"]), int(part["m"] or part["im"]), int(part["d"] or part["id"]))
    except ValueError:
        raise CellError("bad_date") from None
    if day < _EARLIEST:
        raise CellError("bad_date")
    if day > today:
        raise CellError("future_date")
    return day.isoformat()


def word(table: str) -> Callable[[str], str | None]:
    """A reader of one of the closed lists of `words.toml`."""

    def read(cell: str) -> str | None:
        try:
            return _words()[table][_bare(cell)] or None
        except KeyError:
            raise CellError(f"bad_{table}") from None

    return read


def yes_no(cell: str) -> bool | None:
    """Yes, no, or not known."""
    found = word("yes_no")(cell)
    return None if found is None else found == "yes"


def offence(cell: str, category_of: CategoryOf) -> dict[str, Answer]:
    """A category in words, or an offence code and its category. Words outside the list are kept: they are outside
    E07."""
    if _OFFENCE_CODE.fullmatch(cell):
        category = category_of(cell.upper())
        if category is None:
            raise CellError("unknown_offence_code")
        code: dict[str, Answer] = {"offence_code": cell.upper()}
        return code | ({"offence_category": category} if category else {})
    known = _words()["offence_category"].get(_bare(cell))
    if known is None:
        known = "_".join(re.findall(r"[a-z0-9]+", cell.casefold()))
        if sum(c.isalpha() for c in known) < 3:
            raise CellError("bad_offence_category")
    return {"offence_category": known} if known else {}


def phone(cell: str) -> str:
    """A telephone number as it came, `+44` and all."""
    if not PHONE.fullmatch(cell):
        raise CellError("bad_phone")
    return cell


def postcode(cell: str) -> str:
    """A postcode, or its first half, as it came."""
    if not POSTCODE.fullmatch(cell):
        raise CellError("bad_postcode")
    return cell


def language(cell: str) -> str | None:
    """The language for which an interpreter is needed; None for none."""
    return None if _bare(cell) in _words()["interpreter_language"] else cell


def same(value: str) -> str:
    """A text as it is compared with another: case, composition of accents and width of spaces do not count."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", value).casefold().split()))


def _bare(cell: str) -> str:
    return "".join(c for c in same(cell) if c.isalnum())


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return {
        table: {_bare(written): meaning for meaning, forms in meanings.items() for written in forms}
        for table, meanings in tables.items()
    }
