"""The service's side: what a link shows and takes, without sign-in. A link that is unknown, used or over says the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cara.errors import BadInput, Fault, NotFound
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.onward import actions, directory, links, queries
from cara.onward.queries import Known
from cara.onward.states import state_of
from cara.onward.words import DECLINES, NEEDS
from cara.referrals import queries as referrals
from cara.storage.engine import Store
from cara.storage.scope import Scope
from cara.work import NOBODY_IS, Work, token_hash, work_as


@dataclass(frozen=True, slots=True)
class Shown:
    """What the holder of a link sees. `name` and `phone` are empty until the service has accepted.

    `writer`, `organisation`, `address`: who sent it, where they work, and their work address; empty of somebody who has left.
    """

    force: str
    writer: str
    organisation: str
    address: str
    reference: str
    state: str
    need: str
    area: str
    language: str
    ends_at: datetime
    name: str = ""
    phone: str = ""


def look(store: Store, secret_part: str) -> Shown:
    """What a link shows now. Raises `NotFound`."""
    with _opened(store, secret_part, change=False) as (w, known):
        shown = _shown(w, known)
        act = Act.DISCLOSURE if shown.name else Act.CONSULTATION
        w.record("onward.opened", act, subject=("referral", known.case.id or 0), force=known.case.force_id,
                 provider=known.case.provider_id, codes={"onward_referral": known.onward.id or 0})  # fmt: skip
    return shown


def accept(store: Store, secret_part: str) -> bool:
    """Accept by a link; False: no paid place is left, and the onward referral waits. Accepting twice is accepting once.

    Raises:
        NotFound: the link opens nothing.
        Stale: it was answered or withdrawn at this moment.
    """
    with _opened(store, secret_part) as (w, known):
        if state_of(known.onward) == "accepted":
            w.record("onward.accepted_again", Act.CONSULTATION, subject=("referral", known.case.id or 0),
                     force=known.case.force_id, provider=known.case.provider_id)  # fmt: skip
            return True
        return actions.accept(w, known)


def decline(store: Store, secret_part: str, reason: str, note: str) -> None:
    """Decline by a link, which then ends. Raises as `accept` does, `NotNow` after acceptance, and `BadInput`."""
    if reason not in DECLINES:
        raise BadInput(faults=[Fault("reason", "unknown", _("Select why you decline"))])
    with _opened(store, secret_part) as (w, known):
        actions.decline(w, known, reason, note)


@contextmanager
def _opened(store: Store, secret_part: str, *, change: bool = True) -> Iterator[tuple[Work, Known]]:
    """A unit of work within the force of a link, and what the link opens there."""
    hashed = token_hash(secret_part)
    with work_as(store, NOBODY_IS, "account", "open_onward") as w:
        force = links.force_of(w, hashed, w.now)
    if not force:
        raise NotFound(_gone())
    with work_as(store, NOBODY_IS, "onward_referral", "answer", Scope(force=force)) as w:
        try:
            known = queries.by_link(w, hashed, w.now, change=change)
        except NotFound:
            raise NotFound(_gone()) from None
        yield w, known


def _gone() -> str:
    return _("This link does not work any more. Ask whoever sent it for a new one.")


def _shown(w: Work, known: Known) -> Shown:
    onward = known.onward
    person = referrals.contacts(w, [onward.referral_id])[onward.referral_id] if onward.accepted_at else None
    areas = directory.areas(w, onward.force_id)
    writer = queries.writer(w, onward)
    return Shown(
        force=onward.force_id, writer=writer.name, organisation=writer.organisation, address=writer.address,
        reference=onward.reference, state=state_of(onward), need=str(NEEDS.get(onward.need, onward.need)),
        area=areas.get(onward.area, onward.area), language=onward.language, ends_at=onward.link_ends_at or w.now,
        name=f"{person.forenames} {person.surname}" if person else "", phone=person.phone if person else "",
    )  # fmt: skip
