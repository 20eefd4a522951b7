"""What two people decide of a force whose plugin is gone"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0018"
down_revision = "core_0017"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "force_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("force_id", "kind", "said")),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("confirmed_at", instant, nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    waiting = sa.text("confirmed_at is null and ended_at is null")
    op.create_index(
        "force_decision_waiting", "force_decision", ["force_id", "kind"], unique=True,
        sqlite_where=waiting, postgresql_where=waiting,
    )  # fmt: skip
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


WALLS: dict[str, str] = {}
ORDINARY = ("force_decision",)
APPEND_ONLY = ()
