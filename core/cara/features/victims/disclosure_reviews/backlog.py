"""Answers that were recorded before such an answer held the case: which of them would hold it now, for a supervisor to see to.

They are sealed, so nothing but this room can tell them apart, and no migration does. Once each is seen to, the list is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.features.victims.disclosure_reviews import actions, queries
from cara.features.victims.wall import automatic_opening, review_opening
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.contact_models import Conversation, RiskAssessment
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_opening import wall
from cara.features.victims.wall.review_rules import NO_NEW_RISK, RISKS, Account, worst
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

HOLD = "hold"
MODELS: Sequence[Any] = (Conversation, RiskAssessment)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What one record says of one case that would hold it now."""

    reference: str
    case_reference: str
    causes: tuple[str, ...]
    risk: str
    on: date
    """The day of the newest of these answers."""
    victim: int
    referral: int


def unweighed(w: Work) -> int:
    """How many answers of the actor's force nobody has looked at so."""
    with wall(w) as session:
        asked = (select(func.count()).select_from(model).where(col(model.weighed_at).is_(None)) for model in MODELS)
        return sum(int(session.scalar(one) or 0) for one in asked)


def listed(w: Work, keys: Keyring) -> tuple[list[Earlier], list[str]]:
    """The cases with such an answer and no review since, the gravest first, then the newest answer; and the references of the records
    that cannot be read, because their key is not here."""
    unread: list[VictimInCase] = []
    with wall(w) as session:
        found = list(_earlier(keys, session, unread))
    w.record("review.earlier_listed", Act.CONSULTATION, force=w.actor.force, shown=[one.victim for one in found])
    order = [*RISKS]
    ranked = sorted(found, key=lambda one: (-order.index(one.risk), -one.on.toordinal(), one.reference))
    return ranked, sorted(one.reference for one in unread)


def find(w: Work, keys: Keyring, reference: str) -> Earlier:
    """One of them, by how the victims' side calls somebody. Raises `NotFound`: there is none, or it was seen to."""
    with wall(w) as session:
        found = next((one for one in _earlier(keys, session, []) if one.reference == reference), None)
    if found is None:
        raise NotFound(_("There is no such answer, or somebody has seen to it."))
    return found


def settle(w: Work, keys: Keyring, reference: str, what: str, reasons: str) -> str:
    """Hold the case and open its review; or, with reasons, put on record that there is no new risk. Returns the review's reference.

    Raises:
        BadInput: neither was chosen, or there are no reasons.
    """
    if what not in (HOLD, NO_NEW_RISK):
        raise BadInput(faults=[Fault("what", "unknown", _("Select what is to happen"))])
    if what == NO_NEW_RISK and not reasons.strip():
        raise BadInput(faults=[Fault("reasons", "missing", _("Give your reasons"))])
    one = find(w, keys, reference)
    account = Account("" if what == NO_NEW_RISK else reasons.strip(), one.risk, causes=one.causes)
    review = review_opening.open_or_add(
        w, keys, review_opening.of_victim(w, reference), account, automatic_opening.SOURCE
    )
    with wall(w) as session:
        for model in MODELS:
            _mark(w, session, model, (col(model.victim_id) == one.victim) & (col(model.referral_id) == one.referral))
        version = queries.by_reference(session, review).version
    if what == NO_NEW_RISK:
        actions.decide(w, keys, review, version, NO_NEW_RISK, reasons)
    return review


def finish(w: Work, keys: Keyring) -> None:
    """Say that every answer was looked at. What cannot be read was not, and stays. Raises `NotNow` while one is left that would hold
    its case."""
    unread: list[VictimInCase] = []
    with wall(w) as session:
        if next(_earlier(keys, session, unread), None) is not None:
            raise NotNow(_("One of these cases is still to be seen to."))
        for model in MODELS:
            _mark(w, session, model, col(model.victim_id).not_in({one.victim_id for one in unread}))
    w.record("review.earlier_seen", Act.ALTERATION, force=w.actor.force)


def _earlier(keys: Keyring, session: Session, unread: list[VictimInCase]) -> Iterator[Earlier]:
    """Find these cases. Records that cannot be read are added to `unread`: one of them hides no other."""
    pairs = {
        (row.victim_id, row.referral_id)
        for model in MODELS
        for row in session.execute(select(model.victim_id, model.referral_id).where(col(model.weighed_at).is_(None)))
    }
    links = session.execute(
        select(Victim, VictimInCase)
        .join(VictimInCase, col(VictimInCase.victim_id) == col(Victim.id))
        .where(col(Victim.erased_at).is_(None))
    ).all()
    for victim, link in links:
        if (victim.id, link.referral_id) not in pairs:
            continue
        try:
            found = _of(keys, session, victim, link)
        except NotFound:
            unread.append(link)
            continue
        if found:
            yield found


def _of(keys: Keyring, session: Session, victim: Victim, link: VictimInCase) -> Earlier | None:
    reviewed = session.execute(
        select(col(DisclosureReview.decision), col(DisclosureReview.decided_at)).where(
            col(DisclosureReview.victim_id) == victim.id, col(DisclosureReview.referral_id) == link.referral_id
        )
    ).all()
    if any(one.decision in ("", "stop") for one in reviewed):
        return None  # it is held, or was stopped
    since = max((one.decided_at for one in reviewed if one.decided_at), default=None)
    causes: dict[str, None] = {}
    risk, days = "unknown", []
    for one in automatic_opening.on_record(keys, session, victim, link.referral_id):
        raised = rule.causes(one.form, one.given, link.referral_risk)
        if raised and (since is None or one.recorded_at > since):
            causes |= dict.fromkeys(raised)
            risk = worst(risk, rule.risk_of(one.form, one.given, ""))
            days.append(one.on)
    if not days:
        return None
    return Earlier(
        link.reference, link.case_reference, tuple(causes), risk, max(days), victim.id or 0, link.referral_id
    )  # fmt: skip


def _mark(w: Work, session: Session, model: Any, which: Any) -> None:
    session.execute(
        update(model)
        .where(which, col(model.weighed_at).is_(None))
        .values(weighed_at=w.now)
        .execution_options(**review_opening.QUIETLY)
    )
