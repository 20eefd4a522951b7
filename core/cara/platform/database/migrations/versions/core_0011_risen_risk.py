"""Reviews that a recorded answer opens, whom they are escalated to, and agreements to Operation Encompass"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0011"
down_revision = "core_0010"
branch_labels: Any = None
depends_on: Any = None

WALLED = ("victim_in_case", "disclosure_review", "referral", "local_answer")
"""What is read and written below: under forced row-level security its owner too would see no row of it."""
INSTANTS = {
    "disclosure_review": ("risk_at", "provider_asked_at", "supervisors_told_at", "cover_told_at"),
    "victim_conversation": ("weighed_at",),
    "victim_risk": ("weighed_at",),
    "victim_hold": ("cancel_approved_at",),
}


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    for table, names in INSTANTS.items():
        for name in names:
            op.add_column(table, sa.Column(name, instant, nullable=True))
    texts = {
        "victim_in_case": ("referral_risk", "area"),
        "disclosure_review": ("area",),
        "victim_hold": ("cancel_approved_by",),
    }
    for table, name in ((table, name) for table, names in texts.items() for name in names):
        op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    with _in_sight():
        # The grade of the referral, on this side of the wall; and who is asked in an open review has seen it already.
        op.execute(
            "update victim_in_case set referral_risk = coalesce("
            "(select risk from referral where referral.id = victim_in_case.referral_id), '')"
        )
        op.execute("update disclosure_review set provider_asked_at = opened_at where decision = ''")
        for force, areas in _areas().items():
            for value, label in areas.items():
                for table in ("victim_in_case", "disclosure_review"):
                    _place(table, force, value, label)
    op.create_table(
        "encompass_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("force_id", "area", "authority")),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("entered_at", instant, nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("encompass_agreement_force", "encompass_agreement", ["force_id"])
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


@contextmanager
def _in_sight() -> Iterator[None]:
    """Let the owner see every row, and put the wall up again."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in WALLED if postgresql else ():
        op.execute(f"alter table {table} no force row level security")
    yield
    for table in WALLED if postgresql else ():
        op.execute(f"alter table {table} force row level security")


def _areas() -> Mapping[str, Mapping[str, str]]:
    """Force → its areas: value → label, as its arrangement last said."""
    kept = sa.table("force_arrangement", sa.column("force_id", sa.String()), sa.column("profile", sa.JSON()))
    rows = op.get_bind().execute(sa.select(kept.c.force_id, kept.c.profile)).all()
    return {
        row.force_id: {one["value"]: one["label"] for one in (row.profile or {}).get("areas") or ()} for row in rows
    }


def _place(table: str, force: str, value: str, label: str) -> None:
    """Write down the area of the cases of which an answer to a question of the force's own names it."""
    rows = sa.table(table, *(sa.column(name) for name in ("area", "force_id", "referral_id")))
    answers = sa.table("local_answer", *(sa.column(name) for name in ("answer", "force_id", "referral_id")))
    named = sa.exists(
        sa.select(sa.literal(1)).where(
            answers.c.referral_id == rows.c.referral_id, answers.c.force_id == force, answers.c.answer == label
        )
    )
    op.execute(sa.update(rows).where(rows.c.force_id == force, rows.c.area == "", named).values(area=value))


WALLS: Mapping[str, str] = {}
ORDINARY = ("encompass_agreement",)
APPEND_ONLY = ()
