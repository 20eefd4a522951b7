"""GOV.UK Notify by its own client, against a stand-in that behaves as its API is published; errors and retries included."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import states
from cara.features.messages.govuk_notify import Notify
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Outgoing, Said
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from sqlalchemy import select, update
from synthetic import notify as stand_in
from synthetic.messages import MESSAGES
from synthetic.notify import KEY, TEMPLATES

ONE = next(one for one in MESSAGES if one.standing == "waiting")
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
_m: Any = OutboxMessage


@pytest.fixture
def standing():
    with stand_in.running() as running:
        yield running


def client(standing: Any, key: str = KEY, patience: float = 5) -> Notify:
    return Notify(
        key, email_template=TEMPLATES["email"], sms_template=TEMPLATES["sms"], url=standing.url, patience=patience
    )


@pytest.fixture
def outbox(database, standing):
    with database.admin().begin() as connection:
        connection.execute(update(OutboxMessage).where(_m.id != ONE.id).values(due_at=None))
    return Outbox(
        database.store(), client(standing), Writer.of(database.settings(), Texts(), LINKED_MESSAGES), held_among
    )


def row(database: Any) -> Any:
    with database.admin().connect() as connection:
        return connection.execute(select(OutboxMessage).where(_m.id == ONE.id)).one()


def run(outbox: Outbox, database: Any, times: int = 1) -> Any:
    """Look after the outbox so often, each time when it is next due."""
    for _ in range(times):
        due = row(database).due_at
        with clock.at(max(due or clock.now(), clock.now())):
            outbox.once()
    return row(database)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_it_takes_what_it_is_sent_and_tells_of_it(standing, channel):
    way = client(standing)
    to = "synthetic@example.com" if channel == "email" else "+447700900982"
    answer = way.send(Outgoing("ref-1", channel, to, "Subject", "Body"))
    assert (answer.said, answer.delivery) == (Said.TAKEN, "created")
    assert way.ask("ref-1", clock.now()).receipt == answer.receipt
    assert way.ask("ref-2", clock.now()).said is Said.NEVER_SEEN
    assert way.ask("ref-1", clock.now() - timedelta(days=7)).said is Said.CANNOT_SAY
    assert way.follow(answer.receipt).said is Said.LATER
    standing.went("delivered")
    assert (way.follow(answer.receipt).said, way.follow(answer.receipt).delivery) == (Said.TAKEN, "delivered")
    given = standing.taken[0]["given"]
    assert given["personalisation"]["body"] == "Body"
    assert standing.strangers == 0


def test_a_wrong_key_is_a_refusal_that_says_so(standing):
    answer = client(standing, KEY[:-1] + "1").send(Outgoing("ref-1", "sms", "+447700900982", "", "Body"))
    assert (answer.said, answer.failure) == (Said.REFUSED, "key_refused")
    assert standing.strangers == 1
    assert standing.taken == []


@pytest.mark.parametrize(
    ("fault", "said", "failure"),
    [(400, Said.REFUSED, "refused"), (403, Said.REFUSED, "key_refused"), (429, Said.LATER, ""), (500, Said.UNHEARD, ""),
     (503, Said.UNHEARD, ""), ("lost", Said.UNHEARD, ""), ("cut", Said.UNHEARD, ""), ("gone", Said.UNHEARD, "")],
)  # fmt: skip
def test_each_error_is_what_it_means(standing, fault, said, failure, caplog):
    standing.faults = [fault]
    with caplog.at_level(logging.DEBUG):
        answer = client(standing).send(
            Outgoing("ref-1", "email", "secret-person@example.com", "Subject", "secret-words")
        )
    assert (answer.said, answer.failure) == (said, failure)
    assert "secret" not in caplog.text


def test_nobody_there_is_not_a_refusal(standing):
    way = Notify(KEY, email_template="x", sms_template="x", url="http://127.0.0.1:9", patience=1)
    assert way.send(Outgoing("ref-1", "sms", "+447700900982", "", "Body")).said is Said.UNHEARD
    assert way.ask("ref-1", clock.now()).said is Said.UNHEARD
    assert way.follow("x").said is Said.LATER


@SQLITE
def test_an_email_is_sent_followed_and_delivered(outbox, database, standing):
    sent = run(outbox, database)
    assert (states.shown(sent), standing.times) == ("sent", {ONE.reference: 1})
    assert sent.receipt == standing.taken[0]["id"]
    standing.went("sending")
    assert states.shown(run(outbox, database)) == "sent"
    standing.went("delivered")
    done = run(outbox, database)
    assert (states.shown(done), done.due_at) == ("delivered", None)


@SQLITE
@pytest.mark.parametrize(
    ("faults", "rounds", "shown", "times"),
    [
        ([429, 429], 3, "sent", 1),
        ([500], 3, "sent", 1),  # sent, asked, sent again
        (["lost"], 2, "sent", 1),  # it was taken after all: asked, never sent again
        (["cut"], 2, "sent", 1),
        (["gone", 500, 503], 5, "sent", 1),  # asking fails twice, too
        (["cut", 500, 429], 4, "sent", 1),
        ([400], 1, "failed", 0),
        ([403], 1, "failed", 0),
    ],
)
def test_whatever_happens_it_goes_once_or_says_why(outbox, database, standing, faults, rounds, shown, times):
    standing.faults = list(faults)
    last = run(outbox, database, rounds)
    assert states.shown(last) == shown, last
    assert standing.times[ONE.reference] == times
    if shown == "failed":
        assert last.due_at is None
        assert run(outbox, database).attempts == 1


@SQLITE
@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_could_not_be_delivered_comes_back_to_a_person(outbox, database, standing, status):
    run(outbox, database)
    standing.went(status)
    back = run(outbox, database)
    assert (states.shown(back), back.failure, back.delivery) == ("failed", "undelivered", status)


@SQLITE
def test_it_is_not_followed_for_ever(outbox, database, standing):
    run(outbox, database)
    standing.went("sending")
    with clock.at(clock.now() + states.FOLLOW_FOR + timedelta(hours=1)):
        outbox.once()
    assert row(database).due_at is None
