"""Keeping each force's arrangement as the core's rows, and its shipped instruments, whenever its plugin loads."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from cara import clock
from cara.api import ForceProfile
from cara.forces.facade import Forces
from cara.forces.models import ForceArrangement
from cara.ledger.record import Act, append
from cara.reference.models import StoredInstrument
from cara.storage.engine import Store

PLUGIN = "plugin"
"""Who enters what a plugin ships."""


def keep_arrangements(store: Store, forces: Forces) -> None:
    """Store what every running plugin says of its force. A suspended force keeps what it last said."""
    with store.session() as session, session.begin():
        if not store.sqlite:
            session.execute(text("select pg_advisory_xact_lock(20122)"))  # several processes may start at once
        for slug in forces.known:
            if forces.status(slug) == "active":
                _keep(session, forces.profile(slug))


def _keep(session: Session, profile: ForceProfile) -> None:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(profile), default=_words))
    kept = session.get(ForceArrangement, profile.slug)
    if kept is None or kept.profile != plain:
        session.merge(ForceArrangement(force_id=profile.slug, profile=plain, loaded_at=clock.now()))
    _keep_instruments(session, profile)


def _keep_instruments(session: Session, profile: ForceProfile) -> None:
    """Bring the stored shipped instruments in line with the plugin: new ones in, changed ones changed, others revoked.

    One that the Trust has revoked stays revoked, whatever the plugin says.
    """
    stored = {
        (one.rule, one.admits, one.reference): one
        for one in session.exec(
            select(StoredInstrument).where(StoredInstrument.force_id == profile.slug, StoredInstrument.shipped)
        )
    }
    for one in profile.instruments:
        row = stored.pop((one.rule, one.admits, one.reference), None)
        said: dict[str, Any] = {"kind": one.kind, "authority": one.authority, "starts": one.starts, "until": one.until}
        if row is None:
            row = StoredInstrument(
                force_id=profile.slug, rule=one.rule, admits=one.admits, reference=one.reference, shipped=True,
                entered_at=clock.now(), entered_by=PLUGIN, confirmed_at=clock.now(), confirmed_by=PLUGIN, **said,
            )  # fmt: skip
            _save(session, row, "instrument.shipped")
        elif any(getattr(row, name) != value for name, value in said.items()):
            row.sqlmodel_update(said)
            _save(session, row, "instrument.shipped_changed")
    for row in stored.values():
        if row.revoked_at is None:
            row.revoked_at, row.revoked_by = clock.now(), PLUGIN
            _save(session, row, "instrument.shipped_withdrawn")


def _save(session: Session, row: StoredInstrument, verb: str) -> None:
    session.add(row)
    session.flush()
    append(
        session,
        at=clock.now(),
        actor=("service", PLUGIN, "", "", ""),
        act=Act.ACCESS,
        verb=verb,
        subject=("instrument", str(row.id)),
        force=row.force_id,
        codes={"rule": row.rule, "admits": row.admits},
    )


def _words(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a force's profile")
