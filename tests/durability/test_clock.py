"""The machine's clock jumps an hour back or forward, on the days on which London's does and on others: each reminder goes once."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.course.notifications import REMIND_BEFORE, remind_at
from cara.features.messages import states
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Outgoing, Said
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from sqlalchemy import insert, select, update
from synthetic.messages import MESSAGES, _message

CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2026, 6, 10))
"""Days on which London's clock goes forward and back, and one on which it does neither."""
HOUR = timedelta(hours=1)
_m: Any = OutboxMessage


class Receiver:
    """Takes messages and remembers when, by the machine's clock."""

    patience = 1.0
    follows = False

    def __init__(self) -> None:
        self.taken: list[tuple[str, datetime]] = []

    def send(self, message: Outgoing) -> Answer:
        self.taken.append((message.reference, clock.now()))
        return Answer(Said.TAKEN, receipt="synthetic")

    def ask(self, reference: str, began_at: datetime) -> Answer:  # noqa: ARG002 - the protocol's
        known = reference in [one for one, _at in self.taken]
        return Answer(Said.TAKEN, receipt="synthetic") if known else Answer(Said.NEVER_SEEN)

    def follow(self, receipt: str) -> Answer:
        raise AssertionError(receipt)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_clock_that_jumps_neither_loses_nor_doubles_a_reminder(database, record_count, full):
    """Two processes look at the outbox every few minutes, one of them slowly; their clock jumps between any two of its steps."""
    due = {f"due-{day}-{n}": remind_at(day + REMIND_BEFORE + timedelta(n)) for day in CHANGES for n in (-1, 0, 1)}
    assert {at.astimezone(clock.LONDON).hour for at in due.values()} == {9}
    store, writer = database.store(), Writer.of(database.settings(), Texts(), LINKED_MESSAGES)
    pattern = _message(next(one for one in MESSAGES if one.standing == "waiting" and one.case.force == "kent"))
    with database.admin().begin() as connection:
        connection.execute(update(OutboxMessage).values(due_at=None))
        connection.execute(
            insert(OutboxMessage),
            [pattern | {"id": 9000 + n, "reference": one, "key": one, "due_at": due[one]} for n, one in enumerate(due)],
        )
    chance, wrong, jumps = random.Random(23), [], 0
    for number in range(200 if full else 30):
        with database.admin().begin() as connection:
            for one, at in due.items():
                connection.execute(update(OutboxMessage).where(_m.reference == one).values(
                    due_at=at, began_at=None, sent_at=None, attempts=0, version=1))  # fmt: skip
        receiver = Receiver()
        outbox = Outbox(store, receiver, writer, held_among)
        for day in sorted(CHANGES):
            at = datetime(day.year, day.month, day.day, 7, tzinfo=UTC) - timedelta(days=1)
            for _look in range(8):
                with clock.at(at):
                    taken = outbox.take("kent")
                at += (jump := chance.choice((HOUR, -HOUR, timedelta(), timedelta(minutes=1))))
                jumps += abs(jump) == HOUR
                with clock.at(at):
                    told = outbox.deliver(taken)
                    if chance.random() < 0.5:
                        outbox.once()  # the other process
                    if told and chance.random() < 0.8:  # or this one ends before it has written down how it went
                        outbox.mark("kent", told)
                at += timedelta(minutes=chance.choice((3, 20, 240, 1440)))
        with clock.at(datetime(2028, 1, 1, tzinfo=UTC)):
            while outbox.once():
                pass
        times = Counter(one for one, _at in receiver.taken)
        wrong += [(number, one, times[one]) for one in due if times[one] != 1]
        wrong += [(number, one, "too early", at) for one, at in receiver.taken if at < due[one] - HOUR]
        with database.admin().connect() as connection:
            rows = connection.execute(select(OutboxMessage).where(_m.id >= 9000)).all()
        wrong += [(number, row.reference, "not known as sent") for row in rows if states.state_of(row) != "sent"]
    record_count("reminders while the clock jumps", 15 * (200 if full else 30), wrong)
    record_count("jumps of the clock by an hour", jumps)
