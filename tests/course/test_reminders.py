"""Staff are reminded of a last day that comes near: by rule, once for each mark, and only where something is missing."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.course.deadlines import staff_reminders
from cara.features.course.deadlines.staff_reminders import KINDS, MARKS, mark, remind
from cara.features.referrals.models import Referral
from cara.operations import jobs
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from .conftest import FORCE, Stage
from .test_telling import booked, queue


def look(stage: Stage) -> int:
    with clock.at(datetime.combine(stage.today, time(9), UTC)):
        return sum(remind(stage.store, FORCE))


def reminded(stage: Stage, reference: str) -> list[str]:
    return [row.kind for row in queue(stage, reference, *KINDS)]


def left(stage: Stage, reference: str, days: int) -> None:
    """Let a case's last day be so many days away."""
    with stage.admin.begin() as connection:
        connection.execute(
            update(Referral).where(Referral.reference == reference).values(complete_by=stage.today + timedelta(days))  # type: ignore[arg-type]
        )


@given(st.integers(-200, 200))
def test_a_mark_is_the_last_one_whose_day_has_come(days: int) -> None:
    found = mark(days)
    if days > max(MARKS):
        assert found is None
    elif days < 0:
        assert found == -1
    else:
        assert found in MARKS
        assert found >= days
        assert not any(days <= other < found for other in MARKS)


def test_officer_and_coordinator_are_reminded_once_at_each_mark(stage: Stage) -> None:
    one = stage.accepted()
    look(stage)
    assert reminded(stage, one) == []  # 102 days are left
    left(stage, one, 29)
    look(stage)
    assert reminded(stage, one) == []
    for days, so_far in ((1, 1), (0, 1), (13, 1), (1, 2), (7, 3), (7, 3), (1, 4), (30, 4)):
        stage.turn(days)
        look(stage)
        assert reminded(stage, one) == [*KINDS] * so_far, (days, so_far)


def test_who_will_end_in_time_needs_no_reminder(stage: Stage) -> None:
    one, _cohort = booked(stage, 14)
    left(stage, one, 28)  # B is on day 44: after the last day
    look(stage)
    assert len(reminded(stage, one)) == 2
    other, _cohort = booked(stage, 14)
    left(stage, other, 50)
    stage.turn(23)  # A is over, B is ahead and in time; nobody wrote the register yet
    look(stage)
    assert reminded(stage, other) == []


def test_a_varied_last_day_counts_anew(stage: Stage) -> None:
    one = stage.accepted()
    left(stage, one, 7)
    look(stage)
    left(stage, one, 8)
    look(stage)
    assert len(reminded(stage, one)) == 4


def test_a_little_at_a_time_and_nothing_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff_reminders, "AT_ONCE", 2)
    for _case in range(5):
        left(stage, stage.accepted(), 14)
    with clock.at(datetime.combine(stage.today, time(9), UTC)):
        assert [*remind(stage.store, FORCE)][-3:] == [4, 4, 2]
        assert [*remind(stage.store, FORCE)] == []  # nobody is even looked at again


def test_two_who_look_at_once_remind_once(stage: Stage) -> None:
    one = stage.accepted()
    left(stage, one, 14)
    assert look(stage) >= 2
    assert look(stage) == 0
    assert len(reminded(stage, one)) == 2


def test_the_reader_is_looked_up_when_it_goes_and_no_name_is_kept(stage: Stage) -> None:
    one = stage.accepted()
    left(stage, one, 14)
    look(stage)
    rows: list[Any] = queue(stage, one, *KINDS)
    assert [(row.audience, row.channel, row.facts) for row in rows] == [
        ("officer", "email", {}),
        ("coordinator", "email", {}),
    ]


def test_every_job_is_done_for_every_force(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from cara.operations.job_failures import JobFailures
    from cara.platform.reference_data.forces import FORCES
    from cara.settings import Settings

    seen: list[str] = []
    job = jobs.LoadedJob("synthetic", lambda _store, force: [seen.append(force) or 1], "{done} done")
    monkeypatch.setattr(jobs, "jobs", lambda _keys: (job,))
    failures = JobFailures(Settings(home=stage.keys.folder.parent))
    assert jobs.once(stage.store, stage.keys, failures) == {"synthetic": len(FORCES)}
    assert seen == list(FORCES)
