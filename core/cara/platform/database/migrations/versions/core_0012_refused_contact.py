"""Victims who refuse contact; who showed their details, and why; and second officers in emergencies"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.clock import london_day
from cara.platform.database.schema import secure

revision = "core_0012"
down_revision = "core_0011"
branch_labels: Any = None
depends_on: Any = None

_INSTANT = cara.platform.database.column_types.Instant()
_ATTEMPT = sa.table(
    "victim_attempt",
    *(
        sa.column(name)
        for name in ("id", "force_id", "keeper_id", "victim_id", "referral_id", "outcome", "recorded_by")
    ),
    sa.column("happened_at", _INSTANT),
    sa.column("recorded_at", _INSTANT),
)
_REFUSAL = sa.table(
    "victim_refusal",
    *(sa.column(name) for name in ("force_id", "keeper_id", "victim_id", "referral_id", "recorded_by")),
    *(sa.column(name) for name in ("refused", "company", "withdrawn_method", "withdrawn_by")),
    sa.column("on", sa.Date()),
    sa.column("recorded_at", _INSTANT),
)


def upgrade() -> None:
    """Forward."""
    _table(
        "victim_refusal",
        *_texts("recorded_by", "refused", "company", "withdrawn_method", "withdrawn_by"),
        *_times("recorded_at"), *_times("withdrawn_at", nullable=True),
        sa.Column("on", sa.Date(), nullable=False), sa.Column("withdrawn_on", sa.Date(), nullable=True),
    )  # fmt: skip
    _table(
        "victim_details_shown",
        *_texts("shown_by", "why", "explained_by"), *_times("shown_at", "ends_at"), *_times("explained_at", nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
    )  # fmt: skip
    for table, names in (
        ("victim_attempt", ("warned", "why")),
        ("victim_risk", ("basis",)),
        ("victim_broken_glass", ("second_by",)),
    ):
        for name in names:
            op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("victim_broken_glass", *_times("second_at", nullable=True))
    op.add_column("victim_broken_glass", sa.Column("second_agreed", sa.Boolean(), nullable=True))
    op.add_column(
        "victim_broken_glass", sa.Column("conditional", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _refusals()
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY, "keeper")


def _refusals() -> None:
    """Let every attempt of which it came that they do not want to be contacted again be a refusal. Whom they refused and who was with
    them was not asked then. A later conversation withdraws none: nobody confirmed it by the safe way."""
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    if postgresql:  # the owner is bound by the wall like everybody
        op.execute("alter table victim_attempt no force row level security")
    columns = [column for column in _ATTEMPT.c if column.name not in ("id", "outcome", "happened_at")]
    declined = (
        sa.select(*columns, _ATTEMPT.c.happened_at).where(_ATTEMPT.c.outcome == "declined").order_by(_ATTEMPT.c.id)
    )
    made = [
        {**{column.name: getattr(row, column.name) for column in columns}, "on": london_day(row.happened_at),
         "refused": "not_recorded", "company": "not_recorded", "withdrawn_method": "", "withdrawn_by": ""}
        for row in bind.execute(declined).all()
    ]  # fmt: skip
    if made:
        bind.execute(sa.insert(_REFUSAL), made)
    if postgresql:
        op.execute("alter table victim_attempt force row level security")


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, cara.platform.database.column_types.Instant(), nullable=nullable) for name in names]


def _table(name: str, *columns: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("keeper_id", sa.String(), nullable=True),
        *(sa.Column(one, sa.Integer(), nullable=False) for one in ("victim_id", "referral_id")),
        *columns,
        sa.ForeignKeyConstraint(["force_id", "victim_id"], ["victim.force_id", "victim.id"]),
        sa.PrimaryKeyConstraint("id"),
        info={"wall": "victim"},
    )
    op.create_index(f"{name}_victim", name, ["victim_id", "referral_id"])


WALLS = dict.fromkeys(("victim_refusal", "victim_details_shown"), "victim")
ORDINARY = ()
APPEND_ONLY = ()
