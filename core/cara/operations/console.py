"""How far long work has come, on a terminal; elsewhere nothing is said."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int | None, *, silent: bool) -> Iterator[Callable[[int], None]]:
    """`with progress("Wrapping keys", 300, silent=args.json) as step: step(12)` shows that 12 of 300 are done."""
    if silent or not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done: shown.update(task, completed=done)


def say(*lines: str) -> None:
    """Print lines for a person, or one document for a machine, on standard output."""
    print(*lines, sep="\n")  # noqa: T201
