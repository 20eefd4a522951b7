"""The service's side: what a link shows and takes, without sign-in. A link that is unknown, used or over says the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cara.errors import BadInput, Fault, NotFound
from cara.features.onward_services import actions, directory, queries
from cara.features.onward_services.queries import Known
from cara.features.onward_services.service_link import PURPOSE
from cara.features.onward_services.states import state_of
from cara.features.onward_services.vocabulary import DECLINES, NEEDS
from cara.features.referrals import queries as referrals
from cara.i18n import gettext as _
from cara.platform import one_time_links
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.idempotency import Sending, once_only
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import NOBODY_IS, Work, work_as


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
    with _reached(store, secret_part) as (w, hashed):
        known = _known(w, hashed, change=False)
        shown = _shown(w, known)
        act = Act.DISCLOSURE if shown.name else Act.CONSULTATION
        w.record("onward.opened", act, subject=("referral", known.case.id or 0), force=known.case.force_id,
                 provider=known.case.provider_id, codes={"onward_referral": known.onward.id or 0})  # fmt: skip
    return shown


ACCEPTED, NO_PLACE, DECLINED = "accepted", "no_place", "declined"
"""How a service's answer was taken."""


def accept(store: Store, secret_part: str, sending: Sending | None = None) -> bool:
    """Accept by a link; False: no paid place is left, and the onward referral waits. Accepting twice is accepting once.

    Raises:
        NotFound: the link opens nothing.
        Stale: it was answered or withdrawn at this moment.
        KeyReused, StillSaving: as `sending` does.
    """

    def act(w: Work, known: Known) -> str:
        if state_of(known.onward) == "accepted":
            w.record("onward.accepted_again", Act.CONSULTATION, subject=("referral", known.case.id or 0),
                     force=known.case.force_id, provider=known.case.provider_id)  # fmt: skip
            return ACCEPTED
        return ACCEPTED if actions.accept(w, known) else NO_PLACE

    return _taken(store, secret_part, sending, act) == ACCEPTED


def decline(store: Store, secret_part: str, reason: str, note: str, sending: Sending | None = None) -> None:
    """Decline by a link, which then ends. Raises as `accept` does, `NotNow` after acceptance, and `BadInput`."""
    if reason not in DECLINES:
        raise BadInput(faults=[Fault("reason", "unknown", _("Select why you decline"))])

    def act(w: Work, known: Known) -> str:
        actions.decline(w, known, reason, note)
        return DECLINED

    _taken(store, secret_part, sending, act)


def _taken(store: Store, secret_part: str, sending: Sending | None, act: Callable[[Work, Known], str]) -> str:
    """Take a service's answer once. Sent again, it is told how it was taken."""
    sending = sending or once_only()
    with _reached(store, secret_part) as (w, hashed):
        taken = sending.reserve(w.connection, w.today)
        if taken is None:
            taken = act(w, _known(w, hashed, change=True))
            sending.settle(w.connection, taken)
        else:
            w.record("form.repeated", Act.CONSULTATION, force=w.session.info["scope"].force)
    return taken


@contextmanager
def _reached(store: Store, secret_part: str) -> Iterator[tuple[Work, str]]:
    """A unit of work within the force of a link, and the link's hash."""
    hashed = one_time_links.hash_token(PURPOSE, secret_part)
    with work_as(store, NOBODY_IS, "account", "open_onward") as w:
        force = one_time_links.force_of(w, hashed)
    if not force:
        raise NotFound(_gone())
    with work_as(store, NOBODY_IS, "onward_referral", "answer", Scope(force=force)) as w:
        yield w, hashed


def _known(w: Work, hashed: str, *, change: bool) -> Known:
    """What a link opens."""
    try:
        return queries.by_link(w, hashed, w.now, change=change)
    except NotFound:
        raise NotFound(_gone()) from None


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
