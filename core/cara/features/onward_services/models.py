"""Tables of the directory, of onward referral and of its money.

Services, funders and budgets are a force's and name no case. Whatever hangs on a case stands behind the case wall, and belongs to
services for people on the course alone: the database itself takes no other audience there.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant, Money, only
from cara.platform.database.row_scope import CASE, of_its_case

_AUDIENCES = "audience IN ('offender', 'victim')"
_OFFENDERS = "audience = 'offender'"
_OPEN = "declined_at IS NULL AND withdrawn_at IS NULL"


def _of_its_service() -> ForeignKeyConstraint:
    """A row names a service of its own force and audience."""
    return ForeignKeyConstraint(
        ["service_id", "force_id", "audience"],
        ["onward_service.id", "onward_service.force_id", "onward_service.audience"],
    )


def _of_its_onward_referral() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["onward_referral_id", "force_id"], ["onward_referral.id", "onward_referral.force_id"])


class OnwardService(SQLModel, table=True):
    """A service in a force's directory, for one audience."""

    __tablename__ = "onward_service"
    __table_args__ = (
        Index("onward_service_own", "id", "force_id", "audience", unique=True),
        Index("onward_service_list", "force_id", "audience"),
        Index("onward_service_shipped", "force_id", "key", unique=True),
        CheckConstraint(_AUDIENCES, "onward_service_audience"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    audience: str
    key: str | None = None
    """What the force's plugin calls it; empty for what the force added itself."""
    version: int = 1
    name: str
    needs: list[str] = Field(default_factory=list, sa_type=JSON)
    areas: list[str] = Field(default_factory=list, sa_type=JSON)
    """Values of the force's areas; none: the whole force."""
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    access: str = ""
    phone: str = ""
    web: str = ""
    email: str = ""
    """Where referrals go."""
    paid: bool = False
    """Somebody pays for each place."""
    escalation: bool = False
    """No routine step: for those whom it names alone."""
    review_by: date | None = None
    """By when the force looks at it again; empty: it never has."""
    added_at: datetime = Field(sa_type=Instant)
    added_by: str
    changed_at: datetime | None = Field(default=None, sa_type=Instant)
    changed_by: str = ""
    """Whoever of the force changed or reviewed it last. From then on the plugin's entry no longer counts."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class Funder(SQLModel, table=True):
    """Who pays for places in services of one audience."""

    __tablename__ = "funder"
    __table_args__ = (
        Index("funder_own", "id", "force_id", "audience", unique=True),
        Index("funder_shipped", "force_id", "key", unique=True),
        CheckConstraint(_AUDIENCES, "funder_audience"),
    )

    id: int | None = Field(default=None, primary_key=True)
    force_id: str
    audience: str
    key: str | None = None
    name: str
    areas: list[str] = Field(default_factory=list, sa_type=JSON)
    added_at: datetime = Field(sa_type=Instant)
    added_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class FunderBudget(SQLModel, table=True):
    """Places, money, or both, that a funder gives for a period. What is drawn is counted by one guarded statement."""

    __tablename__ = "funder_budget"
    __table_args__ = (
        Index("funder_budget_own", "id", "force_id", "audience", unique=True),
        Index("funder_budget_list", "force_id", "audience", "area"),
        ForeignKeyConstraint(
            ["funder_id", "force_id", "audience"], ["funder.id", "funder.force_id", "funder.audience"]
        ),
        CheckConstraint("places IS NOT NULL OR amount IS NOT NULL", "funder_budget_gives_something"),
        CheckConstraint("places_drawn >= 0 AND (places IS NULL OR places_drawn <= places)", "funder_budget_places"),
        CheckConstraint("amount_drawn >= 0 AND (amount IS NULL OR amount_drawn <= amount)", "funder_budget_amount"),
        CheckConstraint("price >= 0 AND (amount IS NULL OR price > 0)", "funder_budget_price"),
        CheckConstraint("starts <= ends", "funder_budget_period"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    audience: str
    funder_id: int
    area: str = ""
    """One of the force's areas; empty: any."""
    starts: date
    ends: date
    places: int | None = None
    amount: Decimal | None = Field(default=None, sa_type=Money)
    price: Decimal = Field(default=Decimal("0.00"), sa_type=Money)
    """Of one place."""
    places_drawn: int = 0
    amount_drawn: Decimal = Field(default=Decimal("0.00"), sa_type=Money)
    entered_at: datetime = Field(sa_type=Instant)
    entered_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""


class Signpost(SQLModel, table=True):
    """That a service was mentioned to somebody on the course, or its details given. Append-only."""

    __tablename__ = "signpost"
    __table_args__ = (
        Index("signpost_case", "referral_id"),
        CheckConstraint(_OFFENDERS, "signpost_audience"),
        of_its_case(),
        _of_its_service(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    referral_id: int
    force_id: str
    provider_id: str | None = None
    service_id: int
    audience: str = "offender"
    moment: str
    how: str
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: str


class OnwardReferral(SQLModel, table=True):
    """Somebody, with their consent, sent on to one service. What was done and when; `states.state_of` reads it."""

    __tablename__ = "onward_referral"
    __table_args__ = (
        Index("onward_referral_own", "id", "force_id", unique=True),
        Index("onward_referral_open", "referral_id", "service_id", unique=True, **only(_OPEN)),
        Index("onward_referral_provider", "provider_id", "id"),
        CheckConstraint(_OFFENDERS, "onward_referral_audience"),
        of_its_case(),
        _of_its_service(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    """Random, and made to be read out: what the service knows it by."""
    referral_id: int
    force_id: str
    provider_id: str | None = None
    version: int = 1
    service_id: int
    audience: str = "offender"
    need: str
    area: str = ""
    language: str = ""
    consent_on: date
    consent_by: str
    """Who took it."""
    consent_covers: list[str] = Field(default_factory=list, sa_type=JSON)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str
    token_hash: str = Field(default="", index=True)
    """Of the newest link; empty once there is none."""
    nonce: str = ""
    """What the link is computed from, together with a secret that is not in the database."""
    link_ends_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    unfunded_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the service would have accepted, and no budget had a place left."""
    declined_at: datetime | None = Field(default=None, sa_type=Instant)
    decline_reason: str = ""
    decline_note: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = ""
    withdraw_reason: str = ""


class OnwardOutcome(SQLModel, table=True):
    """How it went, so many months after the service accepted; a row that waits for its day, then for its answer."""

    __tablename__ = "onward_outcome"
    __table_args__ = (
        Index("onward_outcome_once", "onward_referral_id", "months", unique=True),
        Index("onward_outcome_due", "provider_id", "due_on"),
        _of_its_onward_referral(),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    onward_referral_id: int
    force_id: str
    provider_id: str | None = None
    months: int
    due_on: date
    outcome: str = ""
    recorded_at: datetime | None = Field(default=None, sa_type=Instant)
    recorded_by: str = ""


class BudgetDraw(SQLModel, table=True):
    """A place taken from a budget (`taken`), or given back to it (`returned`). Append-only: what is drawn is their sum."""

    __tablename__ = "budget_draw"
    __table_args__ = (
        Index("budget_draw_once", "onward_referral_id", "what", unique=True),
        Index("budget_draw_budget", "budget_id"),
        CheckConstraint(_OFFENDERS, "budget_draw_audience"),
        CheckConstraint(
            "(what = 'taken' AND places = 1) OR (what = 'returned' AND places = -1)", "budget_draw_one_place"
        ),
        _of_its_onward_referral(),
        ForeignKeyConstraint(
            ["budget_id", "force_id", "audience"],
            ["funder_budget.id", "funder_budget.force_id", "funder_budget.audience"],
        ),
        CASE,
    )

    id: int | None = Field(default=None, primary_key=True)
    onward_referral_id: int
    force_id: str
    provider_id: str | None = None
    budget_id: int
    audience: str = "offender"
    what: str
    places: int
    amount: Decimal = Field(sa_type=Money)
    """What the place cost; below nought where it was given back."""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
