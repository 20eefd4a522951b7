"""Holds that police place for another cause than a review, and how any hold is released. Nobody but police releases one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.features.referrals.models import Referral
from cara.features.victims.wall import encryption
from cara.features.victims.wall.hold_gate import may_cancel
from cara.features.victims.wall.models import Hold
from cara.features.victims.wall.record_keeper import keepers
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.row_locks import wait_to_hold
from cara.features.victims.wall.staff_names import named
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_h: Any = Hold
_r: Any = DisclosureReview

CAUSES: Mapping[str, str] = {
    "investigation": lazy("Another offence is being looked into"),
    "order": lazy("Bail, or an order of a court, stands in the way"),
    "group": lazy("The group would not be safe, for this person or for others"),
    "advice": lazy("We wait for legal advice"),
    "other": lazy("Something else"),
}
"""Why police hold a case themselves [our default: no source lists any]."""
RELEASES: Mapping[str, str] = {
    "over": lazy("What it was placed for is over"),
    "mistake": lazy("It was placed by mistake"),
    "elsewhere": lazy("It is dealt with elsewhere"),
}
"""Why police release a hold of their own. A word, because the ledger keeps it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold of the police as they read it: `cause` is a key of `CAUSES`, or empty where none is known; `words` is None where they
    were erased, or cannot be read here."""

    number: int
    cause: str
    words: str | None
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str

    @property
    def title(self) -> str:
        """The cause in words."""
        return str(CAUSES.get(self.cause) or _("Cause not on record"))


def written(cause: str, words: str) -> str:
    """A cause as it is sealed: a key of `CAUSES`, and what there is to say."""
    return json.dumps({"cause": cause, "words": words}, ensure_ascii=False)


def of_case(w: Work, keys: Keyring, case: Referral) -> Sequence[Held]:
    """The holds that police placed on a case which they have read, the newest first; those of reviews are not among them."""
    with behind_the_wall(w.session, _police(w)) as session:
        mine = select(Hold).where(_h.referral_id == case.id, _h.id.not_in(select(_r.hold_id)))
        rows = session.scalars(mine.order_by(_h.id.desc())).all()
    names = named(w, [who for row in rows for who in (row.placed_by, row.released_by)])
    w.record("hold.read", Act.CONSULTATION, subject=("referral", case.id or 0), force=case.force_id)
    return [
        Held(row.id or 0, *_read(keys, row), row.placed_at, names.get(row.placed_by, ""), row.released_at,
             names.get(row.released_by, ""))
        for row in rows
    ]  # fmt: skip


def _read(keys: Keyring, row: Hold) -> tuple[str, str | None]:
    """Cause and words. What was written before there were causes to choose from is words alone."""
    try:
        text = encryption.cause_of(keys, row) if row.cause else None
    except NotFound:
        text = None
    if text is None:
        return "", None
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    return (known.get("cause", ""), known.get("words")) if isinstance(known, dict) else ("", text)


def standing(w: Work, case: Referral) -> bool:
    """Whether a hold of the police's own stands on a case that they have read."""
    with behind_the_wall(w.session, _police(w)) as session:
        mine = select(_h.id).where(
            _h.referral_id == case.id, _h.released_at.is_(None), _h.id.not_in(select(_r.hold_id))
        )
        return session.scalar(mine.limit(1)) is not None


def place_hold(w: Work, keys: Keyring, case: Referral, cause: str) -> int:
    """Hold a case of the actor's force for a cause that is no disclosure. Returns the hold's number."""
    force = _police(w)
    keeps = keepers(w, force, case.id or 0, case.provider_id)[0]
    row = encryption.hold(keys, case, keeps, cause, w.now, w.actor.id)
    with behind_the_wall(w.session, force) as session:
        wait_to_hold(session, case.id or 0)
        session.add(row)
        session.flush()
        number = row.id or 0
    w.record("hold.placed_by_police", Act.ALTERATION, subject=("referral", case.id or 0), force=force)
    return number


def approve_cancellation(w: Work, case: Referral) -> None:
    """Approve, for the police, that the person's place is cancelled while the case is held, whatever holds it.

    Raises:
        NotNow: nothing holds the case, or it was approved.
    """
    if may_cancel(w, case):
        raise NotNow(_("The case is not on hold, or the police have approved it."))
    with behind_the_wall(w.session, _police(w)) as session:
        session.execute(
            update(Hold)
            .where(_h.referral_id == case.id, _h.released_at.is_(None))
            .values(cancel_approved_at=w.now, cancel_approved_by=w.actor.id)
            .execution_options(synchronize_session=False)
        )
    w.record("hold.cancellation_approved", Act.ALTERATION, subject=("referral", case.id or 0), force=case.force_id)


def release_hold(w: Work, hold: int, reason: str, *, advice_before_b: bool = False) -> None:
    """Release a hold that belongs to no review; `reason` is a key of `RELEASES`. It asks no plugin, so a supervisor can also
    while the force is suspended.

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
        release(
            w, session, hold, advice_before_b=advice_before_b, codes={"reason": reason}, verb="hold.released_by_police"
        )


def release(
    w: Work, session: Session, hold: int, *, advice_before_b: bool, codes: Mapping[str, str | int],
    verb: str = "hold.released",
) -> None:  # fmt: skip
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
    w.record(verb, Act.ALTERATION, subject=("referral", referral), force=force, codes=codes)


def _police(w: Work) -> str:
    if w.actor.capacity != "force" or not w.actor.force:
        raise Forbidden(_("Only the police place and release such a hold."))
    return w.actor.force
