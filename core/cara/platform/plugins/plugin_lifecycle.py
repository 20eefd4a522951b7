"""What an installation's database says of a force's plugin: it ran once, it was retired. Pure; light to import.

It outlives the plugin: a force that had one and has none is suspended, until two people have retired it on a page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cara.api import ForceProfile

_RELEASE: Final = re.compile(r"\d{1,9}(\.\d{1,9})*")


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one force. `distribution` and `version` are the plugin that ran last; `ran` is false where none ever did.

    `proposed`: the Trust has retired the plugin, and the force has not confirmed it. `retired`: both have. `settled` is then
    what the force had settled for itself, which stays.
    """

    distribution: str = ""
    version: str = ""
    ran: bool = False
    proposed: bool = False
    retired: bool = False
    settled: ForceProfile | None = None

    @property
    def plugin(self) -> str:
        """The plugin that ran last, as a page names it."""
        return f"{self.distribution} {self.version}".strip()


Standings = Mapping[str, Standing]
"""Force → its standing. A force that is not in it never had a plugin in this installation."""


def older(version: str, than: str) -> bool:
    """Whether a version is an earlier release than another. Of what is no number nothing is known: then it is not."""
    here, there = _release(version), _release(than)
    return bool(here and there) and here < there


def _release(version: str) -> tuple[int, ...]:
    found = _RELEASE.match(version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers[1:] and numbers[-1] == 0:
        numbers.pop()  # 1.0 is 1
    return tuple(numbers)
