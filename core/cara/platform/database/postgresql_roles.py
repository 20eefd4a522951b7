"""PostgreSQL's roles, what each may touch and see, and the policies that say so: remade whole at every `cara db upgrade`.

The application's role reads little without a scope. What must read more has a login of its own in a role of its own, none of
which is ever granted to the application's login: a granted role opens its rows without `SET ROLE`. No role passes row-level
security: each sees what a policy names it for. Under forced security an owner sees nothing, without an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Table, inspect, text
from sqlmodel import SQLModel

from cara.errors import Misconfigured
from cara.platform.database.row_expiry import EXPIRING
from cara.platform.database.table_guards import Guard
from cara.settings import LOGINS

APPLICATION: Final = "cara_application"
ROLES: Final = (APPLICATION, *(f"cara_{login}" for login in LOGINS))
PRUNED: Final = tuple(rule.table for rule in EXPIRING)
"""Tables from which `cara_pruning` deletes what has expired."""
GRANTS: Final[Mapping[str, Mapping[str, str]]] = {
    "cara_ledger": {
        "ledger_entry": "select, insert",
        "ledger_seal": "select, insert",
        "ledger_sealed": "select, insert",
        "case_digest": "select",
        "referral": "select",
    },
    "cara_pruning": dict.fromkeys(PRUNED, "select, delete"),
}
"""Role → table → what it may do there, and to every row of it. `cara_backup` may read every table."""


def _told(name: str) -> str:
    """What the transaction has told of itself; null if nothing."""
    return f"nullif(current_setting('app.{name}', true), '')"


def _ledger(guard: Guard) -> tuple[str, str]:
    families = ", ".join(f"'{family}'" for family in guard.families)
    own = " and ".join(f"({_told(name)} is null or {name}_id = {_told(name)})" for name in ("force", "provider"))
    scoped = f"coalesce({_told('force')}, {_told('provider')}) is not null and {own}"
    lone = ", ".join(f"'{verb}'" for verb in guard.verbs)
    return f"verb in ({lone}) or ({scoped} and split_part(verb, '.', 1) in ({families}))", "true"


def _session(_guard: Guard) -> tuple[str, str]:
    own = f"person_id in (select id from person where organisation_id = {_told('organisation')})"  # noqa: S608 - our own words
    return f"token_hash = {_told('session')} or {own}", "true"


def _link(_guard: Guard) -> tuple[str, str]:
    within = f"force_id = {_told('force')} or coalesce({_told('provider')}, {_told('keeper')}) is not null"
    return f"token_hash = {_told('token')}", within


def _consultation(_guard: Guard) -> tuple[str, str]:
    asked = "exists (select from disclosure_review where consultation = trust_consultation.reference)"
    behind = (
        f"{_told('victims')} = 'on' and (force_id = {_told('force')} or ({_told('keeper')} is not null and {asked}))"
    )
    return f"{_told('trust')} = 'on' or {behind}", f"{_told('victims')} = 'on' or {_told('trust')} = 'on'"


_POLICIES: Final = {"ledger": _ledger, "session": _session, "link": _link, "consultation": _consultation}
"""Kind of guard → which rows the application sees, and which it may write."""


def statements(tables: Sequence[str], secured: Sequence[str]) -> Iterator[str]:
    """What gives each role what it may have. `tables`: all that are there; `secured`: those with row-level security."""
    known = SQLModel.metadata.tables
    for role in ROLES:
        yield f"grant usage on schema public to {role}"
        yield f"grant select on alembic_version to {role}"
    guarded = [name for name in tables if name in known and "guard" in known[name].info]
    for name in guarded:
        rows, new = _POLICIES[known[name].info["guard"].kind](known[name].info["guard"])
        yield f"alter table {name} enable row level security"
        yield f"alter table {name} force row level security"
        yield from _policy(name, APPLICATION, rows, new)
    for name in tables:
        yield f"grant select on {name} to cara_backup"
    yield "grant usage on all sequences in schema public to cara_ledger"
    for role, given in GRANTS.items():
        for name, rights in given.items():
            if name in tables:
                yield f"grant {rights} on {name} to {role}"
    for name in {*guarded, *secured}:
        for role in ("cara_backup", *(role for role, given in GRANTS.items() if name in given)):
            yield from _policy(name, role, "true", "true")


def _policy(table: str, role: str, rows: str, new: str) -> Iterator[str]:
    yield f"drop policy if exists {role} on {table}"
    yield f"create policy {role} on {table} to {role} using ({rows}) with check ({new})"


def make(connection: Connection) -> None:
    """Make the roles that are missing.

    Raises:
        Misconfigured: the owner may make none; says what the server's administrator runs. Nothing was changed.
    """
    there = set(connection.execute(text("select rolname from pg_roles")).scalars())
    if missing := [role for role in ROLES if role not in there]:
        may = text("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")
        if not connection.execute(may).scalar():
            told = " ".join(f"create role {role} nologin nobypassrls;" for role in missing)
            raise Misconfigured(
                f"The database’s owner may make no roles. As the server’s administrator run: {told} Then run `cara db upgrade` again. "
                "Nothing was changed."
            )
        for role in missing:
            # Another database of this server may make the same one at this moment.
            connection.execute(
                text(
                    f"do $$ begin create role {role} nologin nobypassrls;"
                    " exception when duplicate_object or unique_violation then null; end $$"
                )
            )


def apply(connection: Connection) -> None:
    """Give each role what it may have, in the transaction of the upgrade; for the owner."""
    make(connection)
    tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    for statement in statements(tables, secured(connection)):
        connection.execute(text(statement))


def secured(connection: Connection) -> Sequence[str]:
    """The tables that have forced row-level security."""
    wanted = text(
        "select relname from pg_class where relforcerowsecurity and relnamespace = 'public'::regnamespace order by relname"
    )
    return connection.execute(wanted).scalars().all()


def let_owner_in(connection: Connection, *, into: bool) -> None:
    """Free the owner from row-level security within one transaction that fills or changes whole tables, or bind it again."""
    if connection.dialect.name != "postgresql":
        return
    wanted = text("select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace")
    for name in connection.execute(wanted).scalars().all():
        connection.execute(text(f"alter table {name} {'no force' if into else 'force'} row level security"))


def may_look(connection: Connection) -> bool:
    """Whether a login may look which schema the database has; false of one without any role."""
    wanted = text(
        "select to_regclass('public.alembic_version') is null"
        " or has_table_privilege(to_regclass('public.alembic_version'), 'select')"
    )
    return bool(connection.execute(wanted).scalar())


def has_role(connection: Connection, login: str) -> bool:
    """Whether whoever is connected has the rights of a role, without asking for them."""
    return bool(connection.execute(text("select pg_has_role(:role, 'usage')"), {"role": f"cara_{login}"}).scalar())


def refuse_blind(connection: Connection, login: str, table: str) -> None:
    """Make sure that whoever is connected sees every row of a table, as a job must that says what is there.

    Raises:
        Misconfigured: row-level security hides some from them, without an error.
    """
    if connection.dialect.name != "postgresql":
        return
    blind = text("select row_security_active(:name) and not pg_has_role(:role, 'usage')")
    if connection.execute(blind, {"name": table, "role": f"cara_{login}"}).scalar():
        raise Misconfigured(f"This login does not see all of {table}. It needs one in the role cara_{login}.")


def too_much(connection: Connection) -> Iterator[str]:
    """What the application's login has and must not have."""
    own = connection.execute(text("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")).one()
    if own[0]:
        yield "it is a superuser"
    elif own[1]:
        yield "it passes row-level security (BYPASSRLS)"
    owns = text(
        "select pg_has_role(relowner, 'member') from pg_class"
        " where relname = 'alembic_version' and relnamespace = 'public'::regnamespace"
    )
    if not own[0] and connection.execute(owns).scalar():
        yield "it owns the tables"
    for login in () if own[0] else LOGINS:
        if connection.execute(text("select pg_has_role(:role, 'member')"), {"role": f"cara_{login}"}).scalar():
            yield f"it is in the role cara_{login}"


def described(table: Table) -> str:
    """How a table is guarded, in a word: its wall, its guard, or nothing."""
    guard = table.info.get("guard")
    return str(table.info.get("wall") or (guard.kind if guard else ""))
