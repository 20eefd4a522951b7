"""Links by which somebody who was harmed, and agreed to be asked, says what they thought of the contact"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0009"
down_revision = "core_0008"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "victim_views_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("keeper_id", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("victim_id", "referral_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("method", "nonce", "token_hash")),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        *(sa.Column(name, instant, nullable=True) for name in ("answered_at", "seen_at")),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["force_id", "victim_id"], ["victim.force_id", "victim.id"]),
        sa.PrimaryKeyConstraint("id"),
        info={"wall": "victim"},
    )
    op.create_index("victim_views_link_victim", "victim_views_link", ["victim_id", "referral_id"])
    op.create_index("victim_views_link_hash", "victim_views_link", ["token_hash"])
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY, "keeper")


WALLS = {"victim_views_link": "victim"}
ORDINARY = ()
APPEND_ONLY = ()
