"""Answers about the course are released among others: never fewer than five, none lost, none doubled, and none leads to its case."""

import itertools
import json
import random
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import encrypted_feedback, feedback
from cara.features.messages.feedback_release import LATE, TOGETHER, Waiting, choose, release_in
from cara.features.messages.models import Feedback, FeedbackRequest, SealedFeedback
from cara.features.referrals.models import Offender, Referral
from cara.operations import jobs
from cara.operations.job_failures import JobFailures
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import operator, work_as
from cara.settings import Settings
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text
from sqlmodel import Session
from synthetic.cases import CASE_ROWS, TODAY, case_of

FORCE, PROVIDER = "kent", "south_provider"
LIKE = next(row for row in CASE_ROWS["referral"] if row["id"] == case_of(FORCE, PROVIDER, "completed").id)
NAMES = tuple(question.name for question in feedback.QUESTIONS)
SCALE = tuple(option.value for option in feedback.SCALE)
NUMBERS = itertools.count(70_000)

worlds = st.lists(
    st.builds(
        lambda provider, strand, way, days: (provider, strand, way, TODAY - timedelta(days)),
        st.sampled_from(("north_provider", "south_provider", None)), st.sampled_from(("intimate", "non_intimate")),
        st.sampled_from(("link", "paper", "tablet")), st.integers(0, 90),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(worlds)
def test_groups_of_five_never_fewer_none_lost_none_doubled(world):
    waiting = [Waiting(f"{number:032x}", *one) for number, one in enumerate(world)]
    groups = choose(waiting, TODAY)
    gone = [answer.id for group in groups for answer in group.members]
    assert len(gone) == len({*gone}) <= len(waiting)
    stay = [answer for answer in waiting if answer.id not in gone]
    for group in groups:
        said = {(answer.provider, answer.strand) for answer in group.members}
        if group.strand:
            assert len(group.members) == TOGETHER
            assert said == {(group.provider, group.strand)}
            assert not group.way or {answer.way for answer in group.members} == {group.way}
        else:
            assert len(group.members) >= TOGETHER
            assert (group.provider, group.way) == (None, "")
            assert all((TODAY - answer.since).days > LATE for answer in group.members)
    assert max(Counter((answer.provider, answer.strand) for answer in stay).values(), default=0) < TOGETHER
    assert sum((TODAY - answer.since).days > LATE for answer in stay) < TOGETHER


@dataclass
class Course:
    """A force whose people say what they thought, on the days on which they do."""

    store: Any
    keys: Keyring
    admin: Engine
    kind: str

    def case(self, **changes: Any) -> int:
        """A completed case that nobody has been asked about yet."""
        number = next(NUMBERS)
        row = {**LIKE, "id": number, "reference": f"SYN-{number}", "crime_reference": f"SYN/{number}", **changes}
        person = next(row for row in CASE_ROWS["offender"] if row["referral_id"] == LIKE["id"])
        with self.admin.begin() as connection:
            connection.execute(insert(Referral.__table__), row)
            connection.execute(insert(Offender.__table__), person | {"referral_id": number})
        return number

    def answer(self, number: int, on: date, answers: dict[str, str], way: str = "paper") -> None:
        with (
            clock.at(datetime.combine(on, time(10), UTC)),
            work_as(self.store, operator("staff"), "feedback", "enter", Scope(force=FORCE)) as w,
        ):
            feedback.enter(w, self.keys, w.session.get_one(Referral, number), answers, way)

    def release(self, on: date) -> int:
        with clock.at(datetime.combine(on, time(12), UTC)):
            return sum(release_in(self.keys, self.store, FORCE))

    def rows(self, model: Any) -> list[Any]:
        with Session(self.admin) as session:
            return list(session.scalars(select(model).where(model.force_id == FORCE)))

    def entries(self, verb: str) -> list[Any]:
        with Session(self.admin) as session:
            return list(session.scalars(select(LedgerEntry).where(LedgerEntry.verb == verb).order_by(LedgerEntry.id)))


@pytest.fixture
def course(database):
    admin = database.admin()
    with admin.begin() as connection:
        for model in (Feedback, SealedFeedback, FeedbackRequest):
            connection.execute(delete(model))
    return Course(database.store(), Keyring(database.settings().key_folder), admin, database.kind)


def some(chance: random.Random) -> dict[str, str]:
    return {name: chance.choice(SCALE) for name in NAMES}


def said(row: Any) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in NAMES)


def test_a_year_of_answers_is_released_in_groups(course, record_count):
    """Day by day, released as they come: each release is of five at least, and at the end each answer is there once."""
    chance, given, waits, wrong = random.Random(5), Counter(), 0, []
    for day in range(0, 240, 8):
        on = TODAY + timedelta(day)
        for _person in range(chance.randrange(1, 3)):
            answers = some(chance)
            relation = chance.choice(("intimate", "intimate", "family"))
            course.answer(course.case(relationship=relation), on, answers, chance.choice(("paper", "tablet")))
            given[tuple(answers.values())] += 1
        before = len(course.rows(Feedback))
        released = course.release(on)
        assert len(course.rows(Feedback)) == before + released
        wrong += [(day, released)] * (0 < released < TOGETHER)
        waits = len(course.rows(SealedFeedback))
        assert sum(given.values()) == before + released + waits
    rows = course.rows(Feedback)
    months = Counter((row.month, row.provider_id, row.strand, row.way) for row in rows)
    wrong += [(of, number) for of, number in months.items() if number < TOGETHER and of[2] and not of[3]]
    assert all(row.month.day == 1 for row in rows)
    left = Counter(said(row) for row in rows)
    for row in course.rows(SealedFeedback):
        told = json.loads(course.keys.decrypt(FORCE, row.key_id, encrypted_feedback.COLUMN, row.answer))
        left[tuple(told[name] for name in NAMES)] += 1
    wrong += [*(left - given).items(), *(given - left).items()]
    assert {*course.keys.people(FORCE)} >= {row.key_id for row in course.rows(SealedFeedback)}
    record_count("answers released in a year of a force", len(rows), wrong)
    record_count("of which wait at its end", waits + 1)


def test_what_waits_too_long_goes_without_provider_and_strand_and_never_alone(course):
    for number in range(4):
        relation = "intimate" if number < 2 else "family"
        course.answer(course.case(relationship=relation), TODAY, dict.fromkeys(NAMES, "some"), "tablet")
    assert course.release(TODAY) == course.release(TODAY + timedelta(LATE + 1)) == 0  # four are too few, however long
    course.answer(course.case(), TODAY + timedelta(LATE + 1), dict.fromkeys(NAMES, "none"))
    assert course.release(TODAY + timedelta(LATE + 2)) == 0  # the fifth has not waited yet
    assert course.release(TODAY + timedelta(2 * LATE + 2)) == 5
    rows = course.rows(Feedback)
    assert {(row.provider_id, row.strand, row.way) for row in rows} == {(None, "", "")}
    assert {row.month for row in rows} == {(TODAY + timedelta(2 * LATE + 2)).replace(day=1)}


def test_an_attacker_with_the_database_after_the_release_links_nothing(course, record_count):
    """Without a key. Each attack orders the cases by what the database says of them, and the answers by what it says of those, and
    guesses pairs. Over many releases no attack hits more often than chance does."""
    chance, hits, tried, rounds = random.Random(11), Counter(), 0, 12
    for turn in range(rounds):
        on = TODAY + timedelta(31 * turn)
        truth: dict[int, tuple[str, ...]] = {}
        distinct = chance.sample(list(itertools.product(SCALE, repeat=4)), TOGETHER)
        known = {row.id for row in course.rows(Feedback)}
        for number, answers in enumerate(distinct):
            case = course.case()
            truth[case] = answers
            course.answer(case, on + timedelta(number), dict(zip(NAMES, answers, strict=True)))
        assert course.release(on + timedelta(6)) == TOGETHER
        assert not course.rows(SealedFeedback)
        cases = [*truth]
        for name, order in attacks(course).items():
            rows = [row for row in order if row.id not in known]
            assert len(rows) == TOGETHER
            hits[name] += sum(truth[case] == said(row) for case, row in zip(cases, rows, strict=True))
        tried += TOGETHER
    for entry in course.entries("feedback.released"):
        assert (entry.subject_kind, entry.subject_id, entry.shown) == ("", "", "[]")
    assert {len({(row.month, row.way, row.strand, row.provider_id) for row in course.rows(Feedback)})} == {rounds}
    # Of 60 guesses chance hits 12; 28 it reaches once in a million times.
    record_count(
        "guesses by order of ids, rows, and transactions",
        tried * len(hits),
        [*((a, n) for a, n in hits.items() if n > 28)],
    )


def attacks(course: Course) -> dict[str, list[Any]]:
    """Orders in which somebody who holds the database could read the released rows."""
    rows = {row.id: row for row in course.rows(Feedback)}
    orders = {"by id": sorted(rows)}
    with course.admin.connect() as connection:
        orders["as they lie"] = [*connection.execute(text("select id from feedback where force_id = 'kent'")).scalars()]
        if course.kind == "sqlite":
            with suppress(Exception):
                orders["by row id"] = [*connection.execute(text("select id from feedback order by rowid")).scalars()]
            assert "by row id" not in orders, "the table numbers its rows in secret"
        else:
            wanted = "select id from feedback where force_id = 'kent' order by {0}"
            for column in ("ctid", "xmin::text::bigint, ctid", "cmin::text::bigint, ctid"):
                orders[column] = [*connection.execute(text(wanted.format(column))).scalars()]
    return {name: [rows[number] for number in order if number in rows] for name, order in orders.items()}


def test_no_transaction_of_a_request_is_a_transaction_of_a_release(course):
    if course.kind == "sqlite":
        return  # it keeps none
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
    course.release(TODAY)
    with course.admin.connect() as connection:
        of = {
            table: {*connection.execute(text(f"select xmin::text from {table}")).scalars()}
            for table in ("feedback", "feedback_request", "referral")
        }
        entered = text("select xmin::text from ledger_entry where subject_id <> ''")
        of["ledger_entry"] = {*connection.execute(entered).scalars()}
    assert len(of["feedback"]) == 1
    assert not of["feedback"] & (of["feedback_request"] | of["referral"] | of["ledger_entry"])


def test_nothing_that_is_stored_of_an_answer_gives_it_away(course):
    """Two people who answer alike, and one who does not, leave rows that are as unlike as any, and of one length."""
    for answers in ("none", "none", "a_little"):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, answers))
    rows = course.rows(SealedFeedback)
    assert len({row.answer for row in rows}) == len({row.mark for row in rows}) == 3
    assert len({len(row.answer) for row in rows}) == 1
    entered = course.entries("feedback.entered")
    assert all(json.loads(entry.codes) == {"way": "paper"} for entry in entered)
    assert not any(word in entry.codes for entry in entered for word in SCALE)


@pytest.mark.parametrize("workers", [2, 4])
def test_two_workers_release_each_answer_once(course, record_count, workers):
    """They begin together, again and again, while people go on answering."""
    given, faults = 0, []
    for _turn in range(6):
        for _number in range(7):
            course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
            given += 1
        begin, released = threading.Barrier(workers), []

        def work(begin: threading.Barrier = begin, released: list[int] = released) -> None:
            begin.wait()
            try:
                released.append(course.release(TODAY))
            except Exception as error:
                faults.append(repr(error))

        threads = [threading.Thread(target=work) for _worker in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(released) % TOGETHER == 0
    rows, waits = course.rows(Feedback), course.rows(SealedFeedback)
    if len(rows) + len(waits) != given or len(rows) != given - given % TOGETHER:
        faults.append(f"{given} given, {len(rows)} released, {len(waits)} wait")
    record_count("answers released by several workers at once", given, faults)


def test_a_release_that_does_not_commit_leaves_every_answer_and_its_key(course, monkeypatch):
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("synthetic")

    with monkeypatch.context() as broken:
        broken.setattr("cara.platform.unit_of_work.record.append", fail)
        with pytest.raises(RuntimeError):
            course.release(TODAY)
    assert (len(course.rows(SealedFeedback)), course.rows(Feedback)) == (TOGETHER, [])
    assert course.release(TODAY) == TOGETHER


def test_the_key_of_an_answer_goes_with_its_release(course):
    """A copy of the database from before opens nothing by the keys of afterwards."""
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
    before = course.rows(SealedFeedback)
    assert all(course.keys.has(FORCE, row.key_id) for row in before)
    course.release(TODAY)
    assert not any(course.keys.has(FORCE, row.key_id) for row in before)
    with course.admin.begin() as connection:  # the rows come back with a backup
        connection.execute(insert(SealedFeedback.__table__), [row.model_dump() for row in before])
    assert course.release(TODAY) == 0
    assert len(course.rows(Feedback)) == TOGETHER


def test_keys_that_a_crash_left_are_destroyed_at_the_next_look(course, monkeypatch):
    """Between the commit of a release and the end of its keys."""
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
    there = set(course.keys.people(FORCE))
    ids = {row.key_id for row in course.rows(SealedFeedback) if row.force_id == FORCE and row.key_id}

    def ended(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "destroy", ended)
        with pytest.raises(KeyboardInterrupt):
            course.release(TODAY)
    left = {row.key_id for row in course.rows(SealedFeedback)}
    assert ids - left <= set(course.keys.people(FORCE)), "the crash left them"
    assert course.release(TODAY) == 0
    assert set(course.keys.people(FORCE)) == there - (ids - left)
    assert not [*(course.keys.folder / "forces").glob("*.going")]


def test_keys_of_a_release_that_does_not_commit_are_kept(course, monkeypatch):
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
    announce = Keyring.announce

    def ended(*given: Any) -> None:
        announce(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "announce", ended)
        with pytest.raises(KeyboardInterrupt):
            course.release(TODAY)
    course.keys.destroy_announced(FORCE, {row.key_id for row in course.rows(SealedFeedback)})
    assert course.release(TODAY) == TOGETHER
    assert not [*(course.keys.folder / "forces").glob("*.going")]


def test_the_timed_jobs_release(course):
    for _number in range(TOGETHER):
        course.answer(course.case(), TODAY, dict.fromkeys(NAMES, "some"))
    with clock.at(datetime.combine(TODAY, time(12), UTC)):
        assert (
            jobs.once(course.store, course.keys, JobFailures(Settings(home=course.keys.folder.parent)))["feedback"]
            == TOGETHER
        )
        assert (
            jobs.once(course.store, course.keys, JobFailures(Settings(home=course.keys.folder.parent)))["feedback"] == 0
        )
    (entry,) = course.entries("feedback.released")
    assert (json.loads(entry.codes), entry.force_id, entry.actor_kind) == ({"answers": TOGETHER}, FORCE, "operator")


def test_what_the_upgrade_left_unsealed_is_sealed_by_the_first_look(database):
    """The invented country has an answer of each force that waits as an upgrade leaves it."""
    keys, store = Keyring(database.settings().key_folder), database.store()
    jobs.once(store, keys, JobFailures(database.settings()))
    with Session(database.admin()) as session:
        rows = session.scalars(select(SealedFeedback)).all()
    assert rows
    assert all(b"a_lot" not in row.answer for row in rows)
    assert {
        json.loads(keys.decrypt(row.force_id, row.key_id, encrypted_feedback.COLUMN, row.answer))["way"] for row in rows
    } == {"tablet"}
