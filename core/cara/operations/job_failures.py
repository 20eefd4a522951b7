"""Timed jobs that failed when they were last tried on this machine: in one small file, for `cara doctor` to read.

It has the job, the force, the error's type, when it failed first and how often since. What an error says is never in it.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final

from cara import clock
from cara.platform.crypto import key_files
from cara.settings import Settings

FILE: Final = "jobs.failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that fails: the type of its last error, since when, and how often."""

    error: str
    since: str
    times: int


class JobFailures:
    """The file. Where it cannot be written, the log and the metric still have it: no job is held up."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.home / "run" / FILE
        self._lock = self._path.with_suffix(".lock")

    def read(self) -> Mapping[str, Failure]:
        """Return what fails: job and force → how."""
        try:
            found = json.loads(self._path.read_bytes())
            return {name: Failure(**one) for name, one in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def note(self, name: str, error: str) -> None:
        """Note that a job failed."""
        with suppress(OSError), key_files.alone(self._lock):
            found = {**self.read()}
            before = found.get(name)
            since, times = (before.since, before.times) if before else (clock.now().isoformat(), 0)
            self._write({**found, name: Failure(error, since, times + 1)})

    def clear(self, name: str) -> None:
        """Note that a job was done."""
        if not self._path.exists():
            return
        with suppress(OSError), key_files.alone(self._lock):
            found = {**self.read()}
            if found.pop(name, None):
                self._write(found)

    def _write(self, found: Mapping[str, Failure]) -> None:
        key_files.replace(self._path, json.dumps({name: asdict(one) for name, one in found.items()}).encode())
