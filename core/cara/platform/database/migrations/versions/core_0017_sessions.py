"""Typing belongs to a person; a sign-in under way is kept by the browser alone; sessions go by the clock"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "core_0017"
down_revision = "core_0016"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    op.execute("delete from kept_typing")  # an hour's worth, and nothing says whose it is
    with op.batch_alter_table("kept_typing") as batch:
        batch.add_column(sa.Column("person_id", sa.Integer(), nullable=False))
        batch.create_foreign_key("kept_typing_person_id_fkey", "person", ["person_id"], ["id"])
        batch.create_index("ix_kept_typing_person_id", ["person_id"])
    op.add_column("browser_session", sa.Column("attempt", sa.String(), nullable=True))
    op.create_index("browser_session_attempt", "browser_session", ["attempt"], unique=True)
    op.create_index("ix_browser_session_ends_at", "browser_session", ["ends_at"])
    op.drop_table("sign_in_attempt")
