"""The demonstration's database, made for real: every state is in it, its ledger holds, and nothing else is overwritten."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from cara import clock
from cara.demo.build_database import ready
from cara.demo.case_mix import PLOTS
from cara.demo.commands import practice
from cara.demo.fingerprint import Wanted, made_from
from cara.demo.organisations import CASE_FORCES, ORGANISATIONS
from cara.demo.seed_organisations import OPERATOR
from cara.errors import Misconfigured
from cara.features.eligibility.instruments import instruments_of
from cara.features.referrals.models import Draft, Referral
from cara.features.referrals.states import LABELS, state_of
from cara.platform.access.models import Organisation
from cara.platform.bootstrap import open_store
from cara.platform.database.engine import Store, Use
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.verifier import verify
from cara.platform.plugins import load_forces
from cara.platform.unit_of_work import work_as
from cara.settings import Settings

ALL = len(PLOTS) * len(CASE_FORCES)
WANTED = Wanted(5, ALL)


def issuers(first: int) -> dict[str, str]:
    return {one.id: f"http://127.0.0.1:{first + number}" for number, one in enumerate(ORGANISATIONS)}


def settings_in(home: Path) -> Settings:
    return practice(Settings.load({}, home=home))


def make(settings: Settings, wanted: Wanted = WANTED, first: int = 9001) -> bool:
    return ready(settings, wanted, issuers(first), lambda _done, _total: None)[1]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("practice"))
    assert make(settings)
    return settings


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.engine.dispose()


def rows(store: Store, model: Any, force: str) -> list[Any]:
    with work_as(store, OPERATOR, "demo", "look", Scope(force=force)) as w:
        return list(w.session.exec(select(model)).all())


def test_every_state_is_there_in_every_force(store: Store) -> None:
    for force in CASE_FORCES:
        assert {state_of(row) for row in rows(store, Referral, force)} == set(LABELS)


def test_drafts_stand_at_every_stage(store: Store) -> None:
    drafts = [draft for force in CASE_FORCES for draft in rows(store, Draft, force)]
    open_ones = [draft for draft in drafts if not draft.referral_id and not draft.discarded_at]
    assert any(draft.discarded_at for draft in drafts)
    assert any(draft.typed for draft in open_ones)
    assert len({len(draft.done) for draft in open_ones}) > 3
    assert all(draft.answers == {} for draft in drafts if draft.referral_id or draft.discarded_at)


def test_who_did_it_and_when_reads_as_it_happened(store: Store) -> None:
    for force in CASE_FORCES:
        for row in rows(store, Referral, force):
            moments = [row.created_at, row.referred_at, row.accepted_at or row.returned_at]
            known = [one for one in moments if one]
            assert known == sorted(known)
            assert row.authorised_by != row.created_by


def test_the_ledger_holds_and_is_sealed(store: Store) -> None:
    with work_as(store, OPERATOR, "ledger", "verify", use=Use.VERIFYING) as w:
        verdict = verify(w.session, keys=store.ledger_keys)
    assert (verdict.faults, verdict.unsealed) == ([], 0)
    assert verdict.entries > ALL


def test_hampshire_has_a_renewal_that_covers_today(store: Store) -> None:
    with work_as(store, OPERATOR, "instrument", "read") as w:
        held = {force: instruments_of(w.session, force) for force in CASE_FORCES}
    today = clock.today()
    now = {
        (one.rule, one.admits)
        for one in held["hampshire"]
        if one.starts <= today and (not one.until or today <= one.until)
    }
    assert now == {("E09", "medium"), ("E03", "family")}
    assert held["leicestershire"] == ()  # entered, not confirmed


def test_each_force_has_one_provider_cleared(store: Store) -> None:
    forces = load_forces()
    with work_as(store, OPERATOR, "licence", "list") as w:
        cleared = Counter(
            force
            for force in CASE_FORCES
            for one in ORGANISATIONS
            if "provider" in one.capacities and forces.clearance(force, one.id, w.today, w.session).cleared
        )
    assert cleared == dict.fromkeys(CASE_FORCES, 1)


def test_the_same_recipe_makes_the_same_cases(tmp_path: Path) -> None:
    wanted = "select surname, forenames, date_of_birth, phone from offender order by 1, 2, 3, 4"
    found = []
    for name in ("one", "other"):
        settings = settings_in(tmp_path / name)
        with clock.at(datetime(2026, 11, 24, 11, tzinfo=UTC)):
            make(settings, Wanted(5, 60))
        with closing(sqlite3.connect(settings.home / "cara.db")) as connection:
            found.append(connection.execute(wanted).fetchall())
    assert found[0] == found[1] != []


def test_found_again_it_is_used_and_told_where_sign_in_listens_now(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert make(settings, Wanted(1, 3))
    assert not make(settings, Wanted(), first=9002)  # each takes over its neighbour's old address
    store = open_store(settings)
    with Session(store.engine) as session:
        assert dict(session.exec(select(Organisation.id, Organisation.issuer)).all()) == issuers(9002)
    store.engine.dispose()


def test_what_is_there_is_thrown_away_only_if_somebody_says_so(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    database = settings.home / "cara.db"
    assert make(settings, Wanted(1, 3))
    before = database.read_bytes()
    for other in (Wanted(2, 3), Wanted(1, 4), Wanted(cases=240), Wanted(seed=0)):
        with pytest.raises(Misconfigured, match=r"3 cases \(seed 1\) is there already.*--fresh"):
            make(settings, other)
        assert database.read_bytes() == before
    assert not make(settings, Wanted(1))
    assert make(settings, Wanted(2, 3, fresh=True))
    found = made_from(database)
    assert found is not None
    assert (found.seed, found.cases, found.older) == (2, 3, False)
    assert replace(found, generator="another").older


@pytest.mark.parametrize("content", [b"not a database", b""])
def test_what_the_demonstration_did_not_make_is_left_alone(tmp_path: Path, content: bytes) -> None:
    settings = settings_in(tmp_path)
    settings.home.mkdir()
    (settings.home / "cara.db").write_bytes(content)
    with pytest.raises(Misconfigured, match="did not make"):
        make(settings)
    assert (settings.home / "cara.db").read_bytes() == content


def test_a_real_installations_database_is_left_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    open_store(settings).engine.dispose()
    with pytest.raises(Misconfigured, match="did not make"):
        make(settings)


def test_a_demonstration_never_uses_the_installations_database() -> None:
    real = Settings.load(
        {
            "CARA_DATABASE_URL": "postgresql+psycopg://app@db/cara",
            "CARA_BASE_URL": "https://cara.example",
            "CARA_KEYS": "keys",
        }
    )
    settings = practice(real)
    assert settings.sqlite
    assert settings.demo
    assert settings.home == real.home / "demo"
    assert settings.key_folder == real.home / "demo" / "keys"
    assert settings.address == "http://127.0.0.1:8000"
