"""Answers to a force's own questions that no provider reads"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    op.add_column("local_answer", sa.Column("force_only", sa.Boolean(), nullable=False, server_default=sa.false()))
