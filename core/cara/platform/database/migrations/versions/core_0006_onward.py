"""Onward help: the directory of services, onward referral, and funders' budgets"""

from typing import Any

import cara.platform.database.column_types
import sqlalchemy as sa
from alembic import op
from cara.platform.database.schema import secure

revision = "core_0006"
down_revision = "core_0005"
branch_labels: Any = None
depends_on: Any = None

_INSTANT = cara.platform.database.column_types.Instant()
_MONEY = cara.platform.database.column_types.Money()
_CASE = {"wall": "case"}
_AUDIENCES, _OFFENDERS = "audience IN ('offender', 'victim')", "audience = 'offender'"
_OPEN = sa.text("declined_at IS NULL AND withdrawn_at IS NULL")
_OF_ITS_CASE = (["referral_id", "force_id"], ["referral.id", "referral.force_id"])
_OF_ITS_SERVICE = (
    ["service_id", "force_id", "audience"], ["onward_service.id", "onward_service.force_id", "onward_service.audience"]
)  # fmt: skip
_OF_ITS_ONWARD_REFERRAL = (["onward_referral_id", "force_id"], ["onward_referral.id", "onward_referral.force_id"])


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _lists(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.JSON(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _at(name: str, *, by: bool = True, nullable: bool = True) -> list[sa.Column[Any]]:
    """When something was done, and by whom."""
    return [sa.Column(f"{name}_at", _INSTANT, nullable=nullable), *(_texts(f"{name}_by") if by else ())]


def upgrade() -> None:
    """Forward."""
    _directory()
    _budgets()
    _signposts()
    _onward_referrals()
    secure(op.get_bind(), WALLS, ORDINARY, APPEND_ONLY)


def _directory() -> None:
    op.create_table(
        "onward_service",
        *_numbers("id", "version"),
        *_texts("reference", "force_id", "audience", "name", "access", "phone", "web", "email"),
        sa.Column("key", sa.String(), nullable=True),
        *_lists("needs", "areas", "languages"),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("escalation", sa.Boolean(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=True),
        *_at("added", nullable=False), *_at("changed"), *_at("ended"),
        sa.CheckConstraint(_AUDIENCES, "onward_service_audience"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )  # fmt: skip
    op.create_index("onward_service_own", "onward_service", ["id", "force_id", "audience"], unique=True)
    op.create_index("onward_service_list", "onward_service", ["force_id", "audience"])
    op.create_index("onward_service_shipped", "onward_service", ["force_id", "key"], unique=True)


def _budgets() -> None:
    op.create_table(
        "funder",
        *_numbers("id"),
        *_texts("force_id", "audience", "name"),
        sa.Column("key", sa.String(), nullable=True),
        *_lists("areas"),
        *_at("added", nullable=False), *_at("ended"),
        sa.CheckConstraint(_AUDIENCES, "funder_audience"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("funder_own", "funder", ["id", "force_id", "audience"], unique=True)
    op.create_index("funder_shipped", "funder", ["force_id", "key"], unique=True)
    op.create_table(
        "funder_budget",
        *_numbers("id", "funder_id", "places_drawn"),
        *_texts("reference", "force_id", "audience", "area"),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("amount", _MONEY, nullable=True),
        sa.Column("price", _MONEY, nullable=False),
        sa.Column("amount_drawn", _MONEY, nullable=False),
        *_at("entered", nullable=False), *_at("ended"),
        sa.ForeignKeyConstraint(["funder_id", "force_id", "audience"], ["funder.id", "funder.force_id", "funder.audience"]),
        sa.CheckConstraint("places IS NOT NULL OR amount IS NOT NULL", "funder_budget_gives_something"),
        sa.CheckConstraint("places_drawn >= 0 AND (places IS NULL OR places_drawn <= places)", "funder_budget_places"),
        sa.CheckConstraint("amount_drawn >= 0 AND (amount IS NULL OR amount_drawn <= amount)", "funder_budget_amount"),
        sa.CheckConstraint("price >= 0 AND (amount IS NULL OR price > 0)", "funder_budget_price"),
        sa.CheckConstraint("starts <= ends", "funder_budget_period"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )  # fmt: skip
    op.create_index("funder_budget_own", "funder_budget", ["id", "force_id", "audience"], unique=True)
    op.create_index("funder_budget_list", "funder_budget", ["force_id", "audience", "area"])


def _signposts() -> None:
    op.create_table(
        "signpost",
        *_numbers("id", "referral_id", "service_id"),
        *_texts("force_id", "audience", "moment", "how"),
        sa.Column("provider_id", sa.String(), nullable=True),
        *_at("noted", nullable=False),
        sa.CheckConstraint(_OFFENDERS, "signpost_audience"),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.ForeignKeyConstraint(*_OF_ITS_SERVICE),
        sa.PrimaryKeyConstraint("id"),
        info=_CASE,
    )
    op.create_index("signpost_case", "signpost", ["referral_id"])


def _onward_referrals() -> None:
    op.create_table(
        "onward_referral",
        *_numbers("id", "referral_id", "service_id", "version"),
        *_texts("reference", "force_id", "audience", "need", "area", "language", "consent_by"),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=False),
        *_lists("consent_covers"),
        *_at("made", nullable=False),
        *_texts("token_hash", "nonce"),
        sa.Column("link_ends_at", _INSTANT, nullable=True),
        *_at("accepted", by=False), *_at("unfunded", by=False), *_at("declined", by=False),
        *_texts("decline_reason", "decline_note"),
        *_at("withdrawn"),
        *_texts("withdraw_reason"),
        sa.CheckConstraint(_OFFENDERS, "onward_referral_audience"),
        sa.ForeignKeyConstraint(*_OF_ITS_CASE),
        sa.ForeignKeyConstraint(*_OF_ITS_SERVICE),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        info=_CASE,
    )  # fmt: skip
    op.create_index("onward_referral_own", "onward_referral", ["id", "force_id"], unique=True)
    op.create_index(
        "onward_referral_open", "onward_referral", ["referral_id", "service_id"], unique=True, sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )  # fmt: skip
    op.create_index("onward_referral_provider", "onward_referral", ["provider_id", "id"])
    op.create_index("ix_onward_referral_token_hash", "onward_referral", ["token_hash"])
    op.create_table(
        "onward_link",
        *_texts("token_hash", "force_id"),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "onward_outcome",
        *_numbers("id", "onward_referral_id", "months"),
        *_texts("force_id", "outcome"),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        *_at("recorded"),
        sa.ForeignKeyConstraint(*_OF_ITS_ONWARD_REFERRAL),
        sa.PrimaryKeyConstraint("id"),
        info=_CASE,
    )
    op.create_index("onward_outcome_once", "onward_outcome", ["onward_referral_id", "months"], unique=True)
    op.create_index("onward_outcome_due", "onward_outcome", ["provider_id", "due_on"])
    op.create_table(
        "budget_draw",
        *_numbers("id", "onward_referral_id", "budget_id", "places"),
        *_texts("force_id", "audience", "what"),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("amount", _MONEY, nullable=False),
        *_at("recorded", nullable=False),
        sa.CheckConstraint(_OFFENDERS, "budget_draw_audience"),
        sa.CheckConstraint(
            "(what = 'taken' AND places = 1) OR (what = 'returned' AND places = -1)", "budget_draw_one_place"
        ),
        sa.ForeignKeyConstraint(*_OF_ITS_ONWARD_REFERRAL),
        sa.ForeignKeyConstraint(
            ["budget_id", "force_id", "audience"],
            ["funder_budget.id", "funder_budget.force_id", "funder_budget.audience"],
        ),
        sa.PrimaryKeyConstraint("id"),
        info=_CASE,
    )
    op.create_index("budget_draw_once", "budget_draw", ["onward_referral_id", "what"], unique=True)
    op.create_index("budget_draw_budget", "budget_draw", ["budget_id"])


WALLS = {"signpost": "case", "onward_referral": "case", "onward_outcome": "case", "budget_draw": "case"}
ORDINARY = ("onward_service", "funder", "funder_budget", "onward_link")
APPEND_ONLY = ("signpost", "budget_draw")
