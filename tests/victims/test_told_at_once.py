"""Whoever opens a record in an emergency: the force is written to in the same transaction, and the course's side learns nothing."""

from datetime import UTC, datetime, time

import pytest
from cara import clock
from cara.errors import NotNow
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Answer, Said
from cara.features.subject_access import collect
from cara.features.victims import emergency_access
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.plugins.models import ForceArrangement
from sqlalchemy import select, update
from synthetic.people import PEOPLE
from victims.conftest import CONTACT_OFFICER, COORDINATOR, OFFICER, SUPERVISOR


class Heard:
    """A way out that remembers what went."""

    patience, follows = 1.0, False

    def __init__(self):
        self.went = []

    def send(self, message):
        self.went.append(message)
        return Answer(Said.TAKEN)


@pytest.fixture
def case(room):
    return room.accepted(a_on=room.today)


def queued(room):
    with room.admin.connect() as connection:
        return list(connection.execute(select(OutboxMessage.__table__).where(OutboxMessage.kind == "record_opened")))


def opened(room, case, who=OFFICER):
    with room.doing(who) as w:
        return emergency_access.open_case(w, room.keys, room.case(w, case), "PLAINTEXT reason")


def test_whoever_watches_over_records_is_written_to_and_the_words_tell_nothing(room, case, database):
    room.harmed(case)
    opened(room, case)
    watchers = {str(PEOPLE[key].number) for key in (SUPERVISOR, CONTACT_OFFICER)}
    assert {one.facts["watcher"] for one in queued(room)} == watchers
    heard, settings = Heard(), database.settings()
    with clock.at(datetime.combine(room.today, time(12), UTC)):
        Outbox(room.store, heard, Writer.of(settings, Texts(), LINKED_MESSAGES), held_among).once()
    went = [one for one in heard.went if "emergency" in one.subject]
    assert len(went) == len(watchers)
    for one in went:
        assert case in one.body
        assert "PLAINTEXT" not in one.subject + one.body
        assert "Synthetic" not in one.subject + one.body


def named_by(room, **profile):
    """The force's arrangement, with this in its profile."""
    room.arrange()
    with room.admin.begin() as connection:
        connection.execute(update(ForceArrangement).values(profile=profile))


OFFICE = "data.protection@kent.example"


@pytest.mark.parametrize(("before", "after", "to"), [
    (OFFICE, OFFICE, [OFFICE]), ("old@kent.example", OFFICE, [OFFICE]), (OFFICE, "", []), ("", OFFICE, [])
])  # fmt: skip
def test_the_data_protection_officer_is_told_where_the_arrangement_names_one(room, case, database, before, after, to):
    """At the address that it names when the message goes, which stands in no message; nothing waits for nobody."""
    room.harmed(case)
    named_by(room, data_protection_officer=before)
    opened(room, case)
    with room.admin.connect() as connection:
        kept = list(
            connection.execute(
                select(OutboxMessage.__table__).where(OutboxMessage.kind == "record_opened_dpo")
            ).mappings()
        )
    assert len(kept) == (before != "")
    assert all(OFFICE not in str(dict(one)) and one["provider_id"] is None for one in kept)
    named_by(room, data_protection_officer=after)
    heard = Heard()
    with clock.at(datetime.combine(room.today, time(12), UTC)):
        Outbox(room.store, heard, Writer.of(database.settings(), Texts(), LINKED_MESSAGES), held_among).once()
    went = [one for one in heard.went if "data protection officer" in one.body]
    assert [one.to for one in went] == to
    assert all(case in one.body and "PLAINTEXT" not in one.subject + one.body for one in went)


def test_a_second_opening_is_told_anew(room, case):
    room.harmed(case)
    opened(room, case)
    before = len(queued(room))
    opened(room, case)
    assert len(queued(room)) == 2 * before


def test_where_opening_fails_nobody_is_written_to(room, case, monkeypatch):
    with pytest.raises(NotNow):
        opened(room, case)  # nobody is on record
    room.harmed(case)
    with room.doing(SUPERVISOR) as w:
        before = emergency_access.unreviewed(w)
    monkeypatch.setattr(emergency_access, "post", lambda *_a, **_k: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        opened(room, case)
    assert queued(room) == []
    with room.doing(SUPERVISOR) as w:
        assert emergency_access.unreviewed(w) == before


def test_it_stands_on_no_page_of_the_case_and_in_no_copy_for_the_person_on_the_course(as_person, room, case):
    room.harmed(case)
    opened(room, case)
    for who in (COORDINATOR, OFFICER, SUPERVISOR):
        browser = as_person(who)
        for page in ("/messages", f"/cases/{case}/messages"):
            assert "opened in an emergency" not in browser.get(page).text.replace(
                "A record was opened in an emergency, and nobody", ""
            )
        for one in queued(room):
            assert browser.get(f"/messages/{one.reference}").status_code == 404
            assert one.provider_id is None
    with room.doing(SUPERVISOR) as w:
        from cara.features.referrals import queries

        found, person = queries.case(w, case)
        rows = collect.rows_about(w, person, [found])
    assert "record_opened" not in {one["kind"] for one in rows["outbox_message"]}
