"""The duty supervisor's number and the cover address of a force, as dated rows that the force enters"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0019"
down_revision = "core_0018"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "force_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("force_id", "kind", "reached_at")),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("force_contact_force", "force_contact", ["force_id"])
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


WALLS: dict[str, str] = {}
ORDINARY = ("force_contact",)
APPEND_ONLY = ()
