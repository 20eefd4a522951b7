"""Small readers of plain data, to be put together in a table: each names what is wrong, and where."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any, Final

from cara.errors import Fault

Reader = Callable[[object, str, list[Fault]], Any]
"""Takes a value, its path and the list that faults are added to; gives what it read, None where it could not."""

_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Wrong(Exception):  # noqa: N818, RUF100 - readers catch it; it reaches nobody
    """What a check says of a value that it refuses: a stable code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


def leaf(check: Callable[[object], object]) -> Reader:
    """One value, or null for not known."""

    def read(value: object, at: str, faults: list[Fault]) -> object:
        try:
            return None if value is None else check(value)
        except Wrong as wrong:
            faults.append(Fault(at, wrong.code, wrong.message))
            return None

    return read


def many(check: Callable[[object], object], limit: int) -> Reader:
    """A list of values, none of them null; or null for not known."""

    def read(value: object, at: str, faults: list[Fault]) -> object:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            faults.append(Fault(at, "wrong_type", "Write a list here, in square brackets."))
            return None
        if len(value) > limit:
            faults.append(Fault(at, "too_many", f"There may be {limit} of these, not more."))
            return None
        found: list[object] = []
        for place, item in enumerate(value):
            try:
                found.append(check(item))
            except Wrong as wrong:
                found.append(None)  # so that the others keep their places
                faults.append(Fault(f"{at}.{place}", wrong.code, wrong.message))
        return tuple(found)

    return read


def part(kind: Callable[..., Any], readers: dict[str, Reader], *, absent: object) -> Reader:
    """An object with these keys and no others; null or left out reads as `absent`."""

    def read(value: object, at: str, faults: list[Fault]) -> object:
        if value is None and at:
            return absent
        if not isinstance(value, dict):
            faults.append(Fault(at, "wrong_type", "Write an object here, in curly brackets."))
            return kind()
        prefix = f"{at}." if at else ""
        strange = [name for name in value if name not in readers]
        faults.extend(Fault(prefix + shown(str(name)), "unknown_key", "There is no such key here.") for name in strange)
        return kind(**{name: reader(value.get(name), prefix + name, faults) for name, reader in readers.items()})

    return read


def flag(value: object) -> bool:
    """True or false, and nothing that only looks like it."""
    if isinstance(value, bool):
        return value
    raise Wrong("wrong_type", "Write true, false or null.")


def day(value: object) -> date:
    """A calendar day, as ISO text."""
    # A `date` passes, so that pages can hand over what they have read already; a datetime is something else.
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise Wrong("not_a_date", "Write this as a date that exists: yyyy-mm-dd.")


def text(limit: int) -> Callable[[object], str]:
    """Any text of up to `limit` characters."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("wrong_type", "Write a text here, in quotation marks.")
        if len(value) > limit:
            raise Wrong("too_long", f"This may have {limit} characters, not more.")
        return value

    return check


def word(value: object) -> str:
    """A word of an open list."""
    word = text(60)(value)
    if _SLUG.fullmatch(word):
        return word
    raise Wrong("not_a_word", "Write this in lower case with underscores, as in anger_management.")


def category(value: object) -> str:
    """What a records system calls an offence."""
    # Whatever records systems call an offence may stand here; outside the list of E07 it does not pass.
    word = text(100)(value)
    if word.strip() and word.isprintable():
        return word
    raise Wrong("not_a_word", "Write a word here, without line breaks or other control characters.")


def one_of(words: tuple[str, ...]) -> Callable[[object], str]:
    """A word of a closed list."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("wrong_type", "Write a text here, in quotation marks.")
        if value not in words:
            raise Wrong("not_in_list", f"This may be: {', '.join(words)}.")
        return value

    return check


def shown(name: str) -> str:
    """A key that somebody sent, fit to be shown."""
    # A key is the sender's text: kept short, and free of anything that a terminal or a log would act on.
    return name[:60].encode("unicode_escape", "backslashreplace").decode("ascii")
