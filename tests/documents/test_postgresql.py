"""The roles that the operators' page sets up are enough, and no more than enough."""

import re
from pathlib import Path

import pytest
from cara.errors import Misconfigured
from cara.platform.bootstrap import open_store, upgrade
from cara.platform.database import postgresql_roles
from cara.settings import LOGINS, Settings
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from synthetic.databases import PostgreSQL

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def test_the_documented_roles(postgresql: PostgreSQL, tmp_path: Path) -> None:
    found = re.search(r"^```sql\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    admin = create_engine(postgresql._url("postgres", "postgres"), isolation_level="AUTOCOMMIT")
    # Names of this test's own: the server has other databases, and the application's role may be there already.
    sql = re.sub(r"--.*", "", found[1])
    logins = {
        "owner": "cara_owner",
        "web": "cara_web",
        "ledger": "cara_sealer",
        "backup": "cara_keeper",
        "pruning": "cara_pruner",
    }
    for login, role in logins.items():
        sql = sql.replace(role, f"told_{login}")
    with admin.connect() as connection:
        exists = text("select 1 from pg_roles where rolname = :role")
        for statement in sql.replace("database cara", "database told").split(";"):
            made = re.search(r"create role (\w+) nologin", statement)
            there = made and connection.execute(exists, {"role": made[1]}).scalar()
            if statement.strip() and not there:
                connection.execute(text(statement))
    settings = Settings(
        home=tmp_path, database_url=postgresql._url("told_web", "told"), pool_size=2,
        database_owner_url=postgresql._url("told_owner", "told"),
        **{f"{login}_database_url": postgresql._url(f"told_{login}", "told") for login in LOGINS},
    )  # fmt: skip
    try:
        with pytest.raises(Misconfigured, match="cara db upgrade"):
            open_store(settings)
        assert upgrade(settings)
        store = open_store(settings)
        store.engine.dispose()
        web = create_engine(settings.url)
        for forbidden in (
            "delete from ledger_entry",
            "alter table referral disable row level security",
            "create table x ()",
        ):
            with web.connect() as connection, pytest.raises(ProgrammingError):
                connection.execute(text(forbidden))
        with web.connect() as connection:
            assert not [*postgresql_roles.too_much(connection)]
        web.dispose()
        for login in LOGINS:
            open_store(settings, login).engine.dispose()
    finally:
        with admin.connect() as connection:
            connection.execute(text("drop database told with (force)"))
            for login in logins:
                connection.execute(text(f"drop role told_{login}"))
        admin.dispose()
