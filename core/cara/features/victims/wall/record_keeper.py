"""Who keeps a force's victims' records: the force itself, or the organisation that its arrangement names. The core knows no force;
it reads what each one's plugin last said."""

from typing import Any

from sqlalchemy import select

from cara.api import VictimContact
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.platform.access.models import Organisation, OrganisationCapacity
from cara.platform.database.engine import behind_the_wall
from cara.platform.plugins.force_contacts import reached_at
from cara.platform.plugins.force_settings import kept_contact
from cara.platform.unit_of_work import Work

_c: Any = OrganisationCapacity
_o: Any = Organisation
_i: Any = VictimInCase
_v: Any = Victim
_KEEPS = (
    select(_c.organisation_id)
    .join(_o, _o.id == _c.organisation_id)
    .where(_c.capacity == "victim_service", _o.ended_at.is_(None))
)
_TRUSTS = _KEEPS.where(_c.organisation_id.in_(select(_c.organisation_id).where(_c.capacity == "national")))


def arrangement(w: Work, force: str) -> VictimContact:
    """How a force has arranged that its victims are spoken with; the national default where nothing was said."""
    return kept_contact(w.session, force)


def duty_supervisor(w: Work, force: str) -> str:
    """The telephone number of a force's duty supervisor today; empty where the force names none."""
    return reached_at(w.session, force, "duty_supervisor", w.today)


def keeper(w: Work, force: str, provider: str | None) -> str | None:
    """The organisation that keeps the record of a case's victim, or None: the force itself keeps it.

    That is the Trust's own victim service, or the provider's, where the arrangement says so and there is one. Nobody else is
    ever handed a record: where the one that is named does not exist, the force keeps it.
    """
    who = arrangement(w, force).who
    if who == "trust_victim_service":
        return w.session.scalar(_TRUSTS.order_by(_c.organisation_id).limit(1))
    if who == "provider" and provider:
        return w.session.scalar(_KEEPS.where(_c.organisation_id == provider))
    return None


def keepers(w: Work, force: str, number: int, provider: str | None) -> list[str | None]:
    """Who keeps the records of whoever was harmed in a case, each once, the newest first; never empty. Where nobody is recorded
    yet, it is whom the arrangement names. An arrangement that changed since, or a provider, moves no record: what is told of a
    case goes to where its record is.
    """
    with behind_the_wall(w.session, force) as session:
        kept = session.scalars(
            select(_i.keeper_id)
            .join(_v, _v.id == _i.victim_id)
            .where(_i.referral_id == number, _v.erased_at.is_(None))
            .order_by(_i.added_at.desc(), _i.victim_id.desc())
        ).all()
    return [*dict.fromkeys(kept)] or [keeper(w, force, provider)]
