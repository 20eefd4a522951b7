"""From a recorded answer to its review: opened, with the hold, in the transaction that records the answer.

What was on record before police decided was part of what they decided on, and does not hold the case again. What is newer does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from cara.clock import london_day
from cara.features.victims.wall import encryption, review_opening
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import Conversation, RiskAssessment
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_rules import Account
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work

SOURCE = "answer"
Recorded = Conversation | RiskAssessment


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers of one form as they stand on a record."""

    form: rule.Form
    on: date
    recorded_at: datetime
    given: Mapping[str, Any]


def weigh(w: Work, keys: Keyring, person: Person, form: rule.Form, on: date, given: Mapping[str, Any], why: str) -> str:
    """Open a review, with its hold, if what has just been recorded is newer than the last decision and asks for one, in this case and in
    every other case of the same victim whose course is not over.

    Return the reference of this case's review, or nothing. `why`: why the recorder thinks that it is no disclosure. It holds all the same.
    """
    with behind(w) as session:
        mine = select(VictimInCase).where(col(VictimInCase.victim_id) == person.id)
        links = session.scalars(
            mine.order_by(col(VictimInCase.referral_id))
        ).all()  # one order, so that two never wait for each other
    opened = {link.referral_id: _weigh_in(w, keys, person, link, form, on, given, why) for link in links}
    return opened[person.link.referral_id]


def _weigh_in(
    w: Work,
    keys: Keyring,
    person: Person,
    link: VictimInCase,
    form: rule.Form,
    on: date,
    given: Mapping[str, Any],
    why: str,
) -> str:
    raised = rule.causes(form, given, link.referral_risk)
    if not raised:
        return ""
    with behind(w) as session:
        before = list(on_record(keys, session, person.victim, link.referral_id))
        decided = decided_at(session, person.id, link.referral_id)
    known = set(_decided_on(before, decided, form, on, link.referral_risk))
    fresh = tuple(cause for cause in raised if cause not in known)
    subject = review_opening.of_victim(w, link.reference)
    if not fresh or (subject.over and link.referral_id != person.link.referral_id):
        return ""
    account = Account(why.strip(), rule.risk_of(form, given, _graded(before)), causes=fresh)
    return review_opening.open_or_add(w, keys, subject, account, SOURCE)


def on_record(keys: Keyring, session: Session, victim: Victim, referral: int) -> Iterator[Answer]:
    """What stands on somebody's record of one case, opened; the oldest first."""
    found: list[Answer] = []
    for row in _rows(session, Conversation, victim, referral):
        text = encryption.unlock(keys, victim, "victim_conversation.said", row.said)
        found.append(Answer("conversation", row.on, row.recorded_at, _opened(text)))
    for row in _rows(session, RiskAssessment, victim, referral):
        text = encryption.unlock(keys, victim, "victim_risk.assessed", row.assessed)
        found.append(Answer("risk", row.assessed_on, row.recorded_at, _opened(text)))
    yield from sorted(found, key=lambda one: one.recorded_at)


def decided_at(session: Session, victim: int, referral: int) -> datetime | None:
    """When police last decided on a review about somebody, in one case."""
    mine = select(col(DisclosureReview.decided_at)).where(
        col(DisclosureReview.victim_id) == victim, col(DisclosureReview.referral_id) == referral,
        col(DisclosureReview.decided_at).is_not(None),
    )  # fmt: skip
    return session.scalar(mine.order_by(col(DisclosureReview.decided_at).desc()).limit(1))


def _decided_on(
    before: Sequence[Answer], decided: datetime | None, form: rule.Form, on: date, referred: str
) -> Iterator[str]:
    """The causes of the same day that were on record when police decided. On the day of the decision itself everything is newer:
    nobody can tell which came first."""
    if decided is None or on >= london_day(decided):
        return
    for one in before:
        if one.form == form and one.on == on and one.recorded_at <= decided:
            yield from rule.causes(form, one.given, referred)


def _graded(before: Sequence[Answer]) -> str:
    """The grade of the newest assessment; empty where there is none."""
    grades = [(one.on, str(one.given.get("grade", ""))) for one in before if one.form == "risk"]
    return max(reversed(grades), key=lambda one: one[0])[1] if grades else ""


def _rows(session: Session, model: type[Recorded], victim: Victim, referral: int) -> Sequence[Any]:
    return session.scalars(
        select(model).where(col(model.victim_id) == victim.id, col(model.referral_id) == referral)
    ).all()


def _opened(text: str) -> Mapping[str, Any]:
    known = json.loads(text)
    return known if isinstance(known, dict) else {}
