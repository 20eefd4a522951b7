"""Feedback without a way back: answers are sealed until they are released among others, without day or order"""

import json
import random
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from cara import clock
from cara.platform.database.schema import secure

revision = "core_0013"
down_revision = "core_0012"
branch_labels: Any = None
depends_on: Any = None

TOGETHER = 5
"""As many forms as share what is said of each of them."""
SAID = ("awareness", "relationships", "own_behaviour", "motivation")


def upgrade() -> None:
    """Forward. Forms of before are written again in an order of chance, under random ids and with no more than five of them share."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":  # the owner is bound by the wall like everybody
        op.execute("alter table feedback no force row level security")
    before = [dict(row) for row in connection.execute(sa.text("select * from feedback")).mappings()]
    op.drop_table("feedback")  # an update, or a copy in its order, would keep the order in which the forms came
    released = op.create_table(
        "feedback",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("way", "strand", *SAID)),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
        info={"wall": "case"},
    )
    op.create_index("feedback_month", "feedback", ["force_id", "month"])
    waiting = op.create_table(
        "feedback_sealed",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key_id", "mark")),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("waits_since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
        info={"wall": "case"},
    )
    op.create_index("feedback_sealed_mark", "feedback_sealed", ["mark"], unique=True)
    rows, left = coarsen(before)
    if rows:
        connection.execute(sa.insert(released), rows)
    if left:
        connection.execute(sa.insert(waiting), left)
    secure(connection, WALLS, ORDINARY, APPEND_ONLY)


def coarsen(before: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the new table, and rows that must wait for others because their force has fewer than five with them."""
    like: dict[tuple[str, str | None, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in sorted(before, key=lambda row: _day(row["answered_on"])):
        like[row["force_id"], row["provider_id"], row["strand"]].append(row)
    rest: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    made, left = [], []
    for (force, provider, strand), rows in like.items():
        whole = len(rows) - len(rows) % TOGETHER
        for start in range(0, whole, TOGETHER):
            made += _together(rows[start : start + TOGETHER], provider, strand)
        rest[force] += rows[whole:]
    for rows in rest.values():
        if len(rows) >= TOGETHER:
            made += _together(rows, None, "")
        else:
            left += [_waits(row) for row in rows]
    chance = random.SystemRandom()
    chance.shuffle(made)
    chance.shuffle(left)
    return made, left


def _together(rows: Sequence[Mapping[str, Any]], provider: str | None, strand: str) -> list[dict[str, Any]]:
    ways = {row["way"] for row in rows}
    month = max(_day(row["answered_on"]) for row in rows)[:8] + "01"
    shared = {"provider_id": provider, "strand": strand, "way": ways.pop() if len(ways) == 1 and strand else ""}
    return [
        {"id": secrets.token_hex(16), "force_id": row["force_id"], "month": date.fromisoformat(month), **shared}
        | {name: row[name] for name in SAID}
        for row in rows
    ]


def _waits(row: Mapping[str, Any]) -> dict[str, Any]:
    """Not sealed yet: a migration reaches no key. The first release seals it, or lets it go among others."""
    plain = json.dumps({name: row[name] for name in ("way", "strand", *SAID)}, sort_keys=True).ljust(512)
    return {
        "id": secrets.token_hex(16), "force_id": row["force_id"], "provider_id": row["provider_id"], "key_id": "",
        "mark": secrets.token_hex(32), "answer": plain.encode(), "waits_since": clock.today(),
    }  # fmt: skip


def _day(day: Any) -> str:
    """A day as text: SQLite gives text, PostgreSQL a date."""
    return day if isinstance(day, str) else str(day.isoformat())


WALLS = {"feedback": "case", "feedback_sealed": "case"}
ORDINARY = ()
APPEND_ONLY = ()
