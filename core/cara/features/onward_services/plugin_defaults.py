"""Taking up what each force's plugin ships: services and funders, from the kept arrangement. Doing it again changes nothing.

What the force itself changed, reviewed or ended stays as the force left it, whatever the plugin says.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select, text

from cara.features.onward_services.models import Funder, OnwardService
from cara.platform.database.engine import Store
from cara.platform.ledger.writer import Act
from cara.platform.plugins.force_settings import kept
from cara.platform.plugins.models import ForceArrangement
from cara.platform.unit_of_work import Work, operator, work_as

PLUGIN = "plugin"
"""Who adds, and ends, what a plugin ships."""
_SAID = ("audience", "name", "needs", "areas", "languages", "access", "phone", "web", "email", "paid", "escalation")
_CHANGES = _SAID[1:]
"""Whom an entry is for never changes: cases may hang on it."""
_FUNDER = ("audience", "name", "areas")
_s: Any = OnwardService
_f: Any = Funder


def take_up(store: Store) -> None:
    """Bring the directories and funders of all forces in line with what was shipped last; called when the application starts."""
    with work_as(store, operator(PLUGIN), "arrangement", "take_up") as w:
        if not store.sqlite:
            w.session.execute(text("select pg_advisory_xact_lock(20124)"))  # several processes may start at once
        for row in w.session.scalars(select(ForceArrangement)).all():
            if said := kept(w.session, row.force_id):  # what cannot be read ends nothing
                _services(w, row.force_id, said.get("services") or ())
                _funders(w, row.force_id, said.get("funders") or ())


def _services(w: Work, force: str, shipped: Iterable[Mapping[str, Any]]) -> None:
    stored = {
        one.key: one
        for one in w.session.scalars(select(OnwardService).where(_s.force_id == force, _s.key.is_not(None))).all()
    }
    for one in shipped:
        said = {name: one[name] for name in _SAID}
        row = stored.pop(one["key"], None)
        if row is None:
            row = OnwardService(
                reference=secrets.token_hex(6), force_id=force, key=one["key"], added_at=w.now, added_by=PLUGIN, **said
            )
            _keep(w, row, "service.shipped")
        elif _untouched(row) and (row.ended_at or any(getattr(row, name) != said[name] for name in _CHANGES)):
            row.sqlmodel_update(
                {
                    **{name: said[name] for name in _CHANGES},
                    "ended_at": None,
                    "ended_by": "",
                    "version": row.version + 1,
                }
            )
            _keep(w, row, "service.shipped_changed")
    for row in stored.values():
        if _untouched(row) and row.ended_at is None:
            row.sqlmodel_update({"ended_at": w.now, "ended_by": PLUGIN, "version": row.version + 1})
            _keep(w, row, "service.shipped_withdrawn")


def _untouched(row: OnwardService) -> bool:
    """Whether the force has left an entry as the plugin made it."""
    return not row.changed_by and row.ended_by in ("", PLUGIN)


def _funders(w: Work, force: str, shipped: Iterable[Mapping[str, Any]]) -> None:
    stored = {
        one.key: one for one in w.session.scalars(select(Funder).where(_f.force_id == force, _f.key.is_not(None))).all()
    }
    for one in shipped:
        said = {name: one[name] for name in _FUNDER}
        row = stored.pop(one["key"], None)
        if row is None:
            row = Funder(force_id=force, key=one["key"], added_at=w.now, added_by=PLUGIN, **said)
            _keep(w, row, "funder.shipped")
        elif row.ended_by in ("", PLUGIN) and (
            row.ended_at or (row.name, row.areas) != (said["name"], list(said["areas"]))
        ):
            # Of its budgets somebody may have drawn: whom a funder pays for does not change under them.
            row.sqlmodel_update({"name": said["name"], "areas": said["areas"], "ended_at": None, "ended_by": ""})
            _keep(w, row, "funder.shipped_changed")
    for row in stored.values():
        if row.ended_at is None:
            row.sqlmodel_update({"ended_at": w.now, "ended_by": PLUGIN})
            _keep(w, row, "funder.shipped_withdrawn")


def _keep(w: Work, row: OnwardService | Funder, verb: str) -> None:
    w.session.add(row)
    w.session.flush()
    w.record(verb, Act.ACCESS, subject=(row.__tablename__, row.id or 0), force=row.force_id)
