"""Answers to a force's own questions that no provider reads"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels: Any = None
depends_on: Any = None


ASKED = {"hampshire": "neighbourhood_team", "thames_valley": "contact_team_informed"}
"""Force → its question that no provider reads from now on: what was answered before is taken back too."""


def upgrade() -> None:
    """Forward."""
    op.add_column("local_answer", sa.Column("force_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:  # the owner is bound by the wall like everybody
        op.execute("alter table local_answer no force row level security")
    for force, question in ASKED.items():
        op.execute(
            sa.text(
                "update local_answer set force_only = true, provider_id = null where force_id = :place and question = :asked"
            ).bindparams(place=force, asked=question)
        )
    if postgresql:
        op.execute("alter table local_answer force row level security")
