"""Looks through what was produced for what must not be in it, and keeps count. There is one scanner at a time in a process."""

import gzip
import hashlib
import io
import logging
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from silence.watch import Secret, Watch

MOST = 64 * 1024 * 1024
"""Larger files than this are some test's own, made to be refused."""
_SHORT = 1000
"""Logs and spans repeat themselves: what is as short as this and was clean is not looked at again."""
_FOLD = re.compile(rb"\r?\n[ \t]")
WATCH = Watch()
"""What this process watches for, whoever scans."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that left the room: in which test, at which place, and from which column it came."""

    test: str
    place: str
    secret: Secret

    def __str__(self) -> str:
        return f"{self.place}: {self.secret.column} of {self.secret.force}, in {self.test}"


@dataclass
class Scanner:
    """Counts what it looked at by kind, and keeps what it found."""

    test: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    hits: list[Hit] = field(default_factory=list)
    spent: float = 0.0
    _clean: set[tuple[int, bytes | str]] = field(default_factory=set)
    _known: dict[bytes, bytes] = field(default_factory=dict)

    def look(
        self, kind: str, raw: bytes | str, place: str = "", *, unless: Callable[[Secret], bool] | None = None
    ) -> None:
        """Look for every watched text in something of a kind; `unless` says which are allowed there."""
        self.counts[kind] += 1
        if len(raw) < _SHORT:
            if (known := (WATCH.version, raw)) in self._clean:
                return
            self._clean.add(known)
        found = WATCH.texts_in(self.unpacked(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")))
        if found and len(raw) < _SHORT:
            self._clean.discard((WATCH.version, raw))
        for whose in found:
            if unless is None or not any(unless(secret) for secret in whose):
                self.hits += [Hit(self.test, f"{kind} {place}".strip(), secret) for secret in sorted(whose, key=str)]

    def unpacked(self, raw: bytes) -> bytes:
        """Something with what it holds: members of an archive, text and properties of a PDF, lines of a calendar unfolded."""
        if raw[:4] == b"%PDF":
            return raw + self._once(raw, _pdf)
        if raw[:4] == b"PK\x03\x04":
            return raw + b"\n".join(self.unpacked(one) for one in _members(raw))
        if raw[:2] == b"\x1f\x8b":
            with suppress(OSError, EOFError, zlib.error):
                return raw + self.unpacked(gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MOST))
        if raw[:15] == b"BEGIN:VCALENDAR":
            return raw + _FOLD.sub(b"", raw).replace(b"\\,", b",").replace(b"\\;", b";")
        return raw

    def _once(self, raw: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """To read the same file again and again would take most of the time."""
        digest = hashlib.sha1(raw, usedforsecurity=False).digest()
        if digest not in self._known:
            self._known[digest] = read(raw)
        return self._known[digest]


def _pdf(raw: bytes) -> bytes:
    """The text and the properties of a PDF, its line breaks as spaces."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(raw))
        text = " ".join(page.extract_text() for page in reader.pages)
        properties = " ".join(map(str, (reader.metadata or {}).values()))
        xmp = reader.root_object.get("/Metadata")
        stream = xmp.get_object().get_data() if xmp else b""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError):
        return b""  # some test's own, and broken
    return " ".join((text + " " + properties).split()).encode("utf-8", "replace") + stream


def _members(raw: bytes) -> Iterator[bytes]:
    """Names and contents of an archive, as long as they are of a size that we make."""
    broken = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error, ValueError, EOFError)
    with suppress(*broken), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        left = MOST
        for one in archive.infolist():
            yield one.filename.encode("utf-8", "replace") + b" " + one.comment
            left -= one.file_size
            if left > 0:
                yield archive.read(one)


_SCANNERS = [Scanner()]


def current() -> Scanner:
    """Whoever scans now."""
    return _SCANNERS[-1]


@contextmanager
def isolated() -> Iterator[Scanner]:
    """A scanner of its own for what happens within: what it finds fails no run."""
    own = Scanner(test="isolated")
    _SCANNERS.append(own)
    try:
        yield own
    finally:
        _SCANNERS.remove(own)


def places(hits: Collection[Hit]) -> set[str]:
    """The kinds of places at which something was found."""
    return {hit.place.split()[0] for hit in hits}
