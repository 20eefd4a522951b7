"""How a table is described for a person who asks what is held of them: column by column, given or withheld with a reason. Pure.

Each room describes its own tables, and a test finds the column that nobody decided about.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

from cara import dates
from cara.clock import london_day
from cara.field_types import YES_NO

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that is given. `read` takes out of its value what may be given, where not all of it may."""

    label: str
    read: Reader | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Words that somebody wrote. They may speak of another person, so somebody reads them first and says that they may go."""

    label: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column that is not given, and why."""

    reason: str


Given = Shown | Free | Withheld


@dataclass(frozen=True, slots=True)
class Described:
    """One table: what its rows are called, and what becomes of each column. `whole`: why the table is withheld altogether."""

    title: str
    columns: Mapping[str, Given] = field(default_factory=dict)
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Something that somebody wrote, to be read before it is given. `key` names its place."""

    key: str
    table: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table as they are given, label → value: `records` in codes, for another system; `told` in words."""

    title: str
    records: tuple[Mapping[str, Any], ...]
    told: tuple[Mapping[str, Any], ...]


NO_WORDS: Mapping[str, Reader] = MappingProxyType({})
_NOTHING: Any = (None, "", [], {})
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table → its rows about the person; each row as column → value."""
Description = Mapping[str, Described]


def withheld(reason: str, names: str) -> dict[str, Given]:
    """Columns that are withheld for one reason."""
    return {name: Withheld(reason) for name in names.split()}


def only(*names: str) -> Reader:
    """Takes these keys out of a JSON object, and no others."""
    return lambda value: {name: value[name] for name in names if name in (value or {})}


def undecided(description: Description, tables: Mapping[str, Sequence[str]]) -> list[str]:
    """What is neither given nor withheld, and what is described and not there. `tables`: table → its columns."""
    found = []
    for name, columns in tables.items():
        told = description.get(name)
        if told is None:
            found.append(name)
        elif not told.whole:
            found += [f"{name}.{column}" for column in set(columns) ^ set(told.columns)]
    return [*found, *(name for name in description if name not in tables)]


def words(description: Description, rows: Rows) -> Iterator[Words]:
    """Every text that somebody must read before it is given."""
    for name, one in _described(description):
        for number, row in enumerate(rows.get(name, ())):
            for column, given in one.columns.items():
                if isinstance(given, Free) and row[column]:
                    yield Words(_key(name, row, number, column), one.title, given.label, str(row[column]))


def sections(
    description: Description, rows: Rows, read: frozenset[str], words: Mapping[str, Reader] = NO_WORDS
) -> tuple[Section, ...]:
    """What is given: each table's rows, with the words that somebody has `read`, by their keys. A table of which nothing is given
    has no section. `words`: `table.column` → what makes of a code in it a text, or label → text, as the pages write it."""
    made = []
    for name, one in _described(description):
        found = (list(_given(name, one, row, number, read)) for number, row in enumerate(rows.get(name, ())))
        given = [row for row in found if row]
        if given:
            records = tuple({label: _plain(value) for _column, label, value in row} for row in given)
            told = tuple(
                {label: words.get(f"{name}.{column}", in_words)(value) for column, label, value in row} for row in given
            )
            made.append(Section(one.title, records, told))
    return tuple(made)


def reasons(description: Description) -> Mapping[str, tuple[str, ...]]:
    """Reason → what is withheld for it, in the words of titles and columns: for whoever checks, never for the person."""
    found: dict[str, list[str]] = {}
    for one in description.values():
        if one.whole:
            found.setdefault(one.whole, []).append(one.title)
        for column, given in one.columns.items():
            if isinstance(given, Withheld):
                found.setdefault(given.reason, []).append(f"{one.title}: {column.replace('_', ' ')}")
    return {reason: tuple(names) for reason, names in found.items()}


def _described(description: Description) -> Iterator[tuple[str, Described]]:
    return ((name, one) for name, one in description.items() if not one.whole)


def _given(
    name: str, one: Described, row: Mapping[str, Any], number: int, read: frozenset[str]
) -> Iterator[tuple[str, str, Any]]:
    """What is given of a row: column, label, value."""
    for column, given in one.columns.items():
        value = row[column]
        may = isinstance(given, Shown) or (isinstance(given, Free) and _key(name, row, number, column) in read)
        if not may or value in _NOTHING:
            continue
        taken = given.read(value) if isinstance(given, Shown) and given.read else value
        if taken not in _NOTHING:
            yield column, str(getattr(given, "label", column)), taken


def in_words(value: Any) -> Any:
    """A value that is no code as the pages write it: days in full, yes and no, several of them on a line each."""
    if isinstance(value, bool):
        return str(YES_NO["yes" if value else "no"])
    if isinstance(value, datetime):
        return dates.plain(london_day(value))
    if isinstance(value, date):
        return dates.plain(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Mapping):
        return {str(name): in_words(one) for name, one in value.items()}
    return "\n".join(str(in_words(one)) for one in value) if isinstance(value, list | tuple) else str(value)


def _key(name: str, row: Mapping[str, Any], number: int, column: str) -> str:
    """The place of a text, and what it said: what was written anew since somebody read it has not been read."""
    said = hashlib.sha256(str(row[column]).encode("utf-8", "backslashreplace")).hexdigest()[:12]
    return f"{name}.{row.get('id') or row.get('referral_id') or 0}.{number}-{said}.{column}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return london_day(value).isoformat()
    return value.isoformat() if isinstance(value, date) or hasattr(value, "isoformat") else value
