"""The smallest pieces of a page, as functions: tags, days, and whatever else stands in a cell of a list."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from cara import clock
from cara.web import dates


@dataclass(frozen=True, slots=True)
class Tag:
    """A status, as a word. `colour` is one of govuk-frontend's: grey, green, teal, red, orange, yellow, purple."""

    text: str
    colour: str = ""

    def __html__(self) -> Markup:
        tint = f" govuk-tag--{self.colour}" if self.colour else ""
        return Markup('<strong class="govuk-tag{}">{}</strong>').format(tint, self.text)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something must be done: said both ways, and told apart, in words too, when it is near or past."""

    day: date
    near: int = 7  # days before it counts as near

    def __html__(self) -> Markup:
        left = (self.day - clock.today()).days
        urgency = "cara-day--past" if left < 0 else "cara-day--near" if left <= self.near else ""
        return _day(self.day, urgency)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a worklist: the first cell becomes the link to `href`."""

    href: str
    cells: tuple[Any, ...]


def day(value: date | datetime) -> Markup:
    """A day both ways: "in 3 days" and, beneath, "Tuesday 24 November 2026". An instant is taken to its London day."""
    return _day(clock.london_day(value) if isinstance(value, datetime) else value, "")


def moment(instant: datetime) -> Markup:
    """An instant, to the minute, in a `time` element."""
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(timespec="seconds"), dates.moment(instant))


def cell(value: Any) -> Markup:
    """Anything that may stand in a list: a tag, a deadline, a day both ways, or text."""
    if value is None or value == "":
        return Markup('<span class="cara-none" aria-hidden="true">–</span>')
    return day(value) if isinstance(value, date) else escape(value)


def _day(value: date, urgency: str) -> Markup:
    return Markup(
        '<time class="cara-day {}" datetime="{}"><b class="cara-day__near">{}</b>'
        ' <span class="cara-day__full">{}</span></time>'
    ).format(urgency, value.isoformat(), dates.relative(value), dates.absolute(value))
