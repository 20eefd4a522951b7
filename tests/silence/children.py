"""Processes that a test starts: each is tapped like this one, told what to watch for, and tells what it saw."""

import atexit
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from silence import taps
from silence.scanner import WATCH, current

_HERE = Path(__file__).parent / "child"
_VARIABLE = "CARA_TEST_SILENCE"
_EVERY = 0.5
"""Seconds between two reports of a process; it may be killed at any time."""


class Folder:
    """Where the processes of one run tell what they saw."""

    @property
    def path(self) -> Path:
        return Path(os.environ[_VARIABLE])

    def prepare(self) -> None:
        """Make it, and have every Python process that is started from here load `sitecustomize` from beside this file."""
        os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="cara-silence-")
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_HERE), before)))

    def remove(self) -> None:
        """Take it away."""
        shutil.rmtree(os.environ.pop(_VARIABLE, ""), ignore_errors=True)


FOLDER = Folder()


def told_by_children() -> tuple[Counter[str], list[str]]:
    """What all of them looked at, and what they found."""
    counts: Counter[str] = Counter()
    leaks: list[str] = []
    if _VARIABLE in os.environ:
        for one in FOLDER.path.glob("*.json"):
            seen, found = json.loads(one.read_text("utf-8"))
            counts += Counter(seen)
            leaks += found
    return counts, leaks


class Reporter:
    """Writes down what this process saw, every so often and at its end."""

    def __init__(self) -> None:
        self._last = 0.0
        self._began = time.time_ns()
        self._hits = 0

    @property
    def _file(self) -> Path:
        """Each process has its own: some fork after they have begun to report."""
        return FOLDER.path / f"{os.getpid()}-{self._began}.json"

    def tell(self, *, now: bool = False) -> None:
        """Report, unless it was done a moment ago and nothing was found since."""
        scanner = current()
        if not now and time.monotonic() - self._last < _EVERY and len(scanner.hits) == self._hits:
            return
        self._last, self._hits = time.monotonic(), len(scanner.hits)
        file = self._file
        part = file.with_suffix(".part")
        if part.parent.is_dir():
            part.write_text(json.dumps([scanner.counts, sorted({str(hit) for hit in scanner.hits})]), "utf-8")
            part.replace(file)


def begin(test: str) -> None:
    """Tap this process, which a test has started."""
    taps.install()
    WATCH.everything = True
    scanner, reporter = current(), Reporter()
    scanner.test = test
    look = scanner.look

    def looked(*given: object, **named: object) -> None:
        look(*given, **named)  # type: ignore[arg-type]
        reporter.tell()

    scanner.look = looked  # type: ignore[method-assign]
    atexit.register(reporter.tell, now=True)
