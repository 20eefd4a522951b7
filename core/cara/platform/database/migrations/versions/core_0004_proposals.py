"""Proposals of cohorts: what the scheduler was asked, and what it proposes"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0004"
down_revision = "core_0003"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "schedule_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("reference", "force_id", "provider_id")),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("terms", "plan", "what_ifs", "taken")),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("planned_at", instant, nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        info={"wall": "case"},
    )
    op.create_index("schedule_proposal_provider", "schedule_proposal", ["provider_id", "id"])
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


WALLS = {"schedule_proposal": "case"}
ORDINARY = ()
APPEND_ONLY = ()
