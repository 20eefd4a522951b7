"""The victims' room and its one door: what comes out is yes or no, and nothing of a person outlives their key."""

import ast
import logging
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import cara
import pytest
from cara.errors import CaraError, Forbidden, NotFound, NotNow, WallBreached
from cara.features.referrals import queries
from cara.features.referrals.models import Offender, Referral
from cara.features.victims.data_rights import erasure
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.disclosure_reviews import queries as review_queries
from cara.features.victims.wall import actions, encryption, hold_gate
from cara.features.victims.wall.models import Hold, Victim
from cara.features.victims.wall.review_models import DisclosureReview
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import work_as
from cryptography.exceptions import InvalidTag
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError
from synthetic.canaries import found_in, planted
from synthetic.cases import case_of, coordinator, officer
from synthetic.people import FORCES, Somebody
from synthetic.victims import SEALED

CASE = case_of("hampshire", "north_provider", "referred")
HELD = case_of("hampshire", "north_provider", "accepted")
CORE = Path(cara.__file__).parent
ROOM = CORE / "features" / "victims"
WORDS = "PLAINTEXT-of-a-synthetic-victim-ŵ"


@pytest.fixture
def keys(database):
    return Keyring(database.settings().key_folder)


@pytest.fixture
def doing(database):
    """`with doing(somebody) as w:` is a unit of work of theirs, in the scope that the policy gives them."""
    store = database.store()

    @contextmanager
    def begin(who: Somebody):
        actor = Actor(
            "person",
            str(who.number),
            organisation=who.body.id,
            force=who.force,
            capacity=who.capacity,
            roles=frozenset({who.role}),
        )
        with work_as(store, actor, "account", "use", actor.scope(who.reach("referral", "read") or "")) as w:
            yield w

    return begin


POLICE, PROVIDER = officer("hampshire"), coordinator("north_provider")


def row(w: Any, case: Any) -> Any:
    return queries.case(w, case.reference)[0]


def test_the_door_says_yes_or_no_to_both_sides(doing, keys):
    for who in (POLICE, PROVIDER):
        with doing(who) as w:
            assert hold_gate.held(w, row(w, HELD)) is True
            assert hold_gate.held(w, row(w, CASE)) is False
            assert hold_gate.advice_before_b(w, row(w, HELD)) is False
    with doing(POLICE) as w:
        hold = police_holds.place_hold(w, keys, row(w, CASE), WORDS)
        police_holds.release_hold(w, hold, "over", advice_before_b=True)
    with doing(PROVIDER) as w:
        assert (hold_gate.held(w, row(w, CASE)), hold_gate.advice_before_b(w, row(w, CASE))) == (False, True)


def test_a_concern_goes_in_and_holds_the_case(doing, keys, database):
    with doing(PROVIDER) as w:
        assert hold_gate.raise_concern(w, keys, row(w, CASE), WORDS) is None
        assert hold_gate.held(w, row(w, CASE))
    with doing(PROVIDER) as w:
        for table in ("victim_hold", "victim", "victim_in_case"):
            with pytest.raises(WallBreached):
                w.session.execute(
                    text(f"select * from {table} where provider_id = :scope_provider"),
                    {"scope_provider": "north_provider"},
                )
    with doing(POLICE) as w, behind_the_wall(w.session, "hampshire") as session:
        kept = session.scalars(select(Hold).where(Hold.referral_id == CASE.id)).one()
        review = session.scalars(select(DisclosureReview).where(DisclosureReview.hold_id == kept.id)).one()
        [(account, _at, _by)] = review_queries.accounts(keys, session, review)
        assert account.words == WORDS
        assert (review.source, review.decision) == ("room", "")
        assert (kept.force_id, kept.keeper_id) == ("hampshire", "hampton_trust")
    assert WORDS.encode() not in everything(database)


def test_two_people_whom_one_victim_fears_share_no_room(doing, keys):
    with doing(POLICE) as w:
        one, other = row(w, CASE), row(w, HELD)
        assert hold_gate.may_share_room(w, one, other)
        victim = actions.record_victim(w, keys, row(w, CASE), name=WORDS, contact=WORDS, address=WORDS)
        actions.link(w, victim, row(w, HELD))
        assert not hold_gate.may_share_room(w, one, other)
    with doing(PROVIDER) as w:
        assert not hold_gate.may_share_room(w, row(w, CASE), row(w, HELD))
        assert hold_gate.apart_among(w, [row(w, CASE), row(w, HELD)]) == {frozenset((CASE.id, HELD.id))}
        assert not hold_gate.apart_among(w, [row(w, CASE)])


def test_only_police_release_and_only_once(doing, keys):
    with doing(POLICE) as w:
        hold = police_holds.place_hold(w, keys, row(w, CASE), WORDS)
    with doing(PROVIDER) as w, pytest.raises(Forbidden):
        police_holds.release_hold(w, hold, "over", advice_before_b=False)
    with doing(officer("kent")) as w, pytest.raises(NotFound):
        police_holds.release_hold(w, hold, "over", advice_before_b=False)
    with doing(POLICE) as w:
        assert hold_gate.held(w, row(w, CASE))
        police_holds.release_hold(w, hold, "over", advice_before_b=False)
        with pytest.raises(NotNow):
            police_holds.release_hold(w, hold, "over", advice_before_b=False)
        assert not hold_gate.held(w, row(w, CASE))


def test_nobody_asks_about_a_case_that_they_have_not_read(doing):
    with doing(POLICE) as w:
        seen = row(w, CASE)
    with doing(officer("kent")) as w:
        for ask in (hold_gate.held, hold_gate.advice_before_b):
            with pytest.raises(WallBreached):
                ask(w, seen)
        with pytest.raises(WallBreached):
            hold_gate.apart_among(w, [seen])
        with pytest.raises(WallBreached), behind_the_wall(w.session, "hampshire"):
            pass


def test_the_door_opens_to_whoever_read_the_case_as_columns(doing):
    numbers = select(Referral.id, Referral.force_id).where(Referral.reference == bindparam("reference"))
    with doing(PROVIDER) as w:
        seen = w.cases(numbers, reference=HELD.reference)
        assert hold_gate.cautions_among(w, seen) == hold_gate.Cautions(
            held=frozenset({HELD.id}), advice_before_b=frozenset()
        )
    with doing(PROVIDER) as w:
        with pytest.raises(WallBreached):
            hold_gate.cautions_among(w, seen)
        with pytest.raises(WallBreached):
            hold_gate.held_among(w, w.run(numbers, reference=HELD.reference).all())
    with doing(coordinator("south_provider")) as w:
        assert not w.cases(numbers, reference=HELD.reference)
        with pytest.raises(WallBreached):
            hold_gate.held_among(w, seen)
    with doing(PROVIDER) as w, pytest.raises(LookupError):
        w.cases(select(Offender.referral_id.label("id"), Offender.force_id))


def test_the_wall_closes_however_the_call_ends(doing, database):
    for who in (POLICE, PROVIDER):
        with doing(who) as w:
            own = w.session.info["scope"]
            with pytest.raises(RuntimeError):
                fail_within(w)
            assert w.session.info["scope"] == own
            assert not [one for one in w.session if isinstance(one, Victim)]
            with pytest.raises(WallBreached):
                w.session.execute(select(Victim)).all()
            if database.kind == "postgresql":
                said = w.session.scalar(
                    text("select current_setting('app.victims', true) || current_setting('app.force', true)")
                )
                assert said == (own.force or "")
            assert row(w, CASE).id == CASE.id
        with doing(who) as w:
            with (
                pytest.raises(DBAPIError),
                behind_the_wall(w.session, "hampshire") as session,
            ):
                session.execute(text("select 1 from nowhere"))
            w.session.rollback()
            with pytest.raises(WallBreached):
                w.session.execute(select(Victim)).all()


def fail_within(w: Any) -> None:
    with behind_the_wall(w.session, "hampshire") as session:
        assert session.scalars(select(Victim)).all()
        raise RuntimeError


def test_erasing_a_person_destroys_their_key(doing, keys, database):
    with doing(POLICE) as w:
        victim = actions.record_victim(w, keys, row(w, CASE), name=WORDS, contact=WORDS, address=WORDS)
        assert set(actions.read_victim(w, keys, victim).values()) == {WORDS}
    before = everything(database)
    assert WORDS.encode() not in before
    with doing(POLICE) as w, behind_the_wall(w.session, "hampshire") as session:
        kept = session.scalars(select(Victim).where(Victim.id == victim)).one()
        ciphertext = kept.name
    assert ciphertext in before or database.kind == "postgresql"
    with doing(POLICE) as w:
        erasure.erase(w, keys, victim)
    assert not list(keys.folder.rglob(f"{kept.key_id}.key"))
    if database.kind == "sqlite":  # what its journal still holds no key opens; the next checkpoint takes it
        with closing(sqlite3.connect(database.home / "cara.db")) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert ciphertext not in everything(database)
    with doing(POLICE) as w, pytest.raises(NotFound):
        actions.read_victim(w, keys, victim)
    with pytest.raises(NotFound):  # nor from a backup of the database, made before
        encryption.unsealed(keys, kept)


def everything(database: Any) -> bytes:
    """Every byte of the database: the files of SQLite, or what PostgreSQL would dump."""
    if database.kind == "sqlite":
        return b"".join(path.read_bytes() for path in sorted(database.home.glob("cara.db*")))
    with database.admin().connect() as connection:
        tables = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        rows = [connection.execute(text(f"select t::text from {name} t")).scalars().all() for name in tables]
        plain = [connection.execute(text("select name, contact, address from victim")).all()]
    found = "\n".join(str(r) for one in rows for r in one).encode()
    return found + b"".join(bytes(value) for one in plain for r in one for value in r)


def test_no_victim_stands_in_the_database_in_plain(database, record_count):
    victims = [origin for origin in planted() if origin.owner.startswith("victim:")]
    assert len(victims) == len(FORCES) * sum(map(len, SEALED.values()))
    seen = [o for o in found_in(everything(database)) if o.owner.startswith("victim:")]
    record_count("victims' columns in the bytes of the database", len(victims), seen)


def test_a_value_cannot_be_moved_to_another_column_or_person(keys):
    one, other = keys.new_person("kent"), keys.new_person("kent")
    sealed = keys.encrypt("kent", one, "victim.name", WORDS)
    for key, column, force in ((one, "victim.address", "kent"), (other, "victim.name", "kent")):
        with pytest.raises((CaraError, InvalidTag)) as refused:
            keys.decrypt(force, key, column, sealed)
        assert WORDS not in str(refused.value)


def test_nothing_of_the_words_is_logged(doing, keys, caplog):
    with caplog.at_level(logging.DEBUG), doing(PROVIDER) as w:
        hold_gate.raise_concern(w, keys, row(w, CASE), WORDS)
    assert WORDS not in caplog.text


KEEPERS_OF_RECORDS = ("demo", "backup", "retention")
"""Rooms that may name the room's verbs of erasing and of keys; the demonstration plays its people's parts."""


def test_only_the_room_names_its_tables_and_nobody_passes_by_the_door(record_count):
    """In every module: no import of the room but its door and its description, no model or table of victims in code or SQL.
    The demonstration plays its people's parts."""
    tables = ("victim_in_case", "victim_hold", "VictimInCase")
    modules = [
        path
        for path in CORE.rglob("*.py")
        if ROOM not in path.parents and "migrations" not in path.parts and path.parent.name not in KEEPERS_OF_RECORDS
    ]
    found = []
    for path in modules:
        if path.name.startswith("test_"):
            continue
        source = path.read_text(encoding="utf-8")
        found += [(path.name, name) for name in tables if name in source]
        found += [
            (path.name, sql)
            for sql in ("from victim", "join victim", "into victim", "update victim")
            if sql in source.lower().replace("from victim'", "").replace("from victims", "")
        ]
        for node in ast.walk(ast.parse(source)):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [f"{node.module}.{a.name}" for a in node.names]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [
                (path.name, name)
                for name in names
                if name.startswith("cara.features.victims")
                and not name.startswith(("cara.features.victims.wall.hold_gate", "cara.features.victims.feature."))
                and path.name != "seed_reviews.py"
            ]
    record_count("modules outside the victims' room", len(modules), found)


def test_scope_of_victims_is_asked_for_in_two_places_alone():
    """The engine's door opener, and nothing else, makes a scope that opens the wall."""
    asking = [p.name for p in CORE.rglob("*.py") if "victims=True" in p.read_text(encoding="utf-8")]
    assert asking == ["engine.py"]
    assert not Scope(force="kent").victims
