"""Correspondence: the outbox, and what people thought"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0003"
down_revision = "core_0002"
branch_labels: Any = None
depends_on: Any = None

_OF_ITS_CASE = (["referral_id", "force_id"], ["referral.id", "referral.force_id"])


def upgrade() -> None:
    """Forward."""
    instant = cara.platform.database.column_types.Instant()
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key", "kind", "channel", "audience", "language")),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("queued_at", instant, nullable=False),
        sa.Column("queued_by", sa.String(), nullable=False),
        sa.Column("due_at", instant, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("began_at", instant, nullable=True),
        sa.Column("sent_at", instant, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("sent_by", "receipt", "delivery")),
        sa.Column("doubtful_at", instant, nullable=True),
        sa.Column("failed_at", instant, nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("cancelled_at", instant, nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("key"),
        info={"wall": "case"},
    )
    op.create_index("outbox_message_due", "outbox_message", ["force_id", "due_at"])
    op.create_index("outbox_message_case", "outbox_message", ["referral_id"])
    op.create_index("outbox_message_provider", "outbox_message", ["provider_id", "id"])
    op.create_table(
        "feedback_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("ends_at", instant, nullable=True),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.PrimaryKeyConstraint("id"),
        info={"wall": "case"},
    )
    op.create_index("feedback_request_case", "feedback_request", ["referral_id"], unique=True)
    op.create_index("ix_feedback_request_token_hash", "feedback_request", ["token_hash"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("way", "strand", "awareness", "relationships", "own_behaviour", "motivation")
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"wall": "case"},
    )
    op.create_index("feedback_day", "feedback", ["force_id", "answered_on"])
    op.create_table(
        "feedback_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("force_id", sa.String(), nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


WALLS = {"outbox_message": "case", "feedback_request": "case", "feedback": "case"}
ORDINARY = ("feedback_link",)
APPEND_ONLY = ()
