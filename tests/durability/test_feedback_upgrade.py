"""Feedback of an installation of before is written again without order and day, on either engine, and none of it is lost."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from alembic import command
from cara.platform.crypto.keyring import Keyring
from cara.platform.database import schema
from cara.platform.database.migrations.versions.core_0013_feedback_without_a_way_back import SAID, TOGETHER, coarsen
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from synthetic.databases import Database

BEFORE = "core_0010"
SCALE = ("none", "a_little", "some", "a_lot")

forms = st.lists(
    st.builds(
        lambda force, provider, strand, way, day, said: {
            "force_id": force, "provider_id": provider, "strand": strand, "way": way,
            "answered_on": date(2026, 1, 1) + timedelta(day), **dict(zip(SAID, said, strict=True)),
        },
        st.sampled_from(("kent", "hampshire")), st.sampled_from(("north", "south")), st.sampled_from(("intimate", "non_intimate")),
        st.sampled_from(("link", "paper")), st.integers(0, 200), st.tuples(*[st.sampled_from(SCALE)] * 4),
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(forms)
def test_none_is_lost_and_none_stands_alone(before):
    made, left = coarsen(before)
    given_ = Counter((row["force_id"], *(row[name] for name in SAID)) for row in before)
    kept = Counter((row["force_id"], *(row[name] for name in SAID)) for row in made)
    kept.update((row["force_id"], *(json.loads(row["answer"])[name] for name in SAID)) for row in left)
    assert kept == given_
    alike = Counter((row["force_id"], row["provider_id"], row["strand"]) for row in made)
    assert all(number >= TOGETHER for number in alike.values())
    waits = Counter(row["force_id"] for row in left)
    assert all(number < TOGETHER for number in waits.values())
    assert not waits.keys() & {row["force_id"] for row in made if not row["strand"]}
    assert len({row["id"] for row in (*made, *left)}) == len(before)
    assert all(row["month"].day == 1 for row in made)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request, tmp_path, templates):
    """An empty database of the version before, and its owner."""
    if request.param == "sqlite":
        database = Database("sqlite", tmp_path / "old")
        yield from _at(database, schema.owner_engine(database.settings().url))
        return
    server = request.getfixturevalue("postgresql")
    server.template("empty", None)
    name = f"old_{tmp_path.name}".lower().replace("-", "_")[:60]
    server._run(f"create database {name} owner cara_owner")
    urls = [server._url(role, name) for role in ("cara_test", "cara_owner", "postgres")]
    database = Database("postgresql", tmp_path / "old", *urls)
    try:
        yield from _at(database, create_engine(database.owner_url))
    finally:
        database.close()
        server._run(f"drop database {name} with (force)")


def _at(database: Database, owner: Engine) -> Any:
    schema.import_models()
    config = schema.configuration()
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
    owner.dispose()
    yield database


def test_a_populated_database_is_upgraded(old, record_count):
    answers = [
        {"force_id": force, "provider_id": "south_provider", "answered_on": date(2026, 3, 1) + timedelta(number), "way": way,
         "strand": "intimate", **dict.fromkeys(SAID, SCALE[number % 4])}
        for force, many in (("kent", 23), ("hampshire", 3), ("leicestershire", 5))
        for number in range(many)
        for way in ("paper" if number % 7 else "link",)
    ]  # fmt: skip
    columns = ("force_id", "provider_id", "answered_on", "way", "strand", *SAID)
    wanted = text(f"insert into feedback ({', '.join(columns)}) values ({', '.join(':' + name for name in columns)})")
    admin = old.admin()
    with admin.begin() as connection:
        connection.execute(wanted, answers)
        ids = [*connection.execute(text("select cast(id as text) from feedback order by id")).scalars()]
    owner = schema.owner_engine(old.settings().url) if old.kind == "sqlite" else create_engine(old.owner_url)
    schema.upgrade(owner)
    owner.dispose()
    with admin.connect() as connection:
        rows = connection.execute(text("select * from feedback")).mappings().all()
        left = connection.execute(text("select * from feedback_sealed")).mappings().all()
        if old.kind == "postgresql":
            forced = "select relforcerowsecurity from pg_class where relname in ('feedback', 'feedback_sealed')"
            assert [*connection.execute(text(forced)).scalars()] == [True, True]
    assert {row["force_id"]: 0 for row in left}.keys() == {"kent", "hampshire"}
    assert len(rows) + len(left) == len(answers) == 31
    assert not {row["id"] for row in rows} & {*ids}
    by_force: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_force[row["force_id"]].append(row["awareness"])
    assert by_force["kent"] != [SCALE[number % 4] for number in range(len(by_force["kent"]))]
    assert "answered_on" not in rows[0]
    # And the application takes it up: what was left waits under a seal from its first look on.
    from cara.operations import jobs
    from cara.operations.job_failures import JobFailures
    from cara.platform.bootstrap import open_store

    if old.kind == "sqlite":
        store, keys = open_store(old.settings()), Keyring(old.settings().key_folder)
        jobs.once(store, keys, JobFailures(old.settings()))
        store.engine.dispose()
        with admin.connect() as connection:
            waits = connection.execute(text("select key_id from feedback_sealed")).scalars().all()
        assert len(waits) == len(left)
        assert all(waits)
    record_count("forms of before, written again", len(answers))
