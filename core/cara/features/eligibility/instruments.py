"""Verbs and readings of dated instruments: entered by a force's administrator, counted once the Trust has confirmed them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from cara.api import LOOSENABLE, Instrument
from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces
from cara.platform.reference_data.forces import FORCES
from cara.platform.reference_data.models import StoredInstrument
from cara.platform.unit_of_work import Work

_i: Any = StoredInstrument
_COUNTING = select(
    _i.force_id.label("force"), _i.rule, _i.admits, _i.kind, _i.authority, _i.reference, _i.starts, _i.until
).where(_i.force_id == bindparam("force"), _i.confirmed_at.is_not(None), _i.revoked_at.is_(None))


def instruments_of(session: Session, force: str) -> tuple[Instrument, ...]:
    """Every instrument of a force that counts: shipped or confirmed, and not revoked. Dates decide which are in force."""
    return tuple(Instrument(**row) for row in session.connection().execute(_COUNTING, {"force": force}).mappings())


def listed(w: Work) -> Sequence[StoredInstrument]:
    """The instruments that the actor may see: their own force's, or all for the Trust; newest first."""
    query = select(StoredInstrument).order_by(_i.force_id, _i.rule, _i.starts.desc())
    if w.reach == "own_force":
        query = query.where(_i.force_id == w.actor.force)
    return w.session.scalars(query).all()


def used(rows: Sequence[StoredInstrument], forces: Forces) -> frozenset[tuple[str, str, str]]:
    """Force, rule and value of what a force's own rules make use of: they ship an instrument for it. Any other is on record
    alone, because an instrument allows nothing that the force's rules do not claim; so is each of a force whose plugin was
    retired."""
    counting = {row.force_id for row in rows} - {slug for slug in forces.known if forces.standing(slug).retired}
    return frozenset((row.force_id, row.rule, row.admits) for row in rows if row.shipped and row.force_id in counting)


def enter(
    w: Work,
    forces: Forces,
    rule_and_value: str,
    kind: str,
    authority: str,
    reference: str,
    starts: date,
    until: date | None,
) -> int:
    """Enter an instrument, or the renewal of one, for the actor's force. It counts once the Trust has confirmed it.

    Raises:
        BadInput: the force goes by the national rules alone; it names a rule that no instrument may loosen, or ends before it starts.
    """
    if forces.status(w.actor.force or "") == "national":
        raise BadInput(
            faults=[
                Fault(
                    "rule",
                    "national",
                    _("Your force goes by the national rules. Its own rules must first provide for it"),
                )
            ]
        )
    rule, _dot, admits = rule_and_value.partition(".")
    faults = []
    if admits not in LOOSENABLE.get(rule, frozenset()):
        faults.append(Fault("rule", "rule", _("Choose one of the rules that an instrument may loosen")))
    if until is not None and until < starts:
        faults.append(Fault("until", "order", _("The last day must not be before the first")))
    if faults:
        raise BadInput(faults=faults)
    row = StoredInstrument(
        force_id=w.actor.force or "", rule=rule, admits=admits, kind=kind, authority=authority, reference=reference,
        starts=starts, until=until, entered_at=w.now, entered_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    w.record(
        "instrument.entered", Act.ACCESS, subject=("instrument", row.id or 0), codes={"rule": rule, "admits": admits}
    )
    return row.id or 0


def confirm(w: Work, forces: Forces, instrument_id: int) -> bool:
    """Confirm an instrument for the Trust: it counts on the days that it names. Returns whether the force's rules use it.

    Raises:
        Forbidden: somebody would confirm what they entered.
        NotNow: it is confirmed or revoked already.
    """
    row = _get(w, instrument_id)
    if row.entered_by == w.actor.id:
        raise Forbidden(_("Somebody else must confirm what you entered."))
    if row.confirmed_at or row.revoked_at:
        raise NotNow(_("This instrument is confirmed or revoked already."))
    row.confirmed_at, row.confirmed_by = w.now, w.actor.id
    _save(w, row, "instrument.confirmed")
    of_force = w.session.scalars(select(StoredInstrument).where(_i.force_id == row.force_id)).all()
    return (row.force_id, row.rule, row.admits) in used(of_force, forces)


def revoke(w: Work, instrument_id: int) -> None:
    """Revoke an instrument: a dispensation can be ended before its last day. Decisions already made keep what they rest on."""
    row = _get(w, instrument_id)
    if row.revoked_at:
        raise NotNow(_("This instrument is revoked already."))
    row.revoked_at, row.revoked_by = w.now, w.actor.id
    _save(w, row, "instrument.revoked")


def _get(w: Work, instrument_id: int) -> StoredInstrument:
    row = w.session.get(StoredInstrument, instrument_id)
    if row is None:
        raise NotFound
    return row


def _save(w: Work, row: StoredInstrument, verb: str) -> None:
    w.session.add(row)
    w.session.flush()
    w.record(verb, Act.ACCESS, subject=("instrument", row.id or 0), force=row.force_id, codes={"rule": row.rule})


def force_name(slug: str) -> str:
    """A force's name as people say it."""
    return FORCES[slug].short_name if slug in FORCES else slug
