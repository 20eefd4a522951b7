"""What two people decide of a force whose plugin is gone: the Trust proposes it, the force's own administrator confirms it.

Nothing here happens by itself: neither an uninstalled plugin nor one that is installed again changes a force's rules.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlmodel import col, select

from cara.api import ForceProfile
from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces, profile_serializer
from cara.platform.plugins.force_settings import ALONE, RETIREMENT, keep, read_standings
from cara.platform.plugins.models import ForceArrangement, ForceDecision
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work

CONTACT: Final = "victim_contact"
"""The other kind of decision: who contacts victims from now on."""
CONTACTS: Final[Mapping[str, str]] = {
    "force": lazy("The force itself"),
    "provider": lazy("The provider"),
    "trust_victim_service": lazy("The Trust’s victim contact service"),
}
"""Who may contact victims, in words."""


def own(w: Work, slug: str) -> str:
    """The force, if the actor may see it here. Raises `NotFound`."""
    if slug not in FORCES or (w.reach == "own_force" and w.actor.force != slug):
        raise NotFound(_("There is no such force."))
    return slug


def decisions(w: Work, slug: str) -> Sequence[ForceDecision]:
    """All that was proposed, confirmed and ended of a force, the newest first."""
    asked = select(ForceDecision).where(ForceDecision.force_id == slug).order_by(col(ForceDecision.id).desc())
    return w.session.exec(asked).all()


def retire(w: Work, forces: Forces, slug: str) -> None:
    """Propose for the Trust that a force's plugin counts no more. Nothing changes until the force's administrator confirms it.

    Raises:
        NotNow: its plugin runs, or it has none, or was proposed before.
    """
    _alone(w, forces)
    if forces.status(slug) != "suspended":
        raise NotNow(_("Only the plugin of a suspended force can be retired. Nothing was changed."))
    _propose(w, slug, RETIREMENT, "", "plugin.retired")


def confirm_retirement(w: Work, forces: Forces, slug: str) -> None:
    """Confirm for the force: from now on the national rules alone answer for it.

    Raises:
        Forbidden: somebody would confirm what they proposed.
        NotNow: nothing waits, or the plugin runs again.
    """
    _alone(w, forces)
    row = _waiting(w, slug, RETIREMENT)
    if forces.status(slug) != "suspended":
        raise NotNow(_("The force’s plugin runs again, so there is nothing to confirm. Nothing was changed."))
    _confirm(w, row, "plugin.retirement_confirmed")


def withdraw(w: Work, slug: str, kind: str) -> None:
    """Take back for the Trust what the force has not confirmed."""
    _alone(w)
    _end(
        w, _waiting(w, slug, kind), "plugin.retirement_withdrawn" if kind == RETIREMENT else "victim_contact.withdrawn"
    )


def bring_back(w: Work, forces: Forces, slug: str) -> None:
    """Let a plugin that was retired, and is installed, count again. It runs from the next start of CARA; until then the force is
    suspended.

    Raises:
        NotNow: it was not retired, or none is installed.
    """
    _alone(w, forces)
    row = _in_force(w, slug)
    if row is None:
        raise NotNow(_("No plugin of this force was retired. Nothing was changed."))
    if not forces.loaded(slug):
        raise NotNow(
            _("No plugin of this force runs here. Install it and start CARA again first. Nothing was changed.")
        )
    _end(w, row, "plugin.brought_back")
    for proposed in decisions(w, slug):
        if proposed.kind == CONTACT and not proposed.confirmed_at and not proposed.ended_at:
            _end(w, proposed, "victim_contact.withdrawn")


def accept_older(w: Work, forces: Forces, slug: str) -> None:
    """Let an earlier release of a plugin than the one that ran last count, and keep what it says of the force.

    Raises:
        NotNow: the one that is loaded is no earlier release.
    """
    _alone(w, forces)
    if not forces.older(slug) or forces.standing(slug).retired:
        raise NotNow(_("No earlier version of this force’s plugin is loaded. Nothing was changed."))
    row = w.session.get_one(ForceArrangement, slug)
    before, (row.distribution, row.version) = row.version, forces.package(slug)
    w.session.add(row)
    w.session.flush()
    w.record("plugin.older_accepted", Act.ACCESS, subject=("force", slug), force=slug,
             codes={"before": before, "now": row.version})  # fmt: skip
    forces.heed(read_standings(w.connection))
    if forces.status(slug) == "active":
        keep(w.session, forces, slug)


def propose_contact(w: Work, slug: str, who: str) -> None:
    """Propose for the Trust who contacts the victims of a force whose plugin was retired.

    Raises:
        NotNow: its plugin says so, or something is proposed already.
        BadInput: nobody was chosen, or it is they already.
    """
    _alone(w)
    if _in_force(w, slug) is None:
        raise NotNow(_("Its plugin says who contacts victims, until it is retired. Nothing was changed."))
    if who not in CONTACTS:
        raise BadInput(faults=[Fault("who", "missing", _("Choose who contacts victims"))])
    if who == arranged(w, slug).victim_contact.who:
        raise BadInput(faults=[Fault("who", "same", _("They contact victims already. Choose somebody else"))])
    _propose(w, slug, CONTACT, who, "victim_contact.proposed")


def confirm_contact(w: Work, slug: str) -> None:
    """Confirm for the force who contacts its victims from now on. Records that exist stay with whoever keeps them."""
    _alone(w)
    row = _waiting(w, slug, CONTACT)
    if _in_force(w, slug) is None:
        raise NotNow(_("Its plugin says who contacts victims. Nothing was changed."))
    said = profile_serializer.plain(arranged(w, slug))
    said["victim_contact"] |= {"who": row.said, "source": ""}
    kept = w.session.get(ForceArrangement, slug) or ForceArrangement(force_id=slug, profile={}, loaded_at=w.now)
    w.session.add(kept.sqlmodel_update({"profile": said}))
    _confirm(w, row, "victim_contact.confirmed")


def arranged(w: Work, slug: str) -> ForceProfile:
    """What a force had settled, as it is kept; where it cannot be read, the stricter."""
    row = w.session.get(ForceArrangement, slug)
    kept = row.profile if row else None
    return profile_serializer.readable(slug, kept) or profile_serializer.settled(slug, kept)


def _alone(w: Work, forces: Forces | None = None) -> None:
    """Nobody else decides of a force meanwhile, and no process starts. What was read before is read again."""
    if w.session.get_bind().dialect.name == "postgresql":
        w.session.execute(ALONE)
    if forces:
        forces.heed(read_standings(w.connection))


def _propose(w: Work, slug: str, kind: str, said: str, verb: str) -> None:
    if any(row.kind == kind and not row.ended_at and not row.confirmed_at for row in decisions(w, slug)):
        raise NotNow(_("This waits for the force’s administrator already. Nothing was changed."))
    row = ForceDecision(force_id=slug, kind=kind, said=said, proposed_at=w.now, proposed_by=w.actor.id)
    _save(w, row, verb)


def _waiting(w: Work, slug: str, kind: str) -> ForceDecision:
    for row in decisions(w, slug):
        if row.kind == kind and not row.ended_at and not row.confirmed_at:
            return row
    raise NotNow(_("Nothing waits for this any more. Nothing was changed."))


def _in_force(w: Work, slug: str) -> ForceDecision | None:
    """The retirement of a force's plugin that both have decided, if there is one."""
    rows = decisions(w, slug)
    return next((row for row in rows if row.kind == RETIREMENT and row.confirmed_at and not row.ended_at), None)


def _confirm(w: Work, row: ForceDecision, verb: str) -> None:
    if row.proposed_by == w.actor.id:
        raise Forbidden(_("Somebody else must confirm what you proposed."))
    row.confirmed_at, row.confirmed_by = w.now, w.actor.id
    _save(w, row, verb)


def _end(w: Work, row: ForceDecision, verb: str) -> None:
    row.ended_at, row.ended_by = w.now, w.actor.id
    _save(w, row, verb)


def _save(w: Work, row: ForceDecision, verb: str) -> None:
    w.session.add(row)
    w.session.flush()
    codes = {"said": row.said} if row.said else {}
    w.record(verb, Act.ACCESS, subject=("force_decision", row.id or 0), force=row.force_id, codes=codes)
