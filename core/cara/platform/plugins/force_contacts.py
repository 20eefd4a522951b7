"""Where a force is reached: the row that it entered and that is in force today; without one, what its plugin last said."""

from datetime import date
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from cara.platform.database import dated_rows
from cara.platform.plugins.force_settings import kept
from cara.platform.plugins.models import ForceContact

Kind = Literal["duty_supervisor", "review_cover"]
"""Also the names of the fields of a force's profile."""


def reached_at(session: Session, force: str, kind: Kind, today: date) -> str:
    """Return the telephone number or the email address of a force; empty where neither a row nor a plugin names one. Of several rows
    in force the one that was entered last counts."""
    entered = select(col(ForceContact.reached_at)).where(
        col(ForceContact.force_id) == force, col(ForceContact.kind) == kind, dated_rows.in_force(ForceContact, today)
    )
    found = session.scalar(entered.order_by(col(ForceContact.id).desc()).limit(1))
    return str(found or kept(session, force).get(kind, ""))
