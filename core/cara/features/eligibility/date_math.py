"""Calendar arithmetic that rules share, leap days thought through."""

from datetime import date


def age_on(born: date, day: date) -> int:
    """Full years from `born` to `day`. Somebody born on 29 February comes of age on 1 March in a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def two_years_before(day: date) -> date:
    """The same day two years earlier; for 29 February that is 28 February."""
    if day.year <= 2:
        return date.min
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 2, day=28 if leap_day else day.day)


def in_words(day: date) -> str:
    """A day as people write it: 1 April 2025."""
    return f"{day.day} {day:%B %Y}"
