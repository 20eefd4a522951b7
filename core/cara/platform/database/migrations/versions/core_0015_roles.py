"""Roles of their own for the ledger, for backups and for pruning; and guards around what tells who spoke and when

What the roles may do, and the policies, are remade at the end of every upgrade (`cara.platform.database.postgresql_roles`).
"""

from typing import Any

from alembic import op
from cara.platform.database import postgresql_roles

revision = "core_0015"
down_revision = "core_0014"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "postgresql":
        postgresql_roles.make(op.get_bind())
