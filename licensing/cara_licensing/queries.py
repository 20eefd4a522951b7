"""Reading licences. Columns, not objects; each reading is one statement, however many licences there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cara import clock
from cara.platform.access.models import Organisation, OrganisationCapacity
from cara.platform.reference_data.forces import FORCES
from sqlalchemy import bindparam, select
from sqlmodel import Session

from cara_licensing.models import Licence
from cara_licensing.status import Standing, Term, standing

_licence: Any = Licence
_organisation: Any = Organisation
_capacity: Any = OrganisationCapacity

_ACTING = (_organisation.ended_at.is_(None)) & (_capacity.capacity == "provider")
"""What an organisation must be to deliver: still there, and a provider."""

_LISTED = (
    select(
        _licence.id, _licence.force_id, _licence.provider_id, _licence.starts, _licence.until, _licence.reference,
        _licence.ended_at, _organisation.name.label("provider"),
    )
    .join(Organisation, _organisation.id == _licence.provider_id)
    .order_by(_licence.id)
)  # fmt: skip
_PROVIDERS = (
    select(_organisation.id, _organisation.name)
    .join(OrganisationCapacity, _capacity.organisation_id == _organisation.id)
    .where(_ACTING)
    .order_by(_organisation.name)
)
_OF_FORCE = (
    select(
        _organisation.id.label("provider"), _licence.starts, _licence.until, _licence.ended_at, _licence.reference,
    )
    .join(OrganisationCapacity, _capacity.organisation_id == _organisation.id)
    .outerjoin(Licence, (_licence.provider_id == _organisation.id) & (_licence.force_id == bindparam("force")))
    .where(_ACTING)
    .order_by(_licence.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A licence as lists show it."""

    id: int
    force_id: str
    provider_id: str
    provider: str
    reference: str
    term: Term
    standing: Standing

    @property
    def force(self) -> str:
        """The force's short name."""
        return FORCES[self.force_id].short_name

    @property
    def open(self) -> bool:
        """Whether there is anything left to end."""
        return self.standing not in (Standing.LAPSED, Standing.ENDED)


def term_of(starts: date, until: date | None, ended_at: datetime | None) -> Term:
    """The days of a licence, from its columns."""
    return Term(starts, until, clock.london_day(ended_at) if ended_at else None)


def licences(session: Session, today: date) -> Sequence[Held]:
    """Every licence by force, then provider, the latest first."""
    rows = session.connection().execute(_LISTED).all()
    terms: dict[tuple[str, str], dict[int, Term]] = {}
    for row in rows:
        terms.setdefault((row.force_id, row.provider_id), {})[row.id] = term_of(row.starts, row.until, row.ended_at)
    held = [_held(row, terms[row.force_id, row.provider_id], today) for row in rows]
    held.sort(key=lambda one: (one.term.starts, one.id), reverse=True)
    return sorted(held, key=lambda one: (one.force, one.provider.casefold(), one.provider_id))


def _held(row: Any, terms: Mapping[int, Term], today: date) -> Held:
    term = terms[row.id]
    others = [other for key, other in terms.items() if key != row.id]
    return Held(row.id, row.force_id, row.provider_id, row.provider, row.reference, term, standing(term, today, others))


def licence(session: Session, licence_id: int, today: date) -> Held | None:
    """One licence, or None."""
    row = session.connection().execute(_LISTED.where(_licence.id == licence_id)).one_or_none()
    return _held(row, {row.id: term_of(row.starts, row.until, row.ended_at)}, today) if row else None


def providers(session: Session) -> Mapping[str, str]:
    """Provider id → name, for every organisation that may be granted a licence; by name."""
    return {row.id: row.name for row in session.connection().execute(_PROVIDERS)}


def of_force(session: Session, force: str) -> Mapping[str, Sequence[tuple[Term, str]]]:
    """By each organisation that acts as a provider: term and reference of its licences for the force, if it has any."""
    found: dict[str, list[tuple[Term, str]]] = {}
    for row in session.connection().execute(_OF_FORCE, {"force": force}):
        terms = found.setdefault(row.provider, [])
        if row.starts is not None:
            terms.append((term_of(row.starts, row.until, row.ended_at), row.reference))
    return found
