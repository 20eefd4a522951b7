"""`cara eligibility --force SLUG FILE.json|-`: whether one case may be dealt with by CARA, and why."""

import contextlib
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cara.errors import BadInput, Fault
from cara.features.eligibility.answer import Answer
from cara.features.eligibility.engine import answer
from cara.features.eligibility.parse_facts import LARGEST, read_facts
from cara.features.eligibility.quick_instruments import instruments_in_force, stored_standings
from cara.platform.plugins import Forces, load_forces
from cara.platform.reference_data.forces import FORCES

_ALONE: Final = (
    "No database of an installation was found. The reference data alone said whether this force has a plugin. "
    "CARA_HOME or CARA_DATABASE_URL names the installation’s."
)


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--force", required=True, metavar="SLUG", help="the force that decides, such as thames_valley")
    parser.add_argument("file", metavar="FILE", help="the facts of the case as JSON; - reads standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Prints the answer. 0 answered, 1 the facts have faults or the force is suspended, 2 no such force."""
    if args.force not in FORCES:
        print("There is no such force. Slugs are like thames_valley.", file=sys.stderr)  # noqa: T201
        return 2
    # What a plugin prints while it loads or answers must not get into the document.
    with contextlib.redirect_stdout(sys.stderr):
        forces, installed = forces_for(args.force)
        if not installed:
            print(_ALONE, file=sys.stderr)  # noqa: T201
        given = _decide(args.force, args.file, forces)
    said = _lines(given, *([] if installed else [_ALONE]))
    print(json.dumps(given.as_dict()) if args.json else "\n".join(said))  # noqa: T201
    return 0


def forces_for(force: str) -> tuple[Forces, bool]:
    """The force as it stands by the installation's database, and whether there is one. Without one, the reference data alone says
    whether it has a plugin."""
    forces, standings = load_forces(only={force}), stored_standings(force)
    forces.heed(standings or {})
    return forces, standings is not None


def _decide(force: str, file: str, forces: Forces) -> Answer:
    facts = read_facts(_read(file))
    return answer(facts, force, forces, instruments_in_force(force, forces))


def _read(file: str) -> bytes:
    # One byte over the limit is enough to know, however long the rest is.
    try:
        if file == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (OSError, ValueError):
        message = "The file cannot be read: is it there, and may you read it?"
        raise BadInput(message, [Fault("", "unreadable", message)]) from None


_OUTCOMES = {
    "eligible": "Eligible",
    "not_eligible": "Not eligible",
    "needs_information": "Cannot be answered yet: information is missing",
}


def _lines(given: Answer, *notes: str) -> Iterator[str]:
    yield _OUTCOMES[given.outcome] + (f", proposed pathway: {given.pathway}" if given.pathway else "")
    yield ""
    for rule in given.rules:
        yield f"{rule.id:<6} {rule.outcome.replace('_', ' '):<15} {rule.title}"
        yield f"{'':<22} {rule.reason.removesuffix('.')}. [{rule.source}]"
    for instrument in given.instruments:
        yield f"Relies on: {instrument.reference} ({instrument.authority})"
    if given.advice:
        yield ""
        yield from (f"- {sentence}" for sentence in given.advice)
    yield ""
    yield from notes
    yield f"Rule pack {given.rule_pack}. This advises; a named person decides."
