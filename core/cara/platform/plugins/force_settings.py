"""Keeping each force's arrangement as the core's rows, and its shipped instruments, whenever its plugin loads; reading them."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, false, literal, select, text, true, union_all
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from cara import clock
from cara.api import ForceProfile, VictimContact
from cara.platform.database.engine import Store
from cara.platform.ledger.writer import Act, append
from cara.platform.plugins import profile_serializer
from cara.platform.plugins.facade import Forces
from cara.platform.plugins.models import ForceArrangement, ForceDecision
from cara.platform.plugins.plugin_lifecycle import Standing
from cara.platform.reference_data.models import StoredInstrument

PLUGIN = "plugin"
"""Who enters what a plugin ships."""
RETIREMENT: Final = "retirement"
ALONE: Final = text("select pg_advisory_xact_lock(20122)")
"""On PostgreSQL: several processes may start at once, and people decide of a plugin while one does."""
_BROUGHT_BACK: Final = "its plugin was brought back, and runs once CARA has been started again"

_STANDINGS: Final = union_all(
    select(
        col(ForceArrangement.force_id), col(ForceArrangement.distribution), col(ForceArrangement.version),
        true().label("ran"), false().label("retired"),
    ),
    select(
        col(ForceDecision.force_id), literal("").label("distribution"), literal("").label("version"),
        false().label("ran"), col(ForceDecision.confirmed_at).is_not(None).label("retired"),
    ).where(col(ForceDecision.kind) == RETIREMENT, col(ForceDecision.ended_at).is_(None)),
)  # fmt: skip


def read_standings(connection: Connection) -> dict[str, Standing]:
    """What the database says now of every force that ever had a plugin here, or whose plugin was retired."""
    found: dict[str, Standing] = {}
    retired: set[str] = set()
    proposed: set[str] = set()
    for row in connection.execute(_STANDINGS):
        if row.ran:
            found[row.force_id] = Standing(row.distribution, row.version, ran=True)
        else:
            (retired if row.retired else proposed).add(row.force_id)
    kept = _profiles(connection, retired)
    for force in retired | proposed:
        ran = found.get(force, Standing())
        settled = profile_serializer.settled(force, kept.get(force)) if force in retired else None
        found[force] = Standing(
            ran.distribution,
            ran.version,
            ran.ran,
            proposed=force in proposed,
            retired=force in retired,
            settled=settled,
        )
    return found


def _profiles(connection: Connection, forces: set[str]) -> dict[str, Any]:
    if not forces:
        return {}
    asked = select(col(ForceArrangement.force_id), col(ForceArrangement.profile))
    return {row.force_id: row.profile for row in connection.execute(asked) if row.force_id in forces}


def kept(session: Session, force: str) -> Mapping[str, Any]:
    """What a force's plugin said of it when it last ran, as plain data; nothing where there is none, or it cannot be read."""
    row = session.get(ForceArrangement, force)
    return row.profile if row is not None and profile_serializer.readable(force, row.profile) else {}


def kept_contact(session: Session, force: str) -> VictimContact:
    """How a force has arranged that its victims are spoken with: the national default where nothing was said, and where it
    cannot be read, by the force itself, so that nobody else is handed a record."""
    row = session.get(ForceArrangement, force)
    if row is None:
        return VictimContact()
    found = profile_serializer.readable(force, row.profile)
    return found.victim_contact if found else profile_serializer.UNREADABLE


def pathways(session: Session, force: str) -> dict[str, str]:
    """Read the pathways that a force's plugin declared when it last ran: value → label."""
    return {one["value"]: str(one["label"]) for one in kept(session, force).get("pathways", ())}


def retired(session: Session, force: str) -> bool:
    """Say whether the plugin of a force is retired: what it declared is offered for nothing new, and still names what there is."""
    standing = select(col(ForceDecision.id)).where(
        col(ForceDecision.force_id) == force, col(ForceDecision.kind) == RETIREMENT,
        col(ForceDecision.confirmed_at).is_not(None), col(ForceDecision.ended_at).is_(None),
    )  # fmt: skip
    return session.scalar(standing.limit(1)) is not None


def keep_arrangements(store: Store, forces: Forces) -> None:
    """Store what every running plugin says of its force. A suspended force keeps what it last said, and so does one whose plugin
    was retired, even where that is installed: it counts no more until the Trust has brought it back."""
    with store.session() as session, session.begin():
        if not store.sqlite:
            session.execute(ALONE)
        standings = read_standings(session.connection())
        forces.heed(standings)
        for slug in forces.known:
            if forces.standing(slug).retired:
                forces.set_aside(slug, _BROUGHT_BACK)
            elif forces.status(slug) == "active":
                keep(session, forces, slug)
        forces.heed(read_standings(session.connection()))


def keep(session: Session, forces: Forces, slug: str) -> None:
    """Store what one running plugin says. It runs, so a proposal to retire it has lapsed."""
    _keep(session, forces.profile(slug), *forces.package(slug))
    waiting = select_rows(ForceDecision).where(
        ForceDecision.force_id == slug, ForceDecision.kind == RETIREMENT,
        col(ForceDecision.confirmed_at).is_(None), col(ForceDecision.ended_at).is_(None),
    )  # fmt: skip
    for row in session.exec(waiting).all():
        row.ended_at, row.ended_by = clock.now(), PLUGIN
        session.add(row)
        _entry(session, slug, "plugin.retirement_lapsed", ("force_decision", str(row.id)), {})
    session.flush()


def _keep(session: Session, profile: ForceProfile, distribution: str = "", version: str = "") -> None:
    said = profile_serializer.plain(profile)
    row = session.get(ForceArrangement, profile.slug)
    if row is None or (row.profile, row.distribution, row.version) != (said, distribution, version):
        session.merge(
            ForceArrangement(
                force_id=profile.slug, profile=said, distribution=distribution, version=version, loaded_at=clock.now()
            )
        )
    _keep_instruments(session, profile)


def _keep_instruments(session: Session, profile: ForceProfile) -> None:
    """Bring the stored shipped instruments in line with the plugin: new ones in, changed ones changed, others revoked.

    One that the Trust has revoked stays revoked, whatever the plugin says.
    """
    stored = {
        (one.rule, one.admits, one.reference): one
        for one in session.exec(
            select_rows(StoredInstrument).where(StoredInstrument.force_id == profile.slug, StoredInstrument.shipped)
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
    _entry(session, row.force_id, verb, ("instrument", str(row.id)), {"rule": row.rule, "admits": row.admits})


def _entry(session: Session, force: str, verb: str, subject: tuple[str, str], codes: Mapping[str, str]) -> None:
    append(
        session, at=clock.now(), actor=("service", PLUGIN, "", "", ""), act=Act.ACCESS, verb=verb, subject=subject, force=force,
        codes=codes,
    )  # fmt: skip
