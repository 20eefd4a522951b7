"""An index by which used keys of forms are found when their day has come"""

from typing import Any

from alembic import op

revision = "core_0020"
down_revision = "core_0019"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    op.create_index("idempotency_key_day", "idempotency_key", ["day"])
