"""Holds that police place for another cause than a review, and how any hold is released. Nobody but police releases one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.ledger.record import Act
from cara.referrals.models import Referral
from cara.storage.engine import behind_the_wall
from cara.storage.keys import Keyring
from cara.victims import sealing
from cara.victims.keeping import keepers
from cara.victims.locking import wait_to_hold
from cara.victims.models import Hold
from cara.victims.reviews.models import DisclosureReview
from cara.work import Work

_h: Any = Hold
_r: Any = DisclosureReview

RELEASES: Mapping[str, str] = {
    "over": lazy("What it was placed for is over"),
    "mistake": lazy("It was placed by mistake"),
    "elsewhere": lazy("It is dealt with elsewhere"),
}
"""Why police release a hold of their own. A word, because the ledger keeps it."""


def place_hold(w: Work, keys: Keyring, case: Referral, cause: str) -> int:
    """Hold a case of the actor's force for a cause that is no disclosure. Returns the hold's number."""
    force = _police(w)
    keeps = keepers(w, force, case.id or 0, case.provider_id)[0]
    row = sealing.hold(keys, case, keeps, cause, w.now, w.actor.id)
    with behind_the_wall(w.session, force) as session:
        wait_to_hold(session, case.id or 0)
        session.add(row)
        session.flush()
        number = row.id or 0
    w.record("hold.placed", Act.ALTERATION, subject=("referral", case.id or 0), force=force)
    return number


def release_hold(w: Work, hold: int, reason: str, *, advice_before_b: bool = False) -> None:
    """Release a hold that belongs to no review; `reason` is a key of `RELEASES`.

    Raises:
        Forbidden: whoever acts is not police.
        NotNow: it is released already, or a review holds the case: that ends with its decision.
        BadInput: there is no reason.
    """
    force = _police(w)
    if reason not in RELEASES:
        raise BadInput(faults=[Fault("reason", "missing", _("Select why the hold is released"))])
    with behind_the_wall(w.session, force) as session:
        if session.scalar(select(_r.id).where(_r.hold_id == hold)):
            raise NotNow(_("A disclosure review holds this case. It is released by what is decided there."))
        release(w, session, hold, advice_before_b=advice_before_b, codes={"reason": reason})


def release(w: Work, session: Session, hold: int, *, advice_before_b: bool, codes: Mapping[str, str | int]) -> None:
    """Release a hold, in a session behind the wall; for decisions, and for what police held themselves. With `advice_before_b`
    the facilitator takes advice before workshop B, and is not told why."""
    force = _police(w)
    referral = session.scalar(select(_h.referral_id).where(_h.id == hold))
    if referral is None:
        raise NotFound
    done: Any = session.execute(
        update(Hold)
        .where(_h.id == hold, _h.released_at.is_(None))
        .values(released_at=w.now, released_by=w.actor.id, advice_before_b=advice_before_b)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise NotNow(_("This hold is released already."))
    w.record("hold.released", Act.ALTERATION, subject=("referral", referral), force=force, codes=codes)


def _police(w: Work) -> str:
    if w.actor.capacity != "force" or not w.actor.force:
        raise Forbidden(_("Only the police place and release such a hold."))
    return w.actor.force
