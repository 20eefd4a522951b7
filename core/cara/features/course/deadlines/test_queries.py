"""The board counts in SQL what the rules say in Python."""

from datetime import date

from sqlalchemy import create_engine, insert, select

from cara import clock
from cara.features.course.deadlines import queries
from cara.features.course.records.event_models import Attendance
from cara.features.course.records.rules import OUTCOMES, missed


def test_a_workshop_missed_is_the_same_in_sql():
    pairs = [(key, reason) for key, one in OUTCOMES.items() for reason in one.reasons or ("",)]
    engine = create_engine("sqlite://")
    Attendance.__table__.create(engine)
    line = {"workshop_id": 1, "force_id": "kent", "provider_id": "north", "part": "A", "happened_on": date(2026, 1, 5)}
    with engine.connect() as connection:
        connection.execute(
            insert(Attendance),
            [
                line | {"id": n, "referral_id": n, "outcome": outcome, "reason_code": reason, "gap_reason": "",
                        "recorded_at": clock.now(), "recorded_by": "1", "correction_reason": ""}
                for n, (outcome, reason) in enumerate(pairs, start=1)
            ],
        )  # fmt: skip
        counted = {
            tuple(row)
            for row in connection.execute(select(Attendance.outcome, Attendance.reason_code).where(queries._MISSED))
        }
    assert counted == {pair for pair in pairs if missed(*pair)}
    assert len(counted) not in (0, len(pairs))
