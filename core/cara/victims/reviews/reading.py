"""What is read of reviews, and where one stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from cara.errors import NotFound
from cara.identity.models import OrganisationCapacity, Person
from cara.ledger.record import Act
from cara.referrals.models import Referral
from cara.referrals.states import IN_COURSE, state_of
from cara.storage.keys import Keyring
from cara.victims.keeping import arrangement
from cara.victims.models import VictimInCase
from cara.victims.records import CourseNews
from cara.victims.reviews import rules, sealed
from cara.victims.reviews.models import DisclosureReview, ReviewStep, ReviewView, TrustConsultation
from cara.victims.reviews.opening import wall
from cara.victims.reviews.rules import Account, Standing
from cara.work import Work

_r: Any = DisclosureReview
_v: Any = ReviewView
_s: Any = ReviewStep
_t: Any = TrustConsultation
_n: Any = CourseNews
_f: Any = Referral
_c: Any = OrganisationCapacity
_p: Any = Person
_i: Any = VictimInCase
BOOKED_B = ("booked_b", "moved_b")
"""The news that names the day of workshop B."""
NO_B = ("place_withdrawn", "by_telephone", "missed_a", "missed_b", "attended_b", "completed", "ended", "prosecuted")
"""News after which there is no such day any more."""
PAGE = 25
"""How many decided reviews, or answered consultations, a list shows."""


def by_reference(session: Session, reference: str) -> DisclosureReview:
    """A review, within the wall. Raises `NotFound` for one that the actor may not know of."""
    found = session.scalars(select(DisclosureReview).where(_r.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found


def must_exist(w: Work, reference: str) -> None:
    """Raises `NotFound` for a review that the actor may not know of: before anything that they sent is looked at."""
    with wall(w) as session:
        by_reference(session, reference)


def open_of_case(session: Session, referral: int) -> DisclosureReview | None:
    """The review that holds a case now, the newest if there are several."""
    wanted = select(DisclosureReview).where(_r.referral_id == referral, _r.decision == "")
    return session.scalars(wanted.order_by(_r.id.desc()).limit(1)).first()


def last_account(session: Session, row: DisclosureReview) -> datetime:
    """When something was disclosed or heard for the last time."""
    wanted = select(_s.recorded_at).where(_s.review_id == row.id, _s.step == rules.ANOTHER)
    times: list[datetime] = [row.opened_at, *session.scalars(wanted)]
    return max(times)


def consultation(session: Session, row: DisclosureReview) -> TrustConsultation | None:
    """What the Trust was asked about a review, last."""
    if not row.consultation:
        return None
    return session.scalars(select(TrustConsultation).where(_t.reference == row.consultation)).one()


def views_that_count(session: Session, row: DisclosureReview) -> dict[str, ReviewView]:
    """Side → its last view, if that was given after the last account."""
    since = last_account(session, row)
    wanted = select(ReviewView).where(_v.review_id == row.id).order_by(_v.id)
    return {one.side: one for one in session.scalars(wanted) if one.given_at > since}


def state(session: Session, row: DisclosureReview) -> str:
    """Where a review stands."""
    return rules.state_of(row.decision, views=bool(views_that_count(session, row)))


def accounts(keys: Keyring, session: Session, row: DisclosureReview) -> list[tuple[Account | None, datetime, str]]:
    """Every account: what was said (None: erased), when it was written, and by whom. The first opened the review."""
    first = sealed.account(sealed.unseal(keys, row, "disclosure_review.account", row.account))
    wanted = select(ReviewStep).where(_s.review_id == row.id, _s.step == rules.ANOTHER).order_by(_s.id)
    later = [
        (sealed.account(sealed.unseal(keys, row, "disclosure_step.words", one.words)), one.recorded_at, one.recorded_by)
        for one in session.scalars(wanted)
    ]
    return [(first, row.opened_at, row.opened_by), *later]


def raised(w: Work, keys: Keyring, session: Session, row: DisclosureReview) -> tuple[str, ...]:
    """The prompts that the accounts of a review raise."""
    known = [one for one, _at, _by in accounts(keys, session, row) if one]
    return rules.prompts(rules.facts(known, row.risk, arrangement(w, row.force_id).encompass_areas))


def answered(session: Session, row: DisclosureReview) -> set[str]:
    """The steps that were recorded."""
    return set(session.scalars(select(_s.step).where(_s.review_id == row.id)))


def stands(w: Work, keys: Keyring, session: Session, row: DisclosureReview) -> tuple[str, Standing]:
    """Who stands beside the police in a review, and what is there to decide on; for police, who may read the case."""
    since, asked = last_account(session, row), consultation(session, row)
    views = set(views_that_count(session, row))
    fresh = asked is not None and asked.asked_at > since
    if fresh and asked and asked.answered_at:
        views.add("trust")
    danger = "call_999" in raised(w, keys, session, row) and "call_999" not in answered(session, row)
    return _other_side(w, session, row), Standing(frozenset(views), fresh, danger)


def _other_side(w: Work, session: Session, row: DisclosureReview) -> str:
    provider = session.scalar(select(_f.provider_id).where(_f.id == row.referral_id))
    capacities = set(session.scalars(select(_c.capacity).where(_c.organisation_id == provider))) if provider else set()
    asked = arrangement(w, row.force_id).provider_is_asked
    return rules.other_side(asked=asked, delivers="national" in capacities, provider=bool(provider))


@dataclass(frozen=True, slots=True)
class Line:
    """A review in a list. `to_close`: it was stopped, and its case still runs."""

    reference: str
    case_reference: str
    risk: str
    state: str
    opened_at: datetime
    decide_by: date | None
    to_close: bool


def listed(w: Work) -> list[Line]:
    """Reviews of the actor's force, or of what they keep: open ones by the day on which a decision is needed, then what was
    decided last."""
    with wall(w) as session:
        wanted = select(DisclosureReview).order_by(_r.id.desc())
        rows = [*session.scalars(wanted.where(_r.decision == ""))]
        rows += session.scalars(wanted.where(_r.decision != "").limit(PAGE))
        booked, cases = booked_bs(session, rows), _cases(w, session, rows)
        lines = [_line(session, row, booked, cases) for row in rows]
    lines.sort(key=lambda one: (one.state not in ("open", "views") and not one.to_close, one.decide_by or date.max))
    w.record("review.listed", Act.CONSULTATION, shown=[row.id or 0 for row in rows], codes={"found": len(rows)})
    return lines


def _line(session: Session, row: DisclosureReview, booked: Mapping[int, date], cases: Mapping[int, Any]) -> Line:
    case, stands = cases.get(row.referral_id), state(session, row)
    by = rules.decide_by(booked.get(row.referral_id), case.complete_by if case else None)
    runs = case is not None and state_of(case) in IN_COURSE
    return Line(
        row.reference, row.case_reference, row.risk, stands, row.opened_at, by if not row.decision else None,
        stands == "stopped" and runs,
    )  # fmt: skip


def booked_bs(session: Session, rows: Sequence[DisclosureReview]) -> dict[int, date]:
    """Case → the day of workshop B, where this side was told of one and nothing since took it back."""
    numbers = [row.referral_id for row in rows]
    found: dict[int, date] = {}
    for news in session.scalars(select(CourseNews).where(_n.referral_id.in_(numbers)).order_by(_n.id)):
        if news.what in BOOKED_B and news.day:
            found[news.referral_id] = news.day
        elif news.what in NO_B:
            found.pop(news.referral_id, None)
    return found


def _cases(w: Work, session: Session, rows: Sequence[DisclosureReview]) -> dict[int, Referral]:
    """The cases themselves, for police; whoever keeps victims' records reads none."""
    if w.actor.capacity != "force":
        return {}
    numbers = [row.referral_id for row in rows]
    return {one.id or 0: one for one in session.scalars(select(Referral).where(_f.id.in_(numbers)))}


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
    decide_by: date | None
    lacking: tuple[str, ...]
    """What is needed before workshop B may go on; police alone are told."""
    reasons: str | None
    decided_by: str
    victim: str
    """How the victims' side calls whoever was harmed; empty where nobody is recorded."""
    case: Referral | None
    to_close: bool


def read(w: Work, keys: Keyring, reference: str) -> Whole:
    """A review, for police and victim service; leaves the entry of the consultation."""
    with wall(w) as session:
        row = by_reference(session, reference)
        since, asked = last_account(session, row), consultation(session, row)
        told = accounts(keys, session, row)
        views = list(session.scalars(select(ReviewView).where(_v.review_id == row.id).order_by(_v.id)))
        done = session.scalars(
            select(ReviewStep).where(_s.review_id == row.id, _s.step != rules.ANOTHER).order_by(_s.id)
        ).all()
        names = colleagues(
            w,
            [one.given_by for one in views]
            + [one.recorded_by for one in done]
            + [by for _a, _t, by in told]
            + [row.decided_by],
        )
        police = w.actor.capacity == "force"
        case = _cases(w, session, [row]).get(row.referral_id)
        stands_at = state(session, row)
        whole = Whole(
            row=row, state=stands_at,
            accounts=[(one, at, names.get(by, "")) for one, at, by in told],
            views=[
                View(one.side, one.view, sealed.unseal(keys, row, "disclosure_view.words", one.words), one.given_at,
                     names.get(one.given_by, ""), one.given_at > since)
                for one in views
            ],
            steps=[
                Done(one.step, one.outcome, sealed.unseal(keys, row, "disclosure_step.words", one.words), one.happened_at,
                     names.get(one.recorded_by, ""))
                for one in done
            ],
            open_prompts=tuple(one for one in raised(w, keys, session, row) if one not in {s.step for s in done}),
            consultation=asked, consulted=asked is not None and asked.asked_at > since,
            decide_by=rules.decide_by(booked_bs(session, [row]).get(row.referral_id), case.complete_by if case else None),
            lacking=rules.missing("proceed", *stands(w, keys, session, row)) if police and not row.decision else (),
            reasons=sealed.unseal(keys, row, "disclosure_review.reasons", row.reasons),
            decided_by=names.get(row.decided_by, ""), victim=_victim(session, row), case=case,
            to_close=stands_at == "stopped" and case is not None and state_of(case) in IN_COURSE,
        )  # fmt: skip
    w.record("review.read", Act.CONSULTATION, subject=("review", row.id or 0), force=row.force_id)
    return whole


def _victim(session: Session, row: DisclosureReview) -> str:
    wanted = select(_i.reference).where(_i.victim_id == row.victim_id, _i.referral_id == row.referral_id)
    return session.scalar(wanted) or "" if row.victim_id else ""


def colleagues(w: Work, ids: Sequence[str]) -> dict[str, str]:
    """Colleagues are named, others are not."""
    numbers = {int(one) for one in ids if one.isdecimal()}
    found = w.session.execute(
        select(_p.id, _p.name).where(_p.id.in_(numbers), _p.organisation_id == w.actor.organisation)
    ).all()
    return {str(number): name for number, name in found}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a provider learns of a review: that one is open, the risk as a word, and what it is asked; and its own last view."""

    risk: str
    question: str
    view: str
    """Its own view, where that still counts; empty: it is wanted."""


def asked(w: Work, case: Referral) -> Asked | None:
    """What the provider of a case is asked, which it has read; None: nothing, no review is open."""
    with wall(w, case.force_id) as session:
        row = open_of_case(session, case.id or 0)
        if row is None:
            return None
        own = views_that_count(session, row).get("provider")
        return Asked(row.risk, row.question, own.view if own else "")


def of_case(w: Work, case: Referral) -> list[tuple[str, str]]:
    """Reference and decision of a case's reviews, for police, the newest first."""
    with wall(w, case.force_id) as session:
        wanted = select(_r.reference, _r.decision).where(_r.referral_id == case.id).order_by(_r.id.desc())
        return [(row.reference, row.decision) for row in session.execute(wanted)]


def consultations(w: Work) -> Sequence[TrustConsultation]:
    """What the Trust is asked, unanswered ones first, those asked first before others; then what was answered last."""
    wanted = select(TrustConsultation)
    found = [*w.session.scalars(wanted.where(_t.answered_at.is_(None)).order_by(_t.id))]
    found += w.session.scalars(wanted.where(_t.answered_at.is_not(None)).order_by(_t.id.desc()).limit(PAGE))
    w.record("consultation.listed", Act.CONSULTATION, shown=[one.id or 0 for one in found])
    return found


def consultation_by_reference(w: Work, reference: str) -> TrustConsultation:
    """A consultation. Raises `NotFound` if there is none."""
    found = w.session.scalars(select(TrustConsultation).where(_t.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found
