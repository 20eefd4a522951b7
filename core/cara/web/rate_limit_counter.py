"""Counts of what failed, in one small file that the processes of a machine share: outside the database, and never larger.

A place in the file is a number of eight bytes, made from what is counted under a key that lasts a day: nobody reads an address from
it, and tomorrow nobody can look one up. Where the file is full the smallest count gives way. So it forgets rather than refuse.
"""

import errno
import fcntl
import hmac
import logging
import mmap
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final
from weakref import finalize

from cara.platform.crypto.private_files import private, private_file

KINDS: Final = ("sign_in", "link", "form", "token")
"""What is counted apart."""
_HEAD: Final = struct.Struct("<8sI32s4I")
"""Mark, day, the day's key, and how often each kind was refused that day."""
_MARK: Final = b"CARAFLD1"
_PLACE: Final = struct.Struct("<QII")
"""What is counted, in which window, and how often."""
_HEAD_BYTES: Final = 128
_ROWS, _ACROSS = 2048, 8
SIZE: Final = _HEAD_BYTES + _ROWS * _ACROSS * _PLACE.size
_log = logging.getLogger("cara.web.rate_limit")


class FloodCounter:
    """The file, opened. Raises `OSError` or `ValueError` where it cannot be made or mapped."""

    def __init__(self, path: Path, secret: str) -> None:
        private(path.parent)
        private_file(path)
        self._secret, self._turn = secret.encode(), Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._shut = finalize(self, os.close, self._file)
        with self._alone_with_file():
            if os.fstat(self._file).st_size != SIZE:
                os.truncate(self._file, 0)
                # Written, not only made so long: a full disk is an error here, and the end of the process in the map.
                if os.pwrite(self._file, bytes(SIZE), 0) != SIZE:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._map = mmap.mmap(self._file, SIZE)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        self._shut()

    def add(self, what: str, now: datetime, seconds: int) -> int:
        """Count one more of `what` in this window, and say how many there are."""
        window = int(now.timestamp()) // seconds
        with self._alone(now) as key:
            tag = _tag(key, self._secret, what)
            at, count = self._place(tag, window)
            _PLACE.pack_into(self._map, at, tag, window % 2**32, min(count + 1, 2**32 - 1))
        return count + 1

    def count(self, what: str, now: datetime, seconds: int) -> int:
        """How many of `what` there are in this window."""
        window = int(now.timestamp()) // seconds
        with self._alone(now) as key:
            return self._place(_tag(key, self._secret, what), window)[1]

    def note_refusal(self, kind: str, now: datetime) -> None:
        """Count an answer that was refused for there being too many."""
        with self._alone(now):
            mark, day, key, *refused = _HEAD.unpack_from(self._map)
            refused[KINDS.index(kind)] += 1
            _HEAD.pack_into(self._map, 0, mark, day, key, *(min(number, 2**32 - 1) for number in refused))

    def refused(self, now: datetime) -> dict[str, int]:
        """How often each kind was refused today. Changes nothing."""
        with self._turn, self._alone_with_file():
            mark, day, _key, *refused = _HEAD.unpack_from(self._map)
        return dict(zip(KINDS, refused if (mark, day) == (_MARK, now.toordinal()) else [0] * len(KINDS), strict=True))

    def _place(self, tag: int, window: int) -> tuple[int, int]:
        """Where `tag` is counted, or is to be, and its count in this window."""
        row = _HEAD_BYTES + tag % _ROWS * _ACROSS * _PLACE.size
        weakest = (2**32, row)
        for at in range(row, row + _ACROSS * _PLACE.size, _PLACE.size):
            held, then, count = _PLACE.unpack_from(self._map, at)
            live = then == window % 2**32
            if held == tag and live:
                return at, count
            weakest = min(weakest, (count if live else -1, at))
        return weakest[1], 0

    @contextmanager
    def _alone(self, now: datetime) -> Iterator[bytes]:
        """Hold the file alone; gives the day's key, made at the first count of a day, when all of yesterday goes."""
        with self._turn, self._alone_with_file():
            mark, day, key, *_refused = _HEAD.unpack_from(self._map)
            today = now.toordinal()
            if mark != _MARK or day != today:
                self._map[:] = bytes(SIZE)
                key = secrets.token_bytes(32)
                _HEAD.pack_into(self._map, 0, _MARK, today, key, *(0 for _ in KINDS))
            yield key

    @contextmanager
    def _alone_with_file(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def _tag(key: bytes, secret: bytes, what: str) -> int:
    return int.from_bytes(hmac.digest(key + secret, what.encode(), "sha256")[:8]) or 1


def opened(path: Path, secret: str) -> FloodCounter | None:
    """The counter, or None where its file cannot be made: then nothing is counted and nobody is refused."""
    try:
        return FloodCounter(path, secret)
    except (OSError, ValueError) as error:
        _log.error("flood limits are off: %s", type(error).__name__)  # noqa: TRY400, RUF100
        return None
