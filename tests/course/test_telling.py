"""What people are told of their course, and what they are told no more: the queue after each thing that can happen."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.course.attendance import actions as attendance_actions
from cara.features.course.attendance.actions import Line
from cara.features.course.bookings import actions as booking_actions
from cara.features.course.bookings import separation_actions
from cara.features.course.cohorts import actions as cohort_actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries as record_queries
from cara.features.course.telephone import actions as telephone_actions
from cara.features.course.telephone import group_suspension
from cara.features.messages import actions, queries, render_outbox
from cara.features.messages.icalendar import uid
from cara.features.messages.models import OutboxMessage
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer
from cara.features.messages.states import state_of
from cara.features.messages.template_loader import Texts
from cara.features.messages.transports import Kept
from cara.features.referrals.models import Offender
from cara.features.victims.wall import hold_gate, review_opening
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from icalendar import Calendar
from sqlalchemy import select, update

from .conftest import FORCE, PROVIDER, Stage
from .doing import ABSENT, PRESENT, attend, book, line

_m: Any = OutboxMessage


def queue(stage: Stage, reference: str, *kinds: str, live: bool = False) -> list[Any]:
    """A case's messages, oldest first: of these kinds or of all; `live`: those alone that may still go."""
    with stage.doing() as w:
        number = stage.case(w, reference).id
    with stage.admin.connect() as connection:
        rows = connection.execute(select(OutboxMessage).where(_m.referral_id == number).order_by(_m.id)).all()
    return [row for row in rows if (not kinds or row.kind in kinds) and not (live and state_of(row) != "waiting")]


def told(stage: Stage, reference: str, after: int = 0) -> Counter[tuple[str, str]]:
    """Kind and way of what was queued after a message."""
    return Counter((row.kind, row.channel) for row in queue(stage, reference) if row.id > after)


def last(stage: Stage, reference: str) -> int:
    return max((row.id for row in queue(stage, reference)), default=0)


def accepted(stage: Stage) -> str:
    """A case of somebody with a mobile phone."""
    one = stage.accepted()
    with stage.admin.begin() as connection:
        connection.execute(update(Offender).values(phone="+44 7700 900123"))
    return one


def booked(stage: Stage, start: int = 14) -> tuple[str, str]:
    """A case with a place: A is so many days ahead, B thirty days after that."""
    one, cohort = accepted(stage), stage.cohort(start, 30)
    book(stage, one, cohort)
    return one, cohort


def change(stage: Stage, cohort: str, part: str, days: int) -> Any:
    """Move a workshop by so many days; its new day."""
    with stage.doing() as w:
        found, room = stage.workshop(w, cohort, part)
        slot = Slot(room.day + timedelta(days), room.starts, room.ends, cohort_actions._venue_of(w, room))
        cohort_actions.change_workshop(w, stage.forces, found, part, room.version, slot, "Synthetic snow")
        return slot.day


def due(row: Any) -> tuple[Any, int, int]:
    """Day, hour and minute, by the clock in London, at which something is due."""
    at = row.due_at.astimezone(clock.LONDON)
    return at.date(), at.hour, at.minute


def test_a_booked_place_is_told_with_both_days_and_reminded_of(stage):
    one, cohort = booked(stage)
    with stage.doing() as w:
        rooms = record_queries.workshops(w, record_queries.cohort(w, cohort).id)
        place = record_queries.active_place(w, stage.case(w, one))
    assert told(stage, one) == {
        ("place_booked", "email"): 1, ("place_booked", "sms"): 1, ("workshop_entry", "calendar"): 2, ("reminder", "sms"): 2,
    }  # fmt: skip
    (said, _sms) = queue(stage, one, "place_booked")
    assert (said.facts["date"], said.facts["second_date"]) == (rooms["A"].day.isoformat(), rooms["B"].day.isoformat())
    assert said.due_at == said.queued_at
    reminders = queue(stage, one, "reminder")
    assert [due(row) for row in reminders] == [(rooms[part].day - timedelta(3), 9, 0) for part in "AB"]
    assert [row.facts["which"] for row in reminders] == ["first", "second"]
    entries = queue(stage, one, "workshop_entry")
    assert [(row.facts["place"], row.facts["sequence"], row.facts["date"]) for row in entries] == [
        (f"{place.id}/{part}", 0, rooms[part].day.isoformat()) for part in "AB"
    ]
    assert len({uid(row.facts["place"]) for row in entries}) == 2


def test_a_reminder_that_would_be_late_is_none(stage):
    one, _cohort = booked(stage, start=2)
    assert [row.facts["which"] for row in queue(stage, one, "reminder")] == ["second"]


def test_a_date_that_changes_takes_its_reminder_and_its_entry_with_it(stage):
    one, cohort = booked(stage)
    other = {row.facts["which"]: row for row in queue(stage, one, "reminder")}["first"]
    entry = queue(stage, one, "workshop_entry")[1]
    before = entry.facts["date"]
    for times, days in ((1, 3), (2, 2), (3, -5)):
        day = change(stage, cohort, "B", days)
        changes = queue(stage, one, "date_changed")
        assert Counter(row.channel for row in changes) == {"email": times, "sms": times, "calendar": times}
        latest = changes[-1]
        assert (latest.facts["old_date"], latest.facts["date"], latest.facts["which"]) == (
            before,
            day.isoformat(),
            "second",
        )
        assert (latest.facts["place"], latest.facts["sequence"]) == (entry.facts["place"], times)
        live = queue(stage, one, "reminder", live=True)
        assert [row.facts["which"] for row in live] == ["first", "second"]
        assert live[0].id == other.id
        assert due(live[1]) == (day - timedelta(3), 9, 0)
        assert live[1].facts["date"] == day.isoformat()
        before = day.isoformat()
    assert len(queue(stage, one, "reminder")) == 5


def test_a_place_taken_back_recalls_what_has_not_gone_and_cancels_the_entries(stage):
    one, cohort = booked(stage)
    change(stage, cohort, "A", 1)
    mark, entries = last(stage, one), queue(stage, one, "workshop_entry")
    with stage.doing() as w:
        booking_actions.release(w, case := stage.case(w, one), case.version, "asked")
    live = queue(stage, one, live=True)
    assert {row.kind for row in live} == {"place_cancelled"}
    assert told(stage, one, mark) == {("place_cancelled", way): 2 for way in ("email", "sms", "calendar")}
    ended = {row.facts["place"]: row.facts["sequence"] for row in live if row.channel == "calendar"}
    known = {row.facts["place"]: row.facts["sequence"] for row in entries + queue(stage, one, "date_changed")}
    assert ended.keys() == known.keys()
    assert all(ended[place] > known[place] for place in known)


def test_a_place_that_was_only_waited_for_is_never_written_of(stage):
    one, cohort = accepted(stage), stage.cohort(14, 30)
    with stage.doing() as w:
        booking_actions.wait(w, case := stage.case(w, one), case.version, record_queries.cohort(w, cohort))
    change(stage, cohort, "A", 1)
    change(stage, cohort, "B", 1)
    with stage.doing() as w:
        telephone_actions.begin(w, case := stage.case(w, one), case.version, ["language"])
    assert not queue(stage, one)


def test_an_offer_is_told_with_a_day_to_answer_by_and_nothing_is_reminded_of(stage):
    one, cohort = accepted(stage), stage.cohort(3, 30)
    with stage.doing() as w:
        booking_actions.offer(w, case := stage.case(w, one), case.version, record_queries.cohort(w, cohort))
    assert told(stage, one) == {("place_offered", "email"): 1, ("place_offered", "sms"): 1}
    assert {row.facts["answer_by"] for row in queue(stage, one)} == {(stage.today + timedelta(3)).isoformat()}
    change(stage, cohort, "A", 1)
    assert not queue(stage, one, "reminder")
    with stage.doing() as w:
        booking_actions.refuse(w, case := stage.case(w, one), case.version)
    assert not queue(stage, one, live=True)


def test_whoever_declines_is_reminded_of_nothing(stage):
    one, _cohort = booked(stage)
    with stage.doing() as w:
        booking_actions.refuse(w, case := stage.case(w, one), case.version)
    assert not queue(stage, one, live=True)


@pytest.mark.parametrize("part", ["A", "B"])
def test_a_workshop_missed_is_told_to_the_person_and_to_the_officer(stage, part):
    one, cohort = booked(stage)
    stage.turn(14)
    if part == "B":
        attend(stage, cohort, "A", **line(one, PRESENT))
        stage.turn(30)
    mark = last(stage, one)
    attend(stage, cohort, part, **line(one, ABSENT))
    assert told(stage, one, mark) == {
        ("missed_workshop", "email"): 1, ("missed_workshop", "sms"): 1, ("no_show", "email"): 1,
    }  # fmt: skip
    assert {row.audience for row in queue(stage, one, "no_show")} == {"officer"}
    missed = queue(stage, one, "missed_workshop")[0].facts
    assert (missed["which"], missed["date"]) == ("first" if part == "A" else "second", stage.today.isoformat())
    assert not queue(stage, one, "reminder", live=True)
    attend(stage, cohort, part, **line(one, ABSENT))  # sent again
    assert sum(told(stage, one, mark).values()) == 3


def handed_over(stage: Stage, reference: str) -> dict[str, Any]:
    """Somebody is given the entries for their calendar: place in a workshop → what they hold."""
    entries = queue(stage, reference, "workshop_entry", live=True)
    with stage.doing() as w:
        for row in entries:
            actions.posted(w, queries.message(w, row.reference), row.version)
    return {row.facts["place"]: row for row in entries}


def as_file(stage: Stage, row: Any, database: Any) -> Any:
    """A calendar entry as whoever opens the file reads it: method, UID, SEQUENCE and status."""
    writer = Writer.of(database.settings(), Texts(), LINKED_MESSAGES)
    with stage.doing() as w:
        calendar = Calendar.from_ical(
            writer.file(*render_outbox.of_message(w, writer, queries.message(w, row.reference)))
        )
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])


def test_a_first_workshop_missed_takes_the_second_out_of_the_calendar_that_holds_it(stage, database):
    one, cohort = booked(stage)
    first, second = handed_over(stage, one).values()
    change(stage, cohort, "B", 2)
    stage.turn(14)
    mark = last(stage, one)
    attend(stage, cohort, "A", **line(one, ABSENT))
    (gone,) = [row for row in queue(stage, one, live=True) if row.id > mark and row.channel == "calendar"]
    _method, uid, sequence, _status = as_file(stage, second, database)
    assert as_file(stage, gone, database) == ("CANCEL", uid, sequence + 2, "CANCELLED")
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "A")
        attendance_actions.correct(w, stage.case(w, one), room, PRESENT, "Synthetic: read the names wrongly")
    live = [row for row in queue(stage, one, live=True) if row.id > mark and row.channel == "calendar"]
    assert [row.kind for row in live] == ["place_cancelled", "workshop_entry"]  # the place is another one
    assert as_file(stage, live[1], database)[1] not in (uid, as_file(stage, first, database)[1])


def test_whoever_declines_is_struck_out_of_the_calendar_that_holds_it(stage):
    one, _cohort = booked(stage)
    held = handed_over(stage, one)
    with stage.doing() as w:
        booking_actions.refuse(w, case := stage.case(w, one), case.version)
    live = queue(stage, one, live=True)
    assert {row.facts["place"]: row.facts["sequence"] for row in live} == dict.fromkeys(held, 1)
    assert {(row.kind, row.channel) for row in live} == {("place_cancelled", "calendar")}


def test_whoever_is_put_off_has_missed_nothing_and_is_told_that_the_place_is_gone(stage):
    one, cohort = booked(stage)
    stage.turn(14)
    mark = last(stage, one)
    attend(stage, cohort, "A", **line(one, Line("sent_away", "not_held")))
    assert {row.kind for row in queue(stage, one) if row.id > mark} == {"place_cancelled"}
    assert not queue(stage, one, "reminder", live=True)


def test_a_line_put_right_takes_what_was_told_back_or_up_again(stage):
    one, cohort = booked(stage)
    stage.turn(14)
    attend(stage, cohort, "A", **line(one, ABSENT))
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "A")
        attendance_actions.correct(w, stage.case(w, one), room, PRESENT, "Synthetic: read the names wrongly")
    assert [row.facts["which"] for row in queue(stage, one, "reminder", live=True)] == ["second"]
    assert not queue(stage, one, "missed_workshop", live=True)
    with stage.doing() as w:
        attendance_actions.correct(w, stage.case(w, one), room, ABSENT, "Synthetic: and again")
    assert not queue(stage, one, "reminder", live=True)
    assert [row.channel for row in queue(stage, one, "missed_workshop", live=True)] == ["email", "sms"]


@pytest.mark.parametrize("said", [Line("sent_away", "not_held"), ABSENT])
def test_whoever_speaks_with_the_victim_knows_what_counts_once_a_register_was_put_right(stage, said):
    one, cohort = booked(stage)
    stage.turn(14)
    attend(stage, cohort, "A", **line(one, PRESENT))
    for line_of_a, counts in ((said, False), (PRESENT, True)):
        stage.turn(1)
        with stage.doing() as w:
            _found, room = stage.workshop(w, cohort, "A")
            attendance_actions.correct(w, stage.case(w, one), room, line_of_a, "Synthetic: read the names wrongly")
        with stage.police() as w:
            case = stage.case(w, one)
            with review_opening.wall(w, FORCE) as session:
                known = review_opening.courses(session, [case.id])[case.id]
        assert (known.a_done, case.a_on is not None) == (counts, counts)


def test_moving_to_the_telephone_takes_the_workshops_back(stage):
    one, _cohort = booked(stage)
    two, _other = booked(stage)
    with stage.doing() as w:
        telephone_actions.begin(w, case := stage.case(w, one), case.version, ["language"])
    with stage.doing(f"{PROVIDER}.manager") as w:
        group_suspension.suspend(w, FORCE, "Synthetic outbreak")
    for reference in (one, two):
        live = queue(stage, reference, live=True)
        assert {row.kind for row in live} == {"place_cancelled"}


def test_a_cohort_cancelled_and_people_kept_apart_lose_their_reminders(stage):
    (one, cohort), (two, _same) = booked(stage), (accepted(stage), "")
    book(stage, two, cohort)
    with stage.doing(f"{FORCE}_police.supervisor") as w:
        separation_actions.keep_apart(w, stage.case(w, one), stage.case(w, two))
    assert not queue(stage, two, "reminder", live=True)
    assert len(queue(stage, one, "reminder", live=True)) == 2
    with stage.doing() as w:
        found = record_queries.cohort(w, cohort)
        cohort_actions.cancel_cohort(w, found, found.version, "Synthetic flood")
    assert not queue(stage, one, "reminder", live=True)


def test_a_cohort_cancelled_lets_go_of_whoever_waits_for_it(stage):
    one, cohort = accepted(stage), stage.cohort(14, 30)
    with stage.doing() as w:
        booking_actions.wait(w, case := stage.case(w, one), case.version, record_queries.cohort(w, cohort))
    with stage.doing() as w:
        found = record_queries.cohort(w, cohort)
        cohort_actions.cancel_cohort(w, found, found.version, "Synthetic flood")
        assert record_queries.active_place(w, stage.case(w, one)) is None
    assert not queue(stage, one)


def through(stage: Stage) -> str:
    one, cohort = booked(stage)
    stage.turn(14)
    attend(stage, cohort, "A", **line(one, PRESENT))
    stage.turn(30)
    attend(stage, cohort, "B", **line(one, PRESENT))
    return one


def test_completion_queues_the_certificate(stage):
    one = through(stage)
    mark = last(stage, one)
    with stage.doing() as w:
        closure.complete(w, case := stage.case(w, one), case.version)
    assert told(stage, one, mark) == {("completion_certificate", "letter"): 1, ("follow_up_due", "email"): 1}
    (certificate,) = queue(stage, one, "completion_certificate")
    assert certificate.facts == {"date": stage.today.isoformat()}
    assert due(queue(stage, one, "follow_up_due")[0]) == (stage.today + timedelta(365), 9, 0)
    assert not queue(stage, one, "reminder", live=True)


@pytest.mark.parametrize("kind", [*closure.CHOSEN, "breached"])
def test_whatever_ends_a_case_nobody_is_written_to_any_more(stage, kind):
    """Of them all the worst: a letter to somebody who has died."""
    one, cohort = booked(stage)
    change(stage, cohort, "A", 1)
    if kind == "breached":
        with stage.doing() as w:
            breach.report(w, case := stage.case(w, one), case.version, "missed", "Synthetic account")
    mark = last(stage, one)
    with stage.doing() if kind != "breached" else stage.police() as w:
        case = stage.case(w, one)
        if kind == "breached":
            breach.prosecute(w, case, case.version, "Synthetic reason")
        else:
            closure.close(w, case, case.version, kind, stage.today)
    assert last(stage, one) == mark
    assert not [row for row in queue(stage, one, live=True) if row.audience == "offender"]
    change(stage, cohort, "B", 1)
    assert last(stage, one) == mark


def test_whoever_comes_for_b_alone_is_told_nothing_of_a(stage):
    one, cohort = booked(stage, 7)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, PRESENT))
    with stage.doing() as w:
        booking_actions.release(w, case := stage.case(w, one), case.version, "asked")
    other = stage.cohort(2, 30)
    book(stage, one, other)
    before = last(stage, one)
    change(stage, other, "A", 1)
    assert not told(stage, one, before)
    change(stage, other, "B", 1)
    assert told(stage, one, before)["date_changed", "calendar"] == 1


def test_a_place_given_up_by_a_correction_is_taken_out_of_the_calendar_and_the_old_one_put_back(stage):
    one, cohort = booked(stage, 7)
    stage.turn(7)
    attend(stage, cohort, "A", **line(one, ABSENT))
    other = stage.cohort(5)
    book(stage, one, other)
    before = last(stage, one)
    attend(stage, cohort, "A", "Synthetic: the wrong line", **line(one, PRESENT))
    entries = [row for row in queue(stage, one, live=True) if row.id > before and row.channel == "calendar"]
    assert Counter(row.kind for row in entries) == {"place_cancelled": 2, "workshop_entry": 1}
    with stage.doing() as w:
        assert [row.facts["date"] for row in entries if row.kind == "workshop_entry"] == [
            record_queries.workshops(w, record_queries.cohort(w, cohort).id)["B"].day.isoformat()
        ]


@pytest.mark.parametrize(("days", "hold", "failure"), [(0, False, ""), (0, True, "on_hold"), (4, False, "day_passed")])
def test_nobody_is_reminded_of_a_workshop_that_is_over_or_not_held(stage, database, days, hold, failure):
    one, _cohort = booked(stage)
    if hold:
        with stage.doing() as w:
            hold_gate.raise_concern(w, stage.keys, stage.case(w, one), "Synthetic concern")
    due_at = queue(stage, one, "reminder")[0].due_at
    with clock.at(due_at + timedelta(days)):
        Outbox(stage.store, Kept(), Writer.of(database.settings(), Texts(), LINKED_MESSAGES), held_among).once()
    first = queue(stage, one, "reminder")[0]
    assert (first.failure, first.sent_at is None) == (failure, bool(failure))
