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
from cara.reference.models import StoredInstrument
from cara.storage.engine import Store


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
    shipped = {
        (one.rule, one.admits, one.reference): one
        for one in session.exec(
            select(StoredInstrument).where(StoredInstrument.force_id == profile.slug, StoredInstrument.shipped)
        )
    }
    for one in profile.instruments:
        if (one.rule, one.admits, one.reference) not in shipped:
            session.add(
                StoredInstrument(
                    force_id=profile.slug,
                    rule=one.rule,
                    admits=one.admits,
                    kind=one.kind,
                    authority=one.authority,
                    reference=one.reference,
                    starts=one.starts,
                    until=one.until,
                    shipped=True,
                    entered_at=clock.now(),
                    entered_by="plugin",
                    confirmed_at=clock.now(),
                    confirmed_by="plugin",
                )
            )


def _words(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a force's profile")
