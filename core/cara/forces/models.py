"""A force's arrangement as the core's own row, so that a suspended force still has it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from cara.storage.columns import Instant


class ForceArrangement(SQLModel, table=True):
    """What a force's plugin said when it last loaded: its profile and local questions as plain data."""

    __tablename__ = "force_arrangement"

    force_id: str = Field(primary_key=True)
    profile: dict[str, Any] = Field(sa_type=JSON)
    distribution: str = ""
    version: str = ""
    loaded_at: datetime = Field(sa_type=Instant)
