"""Days as people type them and as people read them."""

import re
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, get_month_names

from cara import clock
from cara.i18n import gettext as _
from cara.i18n import language, ngettext

PARTS = ("day", "month", "year")
YEAR = 366


class NotADate(ValueError):
    """The parts make no day. `part` is the one to mend, empty if all are; the message follows the question's label."""

    def __init__(self, code: str, message: str, part: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.part = part


def from_parts(day: str, month: str, year: str) -> date:
    """The day that three fields name; a month may be a name. Raises `NotADate`."""
    missing = [part for part, typed in zip(PARTS, (day, month, year), strict=True) if not typed]
    if missing:
        raise NotADate("missing_" + "_".join(missing), _MISSING[tuple(missing)](), missing[0])
    if not re.fullmatch(r"[0-9]{4}", year):
        raise NotADate("year_digits", _("must have a year of 4 numbers"), "year")
    try:
        return date(int(year), _month(month), int(day) if re.fullmatch("[0-9]{1,2}", day) else 0)
    except ValueError:
        raise NotADate("not_real", _("must be a real date")) from None


_MISSING = {
    ("day",): lambda: _("must include a day"),
    ("month",): lambda: _("must include a month"),
    ("year",): lambda: _("must include a year"),
    ("day", "month"): lambda: _("must include a day and month"),
    ("day", "year"): lambda: _("must include a day and year"),
    ("month", "year"): lambda: _("must include a month and year"),
    PARTS: lambda: _("must include a day, month and year"),
}


def from_line(typed: str) -> date:
    """The day on one line: 21/6/2026, 21 June 2026 or 2026-06-21. Raises `NotADate`."""
    if iso := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", typed):
        return from_parts(iso[3], iso[2], iso[1])
    parts = re.split(r"[\s/.\-]+", typed)
    if len(parts) != len(PARTS):
        raise NotADate("not_real", _("must be a real date, like 21 6 2026"))
    return from_parts(*parts)


def _month(typed: str) -> int:
    if re.fullmatch("[0-9]{1,2}", typed):
        return int(typed)
    wanted = typed.rstrip(".").casefold()
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=language()).items():
            if wanted in {name.casefold(), name.casefold()[:3]}:
                return int(number)
    return 0


def absolute(day: date) -> str:
    """The day in full: Tuesday 24 November 2026."""
    return _written(day, "EEEE d MMMM y", language())


def plain(day: date) -> str:
    """The day without its weekday, for births and other days long past: 24 November 2026."""
    return _written(day, "d MMMM y", language())


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def moment(instant: datetime) -> str:
    """An instant (aware) as London's clocks showed it: 24 November 2026 at 14:05."""
    local = instant.astimezone(clock.LONDON)
    return _("%(day)s at %(time)s") % {"day": plain(local.date()), "time": f"{local:%H:%M}"}


def relative(day: date, today: date | None = None) -> str:
    """How far off the day is, in days up to a year: in 3 days, tomorrow, yesterday, 5 days ago."""
    days = (day - (today or clock.today())).days
    if days in (-1, 0, 1):
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[days]
    if abs(days) < YEAR:
        wording = (
            ngettext("in %(n)d day", "in %(n)d days", days)
            if days > 0
            else ngettext("%(n)d day ago", "%(n)d days ago", -days)
        )
        return wording % {"n": abs(days)}
    years = abs(days) * 100 // 36525
    wording = (
        ngettext("in over a year", "in over %(n)d years", years)
        if days > 0
        else ngettext("over a year ago", "over %(n)d years ago", years)
    )
    return wording % {"n": years}
