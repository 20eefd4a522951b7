"""Reviews fall due and nothing goes by itself; two people erase; a legal hold stops every path; counts and the ledger stay."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cara import clock
from cara.errors import BadInput, Forbidden, NotNow, Stale
from cara.features.referrals import legal_hold
from cara.features.referrals.models import Draft, Offender, Referral
from cara.features.retention import erasure_map, queries, review_actions
from cara.features.retention.models import RetentionReview
from cara.features.retention.open_due_reviews import open_reviews
from cara.features.victims.data_rights import erasure, retention_queries
from cara.features.victims.disclosure_reviews import actions
from cara.features.victims.disclosure_reviews import queries as review_queries
from cara.features.victims.wall import actions as victims
from cara.features.victims.wall import review_opening
from cara.features.victims.wall.models import Victim
from cara.features.victims.wall.review_rules import Account
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.row_scope import Scope
from cara.platform.database.schema import import_models
from cara.platform.ledger import verifier
from cara.platform.ledger.case_digests import content
from cara.platform.ledger.models import CaseDigest, LedgerEntry
from cara.platform.unit_of_work import work_as
from sqlalchemy import JSON, LargeBinary, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import AutoString, Session, SQLModel
from synthetic.canaries import found_in
from synthetic.cases import NOW, case_of
from synthetic.keeping import review_of
from synthetic.people import PEOPLE, Somebody

from keeping.conftest import whole

FORCE = "kent"
CASE = case_of(FORCE, "south_provider", "completed")
FIRST, SECOND = PEOPLE[f"{FORCE}_police.supervisor"], PEOPLE[f"{FORCE}_police.administrator"]
"""Two people; as verbs go, the second could be another supervisor as well."""
LATER = NOW + timedelta(days=366 * 7)
_v: Any = RetentionReview


@pytest.fixture
def keys(database):
    return Keyring(database.settings().key_folder)


@pytest.fixture
def doing(database):
    store = database.store()

    @contextmanager
    def begin(who: Somebody = FIRST, force: str = FORCE):
        actor = Actor("person", str(who.number), organisation=who.body.id, force=force, capacity="force",
                      roles=frozenset({who.role}))  # fmt: skip
        with work_as(store, actor, "retention_period", "test", Scope(force=force)) as w:
            yield w

    return begin


@pytest.fixture
def later(database):
    """Seven years on, with every review open that is due."""
    with clock.at(LATER):
        open_reviews(database.store())
        yield


def review(w: Any, name: str, case: Any = CASE) -> RetentionReview:
    return w.session.scalars(
        select(RetentionReview).where(_v.record_class == name, _v.referral_id == (case.id if case else None))
    ).one()


def erase(doing: Any, keys: Any, name: str, case: Any = CASE) -> int:
    with doing(FIRST) as w:
        row = review(w, name, case)
        review_actions.propose(w, row, row.version, "Synthetic reason")
    with doing(SECOND) as w:
        row = review(w, name, case)
        return review_actions.confirm(w, keys, row, row.version)


def bytes_of(database: Any, case: int) -> bytes:
    """Every row of every table that names a case, as text."""
    import_models()
    found = []
    with database.admin().connect() as connection:
        for table in SQLModel.metadata.tables.values():
            column = table.c.get("referral_id") if table.name != "referral" else table.c.id
            if column is not None and table.info.get("wall") == "case":
                found += [repr(tuple(row)) for row in connection.execute(select(table).where(column == case))]
    return "\n".join(found).encode()


def test_reviews_open_when_their_period_is_over_and_once(database, doing, record_count):
    store = database.store()
    with clock.at(NOW + timedelta(days=300)):
        early = open_reviews(store)
    with clock.at(LATER):
        opened, again = open_reviews(store), open_reviews(store)
    assert again == 0
    assert opened > early
    with Session(database.admin()) as session:
        rows = session.scalars(select(RetentionReview)).all()
        ended = set(session.scalars(select(Referral.id).where(
            Referral.completed_at.is_not(None) | Referral.closed_at.is_not(None) | Referral.breached_at.is_not(None)
            | Referral.withdrawn_at.is_not(None) | Referral.returned_at.is_not(None) | Referral.declined_at.is_not(None)
            | Referral.superseded_at.is_not(None))))  # fmt: skip
    assert {one.referral_id for one in rows if one.record_class == "case"} == ended
    assert {one.record_class for one in rows if one.referral_id is None} == {"feedback", "drafts"}
    assert not [one for one in rows if one.decided_at]
    record_count("reviews opened, and nothing erased by that", len(rows))


def test_a_case_erased_keeps_counts_and_ledger_and_nothing_of_the_person(database, doing, keys, later, record_count):
    before = found_in(bytes_of(database, CASE.id))
    with Session(database.admin()) as session:
        entries = session.scalar(select(func.count()).select_from(LedgerEntry))
        born = session.get(Offender, CASE.id).date_of_birth
    assert erase(doing, keys, "case") > 5
    left = found_in(bytes_of(database, CASE.id))
    kept = {(o.table, o.column) for o in left}
    allowed = {(table, column) for table, names in erasure_map.KEPT.items() for column in names}
    wrong = kept - allowed
    with Session(database.admin()) as session:
        person, case = session.get(Offender, CASE.id), session.get(Referral, CASE.id)
        assert (person.surname, person.sex, person.date_of_birth) == (
            erasure_map.ERASED,
            "male",
            born.replace(month=1, day=1),
        )
        assert (case.reference, case.completed_at is not None, case.a_on is not None) == (CASE.reference, True, True)
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) > entries
        assert not verifier.verify(session, keys=database.ledger_keys).faults
    others = found_in(bytes_of(database, case_of(FORCE, "south_provider", "closed").id))
    assert ("offender", "surname") in {(o.table, o.column) for o in others}
    record_count("canaries of a case looked for after its erasure", len(before), wrong)


def test_digests_of_an_erased_case_can_be_held_against_no_guess(database, doing, keys, later):
    """Whoever has the key folder, and an older copy of the row to guess from, finds no digest that fits it."""
    with database.admin().connect() as connection:
        before = dict(
            connection.execute(select(Referral.__table__).where(Referral.__table__.c.id == CASE.id)).mappings().one()
        )
    erase(doing, keys, "case")
    digests = CaseDigest.__table__
    with database.admin().connect() as connection:
        salt = connection.scalar(select(Referral.__table__.c.salt).where(Referral.__table__.c.id == CASE.id))
        left = connection.execute(select(digests).where(digests.c.referral_id == CASE.id)).mappings().all()
    guessed = [
        one for one in left if database.ledger_keys.fits(one["digest"], "case", content(before, one["entry"]), salt)
    ]
    assert len(left) > 1
    assert guessed == []


def test_every_column_of_a_case_that_holds_words_is_erased_or_kept_with_a_reason(record_count):
    import_models()
    from walls.test_silence import CODES

    forgotten, tried = [], 0
    for table in SQLModel.metadata.tables.values():
        of_a_case = table.name == "referral" or ("referral_id" in table.c and table.info.get("wall") == "case")
        for column in table.c if of_a_case else ():
            if (
                not isinstance(column.type, AutoString | JSON | LargeBinary)
                or column.name in CODES
                or column.name.endswith("_by")
            ):
                continue
            tried += 1
            does = erasure_map.CASE.get(table.name) or erasure_map.CORRESPONDENCE.get(table.name) or {}
            gone = isinstance(does, str) or column.name in does
            if gone == (column.name in erasure_map.KEPT.get(table.name, {})) and not isinstance(does, str):
                forgotten.append((table.name, column.name))
    record_count("columns of words, erased or kept with a reason", tried, forgotten)


def test_nobody_erases_alone(doing, keys, later):
    with doing(FIRST) as w:
        row = review(w, "case")
        with pytest.raises(NotNow):
            review_actions.confirm(w, keys, row, row.version)
        review_actions.propose(w, row, row.version, "Synthetic reason")
    with doing(FIRST) as w, pytest.raises(Forbidden):
        review_actions.confirm(w, keys, review(w, "case"), 2)
    with doing(SECOND) as w:
        row = review(w, "case")
        with pytest.raises(NotNow):
            review_actions.propose(w, row, row.version, "Synthetic reason")
        with pytest.raises(Stale):
            review_actions.confirm(w, keys, row, row.version - 1)
        row = review(w, "correspondence")
        with pytest.raises(BadInput):
            review_actions.propose(w, row, row.version, "  ")


def test_kept_until_a_day_it_opens_again_then(database, doing, later):
    with doing() as w:
        row = review(w, "case")
        review_actions.keep(w, row, row.version, w.today + timedelta(30), "Synthetic appeal")
    open_reviews(database.store())
    with clock.at(LATER + timedelta(29)):
        open_reviews(database.store())
    with doing() as w:
        assert [
            one.decision
            for one in w.session.scalars(
                select(RetentionReview).where(_v.referral_id == CASE.id, _v.record_class == "case")
            )
        ] == ["keep"]
    with clock.at(LATER + timedelta(31)):
        open_reviews(database.store())
    with doing() as w:
        rows = w.session.scalars(
            select(RetentionReview).where(_v.referral_id == CASE.id, _v.record_class == "case")
        ).all()
    assert sorted(one.decision for one in rows) == ["", "keep"]


def test_a_legal_hold_stops_every_path_to_erasure(database, doing, keys, later, record_count):
    with doing() as w:
        victim = victims.record_victim(w, keys, whole(CASE), name="Synthetic", contact="", address="")
    open_reviews(database.store())
    names = ("case", "victim", "correspondence")
    for name in names:
        with doing(FIRST) as w:
            row = review(w, name)
            review_actions.propose(w, row, row.version, "Synthetic reason")
    with doing() as w:
        legal_hold.place(w, CASE.id, "Synthetic appeal")
    before, through = bytes_of(database, CASE.id), []
    for name in names:
        try:
            with doing(SECOND) as w:
                row = review(w, name)
                review_actions.confirm(w, keys, row, row.version)
        except NotNow:
            continue
        through.append(name)
    try:
        with doing(SECOND) as w:
            erasure.erase(w, keys, victim)
        through.append("the victims' room")
    except NotNow:
        pass
    assert bytes_of(database, CASE.id) == before
    with Session(database.admin()) as session:
        assert keys.has(FORCE, session.get(Victim, victim).key_id)
    record_count("paths to erasure of a case under a legal hold", 4, through)
    with doing() as w:
        legal_hold.lift(w, CASE.id, "Synthetic end of it")
    for name in names:
        with doing(SECOND) as w:
            row = review(w, name)
            review_actions.confirm(w, keys, row, row.version)
    assert not found_in(bytes_of(database, CASE.id)) & {o for o in found_in(before) if o.table == "offender"}
    with Session(database.admin()) as session:
        row = session.get(Victim, victim)
        assert row.erased_at
        assert not keys.has(FORCE, row.key_id)


def test_whoever_was_harmed_in_two_cases_goes_with_the_last_of_them(database, doing, keys, later):
    other = case_of(FORCE, "south_provider", "closed")
    with doing() as w:
        victim = victims.record_victim(w, keys, whole(CASE), name="Synthetic", contact="", address="")
        victims.link(w, victim, whole(other))
    open_reviews(database.store())
    assert erase(doing, keys, "victim") == 0
    with Session(database.admin()) as session:
        assert session.get(Victim, victim).erased_at is None
    assert erase(doing, keys, "victim", other) == 1


def stop(doing: Any, keys: Any, told: str) -> None:
    """Police decide about a disclosure review."""
    with doing() as w:
        actions.decide(w, keys, told, 1, "stop", "Synthetic reasons")


def test_what_they_told_of_the_first_case_stays_readable_until_they_are_erased(database, doing, keys, later):
    """Their one key opens their number and address in the case that still runs."""
    other = case_of(FORCE, "south_provider", "closed")
    with doing() as w:
        victim = victims.record_victim(w, keys, whole(CASE), name="Synthetic", contact="", address="Synthetic place")
        victims.link(w, victim, whole(other))
        of = replace(review_opening.of_case(w, w.session.get_one(Referral, CASE.id)), victim_id=victim)
        with victims.behind(w) as session:
            of = replace(of, key_id=session.get_one(Victim, victim).key_id)
        told = review_opening.open_or_add(w, keys, of, Account("Synthetic words"), "victim")
    open_reviews(database.store())
    stop(doing, keys, told)
    erase(doing, keys, "victim")
    with doing() as w:
        assert victims.read_victim(w, keys, victim)["address"] == "Synthetic place"
        assert retention_queries.known(w, FORCE)[of.key_id] is False
    assert erase(doing, keys, "victim", other) >= 1
    assert not keys.has(FORCE, of.key_id)


def test_a_concern_about_which_nobody_recorded_who_was_harmed_falls_due_too(database, doing, keys, later):
    other = case_of(FORCE, "south_provider", "closed")
    with doing() as w:
        victims_kept = retention_queries.cases_with_records(w, FORCE)
        assert other.id not in victims_kept
        case = w.session.get_one(Referral, other.id)
        review_opening.concern(w, keys, case, Account("Synthetic words"))
        told = review_queries.of_case(w, case)[0][0]
    open_reviews(database.store())
    with pytest.raises(NotNow, match="must be decided first"):
        erase(doing, keys, "victim", other)
    stop(doing, keys, told)
    with doing(SECOND) as w:
        row = review(w, "victim", other)
        assert review_actions.confirm(w, keys, row, row.version) >= 1
    with doing() as w:
        assert other.id not in retention_queries.cases_with_records(w, FORCE)


def test_drafts_feedback_and_ledger(database, doing, keys, later):
    assert erase(doing, keys, "drafts", None) >= 2
    with Session(database.admin()) as session:
        rows = session.scalars(select(Draft).where(Draft.force_id == FORCE, Draft.referral_id.is_(None))).all()
        assert rows
        assert not [one for one in rows if one.answers or one.typed or one.identity_key or not one.discarded_at]
        assert session.scalars(select(Draft).where(Draft.force_id != FORCE)).first().answers
    assert erase(doing, keys, "feedback", None) >= 1
    with clock.at(LATER + timedelta(366 * 4)):
        open_reviews(database.store())
        with doing() as w:
            row = review(w, "ledger", None)
            with pytest.raises(NotNow):
                review_actions.propose(w, row, row.version, "Synthetic reason")


def test_append_only_rows_can_be_emptied_and_nothing_else(database, record_count):
    tried, through = 0, []
    changes = {
        "attendance": ("outcome = 'absent'", "gap_reason = 'Synthetic'", "gap_reason = '', outcome = 'absent'", "referral_id = 1"),
        "non_compliance": ("ground = 'x'", "account = 'Synthetic'", "account = '', evidence = '{\"a\": 1}'"),
        "breach_decision": ("reason = 'Synthetic'", "decision = 'x', reason = ''"),
        "telephone_session": ("outcome = 'x'",),
    }  # fmt: skip
    engine = database.admin()
    for table, some in changes.items():
        for change in some:
            tried += 1
            try:
                with engine.begin() as connection:
                    assert connection.execute(text(f"update {table} set {change}")).rowcount
            except DBAPIError:
                continue
            through.append((table, change))
        tried += 1
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(f"delete from {table}"))
    with engine.begin() as connection:
        assert connection.execute(text("update breach_decision set reason = ''")).rowcount
    record_count("changes of append-only rows", tried, through)


def test_the_force_sets_its_periods(doing):
    with doing(SECOND) as w:
        review_actions.set_period(w, "case", 1, w.today - timedelta(1), "Synthetic schedule")
        with pytest.raises(BadInput):
            review_actions.set_period(w, "case", 0, w.today, "")
    with clock.at(NOW + timedelta(days=40)), doing() as w:
        opened = review_actions.open_due(w, FORCE)
        assert opened
        assert review(w, "case").record_class == "case"


def test_what_a_colleague_proposes_stands_on_what_needs_me(doing, as_person):
    """For whoever may confirm it, and not for whoever proposed it."""
    said, one = "A colleague proposes to erase records", review_of(FORCE, "proposed")
    page = as_person(f"{FORCE}_police.supervisor").get("/work").text
    assert said in page
    assert f"/retention/{one.reference}" in page
    assert said not in as_person(f"{FORCE}_police.referring_officer").get("/work").text
    with doing(SECOND) as w:
        assert one.reference not in {row.reference for row in queries.proposed(w)[0]}


def test_when_a_hold_was_placed_is_a_day_in_london(doing, as_person):
    with clock.at(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)), doing() as w:
        legal_hold.place(w, CASE.id, "Synthetic appeal")
    page = as_person(f"{FORCE}_police.supervisor").get(f"/cases/{CASE.reference}/legal-hold").text
    assert "Placed on Wednesday 1 July 2026" in page
    assert f"Case {CASE.reference}" in page
