"""Cohorts and their dates: what making one needs, and what moving or cancelling one does to those who sit there."""

from datetime import time, timedelta

import pytest
from cara import clock
from cara.errors import BadInput, Conflict, NotLicensed, Stale
from cara.features.course.attendance import queries as attendance_queries
from cara.features.course.cohorts import actions
from cara.features.course.cohorts.actions import Slot
from cara.features.course.records import queries
from cara.features.course.records.models import WorkshopChange
from cara.features.referrals.course_formats import formats
from cara.platform.database.row_scope import Scope, scoped
from cara.platform.ledger.models import LedgerEntry
from cara.platform.plugins.force_settings import RETIREMENT
from cara.platform.plugins.models import ForceArrangement, ForceDecision
from sqlalchemy import delete, func, insert, select, text

from .conftest import FORCE, PROVIDER
from .doing import book, state, taken, through_a


def test_a_cohort_needs_a_licence_a_gap_two_facilitators_and_seats(stage):
    with pytest.raises(BadInput):
        stage.cohort(7, 27)
    assert stage.cohort(7, 27, reason="Synthetic Easter")
    with stage.doing() as w:
        hall = actions.add_venue(w, force="surrey", name="Hall", area="", address="", capacity=10)
        slots = {p: Slot(stage.today + timedelta(d), time(9), time(15), hall) for p, d in (("A", 1), ("B", 29))}
        made = {"force": "surrey", "group": "male", "area": "", "slots": slots}
        with pytest.raises(NotLicensed):
            actions.make_cohort(w, stage.forces, **made, capacity=10, facilitators=stage.facilitators(w))
        for bad in ([], [stage.facilitators(w)[0]] * 2, [1, 2], [None, *stage.facilitators(w)]):
            with pytest.raises(BadInput):
                actions.make_cohort(w, stage.forces, **made, capacity=10, facilitators=bad)
        for seats in (0, 11):
            with pytest.raises(BadInput):
                actions.make_cohort(w, stage.forces, **made, capacity=seats, facilitators=stage.facilitators(w))


def test_a_date_takes_everybody_with_it_and_keeps_what_was(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        found, room = stage.workshop(w, cohort, "B")
        before, hall = room.day, actions._venue_of(w, room)
        slot = Slot(before + timedelta(8), room.starts, room.ends, hall)
        with pytest.raises(BadInput):
            actions.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
        slot = Slot(before + timedelta(5), room.starts, room.ends, hall)
        with pytest.raises(BadInput):
            actions.change_workshop(w, stage.forces, found, "B", room.version, slot, "")
        actions.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
    with stage.doing() as w:
        found, _room = stage.workshop(w, cohort, "B")
        with pytest.raises(Stale):
            actions.change_workshop(w, stage.forces, found, "B", 1, slot, "Synthetic snow")
        w.session.rollback()
    with stage.doing() as w:
        _found, room = stage.workshop(w, cohort, "B")
        kept = w.session.scalars(select(WorkshopChange).where(WorkshopChange.workshop_id == room.id)).all()
        assert [(k.day, k.reason) for k in kept] == [(before, "Synthetic snow")]
        assert (room.day, room.sequence) == (before + timedelta(5), 1)
        told = w.session.scalar(
            select(func.count(LedgerEntry.id)).where(
                LedgerEntry.verb == "course.date_changed", LedgerEntry.subject_id == str(stage.case(w, one).id)
            )
        )
        assert told == 1


def test_a_licence_that_lapses_does_not_stop_a_cohort_under_way(stage, monkeypatch):
    _one, cohort = through_a(stage)
    fresh = stage.cohort(7)
    monkeypatch.setattr(stage.forces, "_only", lambda *_: lambda **_given: [])
    for reference, refused in ((cohort, False), (fresh, True)):
        with stage.doing() as w:
            found, room = stage.workshop(w, reference, "B")
            slot = Slot(room.day + timedelta(1), room.starts, room.ends, actions._venue_of(w, room))
            if refused:
                with pytest.raises(NotLicensed):
                    actions.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")
            else:
                actions.change_workshop(w, stage.forces, found, "B", room.version, slot, "Synthetic snow")


def test_a_cancelled_cohort_gives_everybody_their_place_back(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        found = queries.cohort(w, cohort)
        assert actions.cancel_cohort(w, found, found.version, "Synthetic flood") == 1
    assert (state(stage, one), taken(stage, cohort)) == ("accepted", 0)
    with pytest.raises(Conflict):
        book(stage, one, cohort)


@pytest.mark.parametrize("statement", [actions._ANY_LINE, attendance_queries._NAMED, attendance_queries._WRITTEN])
def test_a_register_is_found_by_its_workshop_however_many_there_are(database, statement):
    with database.admin().connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("set enable_seqscan = off"))  # a few rows are read from end to end otherwise
        wanted = scoped(statement, Scope(provider=PROVIDER)).params(number=1)
        verb = "explain query plan" if connection.dialect.name == "sqlite" else "explain"
        sql = wanted.compile(connection, compile_kwargs={"literal_binds": True})
        plan = str(connection.execute(text(f"{verb} {sql}")).all())
    assert "attendance_workshop" in plan
    assert "attendance_corrected" not in plan


def retire(stage):
    """Let the force have had a plugin with a pathway of its own, and let that be retired."""
    profile = {"pathways": [{"value": "quiet", "label": "Quiet group"}]}
    columns = ForceArrangement.__table__.c
    with stage.admin.begin() as connection:
        connection.execute(delete(ForceArrangement).where(columns.force_id == FORCE))
        connection.execute(
            insert(ForceArrangement.__table__),
            {"force_id": FORCE, "profile": profile, "distribution": "", "version": "", "loaded_at": clock.now()},
        )
    yield
    with stage.admin.begin() as connection:
        connection.execute(
            insert(ForceDecision.__table__),
            {"force_id": FORCE, "kind": RETIREMENT, "said": "", "proposed_at": clock.now(), "proposed_by": "1",
             "confirmed_at": clock.now(), "confirmed_by": "2", "ended_at": None, "ended_by": ""},
        )  # fmt: skip
    yield


def test_pathways_of_a_retired_plugin_are_offered_to_nobody_new_and_still_have_their_name(stage):
    told = retire(stage)
    next(told)
    one = stage.accepted()
    with stage.doing() as w:
        assert actions.groups(w, FORCE)["quiet"] == formats(w, stage.case(w, one))["quiet"] == "Quiet group"
    next(told)
    with stage.doing() as w:
        assert "quiet" not in actions.groups(w, FORCE)
        assert "quiet" not in formats(w, stage.case(w, one))
        assert actions.group_labels(w, FORCE)["quiet"] == "Quiet group"
    running = stage.accepted(format_confirmed="quiet")
    with stage.doing() as w:
        assert actions.groups(w, FORCE)["quiet"] == "Quiet group", "a case that is confirmed for it finds a cohort"
        assert formats(w, stage.case(w, running))["quiet"] == "Quiet group"
