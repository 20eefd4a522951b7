"""A service's link: what it shows before and after acceptance, how long it lives, and that a dead one tells nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import NotFound, NotNow
from cara.features.messages import discretion
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_loop import outbox, writer
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.template_loader import Sender
from cara.features.messages.transports import Answer, Said
from cara.features.onward_services import actions, directory, queries, service_replies
from cara.features.onward_services.models import OnwardReferral
from cara.features.onward_services.service_link import PURPOSE
from cara.features.onward_services.states import state_of
from cara.features.onward_services.vocabulary import OFFENDER
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.access.models import Person
from cara.platform.one_time_links import OneTimeLink, derive_token
from sqlalchemy import select, update
from synthetic.browser import Browser
from synthetic.cases import TODAY, case_of
from synthetic.onward import onward_token
from synthetic.people import PEOPLE

from .conftest import FORCE, PROVIDER, SECRET, Stage

CASE = case_of(FORCE, PROVIDER, "accepted")
PERSON = [CASE.mark("offender", name) for name in ("surname", "forenames", "phone")]


def told(browser: Browser, path: str) -> tuple[int, str]:
    answer = browser.get(path)
    return answer.status_code, answer.text


def test_name_and_number_are_shown_after_acceptance_alone(as_person: Any) -> None:
    nobody, path = as_person(), f"/onward/{onward_token(FORCE)}"
    status, before = told(nobody, path)
    assert status == 200
    assert "English" in before
    assert not [one for one in PERSON if one in before]
    refused = nobody.post(path, {"answer": "decline"})
    assert refused.status_code == 422
    assert nobody.post(path, {"answer": "accept"}).status_code == 303
    status, after = told(nobody, path)
    assert status == 200
    assert [one for one in PERSON if one in after] == PERSON
    assert nobody.post(path, {"answer": "accept"}).status_code == 303  # twice is once
    late = nobody.post(path, {"answer": "decline", "reason": "full"})
    assert late.status_code == 409


def test_whoever_opens_a_link_reads_who_writes_and_whom_to_ask(as_person: Any, app: Any) -> None:
    """The coordinator who sent somebody on, at their organisation; and the office's number where the force has entered one."""
    nobody, path, writer = as_person(), f"/onward/{onward_token(FORCE)}", PEOPLE[f"{PROVIDER}.coordinator"]
    _status, shown = told(nobody, path)
    assert f"{writer.name}, Synthetic {PROVIDER}" in shown
    assert f'href="mailto:{writer.address.casefold()}"' in shown
    assert "Ring " not in shown
    app.state.writer.texts._senders[FORCE] = Sender("Synthetic office", phone="01632 960 001")
    assert "Ring 01632 960 001." in told(nobody, path)[1]


def test_of_somebody_who_has_left_the_organisation_alone_is_named(as_person: Any, database: Any) -> None:
    writer, people = PEOPLE[f"{PROVIDER}.coordinator"], Person.__table__
    with database.admin().begin() as connection:
        connection.execute(update(people).where(people.c.id == writer.number).values(ended_at=clock.now()))
    _status, shown = told(as_person(), f"/onward/{onward_token(FORCE)}")
    assert writer.name not in shown
    assert "mailto" not in shown
    assert f"Ask Synthetic {PROVIDER}." in shown


def test_unknown_ended_and_used_links_read_the_same(as_person: Any, stage: Stage) -> None:
    service = stage.service()
    _one, declined = stage.refer("offered", service)
    two, withdrawn = stage.refer("booked", service)
    _three, ended = stage.refer("attended_a", service)
    with stage.at():
        service_replies.decline(stage.store, declined, "full", "")
    with stage.doing() as w:
        known = queries.one(w, two)
        actions.withdraw(w, known, known.onward.version, "consent")
    texts = set()
    nobody = as_person()
    for secret_part in ("no-such-link", declined, withdrawn):
        status, text = told(nobody, f"/onward/{secret_part}")
        assert status == 404
        texts.add(without_number(text))
    stage.turn(14)
    with clock.at(stage.morning()):
        status, text = told(nobody, f"/onward/{ended}")
        assert status == 404
        assert nobody.post(f"/onward/{ended}", {"answer": "accept"}).status_code == 404
    texts.add(without_number(text))
    assert len(texts) == 1


def without_number(text: str) -> str:
    """A page without what differs from one asking to the next."""
    return re.sub(r'(?<=name="_csrf_token" value=")[^"]+|\b[0-9a-f]{12}\b', "", text)


def test_a_link_lives_for_fourteen_days_and_shows_nothing_after(stage: Stage) -> None:
    _made, secret_part = stage.refer("accepted", stage.service(paid=False))
    with stage.at():
        assert service_replies.accept(stage.store, secret_part)
    stage.turn(13)
    with stage.at():
        assert service_replies.look(stage.store, secret_part).name
    stage.turn(1)
    with stage.at(), pytest.raises(NotFound):
        service_replies.look(stage.store, secret_part)


def test_a_new_link_ends_the_old_one(stage: Stage) -> None:
    made, old = stage.refer("accepted", stage.service())
    with stage.doing() as w:
        known = queries.one(w, made)
        actions.send_again(w, SECRET, known, known.onward.version)
        new = derive_token(SECRET, PURPOSE, known.onward.nonce)
    with stage.at():
        assert service_replies.look(stage.store, new).reference == made
        with pytest.raises(NotFound):
            service_replies.look(stage.store, old)


def test_the_database_holds_no_link(stage: Stage) -> None:
    """Neither the secret part nor anything that opens the page by itself."""
    _made, secret_part = stage.refer("accepted", stage.service())
    with stage.admin.connect() as connection:
        kept = repr(
            [connection.execute(select(one.__table__)).all() for one in (OneTimeLink, OnwardReferral, OutboxMessage)]
        )
    assert secret_part not in kept


def test_the_e_mail_names_nobody_and_says_nothing(database: Any, app: Any, stage: Stage) -> None:
    """What goes out, as it is kept in a practice system."""
    settings = database.settings(demo=True, secret=SECRET)
    made, secret_part = stage.refer("accepted", stage.service())
    with stage.at():
        sending = outbox(settings, stage.store, writer(settings, app.state.forces, LINKED_MESSAGES), held_among)
        assert sending is not None
        assert sending.once()
    with stage.admin.connect() as connection:
        rows = connection.execute(
            select(OutboxMessage.__table__).where(OutboxMessage.__table__.c.kind == "onward_referral")
        ).all()
    kept = rows[0].kept
    assert (rows[0].audience, kept["to"]) == ("service", "referrals@synthetic-service.example")
    assert f"/onward/{secret_part}" in kept["body"]
    assert made in kept["subject"]
    everything = repr(kept)
    assert not [one for one in (*PERSON, CASE.reference) if one in everything]
    assert discretion.told(f"{kept['subject']} {kept['body'].replace(secret_part, '')}") == ""


def test_the_e_mail_can_be_read_before_it_goes(as_person: Any, stage: Stage) -> None:
    stage.service()
    page = as_person(f"{PROVIDER}.coordinator").get(f"/cases/{CASE.reference}/onward").text
    before = page.partition("What will be sent")[2].partition("Write to the service")[0]
    assert "A new referral for you: (its reference)" in before
    assert "(a link that works for 14 days)" in before
    assert "/onward/" not in before
    assert not [one for one in (*PERSON, CASE.reference) if one in before]


def test_its_page_says_where_the_e_mail_went_and_whether_it_has_gone(
    as_person: Any, database: Any, app: Any, stage: Stage
) -> None:
    made, _secret_part = stage.refer("accepted", stage.service())
    browser = as_person(f"{PROVIDER}.coordinator")
    page = browser.get(f"/onward-referrals/{made}").text
    assert "To referrals@synthetic-service.example, written" in page
    assert "It has not gone: no sending service is set up." in page
    read = re.search(r'href="(/messages/[0-9a-f]+)">Read it', page)
    assert read
    settings = database.settings(demo=True, secret=SECRET)
    with stage.at():
        sending = outbox(settings, stage.store, writer(settings, app.state.forces, LINKED_MESSAGES), held_among)
        assert sending is not None
        assert sending.once()
    page = browser.get(f"/onward-referrals/{made}").text
    assert "Kept, not sent" in page
    assert "To referrals@synthetic-service.example, written" in page
    assert "no sending service" not in page
    message = browser.get(read[1]).text
    assert re.search(r"Kept\s*</dt>", message)
    assert not re.search(r">\s*Sent\s*</dt>", message), "what was kept was not sent"
    other, _secret_part = stage.refer("accepted", stage.service("Synthetic other centre"))
    assert read[1] not in browser.get(f"/onward-referrals/{other}").text


class Takes:
    """A way out that takes everything, and answers nothing more."""

    patience, follows = 1.0, False

    def send(self, _message: Any) -> Answer:
        return Answer(Said.TAKEN)


def test_an_address_that_the_directory_got_later_is_not_said_to_have_been_written_to(
    as_person: Any, database: Any, app: Any, stage: Stage
) -> None:
    service = stage.service()
    made, _secret_part = stage.refer("accepted", service)
    with stage.at():
        assert Outbox(
            stage.store,
            Takes(),
            writer(database.settings(secret=SECRET), app.state.forces, LINKED_MESSAGES),
            held_among,
        ).once()
    browser = as_person(f"{PROVIDER}.coordinator")
    assert "To referrals@synthetic-service.example, written" in browser.get(f"/onward-referrals/{made}").text
    stage.turn(1)
    with stage.doing(f"{FORCE}_police.administrator") as w:
        one = directory.service(w, service, OFFENDER, [FORCE])
        said = {"email": "moved@synthetic-service.example", "needs": one.needs, "areas": one.areas}
        directory.change(w, one, one.version, TODAY + timedelta(300), said)
    page = browser.get(f"/onward-referrals/{made}").text
    assert "moved@synthetic-service.example, written" not in page
    assert "To the address that the service had then, written" in page


def test_a_withdrawn_one_is_not_written_about(database: Any, app: Any, stage: Stage) -> None:
    settings = database.settings(demo=True, secret=SECRET)
    made, _secret_part = stage.refer("accepted", stage.service())
    with stage.doing() as w:
        known = queries.one(w, made)
        actions.withdraw(w, known, known.onward.version, "consent")
    with stage.at():
        sending = outbox(settings, stage.store, writer(settings, app.state.forces, LINKED_MESSAGES), held_among)
        assert sending is not None
        sending.once()
    with stage.admin.connect() as connection:
        rows = connection.execute(
            select(OutboxMessage.__table__).where(OutboxMessage.__table__.c.kind == "onward_referral")
        ).all()
    assert [(bool(row.cancelled_at), row.sent_at) for row in rows] == [(True, None)]


def test_nobody_is_sent_on_twice_to_one_service_at_once(stage: Stage) -> None:
    service = stage.service()
    made, _secret = stage.refer("accepted", service)
    with pytest.raises(NotNow):
        stage.refer("accepted", service)
    with stage.doing() as w:
        known = queries.one(w, made)
        actions.withdraw(w, known, known.onward.version, "consent")
    again, _secret = stage.refer("accepted", service)
    assert again != made


def test_what_is_due_and_what_nobody_answered_stand_on_what_needs_me(as_person: Any, stage: Stage) -> None:
    """For those who record it; whoever reads alone, and the police, are not asked."""
    service = stage.service(paid=False)
    accepted, secret_part = stage.refer("accepted", service)
    waits, _secret = stage.refer("offered", service)
    with stage.at():
        service_replies.accept(stage.store, secret_part)
    seen = {}
    for days in (0, 13, 14, 100):
        stage.today = TODAY + timedelta(days)
        with stage.doing() as w:
            due, unanswered = queries.need_somebody(w)
            seen[days] = ({row.reference for row in due} & {accepted}, {row.reference for row in unanswered} & {waits})
    assert seen == {0: (set(), set()), 13: (set(), set()), 14: (set(), {waits}), 100: ({accepted}, {waits})}
    headings = ("find out how it went", "did not answer")
    for who, told_of in {"coordinator": True, "manager": True, "facilitator": False}.items():
        page = as_person(f"{PROVIDER}.{who}").get("/work").text
        assert (headings[0] in page) is told_of, who  # the world has outcomes that are due
    assert headings[0] not in as_person(f"{FORCE}_police.referring_officer").get("/work").text


def test_outcomes_are_asked_after_three_and_six_months(stage: Stage) -> None:
    made, secret_part = stage.refer("accepted", stage.service(paid=False))
    with stage.at():
        service_replies.accept(stage.store, secret_part)
    for days in (80, 120):
        stage.turn(days)
        with stage.doing() as w:
            known = queries.one(w, made)
            due = queries.due(w, known.onward, w.today)
            assert (due is not None) == (days == 120)
    with stage.doing() as w:
        listed = queries.board(w)[0]
        assert (made, 3) in [(row.reference, row.months) for row in listed]
        assert (made, 6) in [(row.reference, row.months) for row in listed]
        known = queries.one(w, made)
        actions.record_outcome(w, known, known.onward.version, "started")
        actions.record_outcome(w, known, known.onward.version, "completed")
        assert [one.outcome for one in queries.outcomes(w, known.onward)] == ["started", "completed"]
        with pytest.raises(NotNow):
            actions.record_outcome(w, known, known.onward.version, "left")
        assert state_of(known.onward) == "accepted"
