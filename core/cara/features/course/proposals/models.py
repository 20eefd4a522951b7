"""The table of proposals. It keeps what was asked and what came out by numbers of cases: no name, and nobody's reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from cara.platform.database.column_types import Instant
from cara.platform.database.row_scope import CASE


class ScheduleProposal(SQLModel, table=True):
    """A plan of cohorts for one force, as a provider's coordinator asked for it. Who is kept apart from whom is read anew for
    each plan, and never kept here."""

    __tablename__ = "schedule_proposal"
    __table_args__ = (Index("schedule_proposal_provider", "provider_id", "id"), CASE)

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    force_id: str
    provider_id: str
    version: int = 1
    terms: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What was asked: `terms.Terms` as JSON."""
    plan: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What came out: `outcome.Outcome` as JSON; empty until it is there."""
    what_ifs: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """What was tried beside it, each with its figures once they are there."""
    taken: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Cohort of the plan → the cohort that it became, and whose place could not be given, with the reason."""
    asked_at: datetime = Field(sa_type=Instant)
    asked_by: str
    planned_at: datetime | None = Field(default=None, sa_type=Instant)
    failure: str = ""
    """Why there is no plan, in words for the coordinator."""
