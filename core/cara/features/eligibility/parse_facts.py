"""Reads the facts of a case strictly: every fault is named, nothing is coerced or guessed.

Written by hand on the standard library, because the command must answer at once and the model is a page long. What was
sent never appears in a fault's message, because messages reach logs.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Final, get_args

from cara.errors import BadInput, Fault
from cara.features.eligibility.facts import (
    Facts,
    Needs,
    Offence,
    Offender,
    Override,
    Referrer,
    Relationship,
    Risk,
    Sex,
    Victim,
)
from cara.features.eligibility.parsers import category, day, flag, leaf, many, one_of, part, shown, text, word

LARGEST: Final = 65_536
"""Bytes that one case may take."""


def read_facts(document: bytes) -> Facts:
    """The facts in a JSON document. Raises `BadInput` that names every fault."""
    if len(document) > LARGEST:
        raise _bad([Fault("", "too_large", f"A case may take {LARGEST:,} bytes, not more.")])
    repeated: list[Fault] = []

    def once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
        plain = dict(pairs)
        if len(plain) < len(pairs):
            twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
            repeated.extend(Fault(shown(name), "repeated_key", "This key is there more than once.") for name in twice)
        return plain

    try:
        data = json.loads(document.decode("utf-8-sig"), object_pairs_hook=once_each)
    except (ValueError, RecursionError):
        # Not chained: the parser's error holds the document.
        raise _bad([Fault("", "not_json", "This is not a JSON document in UTF-8.")]) from None
    return facts_from(data, repeated)


def facts_from(data: object, already: Sequence[Fault] = ()) -> Facts:
    """The facts in plain data, such as a parsed body. `already` are faults found before. Raises `BadInput`."""
    faults = list(already)
    facts: Facts = _FACTS(data, "", faults)
    faults.extend(_after_decision(facts))
    if faults:
        raise _bad(faults)
    return facts


def _after_decision(facts: Facts) -> Iterator[Fault]:
    days = {"offence.date": facts.offence.date, "offender.date_of_birth": facts.offender.date_of_birth}
    days |= {f"offender.da_disposals.{place}": on for place, on in enumerate(facts.offender.da_disposals or ())}
    for path, on in days.items():
        if on is not None and facts.decided_on is not None and on > facts.decided_on:
            yield Fault(path, "after_decision", "This date is after the decision date.")


def _bad(faults: list[Fault]) -> BadInput:
    return BadInput("The facts of the case have faults.", faults)


_OFFENCE: Final = part(Offence, {"category": leaf(category), "date": leaf(day)}, absent=Offence())
_OFFENDER: Final = part(
    Offender,
    {
        "date_of_birth": leaf(day),
        "sex": leaf(one_of(get_args(Sex))),
        "admits_offence": leaf(flag),
        "bail_or_investigation": leaf(flag),
        "coercive_control_evidence": leaf(flag),
        "da_disposals": many(day, 100),
    },
    absent=Offender(),
)
_OVERRIDE: Final = part(Override, {"officer": leaf(text(200)), "reason": leaf(text(2000))}, absent=None)
_VICTIM: Final = part(Victim, {"contacted": leaf(flag), "agrees": leaf(flag), "override": _OVERRIDE}, absent=Victim())
_NEEDS: Final = part(Needs, {field.name: leaf(flag) for field in fields(Needs)}, absent=Needs())
_FACTS: Final = part(
    Facts,
    {
        "decided_on": leaf(day),
        "referred_by": leaf(one_of(get_args(Referrer))),
        "offence": _OFFENCE,
        "offender": _OFFENDER,
        "relationship": leaf(one_of(get_args(Relationship))),
        "risk": leaf(one_of(get_args(Risk))),
        "victim": _VICTIM,
        "needs": _NEEDS,
        "conditions": many(word, 50),
    },
    absent=Facts(),
)
