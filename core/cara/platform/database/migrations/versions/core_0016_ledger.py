"""Seals that cover what no seal covered before, keyed digests of cases, and a salt for each case

Whatever stands in the ledger gets a last seal of the old kind, over a range of numbers: after it no entry may have a plain
digest. The cases' first digests are left by the upgrade itself, which has the keys (`cara.platform.bootstrap`).
"""

import hashlib
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op
from cara import clock
from cara.platform.database import postgresql_roles
from cara.platform.database.schema import secure

revision = "core_0016"
down_revision = "core_0015"
branch_labels: Any = None
depends_on: Any = None

WALLS: dict[str, str] = {}
ORDINARY = ()
APPEND_ONLY = ("ledger_sealed", "case_digest")


def upgrade() -> None:
    """Forward."""
    connection = op.get_bind()
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        postgresql_roles.let_owner_in(connection, into=True)
        op.execute("lock table ledger_entry, ledger_seal, referral in exclusive mode")
    op.create_table(
        "ledger_sealed",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ledger_sealed_seal", "ledger_sealed", ["seal_id", "id"])
    op.create_table(
        "case_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("referral_id", "version")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("columns", "digest", "entry")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("case_digest_case", "case_digest", ["referral_id", "id"])
    op.add_column("ledger_seal", sa.Column("tag", sa.String(), nullable=False, server_default=""))
    op.add_column("referral", sa.Column("salt", sa.String(), nullable=False, server_default=""))
    random = "replace(gen_random_uuid()::text, '-', '')" if postgresql else "lower(hex(randomblob(16)))"
    op.execute(f"update referral set salt = {random}")  # noqa: S608 - our own words
    secure(connection, WALLS, ORDINARY, APPEND_ONLY)
    _seal_once_more(connection)
    if postgresql:
        postgresql_roles.let_owner_in(connection, into=False)


def _seal_once_more(connection: Any) -> None:
    """As the versions before this one sealed: by a range of numbers."""
    last = connection.execute(
        sa.text("select id, last_entry, count, root from ledger_seal order by id desc limit 1")
    ).first()
    number, below, count, root = last or (0, 0, 0, hashlib.sha256(b"CARA ledger").hexdigest())
    chain = hashlib.sha256(root.encode())
    wanted = sa.text("select id, digest from ledger_entry where id > :below order by id")
    rows = connection.execute(wanted, {"below": below}).all()
    for row in rows:
        chain.update(row.digest.encode())
    if rows:
        at = clock.now().astimezone(UTC)
        chain.update(f"{count + len(rows)} {at.isoformat()}".encode())
        words: Any = (sa.column(name) for name in ("id", "last_entry", "count", "root", "tag"))
        connection.execute(
            sa.insert(sa.table("ledger_seal", *words, sa.column("at", sa.DateTime()))).inline(),
            {
                "id": number + 1, "at": at.replace(tzinfo=None), "last_entry": rows[-1].id, "count": count + len(rows),
                "root": chain.hexdigest(), "tag": "",
            },
        )  # fmt: skip
