"""The command counts instruments as the database does: what the Trust has revoked is gone from there too."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from cara import clock
from cara.features.eligibility.quick_instruments import instruments_in_force, stored_instruments
from cara.platform.bootstrap import open_store
from cara.platform.plugins import load_forces
from cara.platform.plugins.force_settings import keep_arrangements
from cara.platform.reference_data.models import StoredInstrument
from cara.settings import Settings


def test_before_there_is_a_database_the_plugin_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    assert stored_instruments("hampshire") is None
    forces = load_forces(only={"hampshire"})
    assert instruments_in_force("hampshire", forces) == forces.profile("hampshire").instruments
    assert not list(tmp_path.iterdir()), "a question makes no database"


def test_what_was_revoked_or_entered_counts_as_on_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    store = open_store(Settings.load())
    forces = load_forces(only={"hampshire"})
    keep_arrangements(store, forces)
    assert {one.rule for one in instruments_in_force("hampshire", forces)} == {"E03", "E09"}
    now = clock.now()
    with Session(store.engine) as session, session.begin():
        medium = session.exec(select(StoredInstrument).where(StoredInstrument.rule == "E09")).one()
        medium.revoked_at = now
        session.add(medium)
        for reference, confirmed_at in (("SYNTHETIC-CONFIRMED", now), ("SYNTHETIC-WAITING", None)):
            session.add(
                StoredInstrument(
                    force_id="hampshire",
                    rule="E09",
                    admits="medium",
                    kind="dpp_dispensation",
                    authority="Invented",
                    reference=reference,
                    starts=date(2026, 1, 1),
                    entered_at=now,
                    confirmed_at=confirmed_at,
                )
            )
    found = [
        (one.rule, one.reference, one.starts) for one in instruments_in_force("hampshire", forces) if one.rule == "E09"
    ]
    assert found == [("E09", "SYNTHETIC-CONFIRMED", date(2026, 1, 1))]
    assert stored_instruments("kent") is None
    store.engine.dispose()
