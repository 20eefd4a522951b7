"""Verbs of keeping people apart. An officer's entry asks for no reason, and keeps none."""

from typing import Any

from sqlalchemy import update

from cara.errors import Conflict
from cara.features.course.bookings import actions
from cara.features.course.bookings.separation import named
from cara.features.course.records.models import KeptApart
from cara.features.course.records.queries import active_place, seated
from cara.features.referrals.models import Referral
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_k: Any = KeptApart


def keep_apart(w: Work, one: Referral, other: Referral) -> None:
    """Keep two people out of one room from now on. If they sit in one cohort, whoever came later gives up the place.

    Raises:
        Conflict: it is the same case, they are with two providers and meet anyway in no room, or the pair is on record.
    """
    first, second = sorted((one, other), key=lambda referral: referral.id or 0)
    if first.id == second.id:
        raise Conflict(_("That is this case itself. Give the reference of the other person’s case."))
    if not first.provider_id or first.provider_id != second.provider_id:
        raise Conflict(_("The two are not with the same provider, so they are never in one room."))
    if named(w, first, [second]):
        raise Conflict(_("These two are kept apart already."))
    row = KeptApart(
        referral_id=first.id or 0, other_id=second.id or 0, force_id=first.force_id, provider_id=first.provider_id,
        entered_at=w.now, entered_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    for referral in (one, other):
        w.record("course.kept_apart", Act.ALTERATION, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id)  # fmt: skip
    _part(w, first, second)


def no_longer(w: Work, one: Referral, other: Referral) -> None:
    """Take back what `keep_apart` said. Raises `Conflict` if it said nothing."""
    first, second = sorted((one, other), key=lambda referral: referral.id or 0)
    ended: Any = w.session.execute(
        update(KeptApart)
        .where(_k.referral_id == first.id, _k.other_id == second.id, _k.ended_at.is_(None))
        .values(ended_at=w.now, ended_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )
    if ended.rowcount != 1:
        raise Conflict(_("No officer keeps these two apart."))
    for referral in (one, other):
        w.record("course.no_longer_kept_apart", Act.ALTERATION, subject=("referral", referral.id or 0),
                 force=referral.force_id, provider=referral.provider_id)  # fmt: skip


def _part(w: Work, one: Referral, other: Referral) -> None:
    """Take the later of two places in one cohort back, unless its course is over for one of them: they meet there no more."""
    held = [(active_place(w, referral), referral) for referral in (one, other) if referral.b_on is None]
    found = [(place, referral) for place, referral in held if place and seated(place)]
    if len(found) == 2 and found[0][0].cohort_id == found[1][0].cohort_id:
        _place, later = max(found, key=lambda pair: pair[0].id or 0)
        actions.take_back(w, later, "moved")
