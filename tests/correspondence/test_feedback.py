"""A link that works once, without a name; forms from paper and tablet; answers that lead back to nobody."""

import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import feedback
from cara.features.messages.encrypted_feedback import COLUMN
from cara.features.messages.models import Feedback, FeedbackRequest, OutboxMessage, SealedFeedback
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Kept, Outgoing
from cara.features.referrals.models import Offender, Referral
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.models import LedgerEntry
from cara.platform.one_time_links import OneTimeLink, hash_token
from sqlalchemy import select, text, update
from synthetic.browser import key
from synthetic.canaries import found_in
from synthetic.cases import TODAY, case_of
from synthetic.messages import token_of

GOOD = dict.fromkeys(("awareness", "relationships", "own_behaviour", "motivation"), "some")
COORDINATOR = "south_provider.coordinator"
LINK = f"/feedback/{token_of('kent')}"


def sealed(database: Any) -> list[Any]:
    """Answers that wait under a seal, without what the invented country brings."""
    with database.admin().connect() as connection:
        return list(connection.execute(select(SealedFeedback).where(SealedFeedback.key_id != "")))


def opened(database: Any, row: Any) -> dict[str, str]:
    keys = Keyring(database.settings().key_folder)
    return json.loads(keys.decrypt(row.force_id, row.key_id, COLUMN, row.answer))


def test_a_link_works_once_and_names_nobody(as_person, database, caplog):
    nobody = as_person()
    page = nobody.get(LINK)
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.text.count('type="radio"') == 16
    assert not found_in(page.content)
    assert "CARA" not in re.sub(r"<footer.*", "", page.text, flags=re.DOTALL)
    with caplog.at_level(logging.DEBUG):
        sent = nobody.post(LINK, GOOD)
    assert (sent.status_code, sent.headers["location"]) == (303, "/feedback")
    assert nobody.get("/feedback").status_code == 200
    assert (
        nobody.post(LINK, GOOD).status_code == nobody.post(LINK, {}).status_code == nobody.get(LINK).status_code == 404
    )
    assert "This link does not work any more" in nobody.get(LINK).text
    assert "CARA" not in re.sub(r"<footer.*", "", nobody.get(LINK).text, flags=re.DOTALL)
    (kept,) = sealed(database)
    told = opened(database, kept)
    assert (kept.force_id, kept.provider_id, told["way"], told["awareness"]) == (
        "kent",
        "south_provider",
        "link",
        "some",
    )
    assert b"some" not in kept.answer
    assert not {"referral_id", "reference", "at", "answered_on"} & {
        *Feedback.model_fields,
        *SealedFeedback.model_fields,
    }
    assert token_of("kent") not in "\n".join(one.getMessage() for one in caplog.records if one.name != "httpx")


def test_two_at_once_are_one(app, database):
    """The second finds the link ended, whenever it comes between looking and keeping."""
    keys = app.state["keys"]
    force = feedback.open_link(app.state.store, token_of("kent"))
    feedback.give(app.state.store, keys, token_of("kent"), GOOD)
    with pytest.raises(feedback.NotFound):
        feedback.give(app.state.store, keys, token_of("kent"), GOOD)
    assert force == "kent"
    assert len(sealed(database)) == 1


@pytest.mark.parametrize("fields", [{}, GOOD | {"awareness": "very"}, GOOD | {"motivation": ""}])
def test_mistakes_use_nothing_up(as_person, database, fields):
    nobody = as_person()
    page = nobody.post(LINK, fields)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert nobody.post(LINK, GOOD | {"force_id": "hampshire"}).status_code == 422
    assert nobody.post(LINK, GOOD).status_code == 303


def test_an_old_link_opens_nothing(as_person, database):
    with database.admin().begin() as connection:
        connection.execute(update(OneTimeLink).values(ends_at=clock.now() - timedelta(minutes=1)))
    assert as_person().get(LINK).status_code == as_person().post(LINK, GOOD).status_code == 404


def test_an_invitation_is_looked_at_sent_and_used(as_person, database, app):
    """From the coordinator's preview to the answer. The database holds no link before it goes, and none after."""
    case = case_of("kent", "south_provider", "accepted")
    browser = as_person(COORDINATOR)
    with database.admin().begin() as connection:
        connection.execute(update(Offender).values(phone="07700 900982"))
        connection.execute(update(Referral).where(Referral.id == case.id).values(b_on=TODAY))
    preview = browser.get(f"/cases/{case.reference}/invitation")
    assert "+447700900982" in preview.text
    assert "/feedback/" not in preview.text
    assert browser.post(f"/cases/{case.reference}/invitation", {"_key": key()}).status_code == 303
    assert as_person().get(LINK).status_code == 404  # the older link has ended
    sent: list[Outgoing] = []

    class Remembers(Kept):
        def send(self, message: Outgoing) -> Answer:
            sent.append(message)
            return Answer(super().send(message).said)

    Outbox(app.state.store, Remembers(), Writer.of(app.state.settings, Texts(), LINKED_MESSAGES), held_among).once()
    link = next(found[1] for one in sent if (found := re.search(r"http://127.0.0.1:8000(/feedback/\S+)", one.body)))
    token = link.rpartition("/")[2]
    with database.admin().connect() as connection:
        tables = [str(connection.execute(text(f"select * from {name}")).all())
                  for name in ("outbox_message", "feedback_request", "one_time_link", "ledger_entry", "idempotency_key")]  # fmt: skip
    assert not any(token in table for table in tables)
    assert any(hash_token("feedback", token) in table for table in tables)
    assert as_person().post(link, GOOD).status_code == 303
    again = browser.post(f"/cases/{case.reference}/invitation", {"_key": key()})
    assert again.status_code == 409


def test_an_invitation_is_not_sent_once_its_form_was_typed_in(as_person, database, app):
    """Its link has ended by then: the person would get a message with no link in it."""
    case = case_of("kent", "south_provider", "accepted")
    with database.admin().begin() as connection:
        connection.execute(update(Offender).values(phone="07700 900982"))
        connection.execute(update(Referral).where(Referral.id == case.id).values(b_on=TODAY))
    assert as_person(COORDINATOR).post(f"/cases/{case.reference}/invitation", {"_key": key()}).status_code == 303
    typed = {"_key": key(), "way": "paper", **GOOD}
    assert as_person("south_provider.facilitator").post(f"/cases/{case.reference}/feedback", typed).status_code == 303
    Outbox(app.state.store, Kept(), Writer.of(app.state.settings, Texts(), LINKED_MESSAGES), held_among).once()
    invitation = select(OutboxMessage.sent_at, OutboxMessage.failure).where(OutboxMessage.kind == "feedback_invitation")
    with database.admin().connect() as connection:
        assert connection.execute(invitation).all() == [(None, "link_ended")]


def test_staff_type_in_a_form_once(as_person, database):
    path = f"/cases/{case_of('kent', 'south_provider', 'accepted').reference}/feedback"
    facilitator = as_person("south_provider.facilitator")
    assert facilitator.post(path, {"_key": key(), **GOOD}).status_code == 422  # how it was filled in is not said
    assert facilitator.post(path, {"_key": key(), "way": "tablet", **GOOD}).status_code == 303
    assert facilitator.post(path, {"_key": key(), "way": "paper", **GOOD}).status_code == 409
    assert len(sealed(database)) == 1
    assert as_person().get(LINK).status_code == 200
    assert as_person().post(LINK, GOOD).status_code == 404  # asked once, whichever way


def test_nobody_is_asked_before_the_course(as_person):
    path = f"/cases/{case_of('kent', 'south_provider', 'referred').reference}"
    for what, fields in (("invitation", {}), ("feedback", {"way": "paper", **GOOD})):
        assert as_person(COORDINATOR).post(f"{path}/{what}", {"_key": key(), **fields}).status_code == 409
    begun = f"/cases/{case_of('kent', 'south_provider', 'attended_a').reference}/invitation"
    assert as_person(COORDINATOR).post(begun, {"_key": key()}).status_code == 409


def test_the_ledger_says_that_and_not_who(as_person, database):
    as_person().post(LINK, GOOD)
    with database.admin().connect() as connection:
        entry = connection.execute(select(LedgerEntry).where(LedgerEntry.verb == "feedback.given")).one()
        asked = connection.execute(select(FeedbackRequest).where(FeedbackRequest.force_id == "kent")).one()
    assert (entry.subject_id, entry.actor_id, entry.force_id) == ("", "", "kent")
    assert (asked.token_hash, asked.nonce, asked.answered_on is not None) == ("", "", True)


@pytest.mark.parametrize("state", ["closed", "breached"])
def test_nobody_is_asked_whose_case_ended_before_the_course_did(as_person, state):
    path = f"/cases/{case_of('kent', 'south_provider', state).reference}"
    for what, fields in (("invitation", {}), ("feedback", {"way": "paper", **GOOD})):
        assert as_person(COORDINATOR).post(f"{path}/{what}", {"_key": key(), **fields}).status_code == 409
