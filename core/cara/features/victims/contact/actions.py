"""Verbs of speaking with somebody who was harmed: attempts, what they said, how great the risk is, and news that was seen."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from cara.clock import london_day
from cara.errors import BadInput, Fault
from cara.features.victims.contact import address_changes
from cara.features.victims.contact.attempt_warnings import WARNED, warnings
from cara.features.victims.contact.contact_refusals import refuse_contact, refused_on, rows_of, side_of
from cara.features.victims.wall import automatic_opening, date_answers, encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import ContactAttempt, Conversation, CourseNews, RiskAssessment
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.vocabulary import (
    DECLINED,
    GRADES,
    METHODS,
    NOT_RECORDED,
    OUTCOMES,
    POINTS,
    SAID_AT,
    WHY_AGAINST,
    SafeContact,
)
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_n: Any = CourseNews


def attempt(
    w: Work,
    keys: Keyring,
    person: Person,
    *,
    point: str,
    method: str,
    outcome: str,
    happened_at: datetime,
    note: str = "",
    refused: str = NOT_RECORDED,
    company: str = NOT_RECORDED,
    why: str = "",
) -> None:
    """Record an attempt to reach somebody, whatever came of it. If they then refused contact, record that too: whom they `refused`,
    and whether anyone was with them.

    Raises:
        BadInput: a word that is not known, or a moment that lies ahead, or years back; or something speaks against the attempt
            (`warned_of`) and nobody says `why` it was made all the same.
    """
    _known(point=(point, POINTS), method=(method, METHODS), outcome=(outcome, OUTCOMES))
    date_answers.check(london_day(happened_at), w.today)
    if happened_at > w.now:
        raise BadInput(faults=[Fault("time", "range", _("The attempt must not lie ahead"))])
    warned = warned_of(w, keys, person, method, happened_at)
    if warned and why not in WHY_AGAINST:
        raise BadInput(faults=[Fault("why", one, str(WARNED[one])) for one in warned])
    row = ContactAttempt(
        **person.of_case, point=point, method=method, outcome=outcome, happened_at=happened_at, recorded_at=w.now,
        note=encryption.lock(keys, person.victim, "victim_attempt.note", note), recorded_by=w.actor.id, warned=" ".join(warned),
        why=why if warned else "",
    )  # fmt: skip
    _keep(w, row)
    against = {"warned": row.warned, "why": row.why} if warned else {}
    w.record("victim.attempted", Act.COLLECTION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"method": method, "outcome": outcome, **against})  # fmt: skip
    if outcome == DECLINED:
        refuse_contact(w, person, on=london_day(happened_at), refused=refused, company=company)


def warned_of(w: Work, keys: Keyring, person: Person, method: str, at: datetime) -> tuple[str, ...]:
    """List what speaks against contact by `method` at an instant: words of `cara.features.victims.contact.attempt_warnings.WARNED`."""
    doubt = address_changes.pending(w, person) is not None
    safe = SafeContact.read(encryption.unlock(keys, person.victim, "victim.contact", person.victim.contact))
    refused = refused_on(rows_of(w, [person.id]), side_of(w.actor.capacity), london_day(at))
    return warnings(SafeContact() if doubt else safe, method, at, refused=refused, doubt=doubt)


def converse(
    w: Work,
    keys: Keyring,
    person: Person,
    *,
    point: str,
    on: date,
    said: Mapping[str, Any],
    disclosed: bool = False,
    no_disclosure: str = "",
) -> str:
    """Keep what somebody said at one point, sealed whole. A later one corrects an earlier one; neither is changed.

    Where an answer asks for it, the case is held and under review in the same moment: returns the review's reference, or nothing.
    `disclosed`: whether something that they said should be reviewed. It is an answer to us and not theirs, so it is on record in the
    review and nowhere else; and each time that it is given it is new. `no_disclosure`: why whoever records it thinks that it is none.

    Raises:
        BadInput: a point that is not known, or a day that lies ahead, or years back.
    """
    _known(point=(point, SAID_AT))
    date_answers.check(on, w.today)
    sealed = encryption.lock(keys, person.victim, "victim_conversation.said", json.dumps(said, ensure_ascii=False))
    review = automatic_opening.weigh(
        w, keys, person, "conversation", on, {**said, "disclosed": disclosed}, no_disclosure
    )
    _keep(w, Conversation(
        **person.of_case, point=point, on=on, said=sealed, weighed_at=w.now, recorded_at=w.now, recorded_by=w.actor.id,
    ))  # fmt: skip
    w.record("victim.spoken_with", Act.COLLECTION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"point": point})  # fmt: skip
    return review


def assess(
    w: Work,
    keys: Keyring,
    person: Person,
    *,
    on: date,
    assessed: Mapping[str, Any],
    no_disclosure: str = "",
    basis: str = "",
) -> str:
    """Keep an assessment of risk: tool, grade, count and assessor, never a question of any tool. `basis`: what it was made from, a word
    of `cara.features.victims.wall.vocabulary.BASES`. Returns as `converse` does.

    Raises:
        BadInput: no grade that is known, or a day that lies ahead, or years back.
    """
    _known(grade=(str(assessed.get("grade", "")), GRADES))
    date_answers.check(on, w.today)
    sealed = encryption.lock(keys, person.victim, "victim_risk.assessed", json.dumps(assessed, ensure_ascii=False))
    review = automatic_opening.weigh(w, keys, person, "risk", on, assessed, no_disclosure)
    _keep(w, RiskAssessment(
        **person.of_case, assessed_on=on, assessed=sealed, basis=basis, weighed_at=w.now, recorded_at=w.now, recorded_by=w.actor.id,
    ))  # fmt: skip
    w.record("victim.risk_assessed", Act.COLLECTION, subject=("victim", person.id), force=person.victim.force_id)
    return review


def see(w: Work, person: Person, newest: int) -> None:
    """Mark the news of somebody's case as seen, as far as `newest`: what has come since they were shown stays unseen."""
    with behind(w) as session:
        session.execute(
            update(CourseNews)
            .where(
                _n.referral_id == person.link.referral_id,
                _n.keeper_id.is_not_distinct_from(person.link.keeper_id),
                _n.id <= newest,
                _n.seen_at.is_(None),
            )
            .values(seen_at=w.now, seen_by=w.actor.id)
            .execution_options(synchronize_session=False)
        )
    w.record("victim.news_seen", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id)


def _keep(w: Work, row: Any) -> None:
    with behind(w) as session:
        session.add(row)


def _known(**words: tuple[str, Mapping[str, str]]) -> None:
    faults: Sequence[Fault] = [
        Fault(name, "unknown", _("Select one of the answers"))
        for name, (word, known) in words.items()
        if word not in known
    ]
    if faults:
        raise BadInput(faults=faults)
