"""A new address or number: told by somebody, hidden at once, used only when a second person has looked at it.

From the moment that anybody says the old details are wrong nobody is shown them: the person who lives there now may be the one
who must not know. The new ones are not used before another person has confirmed them with the victim.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from cara.errors import BadInput, Fault, Forbidden, NotFound, NotNow
from cara.features.referrals.name_matching import new_reference
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.models import DetailsChange, Victim
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.vocabulary import SOURCES
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

DETAILS = ("contact", "address")
"""Columns of a victim that a change puts in the place of others."""

_d: Any = DetailsChange


def propose(w: Work, keys: Keyring, person: Person, version: int, *, source: str, after: Mapping[str, str]) -> None:
    """Say that details have changed; `after` is contact (the JSON of a `SafeContact`) and address. Raises `NotNow` while an
    earlier change waits for its second look, and `Stale` if somebody else changed the record meanwhile."""
    if source not in SOURCES:
        raise BadInput(faults=[Fault("source", "unknown", _("Select who said so"))])
    if pending(w, person) is not None:
        raise NotNow(_("A change is waiting for its second look. It must be confirmed or rejected first."))
    victim = person.victim
    before = {name: text for name, text in encryption.unsealed(keys, victim).items() if name in DETAILS}
    if before == dict(after):
        raise BadInput(faults=[Fault("phone", "same", _("Nothing has changed. Change what is wrong, or go back"))])
    row = DetailsChange(
        force_id=victim.force_id, keeper_id=victim.keeper_id, victim_id=person.id, reference=new_reference(), source=source,
        before=_seal(keys, victim, "before", before), after=_seal(keys, victim, "after", after), proposed_at=w.now,
        proposed_by=w.actor.id,
    )  # fmt: skip
    with behind(w) as session:
        w.change(Victim, person.id, version)
        session.add(row)
    w.record("victim.change_proposed", Act.COLLECTION, subject=("victim", person.id), force=victim.force_id,
             codes={"source": source})  # fmt: skip


def decide(w: Work, keys: Keyring, person: Person, version: int, *, confirm: bool) -> None:
    """Confirm or reject the change that waits. Confirmed, the new details take the place of the old; rejected, the old show again.

    Raises:
        Forbidden: whoever looks is whoever proposed it. A second look is another person's.
        NotFound: nothing waits.
        Stale: somebody else changed the record meanwhile.
    """
    change = pending(w, person)
    if change is None:
        raise NotFound(_("No change waits for a second look."))
    if change.proposed_by == w.actor.id:
        raise Forbidden(
            _("You proposed this change, so somebody else must look at it. The old details stay hidden until then.")
        )
    values: dict[str, Any] = {}
    if confirm:
        after = contents(keys, person, change)[1]
        values = {name: encryption.lock(keys, person.victim, f"victim.{name}", after[name]) for name in DETAILS}
    with behind(w) as session:
        w.change(Victim, person.id, version, **values)
        session.execute(
            update(DetailsChange)
            .where(_d.id == change.id, _d.decided_at.is_(None))
            .values(decided_at=w.now, decided_by=w.actor.id, confirmed=confirm)
            .execution_options(synchronize_session=False)
        )
    w.record(f"victim.change_{'confirmed' if confirm else 'rejected'}", Act.ALTERATION, subject=("victim", person.id),
             force=person.victim.force_id)  # fmt: skip


def pending(w: Work, person: Person) -> DetailsChange | None:
    """The change that waits for its second look, if one does."""
    with behind(w) as session:
        return session.scalars(
            select(DetailsChange).where(_d.victim_id == person.id, _d.decided_at.is_(None)).order_by(_d.id.desc())
        ).first()


def contents(keys: Keyring, person: Person, change: DetailsChange) -> tuple[dict[str, str], dict[str, str]]:
    """What a change says stood there, and what is to stand there: contact and address."""
    texts = [
        encryption.unlock(keys, person.victim, f"victim_details_change.{name}", getattr(change, name))
        for name in ("before", "after")
    ]
    before, after = (json.loads(text) for text in texts)
    return before, after


def _seal(keys: Keyring, victim: Victim, column: str, texts: Mapping[str, str]) -> bytes:
    return encryption.lock(keys, victim, f"victim_details_change.{column}", json.dumps(dict(texts), ensure_ascii=False))
