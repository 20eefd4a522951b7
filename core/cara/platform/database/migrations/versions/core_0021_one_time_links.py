"""One table of links that work without a sign-in, in place of one for feedback and one for onward referrals"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0021"
down_revision = "core_0020"
branch_labels: Any = None
depends_on: Any = None

BEFORE = ("feedback_link", "onward_link")


def upgrade() -> None:
    """Forward. Links that are open stay open: each keeps its hash, force and end."""
    connection = op.get_bind()
    op.create_table(
        "one_time_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("ends_at", cara.platform.database.column_types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        sqlite_with_rowid=False,
    )
    if connection.dialect.name == "postgresql":  # row-level security binds the owner too, and would show it no row
        for table in BEFORE:
            op.execute(f"alter table {table} no force row level security")
    columns = "token_hash, force_id, ends_at"
    kept = " union ".join(f"select {columns} from {table}" for table in BEFORE)  # noqa: S608 - names of our own
    # In the order of hashes: an order of issue would tell which links of the two tables belong together.
    op.execute(f"insert into one_time_link ({columns}) {kept} order by token_hash")
    for table in BEFORE:
        op.drop_table(table)
    secure(connection, WALLS, ORDINARY, APPEND_ONLY)


WALLS: dict[str, str] = {}
ORDINARY = ("one_time_link",)
APPEND_ONLY = ()
