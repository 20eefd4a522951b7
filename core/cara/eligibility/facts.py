"""The facts of a case, as they are sent: read strictly, every fault named, nothing guessed.

None is not known, whether it was sent as null or left out. What was sent never appears in a fault's message, because
messages reach logs.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cara.errors import BadInput, Fault

LARGEST: Final = 65_536
"""Bytes that one case may take."""

_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: object) -> object:
    # A `date` passes, so that pages can hand over what they have read already; a datetime is something else.
    if value is None or type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("not_a_date", "must be a date that exists, written yyyy-mm-dd")


def _unknown_if_null(value: object) -> object:
    return {} if value is None else value


Day = Annotated[date, BeforeValidator(_day)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Category = Annotated[str, StringConstraints(pattern=r"^[^\s\p{C}](?:[^\p{C}]*[^\s\p{C}])?$", max_length=100)]
Flag = bool | None


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Offence(_Part):
    """The offence that the caution would be for."""

    category: Category | None = None
    date: Day | None = None


class Offender(_Part):
    """Who would be cautioned. `da_disposals`: days of convictions and cautions for domestic abuse; [] is none."""

    date_of_birth: Day | None = None
    sex: Literal["male", "female", "other"] | None = None
    admits_offence: Flag = None
    bail_or_investigation: Flag = None
    coercive_control_evidence: Flag = None
    da_disposals: Annotated[tuple[Day, ...], Field(strict=False, max_length=100)] | None = None


class Override(_Part):
    """A decision to go ahead without the victim's agreement: who took it and why, or it is none."""

    officer: Annotated[str, StringConstraints(max_length=200)] | None = None
    reason: Annotated[str, StringConstraints(max_length=2000)] | None = None

    @property
    def stands(self) -> bool:
        """Whether both are filled with more than blanks."""
        return bool((self.officer or "").strip()) and bool((self.reason or "").strip())


class Victim(_Part):
    """The victim's decision, and nothing else of them."""

    contacted: Flag = None
    agrees: Flag = None
    override: Override | None = None


class Needs(_Part):
    """What makes group work unsuitable. A need that is not mentioned counts as none."""

    interpreter: Flag = None
    learning_disability: Flag = None
    gender_identity: Flag = None
    health: Flag = None

    @property
    def recorded(self) -> tuple[str, ...]:
        """The needs that are there, in words."""
        return tuple(name.replace("_", " ") for name, present in self if present)


class Facts(_Part):
    """One case. `decided_on` is the day on which the named person decides."""

    decided_on: Day | None = None
    referred_by: Literal["police", "self", "partner_agency", "other"] | None = None
    offence: Annotated[Offence, BeforeValidator(_unknown_if_null)] = Offence()
    offender: Annotated[Offender, BeforeValidator(_unknown_if_null)] = Offender()
    relationship: Literal["intimate", "family", "other"] | None = None
    risk: Literal["standard", "medium", "high"] | None = None
    victim: Annotated[Victim, BeforeValidator(_unknown_if_null)] = Victim()
    needs: Annotated[Needs, BeforeValidator(_unknown_if_null)] = Needs()
    conditions: Annotated[tuple[Word, ...], Field(strict=False, max_length=50)] | None = None


def read_facts(document: bytes) -> Facts:
    """The facts in a JSON document. Raises `BadInput` that names every fault."""
    if len(document) > LARGEST:
        raise _bad([Fault("", "too_large", f"A case may take {LARGEST:,} bytes, not more.")])
    repeated: list[str] = []

    def no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        data = json.loads(document.decode("utf-8-sig"), object_pairs_hook=no_repeats)
    except (ValueError, RecursionError) as error:
        raise _bad([Fault("", "not_json", "This is not a JSON document in UTF-8.")]) from error
    twice = [Fault(_printable(name), "repeated_key", "This key is there more than once.") for name in repeated]
    return facts_from(data, twice)


def facts_from(data: object, already: Sequence[Fault] = ()) -> Facts:
    """The facts in plain data, such as a parsed body. `already` are faults found before. Raises `BadInput`."""
    faults = [*already, *_after_decision(data)]
    try:
        facts = Facts.model_validate(data)
    except ValidationError as error:
        faults.extend(_fault(detail) for detail in error.errors(include_url=False, include_input=False))
    if faults:
        raise _bad(faults)
    return facts


def _after_decision(data: object) -> Iterator[Fault]:
    # On what was sent, not on the model: a wrong word elsewhere must not hide an impossible date.
    decided_on = _day_at(data, "decided_on")
    offender = data.get("offender") if isinstance(data, dict) else None
    disposals = offender.get("da_disposals") if isinstance(offender, dict) else None
    places = range(len(disposals)) if isinstance(disposals, list | tuple) else range(0)
    paths = [("offence", "date"), ("offender", "date_of_birth"), *(("offender", "da_disposals", at) for at in places)]
    for path in paths:
        day = _day_at(data, *path)
        if day is not None and decided_on is not None and day > decided_on:
            yield Fault(".".join(map(str, path)), "after_decision", "This date is after the decision date.")


def _day_at(data: object, *path: str | int) -> date | None:
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list | tuple) and isinstance(step, int):
            data = data[step]
        else:
            return None
    try:
        day = _day(data)
    except PydanticCustomError:
        return None
    return day if isinstance(day, date) else None


_CODES: Final = {
    "extra_forbidden": ("unknown_key", "There is no such key here."),
    "literal_error": ("not_in_list", "This is not one of the words that may stand here."),
    "string_pattern_mismatch": ("not_a_word", "Write this as a word, without line breaks or blanks around it."),
    "string_too_long": ("too_long", "This is too long."),
    "too_long": ("too_many", "There are too many of these."),
    "not_a_date": ("not_a_date", "Write this as a date that exists: yyyy-mm-dd."),
}


def _fault(detail: ErrorDetails) -> Fault:
    field = ".".join(_printable(str(part)) for part in detail["loc"])
    code, message = _CODES.get(detail["type"], ("wrong_type", "This is not the kind of value that belongs here."))
    return Fault(field, code, message)


def _printable(name: str) -> str:
    # A key is the sender's text: kept short, and free of anything that a terminal or a log would act on.
    return name[:60].encode("unicode_escape", "backslashreplace").decode("ascii")


def _bad(faults: list[Fault]) -> BadInput:
    return BadInput("The facts of the case have faults.", faults)
