"""Reads a problem strictly: every fault is named, nothing is coerced or guessed. Numbers are exact."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cara.errors import BadInput, Fault
from cara.features.eligibility.parsers import Reader, Wrong, day, flag, leaf, many, part, shown, text
from cara.features.scheduling.problem import Candidate, Person, Problem
from cara.features.scheduling.validate import check

LARGEST: Final = 64 * 1024 * 1024
"""Bytes that a problem may take."""
_MOST: Final = 100_000
"""People, or cohorts."""


def read_problem(document: bytes) -> Problem:
    """The problem in a JSON document. Raises `BadInput` that names every fault."""
    if len(document) > LARGEST:
        raise _bad(Fault("", "too_large", f"A problem may take {LARGEST:,} bytes: plan force by force."))
    faults: list[Fault] = []

    def once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
        plain = dict(pairs)
        if len(plain) < len(pairs):
            twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
            faults.extend(Fault(shown(name), "repeated_key", "This key is there more than once.") for name in twice)
        return plain

    try:
        data = json.loads(
            document.decode("utf-8-sig"), object_pairs_hook=once_each, parse_float=Decimal, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        # Not chained: the parser's error holds the document.
        raise _bad(Fault("", "not_json", "This is not a JSON document in UTF-8.")) from None
    problem = _PROBLEM(data, "", faults)
    check(problem, faults)
    return problem  # type: ignore[no-any-return] # readers are put together at run time


def _bad(fault: Fault) -> BadInput:
    return BadInput("The problem cannot be read.", [fault])


def _no_number(_: str) -> object:
    raise ValueError


def _id(value: object) -> str:
    given = text(200)(value)
    if given.strip() and given.isprintable():
        return given
    raise Wrong("not_an_id", "Write an id here: letters and digits, on one line.")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Wrong("wrong_type", "Write a whole number here, without quotation marks.")


def _pounds(value: object) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    raise Wrong("wrong_type", "Write a number of pounds here, without quotation marks.")


def _gap(value: object) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2:
        return _whole(value[0]), _whole(value[1])
    raise Wrong("wrong_type", "Write two whole numbers here, in square brackets, as in [28, 35].")


def _needed(check: Callable[[object], object], stand_in: object) -> Reader:
    """A value that must be there. Where it is faulty something harmless stands in, so that the rest can be checked."""

    def read(value: object, at: str, faults: list[Fault]) -> object:
        if value is None:
            faults.append(Fault(at, "missing", "This is missing: write it."))
            return stand_in
        found = leaf(check)(value, at, faults)
        return stand_in if found is None else found

    return read


def _needed_id(value: object, at: str, faults: list[Fault]) -> object:
    # What stands in for an id is no other one's.
    return _needed(_id, f"\0{at}")(value, at, faults)


def _ids(value: object, at: str, faults: list[Fault]) -> tuple[str, ...]:
    found = many(_id, _MOST)(value, at, faults)
    return tuple(one for one in found or () if one is not None)


def _needed_ids(value: object, at: str, faults: list[Fault]) -> tuple[str, ...]:
    if value is None:
        faults.append(Fault(at, "missing", "This is missing: write it, if need be as []."))
    return _ids(value, at, faults)


def _each(reader: Reader) -> Reader:
    """A list of objects, which must be there."""

    def read(value: object, at: str, faults: list[Fault]) -> tuple[Any, ...]:
        if not isinstance(value, list):
            code = "missing" if value is None else "wrong_type"
            faults.append(Fault(at, code, "Write a list of objects here, in square brackets."))
            return ()
        if len(value) > _MOST:
            faults.append(Fault(at, "too_many", f"There may be {_MOST:,} of these, not more: plan force by force."))
            return ()
        found = (reader({} if one is None else one, f"{at}.{place}", faults) for place, one in enumerate(value))
        return tuple(one for one in found if one is not None)

    return read


def _pins(value: object, at: str, faults: list[Fault]) -> dict[str, str]:
    """Person to cohort. The nth pin is called by its number: its key is somebody's id."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        faults.append(Fault(at, "wrong_type", "Write an object here, from person to cohort, in curly brackets."))
        return {}
    return {one: _needed(_id, "")(room, f"{at}.{number}", faults) for number, (one, room) in enumerate(value.items())}


def _optional(check: Callable[[object], object], default: object) -> Reader:
    def read(value: object, at: str, faults: list[Fault]) -> object:
        found = leaf(check)(value, at, faults)
        return default if found is None else found

    return read


def _record(kind: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **given: kind(**given) if given else None


_PERSON: Final = part(
    _record(Person),
    {
        "id": _needed_id,
        "caution_date": _needed(day, date(2000, 1, 1)),
        "group": _needed(_id, ""),
        "areas": _needed_ids,
        "keep_apart": _ids,
    },
    absent=None,
)
_COHORT: Final = part(
    _record(Candidate),
    {
        "id": _needed_id,
        "group": _needed(_id, ""),
        "area": _needed(_id, ""),
        "a": _needed(day, date(2000, 1, 1)),
        "b": _needed(day, date(2000, 1, 1)),
        "capacity": _needed(_whole, 0),
        "cost": _needed(_pounds, Decimal(0)),
    },
    absent=None,
)
_PROBLEM: Final = part(
    lambda **given: Problem(**given) if given else Problem((), ()),
    {
        "people": _each(_PERSON),
        "cohorts": _each(_COHORT),
        "fixed": _ids,
        "deadline_days": _optional(_whole, 112),
        "gap_days": _optional(_gap, (28, 35)),
        "spare_for_repeat": _optional(flag, True),
        "pinned": _pins,
    },
    absent=None,
)
