"""Canaries: strings that stand in one place of one force's data, so that wherever one turns up, it is known whence it came."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

PATTERN = re.compile(rb"cny[0-9a-f]{7}")
"""Ten characters, because a postcode has no more; small letters and figures, which no page escapes or folds."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a canary stands. `owner` is a force, an organisation, or `victim:` and a force; `provider` may see a case's."""

    owner: str
    table: str
    column: str
    provider: str = ""
    case: str = ""


_KNOWN: dict[bytes, Origin] = {}


def canary(owner: str, table: str, column: str, *, provider: str = "", case: str = "") -> str:
    """The canary of one place, always the same one."""
    origin = Origin(owner, table, column, provider, case)
    made = f"cny{hashlib.sha1(repr(origin).encode(), usedforsecurity=False).hexdigest()[:7]}"
    assert _KNOWN.setdefault(made.encode(), origin) == origin
    return made


def planted() -> Iterable[Origin]:
    """Every place that has a canary."""
    return _KNOWN.values()


def found_in(raw: bytes) -> set[Origin]:
    """Whence the canaries in some bytes came, whatever their case."""
    return {_KNOWN[one] for one in PATTERN.findall(raw.lower()) if one in _KNOWN}
