"""Idempotency: what is sent twice is done once, and every sending gets the first one's answer.

A page, or a caller of the API, sends a random key along. `Sending.reserve` inserts it before anything is done and in the same
transaction, so that a refusal, a crash or a failed commit leaves none behind. Of two sendings at once PostgreSQL lets the second wait
for the first: two seconds at most, then it is told to come again.

What is kept is computed from the key under a secret outside the database: a row names no person and no address, and nobody can
hold guesses against it, for the key itself is kept nowhere. Whoever erases somebody finds the rows that are about them by a
computed mark.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Date, Index, LargeBinary, Row, bindparam, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, SQLModel, col

from cara.errors import KeyReused, StillSaving

WAITS: Final = 2.0
"""Seconds that a sending waits for an earlier one: less than a unit of work waits for a connection."""
HARDLY: Final = 0.1
"""The same, where enough others hold a connection to wait already."""
MOST_WAITING: Final = 64
"""Sendings that wait for their turn in one process. Further ones are told at once to come again."""
VICTIMS: Final = frozenset({"victim", "review", "hold", "concern", "asked_review", "consultation"})
"""Resources whose forms are about somebody who was harmed, even where the address names a case."""
_NONCE: Final = 12


class IdempotencyKey(SQLModel, table=True):
    """A key that was used. Its order in the table is that of random numbers, and it has a day, not a moment: it says nothing of
    what was done before or after it."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("idempotency_key_day", "day"), {"sqlite_with_rowid": False})

    id: bytes = Field(sa_type=LargeBinary, primary_key=True)
    tag: bytes = Field(sa_type=LargeBinary)
    """Of person, route, address and body. Empty: what it was about is erased."""
    about: bytes = Field(sa_type=LargeBinary)
    """Mark of the record that it was about; of none, if of none, and nobody sees which."""
    sealed: bytes = Field(sa_type=LargeBinary)
    """The answer. Only whoever has the key can open it."""
    day: date = Field(sa_type=Date)


_NEW = {
    name: bindparam(name, type_=getattr(IdempotencyKey, name).type) for name in ("id", "tag", "about", "sealed", "day")
}
_PATIENCE = select(func.set_config("lock_timeout", bindparam("patience"), True).label("now")).cte("patience")
_RESERVE_THERE = (
    postgresql.insert(IdempotencyKey)
    .from_select(
        list(_NEW), select(*(cast(one, one.type) for one in _NEW.values())).where(_PATIENCE.c.now.is_not(None))
    )
    .on_conflict_do_nothing()
    # Whoever is first works on without a limit, as the session began.
    .returning(func.set_config("lock_timeout", None, True))
)
"""One statement: to set and take back how long it waits in others would cost each form two more ways to the database."""
_RESERVE_HERE = sqlite.insert(IdempotencyKey).on_conflict_do_nothing().returning(col(IdempotencyKey.id))
_EARLIER = select(col(IdempotencyKey.tag), col(IdempotencyKey.sealed)).where(
    col(IdempotencyKey.id) == bindparam("sent")
)
_SETTLE = update(IdempotencyKey).where(col(IdempotencyKey.id) == bindparam("sent")).values(
    # What erases somebody forgets every form about them, itself too: it is answered, and about nobody, from then on.
    tag=bindparam("whole"), sealed=bindparam("answer"),
    about=func.coalesce(bindparam("mark", type_=LargeBinary), col(IdempotencyKey.about)),
)  # fmt: skip
_FORGET = (
    update(IdempotencyKey).where(col(IdempotencyKey.about).in_(bindparam("marks", expanding=True)))
    .values(tag=b"", sealed=b"", about=b"")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of a form: what is kept of it."""

    id: bytes
    tag: bytes
    about: bytes
    seal: bytes
    waiting: threading.BoundedSemaphore

    def reserve(self, connection: Connection, today: date) -> str | None:
        """Take the key, in the transaction of what it is sent for; None: it is new, and what it asks for is to be done now. Else the
        answer that an earlier sending got.

        Raises:
            KeyReused: the key came with another body, or for another form.
            StillSaving: an earlier sending has not come to its end.
        """
        sent = {"id": self.id, "tag": self.tag, "about": self.about, "sealed": b"", "day": today}
        here = connection.dialect.name == "sqlite"  # where units of work come one after the other
        if connection.execute(_RESERVE_HERE, sent).first() if here else self._reserve_waiting(connection, sent):
            return None
        earlier = self.earlier(connection)
        if earlier is None:
            raise StillSaving
        return earlier

    def _reserve_waiting(self, connection: Connection, sent: dict[str, object]) -> Row[Any] | None:
        patient = self.waiting.acquire(blocking=False)
        try:
            patience = f"{int((WAITS if patient else HARDLY) * 1000)}ms"
            return connection.execute(_RESERVE_THERE, sent | {"patience": patience}).first()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
                raise StillSaving from None
            raise
        finally:
            if patient:
                self.waiting.release()

    def earlier(self, connection: Connection) -> str | None:
        """The answer that an earlier sending got; None if there was none. Raises `KeyReused` as `reserve` does."""
        row = connection.execute(_EARLIER, {"sent": self.id}).one_or_none()
        if row is None:
            return None
        if not hmac.compare_digest(row.tag, self.tag):
            raise KeyReused(
                "This form was sent before with other answers. Open the page again and start from what it shows."
            )
        return AESGCM(self.seal).decrypt(row.sealed[:_NONCE], row.sealed[_NONCE:], self.id).decode()

    def settle(self, connection: Connection, answer: str, about: bytes | None = None) -> None:
        """Keep the answer for later sendings. `about`: the mark of the record, where only the act knew which it is."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(self.seal).encrypt(nonce, answer.encode(), self.id)
        connection.execute(_SETTLE, {"sent": self.id, "whole": self.tag, "answer": sealed, "mark": about})


_LOCK_NOT_AVAILABLE: Final = "55P03"


class Idempotency:
    """What one process takes each form once with: the installation's secret, and turns for sendings of the same key."""

    def __init__(self, secret: str, connections: int) -> None:
        """`connections`: how many the process has; half of them at most are held by whoever waits for another process."""
        self._secret = secret
        self._waiting = threading.BoundedSemaphore(max(1, connections // 2))
        self._turns: dict[str, asyncio.Lock] = {}
        self._sent: Counter[str] = Counter()

    def sending(self, key: str, *, person: str, route: str, path: str, body: bytes, about: bytes = b"") -> Sending:
        """What is kept of a sending, all of it computed from its key."""
        own = _made(self._secret.encode(), "key", person, key)
        return Sending(
            id=_made(own, "id"), tag=_made(own, "tag", route, path, body), about=about or _made(own, "about"),
            seal=_made(own, "answer"), waiting=self._waiting,
        )  # fmt: skip

    def about(self, resource: str, reference: str) -> bytes:
        """The mark of a record; see `mark`."""
        return mark(self._secret, resource, reference)

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Let sendings of one key come one after the other in this process. Whoever waits here holds neither a connection nor a
        thread, so that nobody else waits because of them.

        Raises:
            StillSaving: it took too long, or too many wait.
        """
        if not key:
            yield
            return
        if self._sent[key] and self._sent.total() - len(self._sent) >= MOST_WAITING:
            raise StillSaving
        turn = self._turns.setdefault(key, asyncio.Lock())
        self._sent[key] += 1
        try:
            try:
                async with asyncio.timeout(WAITS):
                    await turn.acquire()
            except TimeoutError:
                raise StillSaving from None
            try:
                yield
            finally:
                turn.release()
        finally:
            self._sent[key] -= 1
            if not self._sent[key]:
                del self._sent[key], self._turns[key]


def once_only() -> Sending:
    """A sending that nobody sends again, for a program that makes an answer of its own."""
    return Idempotency(secrets.token_hex(), 1).sending("", person="", route="", path="", body=b"")


def mark(secret: str, resource: str, reference: str) -> bytes:
    """By which rows about a record are found without its name. `resource` tells what is about somebody who was harmed from what
    is about the case alone."""
    return _made(secret.encode(), "about", "victim" if resource in VICTIMS else "", reference)


def forget(connection: Connection, marks: Iterable[bytes]) -> None:
    """Of sendings about these records, forget the answer and all that could tell a right guess. That their keys were used stays, so
    that none is ever taken a second time."""
    connection.execute(_FORGET, {"marks": list(marks)})


def _made(secret: bytes, purpose: str, *parts: str | bytes) -> bytes:
    """A keyed digest. Each part says how long it is, so that no two lists of parts read the same."""
    made = hmac.new(secret, purpose.encode(), hashlib.sha256)
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        made.update(len(raw).to_bytes(8, "big") + raw)
    return made.digest()
