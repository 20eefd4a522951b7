"""Verbs of licensing: grant and end. The only writers of the table."""

from datetime import date
from typing import Any

from cara import dates
from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.i18n import gettext as _
from cara.platform.access.models import Organisation, OrganisationCapacity
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work
from sqlalchemy import select, update

from cara_licensing import queries
from cara_licensing.models import Licence
from cara_licensing.status import Term

LONGEST_REFERENCE = 120
_licence: Any = Licence
_organisation: Any = Organisation


def grant(w: Work, provider: str, force: str, starts: date, until: date | None, reference: str) -> int:
    """License a provider for a force from `starts` to `until`, both included (no `until`: without end). Gives its id.

    Raises:
        BadInput: names each thing wrong: a force that does not exist, an organisation that is no provider or has ended,
            days in the wrong order or already licensed, no reference.
    """
    faults = [*_pair_faults(w, provider, force), *_paper_faults(starts, until, reference)]
    if not faults:
        faults = _overlap_faults(w, provider, force, Term(starts, until))
    if faults:
        raise BadInput(faults=faults)
    licence = Licence(
        provider_id=provider,
        force_id=force,
        starts=starts,
        until=until,
        reference=reference.strip(),
        granted_at=w.now,
        granted_by=w.actor.id,
    )
    w.session.add(licence)
    w.session.flush()
    assert licence.id is not None  # noqa: S101 - the flush has just given it one
    w.record(
        "licence.granted",
        Act.ACCESS,
        subject=("licence", licence.id),
        force=force,
        provider=provider,
        codes={"starts": starts.isoformat(), "until": until.isoformat() if until else ""},
    )
    return licence.id


def end(w: Work, licence_id: int) -> None:
    """End a licence before its time: from today on it clears nothing. Cases already with the provider stay there.

    Raises:
        NotFound: there is no such licence.
        NotNow: it has lapsed, or was ended before.
    """
    held = queries.licence(w.session, licence_id, w.today)
    if held is None:
        raise NotFound
    gone = _("This licence is not in force any more. There is nothing to end.")
    if not held.open:
        raise NotNow(gone)
    result: Any = w.session.execute(
        update(Licence)
        .where(_licence.id == licence_id, _licence.ended_at.is_(None))
        .values(ended_at=w.now, ended_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        raise NotNow(gone)
    w.record(
        "licence.ended", Act.ACCESS, subject=("licence", licence_id), force=held.force_id, provider=held.provider_id
    )


def _pair_faults(w: Work, provider: str, force: str) -> list[Fault]:
    faults = []
    if force not in FORCES:
        faults.append(Fault("force", "unknown", _("Select a police force from the list")))
    # The provider's row is locked, so that two grants at once cannot both find its days free.
    row = w.session.execute(
        select(_organisation.ended_at).where(_organisation.id == provider).with_for_update(key_share=True)
    ).one_or_none()
    if row is None or row.ended_at or not w.session.get(OrganisationCapacity, (provider, "provider")):
        faults.append(Fault("provider", "not_a_provider", _("Select an organisation that acts as a provider")))
    return faults


def _paper_faults(starts: date, until: date | None, reference: str) -> list[Fault]:
    faults = []
    if until is not None and until < starts:
        faults.append(Fault("until", "order", _("The last day must be the same as or after the first day")))
    if not 0 < len(reference.strip()) <= LONGEST_REFERENCE:
        faults.append(
            Fault(
                "reference", "length", _("Enter a reference of up to {most} characters").format(most=LONGEST_REFERENCE)
            )
        )
    return faults


def _overlap_faults(w: Work, provider: str, force: str, wanted: Term) -> list[Fault]:
    for term, _paper in queries.of_force(w.session, force).get(provider, ()):
        if term.overlaps(wanted):
            until = dates.plain(term.last) if term.last else _("no end")
            message = _("This provider already has a licence for this force from {starts} to {until}")
            return [Fault("starts", "overlap", message.format(starts=dates.plain(term.starts), until=until))]
    return []
