"""What a page warns of before an attempt at contact is saved: another way than the safe one, another time, a refusal, details in doubt.
Pure."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Final

from cara.clock import LONDON
from cara.features.victims.wall.vocabulary import SafeContact
from cara.i18n import lazy as _

WARNED: Final[Mapping[str, str]] = {
    "refused": _("The victim does not want to be contacted again"),
    "doubt": _("The number and the address are in doubt, and must not be used"),
    "method": _("This is another way than the safe one"),
    "times": _("This is outside the safe times"),
}
_SATURDAY: Final = 5


def warnings(safe: SafeContact, method: str, at: datetime, *, refused: bool, doubt: bool) -> tuple[str, ...]:
    """List what speaks against an attempt by `method` at an instant: words of `WARNED`, the gravest first.

    `refused`: the victim had refused contact with this side by then; `doubt`: a change of their details waits for its second check.
    """
    found = {
        "refused": refused,
        "doubt": doubt,
        "method": bool(safe.method) and method != safe.method,
        "times": not within_safe_times(safe, at),
    }
    return tuple(word for word in WARNED if found[word])


def within_safe_times(safe: SafeContact, at: datetime) -> bool:
    """Say whether an instant lies within the days and times that are recorded as safe; what is not recorded excludes nothing."""
    local = at.astimezone(LONDON)
    weekend = local.weekday() >= _SATURDAY
    if safe.safe_days in ("weekdays", "weekend") and weekend != (safe.safe_days == "weekend"):
        return False
    now = local.time().replace(second=0, microsecond=0)
    starts, ends = (time.fromisoformat(one) if one else None for one in (safe.safe_from, safe.safe_until))
    if starts and ends and ends < starts:
        return now >= starts or now <= ends
    return not (starts and now < starts) and not (ends and now > ends)
