"""One review as police and the victim service read it: everything of it, opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from cara.features.referrals.models import Referral
from cara.features.victims.disclosure_reviews import queries
from cara.features.victims.disclosure_reviews.worklist import cases_of, due, to_close
from cara.features.victims.wall import review_encryption, review_rules
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep, ReviewView, TrustConsultation
from cara.features.victims.wall.review_opening import courses, wall
from cara.features.victims.wall.review_rules import Account
from cara.features.victims.wall.staff_names import named
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_v: Any = ReviewView
_s: Any = ReviewStep
_i: Any = VictimInCase
_h: Any = Victim


@dataclass(frozen=True, slots=True)
class View:
    """A view as a page shows it. `counts`: it was given after the last account."""

    side: str
    view: str
    words: str | None
    at: datetime
    by: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Done:
    """A step as a page shows it."""

    step: str
    outcome: str
    words: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that police and victim service read of a review."""

    row: DisclosureReview
    state: str
    accounts: list[tuple[Account | None, datetime, str]]
    views: list[View]
    steps: list[Done]
    open_prompts: tuple[str, ...]
    consultation: TrustConsultation | None
    consulted: bool
    """Whether the Trust was asked since the last account."""
    due_at: datetime
    """By when a decision is needed."""
    overdue: bool
    lacking: tuple[str, ...]
    """What is needed before the course may go on; police alone are told."""
    reasons: str | None
    decided_by: str
    victim: str
    """How the victims' side calls whoever was harmed; empty where nobody is recorded."""
    case: Referral | None
    to_close: bool
    takes_accounts: bool
    answers_alone: bool
    """Whether nothing but recorded answers opened it."""
    may_ask_provider: bool


def read(w: Work, keys: Keyring, reference: str) -> Whole:
    """A review, for police and victim service; leaves the entry of the consultation."""
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        since, asked = queries.last_account(session, row), queries.consultation(session, row)
        told = queries.accounts(keys, session, row)
        views = list(session.scalars(select(ReviewView).where(_v.review_id == row.id).order_by(_v.id)))
        done = session.scalars(
            select(ReviewStep).where(_s.review_id == row.id, _s.step != review_rules.ANOTHER).order_by(_s.id)
        ).all()
        names = named(w, [
            *(one.given_by for one in views), *(one.recorded_by for one in done), *(by for _a, _t, by in told), row.decided_by,
        ])  # fmt: skip
        police = w.actor.capacity == "force"
        case = cases_of(w, session, [row]).get(row.referral_id)
        stands_at = queries.state(session, row)
        whole = Whole(
            row=row, state=stands_at,
            accounts=[(one, at, names.get(by, "")) for one, at, by in told],
            views=[
                View(one.side, one.view, review_encryption.unseal(keys, row, "disclosure_view.words", one.words), one.given_at,
                     names.get(one.given_by, ""), one.given_at > since)
                for one in views
            ],
            steps=[
                Done(one.step, one.outcome, review_encryption.unseal(keys, row, "disclosure_step.words", one.words), one.happened_at,
                     names.get(one.recorded_by, ""))
                for one in done
            ],
            open_prompts=queries.left(w, keys, session, row),
            consultation=asked, consulted=asked is not None and asked.asked_at > since,
            due_at=(by := due(row, courses(session, [row.referral_id]).get(row.referral_id), w.today)), overdue=by < w.now,
            lacking=review_rules.missing("proceed", *queries.stands(w, keys, session, row)) if police and not row.decision else (),
            reasons=review_encryption.unseal(keys, row, "disclosure_review.reasons", row.reasons),
            decided_by=names.get(row.decided_by, ""), victim=_victim(session, row), case=case,
            to_close=to_close(stands_at, case), takes_accounts=queries.takes_accounts(session, row),
            answers_alone=queries.answers_alone(keys, session, row),
            may_ask_provider=police and not row.decision and row.provider_asked_at is None and queries.has_a_say(w, session, row),
        )  # fmt: skip
    w.record("review.read", Act.CONSULTATION, subject=("review", row.id or 0), force=row.force_id)
    return whole


def _victim(session: Session, row: DisclosureReview) -> str:
    wanted = select(_i.reference).join(_h, _h.id == _i.victim_id).where(_h.erased_at.is_(None))
    mine = wanted.where(_i.victim_id == row.victim_id, _i.referral_id == row.referral_id)
    return session.scalar(mine) or "" if row.victim_id else ""
