"""Whoever had said that they do not want to be contacted again still refuses contact after the upgrade, on either engine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from cara.platform.bootstrap import upgrade
from cara.platform.crypto.keyring import Keyring
from cara.platform.database import schema
from cara.platform.database.column_types import Instant
from sqlalchemy import DateTime, MetaData, func, insert, inspect, select, text
from synthetic.databases import ENGINES, Database, Sqlite

BEFORE = "core_0010"
LATE = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
"""In London the next day has begun."""


@pytest.fixture(params=ENGINES)
def old(request: pytest.FixtureRequest, templates: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema of before, on either engine."""
    server = Sqlite(templates) if request.param == "sqlite" else request.getfixturevalue("postgresql")
    schema.import_models()
    with server.bare(tmp_path / "home") as database:
        owner = schema.owner_engine(database.owner_url or database.settings().url)
        config = schema.configuration()
        with owner.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        owner.dispose()
        Keyring(database.settings().key_folder).force_key("kent")  # what a record was written with
        yield database


def _rows(outcomes: list[tuple[int, str]]) -> dict[str, list[dict[str, Any]]]:
    whose = {1: ("kent", "hampton_trust"), 2: ("thames_valley", None), 3: ("kent", "hampton_trust")}
    victims = [
        {"id": number, "force_id": force, "keeper_id": keeper, "key_id": f"key-{number}", "name": b"-", "contact": b"-", "address": b"-",
         "added_at": LATE, "version": 1}
        for number, (force, keeper) in whose.items()
    ]  # fmt: skip
    attempts = [
        {"id": number, "force_id": whose[victim][0], "keeper_id": whose[victim][1], "victim_id": victim, "referral_id": 7 + victim,
         "point": "before_a", "method": "phone", "outcome": outcome, "note": b"-", "happened_at": LATE, "recorded_at": LATE,
         "recorded_by": "12"}
        for number, (victim, outcome) in enumerate(outcomes, start=1)
    ]  # fmt: skip
    glass = {"id": 1, "force_id": "kent", "keeper_id": "hampton_trust", "victim_id": 1, "referral_id": 8, "reason": b"-",
             "opened_at": LATE, "opened_by": "9", "ends_at": LATE, "reviewed_by": ""}  # fmt: skip
    return {"victim": victims, "victim_attempt": attempts, "victim_broken_glass": [glass]}


def test_a_refusal_of_before_counts_after_the_upgrade(old, record_count):
    told = [
        (1, "no_answer"),
        (1, "declined"),
        (1, "spoke"),
        (2, "declined"),
        (2, "declined"),
        (3, "over"),
        (3, "spoke"),
    ]
    admin = old.admin()
    with admin.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for name, rows in _rows(told).items():
            for column in tables.tables[name].c:
                if isinstance(column.type, DateTime):
                    column.type = Instant()
            connection.execute(insert(tables.tables[name]), rows)
    assert upgrade(old.settings())
    assert not upgrade(old.settings())
    with admin.connect() as connection:
        after = MetaData()
        after.reflect(connection)
        refusals = connection.execute(select(after.tables["victim_refusal"])).mappings().all()
        lost = [
            name
            for name, rows in _rows(told).items()
            if connection.execute(select(func.count()).select_from(after.tables[name])).scalar_one() != len(rows)
        ]
        forced = (
            connection.execute(
                text(
                    "select relname from pg_class where relname like 'victim%' and relkind = 'r' and not relforcerowsecurity"
                )
            )
            if old.kind == "postgresql"
            else ()
        )
        unforced = [row[0] for row in forced]
        assert {"warned", "why"} <= {one["name"] for one in inspect(connection).get_columns("victim_attempt")}
    assert [(one["victim_id"], one["force_id"], one["keeper_id"]) for one in refusals] == [
        (1, "kent", "hampton_trust"), (2, "thames_valley", None), (2, "thames_valley", None)
    ]  # fmt: skip
    for one in refusals:
        assert (one["refused"], one["company"], one["recorded_by"], one["withdrawn_at"]) == (
            "not_recorded",
            "not_recorded",
            "12",
            None,
        )
        assert one["on"] == date(2026, 7, 1), "the day in London"
    record_count("refusals of before that an upgrade carries over", len(refusals), [*lost, *unforced])
