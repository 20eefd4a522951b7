"""What a plugin ships stands as rows, follows the plugin, and never overrules the Trust."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cara import clock
from cara.api import ForceProfile, Instrument
from cara.platform.bootstrap import open_store
from cara.platform.database.engine import Store
from cara.platform.plugins.force_settings import _keep
from cara.platform.reference_data.models import StoredInstrument
from cara.settings import Settings
from sqlmodel import Session, select

MEDIUM = Instrument(
    "kent",
    "E09",
    "medium",
    "dpp_dispensation",
    "Invented authority",
    "SYNTHETIC-1",
    date(2026, 1, 1),
    date(2026, 12, 31),
)
PROFILE = ForceProfile("kent", "Kent (synthetic)", instruments=(MEDIUM,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings.load({}, home=tmp_path))
    yield made
    made.engine.dispose()


def loaded(store: Store, profile: ForceProfile) -> StoredInstrument:
    with store.session() as session, session.begin():
        _keep(session, profile)
    with store.session() as session:
        return session.exec(select(StoredInstrument)).one()


def test_a_corrected_instrument_reaches_the_database(store: Store) -> None:
    assert loaded(store, PROFILE).until == date(2026, 12, 31)
    shorter = replace(PROFILE, instruments=(replace(MEDIUM, until=date(2026, 6, 30)),))
    assert loaded(store, shorter).until == date(2026, 6, 30)


def test_one_that_is_shipped_no_longer_counts_no_longer(store: Store) -> None:
    loaded(store, PROFILE)
    assert loaded(store, replace(PROFILE, instruments=())).revoked_at is not None


def test_what_the_trust_revoked_stays_revoked(store: Store) -> None:
    loaded(store, PROFILE)
    with Session(store.engine) as session, session.begin():
        row = session.exec(select(StoredInstrument)).one()
        row.revoked_at, row.revoked_by = clock.now(), "7"
        session.add(row)
    assert loaded(store, PROFILE).revoked_by == "7"
