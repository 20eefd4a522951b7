"""Release what people thought of the course, by the clock (`cara.operations.jobs`), so that no answer leads back to its case.

An answer leaves its seal only among others, in an order of chance, under a random id and with the month alone. Whoever holds the
database afterwards knows at best that an answer is one of five people's. The release has a transaction of its own, and its entry
names no case.
"""

import json
import random
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update
from sqlmodel import col

from cara.errors import NotFound, Stale
from cara.features.messages.encrypted_feedback import COLUMN, key_ids
from cara.features.messages.models import Feedback, SealedFeedback
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, operator, work_as

TOGETHER: Final = 5
"""Answers that are released together, at least [our default]."""
LATE: Final = 30
"""Days after which an answer no longer waits for others of its own provider and strand."""
ANSWERS: Final = ("awareness", "relationships", "own_behaviour", "motivation")
_WHO = operator("feedback")
_WAITING = (
    select(
        col(SealedFeedback.id), col(SealedFeedback.force_id), col(SealedFeedback.provider_id), col(SealedFeedback.key_id),
        col(SealedFeedback.answer), col(SealedFeedback.waits_since),
    )
    .order_by(col(SealedFeedback.id))
    .with_for_update()  # of two processes, the second waits, and finds what the first has left
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that waits, opened. `id` is random."""

    id: str
    provider: str | None
    strand: str
    way: str
    since: date


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that are released together, and what may be said of each of them: empty where they differ."""

    members: tuple[Waiting, ...]
    provider: str | None
    strand: str
    way: str


def choose(waiting: Sequence[Waiting], today: date) -> list[Group]:
    """Choose which answers of one force may go, and beside which others. Pure.

    Those of one provider and strand go in fives, the oldest first. What then has waited for more than `LATE` days goes without
    provider, strand and way once there are five such answers in the force. Until then it waits: none ever goes alone.
    """
    like: dict[tuple[str | None, str], list[Waiting]] = defaultdict(list)
    for answer in sorted(waiting, key=lambda answer: (answer.since, answer.id)):
        like[answer.provider, answer.strand].append(answer)
    groups, rest = [], []
    for (provider, strand), answers in like.items():
        whole = len(answers) - len(answers) % TOGETHER
        for start in range(0, whole, TOGETHER):
            members = tuple(answers[start : start + TOGETHER])
            ways = {answer.way for answer in members}
            # One form on paper among four by link would be known for the one whose entry says that staff typed it in.
            groups.append(Group(members, provider, strand, ways.pop() if len(ways) == 1 else ""))
        rest += answers[whole:]
    late = tuple(answer for answer in rest if (today - answer.since).days > LATE)
    return [*groups, Group(late, None, "", "")] if len(late) >= TOGETHER else groups


def release_in(keys: Keyring, store: Store, force: str) -> Iterator[int]:
    """Release what may go in one force, and say how many answers that were. Safe to repeat, and to run twice at once."""
    with work_as(store, _WHO, "feedback_release", "run", Scope(force=force)) as w:
        gone = _release(w, keys, force)
        needed = frozenset(key_ids(w))
        keys.announce(force, [key for key in gone if key])
    # After the commit: a key that went before would take the answer with it if the commit failed. What a crash leaves goes
    # at the next look.
    keys.destroy_announced(force, needed)
    yield len(gone)


def _release(w: Work, keys: Keyring, force: str) -> list[str]:
    """Move what may go, in one transaction. Returns the ids of the keys that nothing needs any more; "" for an answer without."""
    rows = {row.id: row for row in w.run(_WAITING).all()}
    opened = {number: plain for number, row in rows.items() if (plain := _open(keys, row)) is not None}
    waiting = [
        Waiting(number, rows[number].provider_id, told["strand"], told["way"], rows[number].waits_since)
        for number, told in opened.items()
    ]
    groups = choose(waiting, w.today)
    released = [answer.id for group in groups for answer in group.members]
    made = [_row(force, w.today, group, opened[answer.id]) for group in groups for answer in group.members]
    if made:
        done: Any = w.run(delete(SealedFeedback).where(col(SealedFeedback.id).in_(released)))
        if done.rowcount != len(made):
            raise Stale
        _CHANCE.shuffle(made)
        w.connection.execute(insert(Feedback), made)
        w.record("feedback.released", Act.ALTERATION, force=force, codes={"answers": len(made)})
    for number in opened.keys() - {*released}:
        if not rows[number].key_id:
            _seal_late(w, keys, rows[number])
    return [rows[number].key_id for number in released]


_CHANCE = random.SystemRandom()


def _open(keys: Keyring, row: Row[Any]) -> Mapping[str, str] | None:
    """Open an answer; None where its key is gone: it was released or erased after the backup from which the row came back."""
    try:
        plain = keys.decrypt(row.force_id, row.key_id, COLUMN, row.answer) if row.key_id else row.answer.decode()
    except NotFound:
        return None
    told = json.loads(plain)
    return {name: str(told.get(name, "")) for name in ("strand", "way", *ANSWERS)}


def _row(force: str, today: date, group: Group, told: Mapping[str, str]) -> dict[str, Any]:
    said = {name: told[name] for name in ANSWERS}
    return {
        "id": secrets.token_hex(16), "force_id": force, "provider_id": group.provider, "month": today.replace(day=1),
        "way": group.way, "strand": group.strand, **said,
    }  # fmt: skip


def _seal_late(w: Work, keys: Keyring, row: Row[Any]) -> None:
    """Seal what the upgrade moved here: no migration reaches the key folder."""
    key = keys.new_person(row.force_id)
    sealed = keys.encrypt(row.force_id, key, COLUMN, row.answer.decode())
    w.run(update(SealedFeedback).where(col(SealedFeedback.id) == row.id).values(key_id=key, answer=sealed))
