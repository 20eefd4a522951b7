"""A database that is in use goes over to keys that tell nothing: what was kept of forms before is gone, everything else stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from cara.platform.database.schema import APPLICATION_ROLE, configuration, owner_engine
from cara.platform.idempotency import Idempotency
from sqlalchemy import Engine, create_engine, inspect, text
from synthetic.databases import ENGINES

BEFORE = "core_0010"
SENT = {"actor_id": "1", "key": "k" * 20, "route": "/drafts", "body_hash": "synthetic", "location": "/cases/R1"}
ROW = SENT | {"at": "2026-11-01 10:00:00+00:00"}


@pytest.fixture(params=ENGINES)
def owner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The owner's way into a database that is still as it was."""
    if request.param == "sqlite":
        engine = owner_engine(f"sqlite:///{tmp_path / 'cara.db'}")
        _to(engine, BEFORE)
        yield engine
    else:
        server = request.getfixturevalue("postgresql")
        server._run("drop database if exists upgrading with (force)", "create database upgrading owner cara_owner")
        engine = create_engine(server._url("cara_owner", "upgrading"))
        _to(engine, BEFORE)
        yield engine
        engine.dispose()
        server._run("drop database upgrading with (force)")
    engine.dispose()


def _to(engine: Engine, revision: str) -> None:
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_what_was_kept_of_forms_goes_and_keys_are_taken_from_then_on(owner):
    with owner.begin() as connection:
        columns = ", ".join(ROW)
        values = ", ".join(f":{name}" for name in ROW)
        connection.execute(text(f"insert into sent_form ({columns}) values ({values})"), ROW)
        connection.execute(
            text("insert into organisation (id, name, mail_domains, client_id, client_auth, entra, groups_claim, group_roles, just_in_time,"
                 " added_at) values ('kent_police', 'Synthetic', '[]', '', 'none', false, 'groups', '{}', false, :at)"), {"at": ROW["at"]},
        )  # fmt: skip
    _to(owner, "heads")
    tables = inspect(owner).get_table_names()
    assert "sent_form" not in tables
    with owner.begin() as connection:
        assert connection.scalar(text("select count(*) from organisation")) == 1
        if connection.dialect.name == "postgresql":
            may = text("select has_table_privilege(:who, 'idempotency_key', :what)")
            for what in ("select", "insert", "update", "delete"):
                assert connection.scalar(may, {"who": APPLICATION_ROLE, "what": what}), what
        _use(connection)


def _use(connection: Any) -> None:
    from datetime import date

    sending = Idempotency("s", 1).sending("k" * 20, person="person/1", route="POST /x", path="/x", body=b"")
    assert sending.reserve(connection, date(2026, 11, 30)) is None
    sending.settle(connection, "/there")
    assert sending.reserve(connection, date(2026, 11, 30)) == "/there"
