"""Victims: contact, what they said, disclosure reviews; and who keeps a record"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import row_level_security, secure

revision = "core_0005"
down_revision = "core_0004"
branch_labels: Any = None
depends_on: Any = None

FIRST = ("victim", "victim_in_case", "victim_hold")
_NAMED = (
    "update victim_in_case set case_reference ="
    " coalesce((select r.reference from referral r where r.id = victim_in_case.referral_id), ''), reference = "
)
_NAME = {
    "postgresql": _NAMED + "md5(random()::text || victim_id)",
    "sqlite": _NAMED + "lower(hex(randomblob(8))) || victim_id",
}
"""What was there gets a reference of its own, and the case's beside it."""


def upgrade() -> None:
    """Forward."""
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    for table in FIRST:
        if postgresql:
            op.execute(f"drop policy scope on {table}")
            op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} rename column provider_id to keeper_id")
    op.add_column("victim", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    for column in ("reference", "case_reference", "added_by"):
        op.add_column("victim_in_case", sa.Column(column, sa.String(), nullable=False, server_default=""))
    began = sa.Column("added_at", _instant(), nullable=False, server_default="2026-01-01 00:00:00")
    op.add_column("victim_in_case", began)
    if postgresql:
        op.execute("alter table referral no force row level security")
    op.execute(_NAME[bind.dialect.name])
    if postgresql:
        op.execute("alter table referral force row level security")
    op.create_index("victim_in_case_reference", "victim_in_case", ["reference"], unique=True)
    op.create_index("victim_of_force", "victim", ["force_id", "id"], unique=True)
    _records()
    _reviews()
    if postgresql:
        for statement in row_level_security(dict.fromkeys(FIRST, "victim"), "keeper"):
            op.execute(statement)
    secure(bind, WALLS, ORDINARY, APPEND_ONLY, "keeper")


def _instant() -> Any:
    return cara.platform.database.column_types.Instant()


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _sealed(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, _instant(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _table(name: str, *columns: Any, parent: str = "") -> None:
    keys: list[Any] = [sa.PrimaryKeyConstraint("id")]
    if parent:
        own = "victim_id" if parent == "victim" else "review_id"
        keys.append(sa.ForeignKeyConstraint(["force_id", own], [f"{parent}.force_id", f"{parent}.id"]))
    walled = [*_texts("force_id"), sa.Column("keeper_id", sa.String(), nullable=True)]
    op.create_table(name, *_numbers("id"), *walled, *columns, *keys, info={"wall": "victim"})


def _of_case() -> list[sa.Column[Any]]:
    return _numbers("victim_id", "referral_id")


def _written() -> list[sa.Column[Any]]:
    return [*_times("recorded_at"), *_texts("recorded_by")]


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _records() -> None:
    _table(
        "victim_details_change", *_numbers("victim_id"), *_texts("reference", "source"), *_sealed("before", "after"),
        *_times("proposed_at"), *_texts("proposed_by"), *_times("decided_at", nullable=True), *_texts("decided_by"),
        sa.Column("confirmed", sa.Boolean(), nullable=False), parent="victim",
    )  # fmt: skip
    op.create_index("victim_details_change_victim", "victim_details_change", ["victim_id"])
    _table(
        "victim_attempt", *_of_case(), *_texts("point", "method", "outcome"), *_sealed("note"), *_times("happened_at"), *_written(),
        parent="victim",
    )  # fmt: skip
    _table(
        "victim_conversation", *_of_case(), *_texts("point"), _day("on"), *_sealed("said"), *_written(), parent="victim"
    )
    _table("victim_risk", *_of_case(), _day("assessed_on"), *_sealed("assessed"), *_written(), parent="victim")
    _table(
        "victim_broken_glass", *_of_case(), *_sealed("reason"), *_times("opened_at"), *_texts("opened_by"), *_times("ends_at"),
        *_times("reviewed_at", nullable=True), *_texts("reviewed_by"), sa.Column("justified", sa.Boolean(), nullable=True),
        parent="victim",
    )  # fmt: skip
    for table in ("victim_attempt", "victim_conversation", "victim_risk", "victim_broken_glass"):
        op.create_index(f"{table}_victim", table, ["victim_id", "referral_id"])
    _table(
        "victim_course_news", *_numbers("referral_id"), *_texts("what"), _day("day", nullable=True), *_times("at"),
        *_times("seen_at", nullable=True), *_texts("seen_by"),
    )  # fmt: skip
    op.create_index("victim_course_news_referral", "victim_course_news", ["referral_id", "id"])


def _reviews() -> None:
    _table(
        "disclosure_review", *_numbers("referral_id"), *_texts("case_reference", "reference"), *_numbers("victim_id", nullable=True),
        *_numbers("hold_id"), *_texts("key_id", "source"), *_sealed("account"), *_texts("risk", "question"), *_times("opened_at"),
        *_texts("opened_by", "consultation", "decision"), *_sealed("reasons"), *_times("decided_at", nullable=True),
        *_texts("decided_by"), *_numbers("version"),
    )  # fmt: skip
    op.create_index("disclosure_review_reference", "disclosure_review", ["reference"], unique=True)
    op.create_index("disclosure_review_of_force", "disclosure_review", ["force_id", "id"], unique=True)
    op.create_index("disclosure_review_referral", "disclosure_review", ["referral_id"])
    _table(
        "disclosure_view", *_numbers("review_id"), *_texts("side", "view"), *_sealed("words"), *_times("given_at"),
        *_texts("given_by"), parent="disclosure_review",
    )  # fmt: skip
    op.create_index("disclosure_view_review", "disclosure_view", ["review_id"])
    _table(
        "disclosure_step", *_numbers("review_id"), *_texts("step", "outcome"), *_sealed("words"), *_times("happened_at", "recorded_at"),
        *_texts("recorded_by"), parent="disclosure_review",
    )  # fmt: skip
    op.create_index("disclosure_step_review", "disclosure_step", ["review_id"])
    op.create_table(
        "trust_consultation", *_numbers("id"), *_texts("reference", "force_id", "risk", "question"), *_times("asked_at"),
        *_texts("view", "words"), *_times("answered_at", nullable=True), *_texts("answered_by"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("reference"),
    )  # fmt: skip


WALLS = dict.fromkeys(
    (
        "victim_details_change", "victim_attempt", "victim_conversation", "victim_risk", "victim_course_news", "victim_broken_glass",
        "disclosure_review", "disclosure_view", "disclosure_step",
    ),
    "victim",
)  # fmt: skip
ORDINARY = ("trust_consultation",)
APPEND_ONLY = ()
