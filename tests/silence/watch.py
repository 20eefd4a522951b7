"""What must stay behind the victim wall: the texts that were sealed there, as far as they can be told from everything else."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

CANARY = re.compile(rb"cny[0-9a-f]{7}")
"""As `synthetic.canaries` has it, which a process under test need not load."""
MARK = "plaintext"
"""What a text may hold in the place of a canary, to be watched for as a whole."""
SHORTEST = 12
LONGEST = 40
"""So much of a text is looked for: letters and calendars break longer ones."""
_ORDINARY = re.compile(r"[A-Za-z_.-]+|[\d\s:.+TZ/-]*|[a-z0-9_.-]+")
"""One word, a date or time, a code: it could stand anywhere."""
_PHONE = re.compile(r"\+?[\d\s-]{12,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a text was sealed: in which force, in which column. Never the text itself."""

    force: str
    column: str


def leaves(text: str) -> Iterator[str]:
    """The strings in a text: itself, or those within it where it is JSON."""
    if text[:1] in ("{", "[", '"'):
        try:
            yield from _within(json.loads(text))
            return
        except ValueError:
            pass
    yield text


def _within(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _within(one)


def distinctive(text: str) -> bool:
    """Whether a text could stand in no other place by chance."""
    phone = _PHONE.fullmatch(text) and not _DATE.fullmatch(text)
    return len(text) >= SHORTEST and (bool(phone) or not _ORDINARY.fullmatch(text))


def _needle(text: str) -> str:
    """The part of a text to look for: the beginning of its longest line."""
    return max((line.strip() for line in text.splitlines()), key=len, default="")[:LONGEST].strip().lower()


def _spellings(needle: str) -> set[bytes]:
    """A text as it stands in plain, in HTML, in JSON and in addresses."""
    plain = {needle, html.escape(needle), html.escape(needle).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
             json.dumps(needle)[1:-1], quote(needle, safe=""), quote_plus(needle)}  # fmt: skip
    return {one.lower().encode() for one in plain}


class Watch:
    """All that is watched for. Canaries of the invented country are known before any is sealed: it is made once a run, and
    copied."""

    def __init__(self) -> None:
        self.everything = False
        """Also texts without a mark. Where tests fill in the same invented words everywhere, those would tell nothing."""
        self._canaries: dict[bytes, set[Secret]] = {}
        self._texts: dict[bytes, set[Secret]] = {}
        self._open: set[bytes] = set()
        self.version = 0
        """Moves on when there is more to watch for."""

    def __len__(self) -> int:
        return len(self._canaries) + len(self._texts)

    def seal(self, force: str, column: str, text: str) -> None:
        """Watch for a text that is being sealed, and for each string in it that is distinctive enough."""
        secret, before = Secret(force, column), len(self)
        for leaf in leaves(text):
            marks = CANARY.findall(leaf.lower().encode())
            for mark in marks:
                if not self._belongs_elsewhere(mark):
                    self._canaries.setdefault(mark, set()).add(secret)
            needle = "" if marks else _needle(leaf)
            if (self.everything or MARK in needle) and distinctive(needle):
                for spelling in _spellings(needle) - self._open:
                    self._texts.setdefault(spelling, set()).add(secret)
        self.version += len(self) != before

    def plant(self, mark: bytes, force: str, column: str) -> None:
        """Watch for a canary that stands behind the wall of every copy of the invented country."""
        self._canaries.setdefault(mark, set()).add(Secret(force, column))
        self.version += 1

    def open(self, raw: bytes) -> None:
        """Somebody typed this into a page outside the room: no text in it is the room's own any more."""
        lower = raw.lower()
        for text in [one for one in self._texts if one in lower]:
            self._open.add(text)
            del self._texts[text]

    def found_in(self, raw: bytes) -> set[Secret]:
        """Whose texts stand in some bytes, whatever their case."""
        return {secret for whose in self.texts_in(raw) for secret in whose}

    def texts_in(self, raw: bytes) -> list[frozenset[Secret]]:
        """For each text that stands in some bytes all the places in which it was sealed: tests seal the same one in several."""
        lower = raw.lower()
        marks = set(CANARY.findall(lower)) if b"cny" in lower else set()
        found = [self._canaries[mark] for mark in marks if mark in self._canaries]
        return [frozenset(one) for one in (*found, *(whose for text, whose in self._texts.items() if text in lower))]

    @staticmethod
    def _belongs_elsewhere(mark: bytes) -> bool:
        """Whether a canary is another one than a victim's: one that stands elsewhere in the invented country too, or that a test
        types into every form there is, tells nothing."""
        import sys

        known = sys.modules.get("synthetic.canaries")
        origin = known._KNOWN.get(mark) if known else None
        return known is not None and (origin is None or not origin.owner.startswith("victim:"))
