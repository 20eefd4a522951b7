"""Victims who do not want to be contacted again: what a refusal covers, how it is withdrawn, and who showed their details all the same.

A refusal counts in every case of the victim. Police and victim service are two sides: a victim can refuse either or both. What was
recorded before anybody asked whom they refused counts as both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, select, update
from sqlmodel import Session, col

from cara.clock import london_day
from cara.errors import BadInput, Fault, NotNow
from cara.features.victims.contact import address_changes
from cara.features.victims.wall import date_answers, encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import ContactRefusal, DetailsShown
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.vocabulary import COMPANY, METHODS, NOT_RECORDED, REFUSED, WHY_OPENED, SafeContact
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

LASTS: Final = timedelta(hours=1)
"""How long the details stay shown to whoever showed them."""
OWED_WITHIN: Final = timedelta(hours=24)
"""How soon the reason is to be given [our default]."""
_BOTH: Final = frozenset({"service", "police"})
_SIDES: Final = {"service": frozenset({"service"}), "police": frozenset({"police"}), "both": _BOTH}
_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What several rows come to: the newest day and who recorded it, and everybody whom the victim refused."""

    on: date
    recorded_at: datetime
    recorded_by: str
    sides: frozenset[str]
    refused: str
    company: str

    def covers(self, side: str) -> bool:
        """Say whether this side must not contact the victim."""
        return side in self.sides


def side_of(capacity: str) -> str:
    """Name the side for which somebody acts: `police`, or the victim `service`."""
    return "police" if capacity == "force" else "service"


def keeping_side(keeper: str | None) -> str:
    """Name the side that keeps a record, and whose contact stages they are."""
    return "service" if keeper else "police"


def sides_of(row: Any) -> frozenset[str]:
    """Name the sides that one refusal covers."""
    return _SIDES.get(row.refused, _BOTH)


def standing(rows: Iterable[Any]) -> Refusal | None:
    """Put together what is in force of these refusals, oldest first; None: the victim refuses nobody."""
    known = [row for row in rows if row.withdrawn_at is None]
    if not known:
        return None
    newest = known[-1]
    sides = frozenset[str]().union(*(sides_of(row) for row in known))
    said = {row.refused for row in known}
    refused = NOT_RECORDED if said == {NOT_RECORDED} else "both" if sides == _BOTH else next(iter(sides))
    companies = [row.company for row in known]
    company = "someone" if "someone" in companies else newest.company
    return Refusal(newest.on, newest.recorded_at, newest.recorded_by, sides, refused, company)


def refused_on(rows: Iterable[Any], side: str, day: date) -> bool:
    """Say whether any of these refusals was in force for a side on a day. On the day of a change of mind contact is wanted again."""
    return any(
        side in sides_of(row) and row.on <= day and not (row.withdrawn_on and row.withdrawn_on <= day) for row in rows
    )


def of_victim(w: Work, victim: int) -> Refusal | None:
    """Read what is in force of one victim's refusals."""
    return standing(rows_of(w, [victim]))


def rows_of(w: Work, victims: Sequence[int]) -> Sequence[ContactRefusal]:
    """Read the refusals of several victims, oldest first, withdrawn ones too."""
    with behind(w) as session:
        found = (
            select(ContactRefusal).where(col(ContactRefusal.victim_id).in_(victims)).order_by(col(ContactRefusal.id))
        )
        return session.scalars(found).all()


def refuse_contact(
    w: Work, person: Person, *, on: date, refused: str = NOT_RECORDED, company: str = NOT_RECORDED
) -> None:
    """Record that a victim does not want to be contacted again: whom they refused, and whether anyone was with them.

    Raises:
        BadInput: a word that is not known, or a day that lies ahead, or years back.
    """
    for name, word, words in (("refused", refused, REFUSED), ("company", company, COMPANY)):
        if word not in words and word != NOT_RECORDED:
            raise BadInput(faults=[Fault(name, "unknown", _("Select one of the answers"))])
    date_answers.check(on, w.today)
    with behind(w) as session:
        session.add(
            ContactRefusal(
                **person.of_case, on=on, refused=refused, company=company, recorded_at=w.now, recorded_by=w.actor.id
            )
        )
    w.record("victim.refused_contact", Act.COLLECTION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"refused": refused, "company": company})  # fmt: skip


def withdraw_refusal(w: Work, keys: Keyring, person: Person, *, on: date, method: str, wants: str) -> None:
    """Record from whom a victim `wants` contact again (a word of `cara.features.victims.wall.vocabulary.REFUSED`),
    confirmed with them by the safe way.
    What they refuse the other side stays. The contact stages of a side that they want again begin again.

    Raises:
        BadInput: another way than the safe one, a day before the refusal, ahead or years back, or a side that they do not refuse.
        NotNow: the victim refuses nobody, or their details are in doubt.
    """
    known = [row for row in rows_of(w, [person.id]) if row.withdrawn_at is None]
    if not known:
        raise NotNow(_("This record has no refusal of contact."))
    again = _SIDES.get(wants, frozenset())
    ended = [row for row in known if sides_of(row) & again]
    if not ended:
        raise BadInput(faults=[Fault("wants", "not_refused", _("Select the side that they refuse"))])
    if address_changes.pending(w, person) is not None:
        raise NotNow(_("The number or the address may have changed. Have the change checked first."))
    date_answers.check(on, w.today)
    if on < max(row.on for row in ended):
        raise BadInput(faults=[Fault("on", "range", _("The day must not be before the refusal"))])
    safe = SafeContact.read(encryption.unlock(keys, person.victim, "victim.contact", person.victim.contact)).method
    if method not in METHODS or (safe and method != safe):
        told = (
            _("Confirm it by the safe way: %(way)s") % {"way": METHODS[safe]}
            if safe in METHODS
            else _("Select one of the answers")
        )
        raise BadInput(faults=[Fault("method", "not_safe", told)])
    with behind(w) as session:
        for row in ended:
            _withdraw(w, session, row, again, {"withdrawn_on": on, "withdrawn_method": method})
    w.record("victim.wants_contact_again", Act.ALTERATION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"method": method, "wants": wants})  # fmt: skip


def _withdraw(w: Work, session: Session, row: ContactRefusal, again: frozenset[str], how: Mapping[str, Any]) -> None:
    """Withdraw one refusal as far as it covers the sides that are wanted `again`. Of a refusal of both sides the other half stays in a
    row of its own, with the day and the recorder of the whole."""
    halves = {"refused": next(iter(again))} if sides_of(row) - again else {}
    for side in sides_of(row) - again:
        session.add(
            ContactRefusal(
                force_id=row.force_id, keeper_id=row.keeper_id, victim_id=row.victim_id, referral_id=row.referral_id, on=row.on,
                refused=side, company=row.company, recorded_at=row.recorded_at, recorded_by=row.recorded_by,
            )
        )  # fmt: skip
    session.execute(
        update(ContactRefusal)
        .where(col(ContactRefusal.id) == row.id, col(ContactRefusal.withdrawn_at).is_(None))
        .values(**halves, **how, withdrawn_at=w.now, withdrawn_by=w.actor.id)
        .execution_options(**_QUIETLY)
    )


def show_details(w: Work, person: Person) -> None:
    """Show the number and address of a victim who refused contact to whoever acts, for an hour, in one step. The reason is owed from
    now on. While they are shown already nothing is recorded again."""
    refusal = of_victim(w, person.id)
    if refusal is None or not refusal.covers(side_of(w.actor.capacity)) or shown_now(w, person) is not None:
        w.record("victim.read", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id)
        return
    with behind(w) as session:
        session.add(DetailsShown(**person.of_case, shown_at=w.now, shown_by=w.actor.id, ends_at=w.now + LASTS))
    w.record("victim.details_shown", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id)


def shown_now(w: Work, person: Person) -> DetailsShown | None:
    """Read the showing under which whoever acts sees the details now, if there is one."""
    with behind(w) as session:
        return session.scalars(
            select(DetailsShown)
            .where(
                col(DetailsShown.victim_id) == person.id, col(DetailsShown.shown_by) == w.actor.id, col(DetailsShown.ends_at) > w.now,
            )
            .order_by(col(DetailsShown.id).desc())
        ).first()  # fmt: skip


def owed_by(w: Work, person: Person) -> DetailsShown | None:
    """Read the oldest showing of this record for which whoever acts owes the reason."""
    with behind(w) as session:
        return session.scalars(
            select(DetailsShown)
            .where(
                col(DetailsShown.victim_id) == person.id,
                col(DetailsShown.shown_by) == w.actor.id,
                col(DetailsShown.why) == "",
            )
            .order_by(col(DetailsShown.id))
        ).first()


def explain(w: Work, keys: Keyring, person: Person, showing: int, *, why: str, words: str = "") -> None:
    """Give the reason for which the details were shown. Only whoever showed them can give it.

    Raises:
        BadInput: a reason that is not known.
        NotNow: no reason is owed for this showing, or another person owes it.
    """
    if why not in WHY_OPENED:
        raise BadInput(faults=[Fault("why", "unknown", _("Select one of the answers"))])
    sealed = encryption.lock(keys, person.victim, "victim_details_shown.words", words) if words else b""
    with behind(w) as session:
        done: Any = session.execute(
            update(DetailsShown)
            .where(
                col(DetailsShown.id) == showing, col(DetailsShown.victim_id) == person.id, col(DetailsShown.shown_by) == w.actor.id,
                col(DetailsShown.why) == "",
            )
            .values(why=why, words=sealed, explained_at=w.now, explained_by=w.actor.id)
            .execution_options(**_QUIETLY)
        )  # fmt: skip
    if not done.rowcount:
        raise NotNow(_("You owe no reason for this record."))
    w.record("victim.showing_explained", Act.ALTERATION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"why": why})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """A reason that is owed: for which record, by whom, and by when."""

    reference: str
    victim: int
    by: str
    due: date


def owed(w: Work) -> list[Owed]:
    """Read every reason that is owed within reach, the oldest first."""
    with behind(w) as session:
        rows = session.execute(
            select(col(VictimInCase.reference), DetailsShown)
            .join(
                DetailsShown,
                and_(
                    col(DetailsShown.victim_id) == col(VictimInCase.victim_id),
                    col(DetailsShown.referral_id) == col(VictimInCase.referral_id),
                ),
            )
            .join(Victim, col(Victim.id) == col(VictimInCase.victim_id))
            .where(col(DetailsShown.why) == "", col(Victim.erased_at).is_(None))
            .order_by(col(DetailsShown.shown_at))
        ).all()  # fmt: skip
    return [Owed(row[0], row[1].victim_id, row[1].shown_by, london_day(row[1].shown_at + OWED_WITHIN)) for row in rows]
