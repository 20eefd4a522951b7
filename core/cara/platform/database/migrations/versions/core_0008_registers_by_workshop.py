"""Registers are found by their workshop: the index of first lines alone is passed over by SQLite, which then reads them all"""

from typing import Any

from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    op.create_index("attendance_workshop", "attendance", ["workshop_id"])
