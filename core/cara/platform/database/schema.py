"""The schema: made and upgraded by Alembic, on SQLite by itself at first use, on PostgreSQL by `cara db upgrade`."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from cara.platform.database import postgresql_roles
from cara.platform.database.engine import patience, prepared
from cara.platform.database.revisions import newest

if TYPE_CHECKING:
    from alembic.config import Config

MODELS = (
    "cara.platform.ledger.models",
    "cara.platform.reference_data.models",
    "cara.platform.access.models",
    "cara.platform.idempotency",
    "cara.platform.plugins.models",
    "cara.platform.one_time_links",
    "cara.features.referrals.models",
    "cara.features.course.records.models",
    "cara.features.course.records.event_models",
    "cara.features.course.proposals.models",
    "cara.features.victims.wall.models",
    "cara.features.victims.wall.contact_models",
    "cara.features.victims.wall.review_models",
    "cara.features.onward_services.models",
    "cara.features.messages.models",
    "cara.features.retention.models",
)
FEATURES = ("cara_licensing", "cara_national_data")
"""First-party distributions that may bring tables of their own, in a folder `migrations`."""
APPLICATION_ROLE = postgresql_roles.APPLICATION


def import_models() -> None:
    """Import every table model, of the core and of the first-party features that are installed."""
    for name in MODELS:
        import_module(name)
    for feature in FEATURES:
        if find_spec(feature) and find_spec(f"{feature}.models"):
            import_module(f"{feature}.models")


def configuration() -> "Config":
    """Alembic's configuration: the core's migrations and those of each installed feature."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(locations()))
    return config


def locations() -> Sequence[str]:
    """The folders of the core's migrations and of each installed feature's."""
    own = [str(Path(__file__).parent / "migrations" / "versions")]
    for feature in FEATURES:
        found = find_spec(feature)
        if found and found.origin and (folder := Path(found.origin).parent / "migrations").is_dir():
            own.append(str(folder))
    return own


def upgrade(engine: Engine, finish: Callable[[Connection], None] = lambda _connection: None) -> None:
    """Bring a database to the newest schema, and on PostgreSQL give each role what it may have. `engine` is the owner's.

    `finish` runs in the same transaction, once the tables are there: what it refuses, or a crash in it, leaves all as it was.
    """
    from alembic import command

    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        if connection.dialect.name == "postgresql":
            postgresql_roles.apply(connection)
        finish(connection)


def behind(connection: Connection) -> bool:
    """Whether the database's schema is not the one that this code needs."""
    if not inspect(connection).has_table("alembic_version"):
        return True
    # A feature's newest revision stands for the core's that it depends on; the database then names it alone.
    return set(connection.execute(text("select version_num from alembic_version")).scalars()) != newest(locations())


def owner_engine(url: str) -> Engine:
    """An engine for migrations alone. Nothing else runs without the walls."""
    if not url.startswith("sqlite"):
        return create_engine(url, hide_parameters=True, connect_args=patience(url))
    return prepared(create_engine(url, hide_parameters=True))


def row_level_security(tables: Mapping[str, str], second: str = "provider") -> list[str]:
    """The second wall: `FORCE` row-level security on each walled table, by the same two columns as the scope: the force's, and
    the `second` one, which is the keeper's for victims' records: a provider then reaches none of them, and a keeper no case."""
    made: list[str] = []
    for table, wall in tables.items():
        named = ("force", second)
        some = " or ".join(f"coalesce(current_setting('app.{name}', true), '') <> ''" for name in named)
        own = " and ".join(
            f"(nullif(current_setting('app.{name}', true), '') is null or {name}_id = current_setting('app.{name}', true))"
            for name in named
        )
        rows = f"({some}) and {own}"
        if wall == "victim":
            rows += " and current_setting('app.victims', true) = 'on'"
        made += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy scope on {table} using ({rows}) with check ({rows})",
        ]
    return made


def privileges(tables: Sequence[str], append_only: Sequence[str]) -> list[str]:
    """What the application role may do: everything to ordinary tables, insert and read alone to append-only ones."""
    made = [
        (
            f"do $$ begin if not exists (select from pg_roles where rolname = '{APPLICATION_ROLE}') then"
            f" create role {APPLICATION_ROLE} nologin nobypassrls; end if; end $$"
        ),
        f"grant usage on schema public to {APPLICATION_ROLE}",
        f"grant usage, select on all sequences in schema public to {APPLICATION_ROLE}",
        f"grant select on alembic_version to {APPLICATION_ROLE}",
    ]
    for table in tables:
        may = "select, insert" if table in append_only else "select, insert, update, delete"
        made.append(f"grant {may} on {table} to {APPLICATION_ROLE}")
    return made


def append_only_triggers(dialect: str, tables: Sequence[str]) -> list[str]:
    """Triggers that refuse to change, delete or (on SQLite, which can) replace what was written, whoever asks."""
    if dialect == "sqlite":
        refuse = "begin select raise(abort, 'append-only'); end"
        return [
            *(
                f"create trigger {table}_no_{verb} before {verb} on {table} {refuse}"
                for table in tables
                for verb in ("update", "delete")
            ),
            *(
                f"create trigger {table}_no_replace before insert on {table}"  # noqa: S608 - names of our own
                f" when exists (select 1 from {table} where id = new.id) {refuse}"
                for table in tables
            ),
        ]
    return [
        "create or replace function append_only() returns trigger language plpgsql as $$ begin raise exception 'append-only'; end $$",
        *(
            f"create trigger {table}_append_only before update or delete or truncate on {table}"
            " for each statement execute function append_only()"
            for table in tables
        ),
    ]


def secure(
    connection: Any,
    walls: Mapping[str, str],
    ordinary: Sequence[str],
    append_only: Sequence[str],
    second: str = "provider",
) -> None:
    """Put the database's own walls around tables that a migration has just made; called by the migration itself."""
    dialect = connection.dialect.name
    statements = append_only_triggers(dialect, append_only)
    if dialect == "postgresql":
        statements += row_level_security(walls, second)
        statements += privileges([*walls, *ordinary, *append_only], append_only)
    for statement in statements:
        connection.execute(text(statement))
