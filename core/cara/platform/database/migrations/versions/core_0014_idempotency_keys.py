"""Keys of forms that were sent: nothing in their rows tells who sent what, or where it led"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0014"
down_revision = "core_0013"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward. Forms that were sent before this are not taken along: their hashes gave coded answers away. A page that was open at the
    upgrade and is sent a second time after it is taken as new."""
    op.drop_table("sent_form")
    op.create_table(
        "idempotency_key",
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("id", "tag", "about", "sealed")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


WALLS: dict[str, str] = {}
ORDINARY = ("idempotency_key",)
APPEND_ONLY = ()
