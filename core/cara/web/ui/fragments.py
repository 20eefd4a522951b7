"""The smallest pieces of a page, as functions: tags, days, and whatever else stands in a cell of a list.

Written out rather than as macros because a list draws a hundred of them; days and tags that were drawn once are kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from cara import clock, dates
from cara.i18n import language

NOTHING = Markup('<span class="cara-none" aria-hidden="true">–</span>')


@dataclass(frozen=True, slots=True)
class Tag:
    """A status, as a word. `colour` is one of govuk-frontend's: grey, green, teal, red, orange, yellow, purple."""

    text: str
    colour: str = ""

    def __html__(self) -> Markup:
        return _tag(str(self.text), self.colour)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something must be done: said both ways, and told apart, in words too, when it is near or past."""

    day: date
    near: int = 7  # days before it counts as near

    def __html__(self) -> Markup:
        return self.seen(clock.today())

    def seen(self, today: date) -> Markup:
        """The deadline as it stands today."""
        left = (self.day - today).days
        urgency = " cara-day--past" if left < 0 else " cara-day--near" if left <= self.near else ""
        return _day(self.day, today, urgency, language())


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a worklist: the first cell becomes the link to `href`."""

    href: str
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Worklist:
    """A list of what waits for somebody, under its heading. `more`: where the rest is, where there may be more."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Row]
    more: str = ""


def day(value: date | datetime) -> Markup:
    """A day both ways: "in 3 days" and, beneath, "Tuesday 24 November 2026". An instant is taken to its London day."""
    return _day(_london(value), clock.today(), "", language())


def moment(instant: datetime) -> Markup:
    """An instant, to the minute, in a `time` element."""
    stamp = instant.isoformat(timespec="seconds")
    return Markup(f'<time datetime="{stamp}">{escape(dates.moment(instant))}</time>')  # noqa: S704 digits and escaped


def cell(value: Any, today: date | None = None) -> Markup:
    """Anything that may stand in a list: a tag, a deadline, a day both ways, or text. A list says once what day it is."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Deadline):
        return value.seen(today or clock.today())
    if isinstance(value, date):
        return _day(_london(value), today or clock.today(), "", language())
    return escape(value)


def worklist_rows(columns: Sequence[str], rows: Iterable[Row]) -> Markup:
    """The body of a worklist's table, each cell naming its column for screens too narrow for headings."""
    opening = [f'<td class="govuk-table__cell" data-column="{escape(column)}">' for column in columns[1:]]
    lines, today = [], clock.today()
    for row in rows:
        cells = "".join(
            [f"{start}{cell(value, today)}</td>" for start, value in zip(opening, row.cells[1:], strict=True)]
        )
        lines.append(
            '<tr class="govuk-table__row"><th scope="row" class="govuk-table__header">'
            f'<a class="govuk-link cara-worklist__link" href="{escape(row.href)}">{escape(row.cells[0])}</a></th>'
            f"{cells}</tr>"
        )
    return Markup("\n".join(lines))  # noqa: S704 every value went through escape


def _london(value: date | datetime) -> date:
    return clock.london_day(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=512)
def _tag(text: str, colour: str) -> Markup:
    tint = f" govuk-tag--{escape(colour)}" if colour else ""
    return Markup(f'<strong class="govuk-tag{tint}">{escape(text)}</strong>')  # noqa: S704 escaped


@lru_cache(maxsize=2048)
def _day(value: date, today: date, urgency: str, _locale: str) -> Markup:
    near, full = escape(dates.relative(value, today)), escape(dates.absolute(value))
    return Markup(  # noqa: S704 escaped, and words of our own
        f'<time class="cara-day{urgency}" datetime="{value.isoformat()}"><b class="cara-day__near">{near}</b>'
        f' <span class="cara-day__full">{full}</span></time>'
    )
