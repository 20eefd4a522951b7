"""Offence codes in the database: filling the table from the packaged standing data, and finding a code."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, or_
from sqlmodel import Session, select

from cara.platform.reference_data.models import OffenceCode
from cara.platform.reference_data.offence_files import load_offences

_c: Any = OffenceCode
_LESSER = ("aid", "abet", "attempt", "conspir", "encourag", "incit")
"""How the titles begin of what is not the offence itself."""
_FOUND = (
    select(OffenceCode.code, OffenceCode.title, OffenceCode.category)
    .order_by(_c.category.in_(("", "other")), or_(*(_c.folded.startswith(word) for word in _LESSER)), _c.code)
    .limit(12)
)

_ONE = select(_c.code, _c.title, _c.category).where(_c.code == bindparam("code"))


class Listed(NamedTuple):
    """One offence of the list. `category` is one of E07's, "other" where it is outside E07, empty where an officer must say:
    the same words as `offences.e07_category`."""

    code: str
    title: str
    category: str


def refresh(session: Session) -> int:
    """Replace all offence codes by those of the packaged data; returns how many there are."""
    rows = [
        {
            "code": one.code,
            "title": one.title,
            "folded": _fold(one.title),
            "mode": one.mode,
            "home_office": one.home_office_class,
            "category": "" if one.confirm else one.e07 or "other",
        }
        for one in load_offences()
    ]
    session.execute(delete(OffenceCode))
    session.connection().execute(insert(OffenceCode), rows)
    return len(rows)


def offence(session: Session, code: str) -> Listed | None:
    """The offence with this code (upper or lower case), or None."""
    row = session.connection().execute(_ONE, {"code": code.strip().upper()}).one_or_none() if code.strip() else None
    return Listed(*row) if row else None


def category_of(session: Session, code: str) -> str | None:
    """The E07 category that a code maps to, "other" if it is outside, empty if an officer must say; None for no such code."""
    found = offence(session, code)
    return found.category if found else None


def find(session: Session, words: str) -> list[Listed]:
    """Up to twelve offences whose title has these words: those within E07 first, then whole offences before attempts, aid
    and conspiracy."""
    text = _fold(words)
    if len(text) < 3:
        return []
    query = _FOUND
    for word in text.split()[:6]:
        query = query.where(_c.folded.contains(word, autoescape=True))
    return [Listed(*row) for row in session.execute(query)]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
