"""Licences"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from cara.platform.database.column_types import Instant
from cara.platform.database.schema import privileges

revision = "licensing_0001"
down_revision = None
branch_labels: Any = ("licensing",)
depends_on: Any = "core_0001"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("licence_pair", "licence", ["provider_id", "force_id"])
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for statement in privileges(["licence"], []):
            connection.execute(sa.text(statement))
