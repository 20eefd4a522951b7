"""The outbox: killed at any point, run twice at once, by a clock that jumps: nothing is lost, and nothing goes twice."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import states
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Kept, Outgoing, Said
from cara.features.referrals.models import Offender, Referral
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import insert, select, update
from synthetic.canaries import found_in
from synthetic.cases import NOW
from synthetic.messages import MESSAGES, _message

TEXTS = Texts()
WAITING = [one for one in MESSAGES if one.standing == "waiting"]
AFTER = states.LEASE + timedelta(minutes=1)
_m: Any = OutboxMessage
_r: Any = Referral


class Killed(BaseException):
    """The process ends here."""


class Receiver:
    """Takes messages, remembers references, and answers if it can be asked. `killed_at`: the process ends at this call, before
    or after the message was taken."""

    patience = 1.0
    follows = False

    def __init__(self, *, askable: bool = True) -> None:
        self.taken: list[str] = []
        self.askable = askable
        self.killed_at = -1
        self.calls = 0
        self.answers: list[Answer] = []

    def send(self, message: Outgoing) -> Answer:
        self.calls += 1
        if self.calls == self.killed_at:
            if random.Random(self.killed_at).random() < 0.5:
                self.taken.append(message.reference)
            raise Killed
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(message.reference)
        return Answer(Said.TAKEN, receipt="synthetic")

    def ask(self, reference: str, began_at: Any) -> Answer:  # noqa: ARG002
        if not self.askable:
            return Answer(Said.CANNOT_SAY)
        return Answer(Said.TAKEN, receipt="synthetic") if reference in self.taken else Answer(Said.NEVER_SEEN)

    def follow(self, receipt: str) -> Answer:
        raise AssertionError(receipt)


def outbox_of(database: Any, transport: Any) -> Outbox:
    return Outbox(database.store(), transport, Writer.of(database.settings(), TEXTS, LINKED_MESSAGES), held_among)


def rows(database: Any, *where: Any) -> list[Any]:
    with database.admin().connect() as connection:
        return list(connection.execute(select(OutboxMessage).where(*where).order_by(_m.id)))


def waiting_rows(database: Any) -> list[Any]:
    return rows(database, _m.id.in_([one.id for one in WAITING]))


def many(database: Any, number: int) -> None:
    """So many more messages of one case that are due."""
    pattern = _message(WAITING[0])
    with database.admin().begin() as connection:
        more = [pattern | {"id": 5000 + n, "reference": f"more-{n}", "key": f"more-{n}"} for n in range(number)]
        connection.execute(insert(OutboxMessage), more)


def test_what_is_due_goes_once_and_is_in_the_ledger(database):
    outbox = outbox_of(database, Kept())
    assert outbox.once() == len(WAITING)
    assert outbox.once() == 0
    kept = waiting_rows(database)
    assert {states.shown(row) for row in kept} == {"kept"}
    for row in kept:
        assert row.kept["subject"] == "Your place is booked"
        assert {origin.owner for origin in found_in(str(row.kept).encode())} == {row.force_id}
    with database.admin().connect() as connection:
        told = connection.execute(select(LedgerEntry).where(LedgerEntry.verb == "message.sent")).all()
    assert sorted(n for row in told for n in eval(row.shown)) == sorted(str(one.id) for one in WAITING)  # noqa: S307
    assert {row.act for row in told} == {"disclosure"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_killed_at_any_point_nothing_is_lost_or_doubled(database, record_count, full):
    """Forty messages in two batches; the process ends at a random call, or before it writes down how it went; again and again."""
    many(database, 40)
    wrong, tried, chosen = [], 0, random.Random(18)
    for round_ in range(200 if full else 40):
        with database.admin().begin() as connection:
            connection.execute(update(OutboxMessage).where(_m.id >= 5000).values(
                sent_at=None, began_at=None, due_at=NOW, version=1, attempts=0))  # fmt: skip
        receiver, at = Receiver(), clock.now()
        outbox = outbox_of(database, receiver)
        for _death in range(3):
            receiver.killed_at = receiver.calls + chosen.randint(1, 45)
            with clock.at(at), suppress(Killed):
                if chosen.random() < 0.3 and (taken := outbox.take("hampshire")):
                    outbox.deliver(taken)
                    raise Killed  # before it is marked
                outbox.once()
            at += AFTER
            tried += 1
        receiver.killed_at = -1
        for _ in range(3):
            with clock.at(at):
                outbox.once()
            at += AFTER
        times = Counter(one for one in receiver.taken if one.startswith("more-"))
        wrong += [(round_, one, n) for one, n in times.items() if n != 1]
        wrong += [
            (round_, row.reference, "lost")
            for row in rows(database, _m.id >= 5000)
            if times[row.reference] != 1 or not row.sent_at
        ]
        outbox.store.engine.dispose()
    record_count("processes killed while sending", tried, wrong)


def test_where_the_receiver_cannot_be_asked_a_person_decides(database):
    receiver = Receiver(askable=False)
    receiver.killed_at = 1
    outbox = outbox_of(database, receiver)
    with suppress(Killed):
        outbox.once()
    with clock.at(clock.now() + AFTER):
        outbox.once()
        assert outbox.once() == 0
    standing = Counter(states.state_of(row) for row in waiting_rows(database))
    assert standing["doubtful"] >= 1
    assert standing["doubtful"] + standing["sent"] == len(WAITING)
    assert max(Counter(receiver.taken).values()) == 1


def test_what_was_taken_by_one_is_left_alone_by_another(database):
    first, second = Receiver(), Receiver()
    one, other = outbox_of(database, first), outbox_of(database, second)
    taken = one.take("kent")
    assert taken
    assert other.take("kent") == []
    told = one.deliver(taken)
    with clock.at(clock.now() + AFTER):  # one was so slow that its lease ended; the other asks, and is told
        assert len(other.take("kent")) == len(taken)
    one.mark("kent", told)  # too late: the other looks after them now
    assert {row.sent_at for row in rows(database, _m.id.in_([t.row.id for t in taken]))} == {None}


def test_a_process_that_slept_through_its_lease_sends_nothing(database):
    receiver = Receiver()
    outbox = outbox_of(database, receiver)
    taken = outbox.take("kent")
    with clock.at(clock.now() + AFTER):
        assert [answer for _one, answer in outbox.deliver(taken)] == [None] * len(taken)
    assert receiver.taken == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_four_at_once_send_each_message_once(database, record_count):
    many(database, 200)
    receiver, together = Receiver(), threading.Barrier(4)
    outboxes = [outbox_of(database, receiver) for _ in range(4)]

    def work(number: int) -> None:
        outbox = outboxes[number]
        together.wait(10)
        while outbox.due():
            outbox.once()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    times = Counter(receiver.taken)
    assert len(times) == 200 + len(WAITING)
    record_count("messages sent by four processes at once", len(times), [one for one, n in times.items() if n != 1])


def test_too_busy_is_tried_again_later_and_given_up_after_days(database):
    receiver = Receiver()
    outbox = outbox_of(database, receiver)
    at, number = clock.now(), WAITING[0].id
    with database.admin().begin() as connection:
        connection.execute(update(OutboxMessage).where(_m.id != number).values(due_at=None))
    waits = []
    for _ in range(states.GIVE_UP):
        receiver.answers = [Answer(Said.LATER)]
        with clock.at(at):
            outbox.once()
        row = rows(database, _m.id == number)[0]
        if row.due_at is None:
            break
        waits.append(row.due_at - at)
        at = row.due_at
    assert waits[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert max(waits) == timedelta(hours=1)
    assert timedelta(days=2.5) < sum(waits, timedelta()) < timedelta(days=3.5)
    assert (row.failure, states.state_of(row)) == ("gave_up", "failed")
    assert receiver.taken == []


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_jumps_loses_and_doubles_nothing(database, jump):
    receiver = Receiver()
    outbox, now = outbox_of(database, receiver), clock.now()
    for at in (now, now + jump, now, now + abs(jump) + timedelta(minutes=1)):
        with clock.at(at):
            outbox.once()
    assert Counter(receiver.taken) == {one.reference: 1 for one in WAITING}


@pytest.mark.parametrize("column", ["withdrawn_at", "returned_at", "superseded_at", "closed_at", "breached_at"])
def test_a_closed_case_is_written_to_no_more(database, column):
    with database.admin().begin() as connection:
        connection.execute(update(Referral).values({column: NOW}))
        connection.execute(update(OutboxMessage).where(_m.id == WAITING[0].id).values(
            kind="place_cancelled", facts=_message(WAITING[0])["facts"] | {"place": "1", "sequence": 1}))  # fmt: skip
    receiver = Receiver()
    outbox_of(database, receiver).once()
    assert receiver.taken == [WAITING[0].reference]
    assert {row.failure for row in waiting_rows(database)[1:]} == {"case_closed"}


def test_whoever_cannot_be_reached_is_not_forgotten(database):
    with database.admin().begin() as connection:
        connection.execute(update(Offender).values(email=""))
    receiver = Receiver()
    outbox_of(database, receiver).once()
    assert receiver.taken == []
    assert {(row.failure, states.state_of(row)) for row in waiting_rows(database)} == {("no_contact", "failed")}


def test_each_goes_to_its_own_person(database):
    sent: list[Outgoing] = []

    class Remembers(Kept):
        def send(self, message: Outgoing) -> Answer:
            sent.append(message)
            return super().send(message)

    outbox_of(database, Remembers()).once()
    by_reference = {one.reference: one for one in WAITING}
    for message in sent:
        case = by_reference[message.reference].case
        assert message.to == case.mark("offender", "email")
        assert {origin.owner for origin in found_in((message.to + message.body).encode())} == {case.force}
