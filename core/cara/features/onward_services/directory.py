"""The directory of services: one reading of it, and the verbs by which a force keeps it.

There is no reading without an audience: services for people on the course and services for victims never share a list.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from cara.errors import BadInput, Fault, NotFound
from cara.features.onward_services.models import OnwardService
from cara.features.onward_services.vocabulary import NEEDS_OF
from cara.features.referrals.policing_areas import areas as areas
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.plugins.force_settings import kept_contact
from cara.platform.plugins.models import ForceArrangement
from cara.platform.unit_of_work import Work

_s: Any = OnwardService
_OF = (_s.force_id == bindparam("of_force"), _s.audience == bindparam("of_audience"))
_LISTED = (
    select(OnwardService)
    .where(*_OF, _s.ended_at.is_(None))
    .order_by(_s.name, _s.id)
    .execution_options(populate_existing=True)
)
_ONE = (
    select(OnwardService)
    .where(_s.reference == bindparam("reference"), _s.audience == bindparam("of_audience"))
    .execution_options(populate_existing=True)
)
_NAMES = select(_s.id, _s.name).where(*_OF)


def services(
    w: Work, force: str, audience: str, *, area: str = "", need: str = "", language: str = ""
) -> list[OnwardService]:
    """The force's services for one audience (`offender` or `victim`), by name; in an area, for a need, in a language, where
    these are given. A service without areas is there for the whole force; one without languages speaks English.

    Leaves no entry: the directory names nobody."""
    found = w.session.scalars(_LISTED, {"of_force": force, "of_audience": audience}).all()
    return [one for one in found if _fits(one, area, need, language)]


def _fits(one: OnwardService, area: str, need: str, language: str) -> bool:
    spoken = [each.casefold() for each in one.languages or ["English"]]
    return (
        (not area or not one.areas or area in one.areas)
        and (not need or need in one.needs)
        and (not language or language.casefold() in spoken)
    )


def names(w: Work, force: str, audience: str) -> dict[int, str]:
    """Number → name of every service of one audience that the force has, or had."""
    return {row.id: row.name for row in w.run(_NAMES, of_force=force, of_audience=audience)}


def service(w: Work, reference: str, audience: str, forces: Sequence[str]) -> OnwardService:
    """One service of one audience, in one of these forces. Raises `NotFound`, also for one of the other audience."""
    found = w.session.scalars(_ONE, {"reference": reference, "of_audience": audience}).one_or_none()
    if found is None or found.force_id not in forces:
        raise NotFound
    return found


def contacted(w: Work) -> list[str]:
    """The forces whose arrangement gives the contact with victims to a victim service."""
    forces = [row.force_id for row in w.session.scalars(select(ForceArrangement)).all()]
    return sorted(force for force in forces if kept_contact(w.session, force).who == "trust_victim_service")


def overdue(one: OnwardService, today: date) -> bool:
    """Whether the force has never looked at an entry, or should have looked at it again by now."""
    return one.review_by is None or one.review_by < today


def add(w: Work, force: str, audience: str, review_by: date, said: Mapping[str, Any]) -> str:
    """Add a service to the force's directory; gives its reference.

    Raises:
        BadInput: a need or area that this audience or force does not have, or a day of review that has passed.
    """
    _check(w, force, audience, review_by, said)
    row = OnwardService(
        reference=secrets.token_hex(6), force_id=force, audience=audience, review_by=review_by, added_at=w.now,
        added_by=w.actor.id, changed_at=w.now, changed_by=w.actor.id, **said,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    _recorded(w, row, "service.added")
    return row.reference


def change(w: Work, one: OnwardService, version: int, review_by: date, said: Mapping[str, Any]) -> None:
    """Change an entry, which thereby has been looked at. Raises as `add` does, and `Stale`."""
    _check(w, one.force_id, one.audience, review_by, said)
    w.change(OnwardService, one.id, version, review_by=review_by, changed_at=w.now, changed_by=w.actor.id, **said)
    _recorded(w, one, "service.changed")


def review(w: Work, one: OnwardService, version: int, review_by: date) -> None:
    """Say that an entry was looked at and is right. Raises `BadInput` for a day that has passed, and `Stale`."""
    _ahead(w, review_by)
    w.change(OnwardService, one.id, version, review_by=review_by, changed_at=w.now, changed_by=w.actor.id)
    _recorded(w, one, "service.reviewed")


def end(w: Work, one: OnwardService, version: int) -> None:
    """Take a service out of the directory. What was noted of it stays."""
    w.change(OnwardService, one.id, version, ended_at=w.now, ended_by=w.actor.id)
    _recorded(w, one, "service.ended")


def _check(w: Work, force: str, audience: str, review_by: date, said: Mapping[str, Any]) -> None:
    if set(said["needs"]) - set(NEEDS_OF[audience]):
        raise BadInput(faults=[Fault("needs", "unknown", _("Select what the service helps with"))])
    if set(said["areas"]) - set(areas(w, force)):
        raise BadInput(faults=[Fault("areas", "unknown", _("Select areas of the force"))])
    _ahead(w, review_by)


def _ahead(w: Work, review_by: date) -> None:
    if review_by <= w.today:
        raise BadInput(faults=[Fault("review_by", "past", _("The day of the next review must be in the future"))])


def _recorded(w: Work, one: OnwardService, verb: str) -> None:
    w.record(
        verb, Act.ACCESS, subject=("onward_service", one.id or 0), force=one.force_id, codes={"audience": one.audience}
    )
