"""Queueing: in the caller's transaction, once for one thing, on the ways on which somebody is reached, with nothing that tells."""

from datetime import timedelta
from typing import Any

import pytest
from cara.features.messages import actions, discretion, queries, states
from cara.features.messages.message_types import CHANNELS, KINDS
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render import Reader
from cara.features.messages.render_outbox import Writer, of_message
from cara.features.messages.template_loader import Texts, seen_outside
from cara.features.messages.transports import Answer, Said
from cara.features.referrals import queries as referrals
from cara.features.referrals.models import Offender, Referral
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import select, update
from synthetic.canaries import found_in
from synthetic.cases import NOW, TODAY, case_of
from synthetic.onward import onward_of
from synthetic.people import FORCES, PEOPLE, SERVES
from synthetic.victims import victim_canary

_m: Any = OutboxMessage
_o: Any = Offender
FACTS: dict[str, Any] = {
    "date": TODAY + timedelta(14), "time": "10:00", "ends": "15:00", "venue": "Invented Hall", "venue_address": "1 Invented Way",
    "which": "first", "second_date": TODAY + timedelta(42), "second_time": "10:00", "second_ends": "15:00",
    "old_date": TODAY + timedelta(7), "answer_by": TODAY + timedelta(3), "place": "17", "sequence": 0,
}  # fmt: skip


def facts(kind: str, force: str, **changes: Any) -> dict[str, Any]:
    watcher = str(PEOPLE[f"{force}_police.supervisor"].number)
    given = FACTS | {"onward": onward_of(case_of(force, SERVES[force][0], "accepted")), "watcher": watcher} | changes
    return {name: value for name, value in given.items() if name in KINDS[kind].facts}


def store_of(database: Any) -> Any:
    """One for the whole test: each has connections of its own."""
    if not hasattr(database, "one_store"):
        database.one_store = database.store()
    return database.one_store


def post(
    database: Any, kind: str, force: str = "kent", *, fail: bool = False, changes: Any = None, **more: Any
) -> tuple[str, ...]:
    case = case_of(force, SERVES[force][0], "accepted")
    with work_as(store_of(database), operator(), "message", "test", Scope(force=force)) as w:
        referral, _person = referrals.case(w, case.reference)
        named = {"reader": Reader(email="office@example.com")} if KINDS[kind].audience == "service" else {}
        made = actions.post(w, kind, referral, facts(kind, force, **(changes or {})), **named, **more)
        w.recorded += 1
        if fail:
            raise KeyError
    return made


def queued(database: Any, *references: str) -> list[Any]:
    with database.admin().connect() as connection:
        return list(connection.execute(select(OutboxMessage).where(_m.reference.in_(references)).order_by(_m.id)))


def reached(database: Any, **ways: str) -> None:
    with database.admin().begin() as connection:
        connection.execute(update(Offender).values({"phone": "", "email": "", "address": "", **ways}))


def test_the_same_thing_is_queued_once(database):
    first = post(database, "place_booked", about="place:1")
    assert len(first) == 1
    assert post(database, "place_booked", about="place:1") == ()
    assert post(database, "place_booked", about="place:2") != ()
    assert post(database, "reminder") != ()
    assert post(database, "reminder") == ()
    assert post(database, "reminder", changes={"date": TODAY + timedelta(15)}) != ()


def test_what_is_rolled_back_was_not_queued(database):
    with pytest.raises(KeyError):
        post(database, "reminder", fail=True)
    assert post(database, "reminder") != ()


@pytest.mark.parametrize(
    ("ways", "kind", "wanted"),
    [
        ({"phone": "07700 900982", "email": "a@example.com", "address": "1 Way"}, "place_booked", ["email", "sms"]),
        ({"phone": "01632 960001", "address": "1 Way"}, "place_booked", ["letter"]),
        ({"phone": "+44 7700 900982"}, "reminder", ["sms"]),
        ({"email": "a@example.com"}, "reminder", ["email"]),
        ({"address": "1 Way"}, "reminder", []),
        ({"phone": "07700 900982"}, "date_changed", ["email", "sms", "calendar"]),
        ({"address": "1 Way"}, "completion_certificate", ["letter"]),
    ],
)
def test_somebody_is_written_to_where_they_are_reached(database, ways, kind, wanted):
    reached(database, **ways)
    rows = queued(database, *post(database, kind))
    assert [row.channel for row in rows] == wanted
    lost = [row for row in rows if row.failure]
    assert [row.channel for row in lost] == (["email"] if wanted[:1] == ["email"] and "email" not in ways else [])
    assert all(row.due_at is None for row in rows if row.channel in ("letter", "calendar"))


def test_a_venue_whose_name_tells_is_shown_to_no_bystander(database):
    reached(database, phone="07700 900982", email="a@example.com")
    rows = queued(database, *post(database, "place_booked", changes={"venue": "Domestic Abuse Centre"}))
    assert {row.channel: row.failure for row in rows} == {"email": "", "sms": "not_neutral"}
    assert {row.channel: states.state_of(row) for row in rows}["sms"] == "failed"


@pytest.mark.parametrize("wrong", [{}, {"date": TODAY}, {"colour": "red"}, FACTS])
def test_other_facts_than_its_own_are_a_defect(database, wrong):
    case = case_of("kent", SERVES["kent"][0], "accepted")
    with work_as(store_of(database), operator(), "account", "test", Scope(force="kent")) as w:
        referral, _person = referrals.case(w, case.reference)
        with pytest.raises(LookupError):
            actions.post(w, "reminder", referral, wrong)


def test_a_message_to_a_service_never_goes_to_the_person_on_the_course(database):
    """Where nobody says which service it is for, nothing is queued."""
    case = case_of("kent", SERVES["kent"][0], "accepted")
    with work_as(store_of(database), operator(), "account", "test", Scope(force="kent")) as w:
        referral, _person = referrals.case(w, case.reference)
        with pytest.raises(LookupError):
            actions.post(w, "onward_referral", referral, facts("onward_referral", "kent"))


def test_every_text_with_a_link_belongs_to_a_kind_that_has_one():
    texts, linked = Texts(), {message.kind for message in LINKED_MESSAGES}
    ways = {(kind.name, way) for kind in KINDS.values() for group in kind.ways for way in group}
    shown = {kind for kind, way in ways if (text := texts.text("", kind, way, "en")) and "{link}" in text.body}
    assert shown == linked


def test_every_kind_in_every_force_tells_nobody_what_is_not_theirs(database, record_count):
    """Every message there can be, from cases full of canaries: what is seen outside holds no word that tells and no name; no
    canary of a victim, of another force, or of an offence stands anywhere."""
    writer, wrong, tried = Writer.of(database.settings(), Texts(), LINKED_MESSAGES), [], 0
    allowed = {"surname", "forenames", "address", "postcode", "phone", "email", "reference", "work_address"}
    for force in FORCES:
        for kind in KINDS.values():
            for channel in sorted({way for group in kind.ways for way in group}):
                if channel == "sms":
                    reached(database, phone="07700 900982")
                made = post(database, kind.name, force, about=f"sweep-{channel}", channels=(channel,))
                with work_as(store_of(database), operator(), "account", "test", Scope(force=force)) as w:
                    message = w.session.scalars(
                        select(OutboxMessage).where(_m.reference == made[0])
                    ).one()  # some stand on no page
                    matter, reader = of_message(w, writer, message)
                words = writer.words(matter, reader)
                assert words is not None
                outside = (
                    seen_outside(words, channel, kind.audience)
                    .replace(matter.case_link, "")
                    .replace(matter.reference, "")
                    .replace(matter.link or " ", " ")
                )
                content = f"{words.heading}\n{words.body}\n{reader.way(channel)}".encode()
                if channel in ("letter", "calendar"):
                    content += writer.file(matter, reader)
                tried += 1
                wrong += [(force, kind.name, channel, word)] if (word := discretion.told(outside)) else []
                wrong += [(force, kind.name, channel, o) for o in found_in(outside.encode())]
                wrong += [(force, kind.name, channel, o) for o in found_in(content)
                          if o.owner not in (force, f"{force}_police", *SERVES[force]) or o.column not in allowed]  # fmt: skip
                wrong += [(force, kind.name, channel)] * (victim_canary(force, "victim", "name").encode() in content)
    record_count("messages of every kind, way and force, read", tried, wrong)


def test_welsh_where_it_is_spoken_and_offered(database):
    with work_as(store_of(database), operator(), "account", "test", Scope(force="kent")) as w:
        assert queries.language(w, "south_wales", " Welsh") == "cy"
        assert queries.language(w, "south_wales", "Polish") == "en"
        assert queries.language(w, "kent", "Welsh") == "en"


STAFF = {
    "no_show": ("kent_police.referring_officer", "victim_contact_officer", "administrator"),
    "last_day_near_here": ("south_provider.coordinator", "facilitator", "administrator"),
    "record_opened": ("kent_police.supervisor", "victim_contact_officer", "referring_officer"),
}
"""Kind → to whom it goes, another role in which it still would, and one in which it is none of theirs."""
GONE = {
    "left": ("person", {"ended_at": TODAY}, False),
    "role ended": ("membership", {"ended_at": TODAY}, False),
    "another role": ("membership", {"role": 2}, False),
    "another role that it fits": ("membership", {"role": 1}, True),
    "another capacity": ("membership", {"capacity": "commissioner"}, False),
    "another organisation": ("person", {"organisation_id": "hampshire_police"}, False),
    "organisation ended": ("organisation", {"ended_at": TODAY}, False),
    "capacity taken away": ("organisation_capacity", {"capacity": "commissioner"}, False),
    "nothing": ("person", {"name": "Synthetic"}, True),
}
"""What may have become of a member of staff between queueing and sending: table, change, whether they are still written to."""


class Went:
    """A way out that remembers where to it went."""

    patience, follows = 1.0, False

    def __init__(self) -> None:
        self.to: list[str] = []

    def send(self, message: Any) -> Answer:
        self.to.append(message.to)
        return Answer(Said.TAKEN)


@pytest.mark.parametrize("what", GONE)
@pytest.mark.parametrize("kind", STAFF)
def test_staff_are_written_to_as_long_as_what_they_do_fits_the_message(database, kind, what):
    key, *roles = STAFF[kind]
    who, (table, change, still) = PEOPLE[key], GONE[what]
    with database.admin().begin() as connection:
        connection.execute(update(Referral).values(created_by=str(who.number), accepted_by=str(who.number)))
    made = post(database, kind)
    assert queued(database, *made)[0].failure == ""
    change = {
        name: NOW if value is TODAY else roles[value - 1] if name == "role" else value for name, value in change.items()
    }
    rows = Referral.metadata.tables[table]
    mine = {
        "person": "id",
        "membership": "person_id",
        "organisation": "id",
        "organisation_capacity": "organisation_id",
    }[table]
    with database.admin().begin() as connection:
        number = who.body.id if table.startswith("organisation") else who.number
        connection.execute(rows.update().where(rows.c[mine] == number).values(**change))
    went = Went()
    Outbox(store_of(database), went, Writer.of(database.settings(), Texts(), LINKED_MESSAGES), held_among).once()
    [row] = queued(database, *made)
    assert (who.address in went.to, row.failure, row.sent_at is not None) == (
        still,
        "" if still else "no_contact",
        still,
    )


def test_channels_have_names():
    assert {channel for kind in KINDS.values() for group in kind.ways for channel in group} <= set(CHANNELS)
