"""Sending what is due: take some and say so, send them, say how it went. Safe to run twice at once, and to be killed at any point.

What was taken is committed as "being sent" before anything leaves. If the process ends there, whoever comes after the lease asks
the receiver by our reference whether it was accepted; where the receiver cannot be asked, the message waits for a person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from cara import clock
from cara.features.messages import queries
from cara.features.messages.message_types import KINDS
from cara.features.messages.models import OutboxMessage
from cara.features.messages.render_outbox import Writer
from cara.features.messages.states import FOLLOW_EVERY, FOLLOW_FOR, LEASE, given_up, pause
from cara.features.messages.transports import Answer, Outgoing, Said, Transport
from cara.features.referrals.models import Referral
from cara.platform.database.engine import Store, Use
from cara.platform.database.row_scope import Scope, scoped
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, operator, work_as

BATCH: Final = 25
"""Taken at once: two commits for so many messages, and so many to ask about after a crash."""

_m: Any = OutboxMessage
_DUE = _m.due_at <= bindparam("now")
_ANY = select(_m.id).where(_DUE).limit(1)
_TAKE = (
    select(*(getattr(_m, name) for name in OutboxMessage.model_fields))
    .where(_DUE)
    .order_by(_m.due_at, _m.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_IDS = _m.id.in_(bindparam("ids", expanding=True))
_HOLD = update(OutboxMessage).where(_IDS).values(due_at=bindparam("until"), version=_m.version + 1)
_BEGIN = _HOLD.values(began_at=bindparam("began"), attempts=_m.attempts + 1)
_COLUMNS = ("due_at", "began_at", "sent_at", "receipt", "delivery", "doubtful_at", "failed_at", "failure", "kept")
_MARK = (
    update(OutboxMessage)
    .where(_m.id == bindparam("row_id"), _m.version == bindparam("row_version"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS} | {"version": _m.version + 1})
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that this process looks after until the lease ends. `step`: `send`, `ask` or `follow`."""

    row: Any
    step: str
    began_at: datetime
    attempts: int
    message: Outgoing | None
    answer: Answer | None
    """Known already, without asking anybody: why it cannot go."""


HeldAmong = Callable[[Work, Sequence[Referral]], frozenset[int]]
"""Answers which of some cases are on hold, by their numbers: no reminder goes out for them."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox of one installation and the way out."""

    store: Store
    transport: Transport
    writer: Writer
    held_among: HeldAmong

    def due(self) -> list[str]:
        """The forces that have something to look at now. Nobody waits for this to be found out."""
        now, found = clock.now(), []
        for force in FORCES:
            with work_as(self.store, _WHO, "outbox", "look", Scope(force=force), use=Use.READING) as w:
                if w.run(_ANY, now=now).first() is not None:
                    found.append(force)
        return found

    def take(self, force: str) -> list[Taken]:
        """Take what is due, at most a batch, and commit that it was taken."""
        with work_as(self.store, _WHO, "outbox", "take", Scope(force=force)) as w:
            rows = w.run(_TAKE, now=w.now).all()
            sending = [row.id for row in rows if _step(row) == "send"]
            others = [row.id for row in rows if _step(row) != "send"]
            until = w.now + LEASE
            if sending:
                w.run(_BEGIN, ids=sending, until=until, began=w.now)
            if others:
                w.run(_HOLD, ids=others, until=until)
            return self._written(w, rows)

    def _written(self, w: Work, rows: Sequence[Any]) -> list[Taken]:
        """Each message in words, as the person is reached now."""
        cases = queries.people(w, sorted({row.referral_id for row in rows}))
        reminded = queries.cases(w, sorted({row.referral_id for row in rows if row.kind == "reminder"}))
        held = self.held_among(w, reminded) if reminded else frozenset()
        return [self._one(w, row, cases[row.referral_id], held=row.referral_id in held) for row in rows]

    def _one(self, w: Work, row: Any, case: Any, *, held: bool) -> Taken:
        step = _step(row)
        began, attempts = (w.now, row.attempts + 1) if step == "send" else (row.began_at or w.now, row.attempts)
        if step != "send":
            return Taken(row, step, began, attempts, None, None)
        over = (case.withdrawn_at, case.returned_at, case.superseded_at, case.closed_at, case.breached_at)
        if any(over) and not KINDS[row.kind].even_closed and row.audience == "offender":
            return Taken(row, step, began, attempts, None, Answer(Said.REFUSED, failure="case_closed"))
        if row.kind == "reminder" and (why := _no_reminder(row, w.today, held=held)):
            return Taken(row, step, began, attempts, None, Answer(Said.REFUSED, failure=why))
        nonce = self.writer.nonce(w, row)
        if nonce == "":  # answered or withdrawn before it went
            return Taken(row, step, began, attempts, None, Answer(Said.REFUSED, failure="link_ended"))
        reader = self.writer.reader(w, row, case)
        words = self.writer.words(self.writer.matter(row, case, nonce or ""), reader)
        to = reader.way(row.channel)
        if words is None or not to:
            return Taken(
                row, step, began, attempts, None, Answer(Said.REFUSED, failure="no_contact" if words else "no_text")
            )
        return Taken(
            row, step, began, attempts, Outgoing(row.reference, row.channel, to, words.heading, words.body), None
        )

    def deliver(self, taken: Sequence[Taken]) -> list[tuple[Taken, Answer | None]]:
        """Send, or ask. What cannot be done before the lease ends is left: None."""
        until = min((one.began_at for one in taken if one.step == "send"), default=clock.now()) + LEASE
        return [(one, self._said(one, until)) for one in taken]

    def _said(self, one: Taken, until: datetime) -> Answer | None:
        if one.answer is not None:
            return one.answer
        if clock.now() + timedelta(seconds=self.transport.patience) > until:
            return None  # somebody else may be looking after it by the time that this is answered
        if one.step == "send" and one.message is not None:
            return self.transport.send(one.message)
        if one.step == "ask":
            return self.transport.ask(one.row.reference, one.began_at)
        return self.transport.follow(one.row.receipt)

    def mark(self, force: str, told: Sequence[tuple[Taken, Answer | None]]) -> None:
        """Write down how it went; what somebody else looks after by now is left alone."""
        with work_as(self.store, _WHO, "outbox", "mark", Scope(force=force)) as w:
            marks = []
            for one, answer in told:
                values = _outcome(one, answer, w.now, follows=self.transport.follows)
                kept = {name: getattr(one.row, name) for name in _COLUMNS} | values
                marks.append({f"new_{name}": value for name, value in kept.items()}
                             | {"row_id": one.row.id, "row_version": one.row.version + 1})  # fmt: skip
            w.session.connection().execute(scoped(_MARK, w.session.info["scope"]), marks)
            gone = [
                one.row.id
                for one, answer in told
                if answer is not None and answer.said is Said.TAKEN and one.step != "follow"
            ]
            if gone:
                w.record("message.sent", Act.DISCLOSURE, force=force, shown=gone, codes={"sent": len(gone)})

    def once(self) -> int:
        """Look after everything that is due now, and say how many messages that were."""
        done = 0
        for force in self.due():
            while taken := self.take(force):
                self.mark(force, self.deliver(taken))
                done += len(taken)
        return done


_WHO = operator("outbox")


def _step(row: Any) -> str:
    return "follow" if row.sent_at else "ask" if row.began_at else "send"


def _no_reminder(row: Any, today: date, *, held: bool) -> str:
    """Why nobody is reminded of a workshop any more: it is over, or none takes place while the case is on hold."""
    return "day_passed" if date.fromisoformat(row.facts["date"]) < today else "on_hold" if held else ""


def _outcome(one: Taken, answer: Answer | None, now: datetime, *, follows: bool) -> dict[str, Any]:
    """The columns that an answer changes. Pure."""
    if answer is None:
        return {"due_at": now} | ({"began_at": None} if one.step == "send" else {})
    if one.step == "follow":
        return _followed(one, answer, now)
    return _AFTER[answer.said](one, answer, now) | (
        {"due_at": None} if answer.said is Said.TAKEN and not follows else {}
    )


def _taken(one: Taken, answer: Answer, now: datetime) -> dict[str, Any]:
    return {
        "began_at": one.began_at, "sent_at": now, "receipt": answer.receipt, "delivery": answer.delivery, "kept": answer.kept,
        "due_at": now + FOLLOW_EVERY,
    }  # fmt: skip


def _failed(failure: str) -> Callable[[Taken, Answer, datetime], dict[str, Any]]:
    return lambda _one, answer, now: {
        "began_at": None, "failed_at": now, "failure": failure or answer.failure, "due_at": None
    }  # fmt: skip


def _later(one: Taken, answer: Answer, now: datetime) -> dict[str, Any]:
    if given_up(one.attempts):
        return _failed("gave_up")(one, answer, now)
    return {"began_at": None, "due_at": now if answer.said is Said.NEVER_SEEN else now + pause(one.attempts)}


def _unheard(one: Taken, _answer: Answer, now: datetime) -> dict[str, Any]:
    return {"began_at": one.began_at, "due_at": now + pause(one.attempts)}


def _doubtful(one: Taken, _answer: Answer, now: datetime) -> dict[str, Any]:
    return {"began_at": one.began_at, "doubtful_at": now, "due_at": None}


_AFTER: dict[Said, Callable[[Taken, Answer, datetime], dict[str, Any]]] = {
    Said.TAKEN: _taken, Said.REFUSED: _failed(""), Said.LATER: _later, Said.NEVER_SEEN: _later, Said.UNHEARD: _unheard,
    Said.CANNOT_SAY: _doubtful,
}  # fmt: skip


def _followed(one: Taken, answer: Answer, now: datetime) -> dict[str, Any]:
    over = answer.said is Said.TAKEN or now - one.row.sent_at > FOLLOW_FOR
    told = {"delivery": answer.delivery or one.row.delivery, "due_at": None if over else now + FOLLOW_EVERY}
    return told | ({"failed_at": now, "failure": answer.failure} if answer.failure else {})
