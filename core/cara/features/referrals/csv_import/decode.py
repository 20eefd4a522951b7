"""From bytes to text: the size, what the file is, and its encoding."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from cara.errors import BadInput, Fault

MOST_BYTES = 64 * 1024 * 1024
_CHUNK = 256 * 1024
_OTHER_KINDS = {
    b"PK": "This is a spreadsheet or a zip file. Open it and save it as CSV (UTF-8), then send that.",
    b"\xd0\xcf\x11\xe0": "This is an old spreadsheet (XLS). Open it and save it as CSV (UTF-8), then send that.",
    b"%PDF": "This is a PDF. Export the cases as CSV and send that.",
    b"\x1f\x8b": "This file is compressed. Unpack it and send the CSV file in it.",
}


def file_fault(code: str, message: str) -> BadInput:
    """The error for a file that cannot be read at all."""
    return BadInput(message, [Fault("file", code, message)])


def open_text(source: bytes | BinaryIO) -> io.TextIOWrapper:
    """The file's text from its beginning, line ends as newlines; a byte that means nothing becomes U+FFFD.

    A file object must be seekable and stays open. BadInput for what is too large, empty, or no text.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    encoding = _encoding(file)
    file.seek(0)
    return io.TextIOWrapper(io.BufferedReader(_Borrowed(file), _CHUNK), encoding=encoding, errors="replace")


def _encoding(file: BinaryIO) -> str:
    """UTF-8 when a byte order mark says so or most of what is not ASCII reads as UTF-8; else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    beginning, size, read_well, unreadable = b"", 0, 0, 0
    for chunk in _chunks(file):
        if not beginning:
            beginning = chunk
            _refuse_other_kinds(beginning)
        size += len(chunk)
        if size > MOST_BYTES:
            raise file_fault("file_too_large", f"The file is over {MOST_BYTES >> 20} MB. Split it and try again.")
        text = decoder.decode(chunk)
        if not text.isascii():
            bad = text.count("\ufffd")
            unreadable += bad
            read_well += sum(character > "\x7f" for character in text) - bad
    if not beginning.strip(b"\xef\xbb\xbf \t\r\n"):
        raise file_fault("file_empty", "The file is empty. Send an export with a header line.")
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    unreadable += len(decoder.decode(b"", final=True))
    return "utf-8" if read_well >= unreadable else "cp1252"


def _refuse_other_kinds(beginning: bytes) -> None:
    for magic, message in _OTHER_KINDS.items():
        if beginning.startswith(magic):
            raise file_fault("not_csv", message)
    header = beginning.split(b"\n", 1)[0]
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in header:
        raise file_fault("utf16", "The file is UTF-16 (“Unicode text”) or binary. Save it as CSV (UTF-8).")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


class _Borrowed(io.RawIOBase):
    """A file that somebody else closes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
