"""What waits under a seal is known to erasing, to retention, to the check of keys, to their change, and to a backup."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import encrypted_feedback, feedback
from cara.features.messages.models import Feedback, FeedbackRequest, SealedFeedback
from cara.features.referrals.models import Referral
from cara.features.retention import erasure, review_actions
from cara.features.retention.models import RetentionReview
from cara.platform.crypto.key_rotation import rotate
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import delete, insert, select
from sqlmodel import Session
from synthetic.cases import TODAY, case_of
from synthetic.databases import Database

FORCE = "kent"
CASE = case_of(FORCE, "south_provider", "completed")
SAID = {question.name: "some" for question in feedback.QUESTIONS}


@pytest.fixture
def keys(database):
    return Keyring(database.settings().key_folder)


@pytest.fixture
def answered(database, keys):
    """One person of a completed case has answered, and their answer waits."""
    with database.admin().begin() as connection:
        for model in (SealedFeedback, Feedback, FeedbackRequest):
            connection.execute(delete(model))
    with (
        clock.at(datetime.combine(TODAY, time(10), UTC)),
        work_as(database.store(), operator("staff"), "feedback", "enter", Scope(force=FORCE)) as w,
    ):
        feedback.enter(w, keys, w.session.get_one(Referral, CASE.id), SAID, "paper")
    return waiting(database)[0]


def waiting(database: Any) -> list[Any]:
    with Session(database.admin()) as session:
        return list(session.scalars(select(SealedFeedback)))


def erase(database: Any, keys: Keyring, record_class: str, **of: Any) -> int:
    review = RetentionReview(record_class=record_class, force_id=FORCE, **of)
    with work_as(database.store(), operator("retention"), "retention_period", "test", Scope(force=FORCE)) as w:
        w.actor = type(w.actor)("operator", "retention", force=FORCE)
        return erasure.erase(w, keys, review)


@pytest.mark.parametrize("record_class", ["case", "correspondence"])
def test_erasing_a_person_erases_the_answer_that_waits_and_its_key(database, keys, answered, record_class):
    other = case_of(FORCE, "south_provider", "closed")
    erase(database, keys, record_class, referral_id=other.id)
    assert waiting(database)
    erase(database, keys, record_class, referral_id=CASE.id)
    assert not waiting(database)
    assert not keys.has(FORCE, answered.key_id)


def test_the_mark_by_which_erasing_finds_it_is_of_no_use_without_the_key_folder(keys, tmp_path, answered):
    with_another = Keyring(tmp_path / "other")
    assert answered.mark not in {encrypted_feedback.mark(with_another, FORCE, number) for number in range(1000)}
    assert answered.mark in {encrypted_feedback.mark(keys, FORCE, number) for number in range(1000)}


def test_what_waited_in_vain_goes_with_the_feedback_period_unread(database, keys, answered):
    until = TODAY - timedelta(1)
    assert erase(database, keys, "feedback", until=until) == 0
    later = TODAY + timedelta(366 * 7)
    with (
        clock.at(datetime.combine(later, time(10), UTC)),
        work_as(database.store(), operator("retention"), "retention_period", "open", Scope(force=FORCE)) as w,
    ):
        review_actions.open_due(w, FORCE)
        rows = w.session.scalars(select(RetentionReview).where(RetentionReview.record_class == "feedback")).all()
        assert [row.until >= TODAY for row in rows] == [True]
    assert erase(database, keys, "feedback", until=TODAY) == 1
    assert not waiting(database)
    assert not keys.has(FORCE, answered.key_id)


def test_released_forms_go_by_the_month(database, keys, answered):
    with database.admin().begin() as connection:
        for month in (1, 2):
            row = {"id": f"synthetic-{month}", "force_id": FORCE, "month": datetime(2026, month, 1, tzinfo=UTC).date(), "way": "",
                   "strand": "", **SAID}  # fmt: skip
            connection.execute(insert(Feedback), row)
    day = datetime(2026, 2, 27, tzinfo=UTC).date()
    assert erase(database, keys, "feedback", until=day) == 1  # February is not over
    assert erase(database, keys, "feedback", until=day + timedelta(1)) == 1


def test_the_check_of_keys_knows_them_and_a_change_of_keys_keeps_them(database, keys, answered, at, typed):
    at(database)
    (found,) = [one for one in typed("keys", "check")[1]["forces"] if one["force"] == FORCE]
    assert (found["answers"], found["answers_unreadable"], found["unknown"], found["missing"]) == (1, 0, 0, 0)
    assert rotate(keys, FORCE).wrapped >= 1
    plain = keys.decrypt(FORCE, answered.key_id, encrypted_feedback.COLUMN, answered.answer)
    assert json.loads(plain)["awareness"] == "some"
    keys.destroy(FORCE, answered.key_id)  # as after the restore of a backup from before its release
    code, told = typed("keys", "check")
    (found,) = [one for one in told["forces"] if one["force"] == FORCE]
    assert (code, found["answers_unreadable"], found["missing"]) == (0, 1, 0)


def test_a_backup_brings_back_what_waits_and_no_order(database, keys, answered, at, typed, passphrase, tmp_path):
    at(database)
    assert typed("backup", tmp_path / "apart" / "one.cara")[0] == 0
    assert typed("keys", "backup", tmp_path / "keys-apart", "--passphrase-file", passphrase)[0] == 0
    elsewhere = Database("sqlite", tmp_path / "other")
    at(elsewhere)
    assert typed("restore", tmp_path / "apart" / "one.cara")[0] == 0
    assert typed("keys", "restore", tmp_path / "keys-apart", "--passphrase-file", passphrase)[0] == 0
    (back,) = waiting(elsewhere)
    opened = Keyring(elsewhere.settings().key_folder)
    assert json.loads(opened.decrypt(FORCE, back.key_id, encrypted_feedback.COLUMN, back.answer))["awareness"] == "some"
    elsewhere.close()
