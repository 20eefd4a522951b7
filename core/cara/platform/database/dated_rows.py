"""Rows that are in force from a first day until a last one, both included, unless somebody has ended them before."""

from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col


class DatedRow(Protocol):
    """Such a row. Without `until` its end is not known."""

    starts: date
    until: date | None
    ended_at: datetime | None


def is_in_force(row: DatedRow, today: date) -> bool:
    """Return True where the row is in force on this day in London."""
    return row.ended_at is None and row.starts <= today and (row.until is None or row.until >= today)


def in_force(model: Any, today: date) -> ColumnElement[bool]:
    """Return the same as `is_in_force` for a statement."""
    until = col(model.until)
    return and_(col(model.ended_at).is_(None), col(model.starts) <= today, or_(until.is_(None), until >= today))
