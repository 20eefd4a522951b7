"""Offence codes in the database: filling the table from the packaged standing data, and finding a code."""

from typing import Any

from sqlalchemy import bindparam, delete, insert
from sqlmodel import Session, select

from cara.reference.models import OffenceCode
from cara.reference.offences import load_offences

_c: Any = OffenceCode
_FOUND = (
    select(OffenceCode.code, OffenceCode.title, OffenceCode.category).order_by(_c.category == "", _c.code).limit(12)
)

_CATEGORY = select(_c.category).where(_c.code == bindparam("code"))


def refresh(session: Session) -> int:
    """Replace all offence codes by those of the packaged data; returns how many there are."""
    rows = [
        {
            "code": one.code,
            "title": one.title,
            "folded": _fold(one.title),
            "mode": one.mode,
            "home_office": one.home_office_class,
            "category": "" if one.confirm else one.e07,
        }
        for one in load_offences()
    ]
    session.execute(delete(OffenceCode))
    session.connection().execute(insert(OffenceCode), rows)
    return len(rows)


def category_of(session: Session, code: str) -> str | None:
    """The E07 category that a code maps to, empty if none; None for no such code."""
    category: str | None = session.connection().scalar(_CATEGORY, {"code": code.strip().upper()})
    return category


def find(session: Session, words: str) -> list[tuple[str, str, str]]:
    """Up to twelve offences (code, title, category) whose code or title has these words; those within E07 first."""
    text = _fold(words)
    if len(text) < 3:
        return []
    query = _FOUND
    for word in text.split()[:6]:
        query = query.where(_c.folded.contains(word, autoescape=True))
    return [(code, title, category) for code, title, category in session.execute(query)]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
