"""Whether a range such as ">=1,<2" admits the version of `cara.api` that is running."""

import operator
import re
from collections.abc import Callable
from typing import Final

Version = tuple[int, int]

_CLAUSE: Final = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d{1,4})(?:\.(\d{1,4}))?")
_COMPARE: Final[dict[str, Callable[[Version, Version], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def admits(wanted: str, version: Version) -> bool:
    """Whether every clause of `wanted` holds for `version`. Raises ValueError if `wanted` is no range at all."""
    clauses = [_CLAUSE.fullmatch(clause.strip()) for clause in wanted.split(",")]
    if not all(clauses):
        raise ValueError("not a version range")
    return all(
        _COMPARE[clause[1]](version, (int(clause[2]), int(clause[3] or 0))) for clause in clauses if clause is not None
    )
