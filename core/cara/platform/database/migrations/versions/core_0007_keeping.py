"""Retention: periods, legal holds and reviews; and append-only words that may be emptied, and nothing else done to them"""

from collections.abc import Sequence
from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import APPLICATION_ROLE, secure

revision = "core_0007"
down_revision = "core_0006"
branch_labels: Any = None
depends_on: Any = None

_OF_ITS_CASE = (["referral_id", "force_id"], ["referral.id", "referral.force_id"])


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "retention_period",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("force_id", "record_class")),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("retention_period_force", "retention_period", ["force_id", "record_class"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_at", instant, nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("lifted_at", instant, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("lifted_by", "lift_reason")),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.PrimaryKeyConstraint("id"),
        info={"wall": "case"},
    )
    _unique_while("legal_hold_standing", "legal_hold", ["referral_id"], "lifted_at IS NULL")
    op.create_table(
        "retention_review",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("reference", "force_id")),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record_class", sa.String(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("until", "due_on")),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("proposed_at", instant, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("proposed_by", "reason")),
        sa.Column("decided_at", instant, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("decided_by", "decision")),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        info={"wall": "case"},
    )
    op.create_index("retention_review_open", "retention_review", ["force_id", "decided_at", "due_on"])
    _unique_while("retention_review_one", "retention_review", ["referral_id", "record_class"], "decided_at IS NULL")
    connection = op.get_bind()
    secure(connection, WALLS, ORDINARY, APPEND_ONLY)
    for statement in _may_be_emptied(connection):
        connection.execute(sa.text(statement))


def _unique_while(name: str, table: str, columns: Sequence[str], condition: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def _may_be_emptied(connection: Any) -> list[str]:
    """These tables stay append-only, but for one thing: words in them may be emptied when a case is erased."""
    return _on_sqlite(connection) if connection.dialect.name == "sqlite" else _on_postgresql()


def _on_sqlite(connection: Any) -> list[str]:
    made = []
    for table, words in EMPTIED.items():
        columns = [one["name"] for one in sa.inspect(connection).get_columns(table)]
        same = " and ".join(f'new."{one}" is old."{one}"' for one in columns if one not in words)
        empty = " and ".join(f"new.\"{one}\" in ('', '{{}}')" for one in words)
        made += [
            f"drop trigger {table}_no_update",
            (
                f"create trigger {table}_no_update before update on {table} when not ({same} and {empty})"
                " begin select raise(abort, 'append-only'); end"
            ),
        ]
    return made


_FUNCTION = """
create or replace function append_only_but_emptied() returns trigger language plpgsql as $$
declare word text;
begin
  if to_jsonb(new) - tg_argv::text[] is distinct from to_jsonb(old) - tg_argv::text[] then
    raise exception 'append-only';
  end if;
  foreach word in array tg_argv::text[] loop
    if to_jsonb(new) ->> word not in ('', '{}') then raise exception 'append-only'; end if;
  end loop;
  return new;
end $$
"""
"""`tg_argv`: the columns that may be emptied."""


def _on_postgresql() -> list[str]:
    made = [_FUNCTION]
    for table, words in EMPTIED.items():
        listed = ", ".join(f"'{one}'" for one in words)
        made += [
            f"drop trigger {table}_append_only on {table}",
            (
                f"create trigger {table}_append_only before delete or truncate on {table}"
                " for each statement execute function append_only()"
            ),
            (
                f"create trigger {table}_emptied before update on {table}"
                f" for each row execute function append_only_but_emptied({listed})"
            ),
            f"grant update ({', '.join(words)}) on {table} to {APPLICATION_ROLE}",
        ]
    return made


WALLS = {"legal_hold": "case", "retention_review": "case"}
ORDINARY = ("retention_period",)
APPEND_ONLY = ()
EMPTIED = {
    "attendance": ("gap_reason", "correction_reason"),
    "non_compliance": ("account", "evidence"),
    "breach_decision": ("reason",),
}
