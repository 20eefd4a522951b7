"""`cara schedule plan FILE.json|-`: which cohorts to run, and who sits where."""

import contextlib
import json
import math
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cara.errors import BadInput, Fault
from cara.features.scheduling.parse import LARGEST, read_problem
from cara.features.scheduling.planner import Progress, plan
from cara.features.scheduling.problem import Plan, Problem


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("what", choices=["plan"], help="what to do")
    parser.add_argument("file", metavar="FILE", help="people and cohorts as JSON; - reads standard input")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="N",
        help="stop after so long with the best plan found (default: when it is proved)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: Namespace) -> int:
    """Prints the plan. 0 planned, even if somebody has no place; 1 the file has faults."""
    problem = read_problem(_read(args.file))
    with _watched() as progress:
        made = plan(problem, seconds=args.seconds, progress=progress)
    print(json.dumps(made.as_dict()) if args.json else "\n".join(_lines(problem, made)))  # noqa: T201
    return 0


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise ArgumentTypeError("a number of seconds above 0")


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


@contextlib.contextmanager
def _watched() -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Placing people", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(problem: Problem, made: Plan) -> Iterator[str]:
    seated = Counter(made.places.values())
    cohorts = {one.id: one for one in problem.cohorts}
    for one in (cohorts[name] for name in made.run):
        yield f"{one.id}  {one.group}, {one.area}, A {one.a}, B {one.b}, {seated[one.id]} of {one.capacity} seats"
    yield ""
    for label, said in (
        ("cohorts", f"{len(made.run):,}, at £{made.cost:,}"),
        ("people placed", f"{len(made.places):,} of {len(problem.people):,}"),
        ("could take both again after one missed B", f"{made.repeatable:,}"),
    ):
        yield f"{label:<42}{said}"
    yield (
        "No plan is better."
        if made.optimal
        else f"Not proved: a plan that places as many costs at least £{made.bound:,}."
    )
    if made.unplaced:
        yield ""
    yield from (f"{person}: {why}" for person, why in made.unplaced.items())
