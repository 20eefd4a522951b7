"""Where a review stands; and what a case's two sides and the Trust read of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session

from cara.errors import Forbidden, NotFound
from cara.features.referrals.models import Offender, Referral
from cara.features.referrals.states import IN_COURSE, state_column
from cara.features.victims.disclosure_reviews import encompass_agreements
from cara.features.victims.wall import review_encryption, review_rules, review_triggers
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep, ReviewView, TrustConsultation
from cara.features.victims.wall.review_opening import wall
from cara.features.victims.wall.review_rules import Account, Standing
from cara.platform.access.models import OrganisationCapacity
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import tell
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_r: Any = DisclosureReview
_v: Any = ReviewView
_s: Any = ReviewStep
_t: Any = TrustConsultation
_f: Any = Referral
_c: Any = OrganisationCapacity
_i: Any = VictimInCase
_h: Any = Victim
_p: Any = Offender
PAGE = 25
"""How many decided reviews, or answered consultations, a list shows."""
_FORCES = select(_f.force_id).distinct()
_RUNNING = (
    select(_f.id, _f.force_id, _f.reference, _f.complete_by, state_column(), _p.surname, _p.forenames)
    .join(_p, _p.referral_id == _f.id)
    .where(_f.id.in_(bindparam("numbers", expanding=True)))
    .order_by(_f.complete_by, _f.id)
)


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


def asked_of_case(session: Session, referral: int) -> DisclosureReview | None:
    """The review of a case about which police asked the provider, the newest if there are several."""
    wanted = select(DisclosureReview).where(
        _r.referral_id == referral, _r.decision == "", _r.provider_asked_at.is_not(None)
    )
    return session.scalars(wanted.order_by(_r.id.desc()).limit(1)).first()


def last_account(session: Session, row: DisclosureReview) -> datetime:
    """When something was disclosed or heard for the last time."""
    wanted = select(_s.recorded_at).where(_s.review_id == row.id, _s.step == review_rules.ANOTHER)
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
    return review_rules.state_of(row.decision, views=bool(views_that_count(session, row)))


def accounts(keys: Keyring, session: Session, row: DisclosureReview) -> list[tuple[Account | None, datetime, str]]:
    """Every account: what was said (None: erased), when it was written, and by whom. The first opened the review."""
    first = review_encryption.account(review_encryption.unseal(keys, row, "disclosure_review.account", row.account))
    wanted = select(ReviewStep).where(_s.review_id == row.id, _s.step == review_rules.ANOTHER).order_by(_s.id)
    later = [
        (
            review_encryption.account(review_encryption.unseal(keys, row, "disclosure_step.words", one.words)),
            one.recorded_at,
            one.recorded_by,
        )
        for one in session.scalars(wanted)
    ]
    return [(first, row.opened_at, row.opened_by), *later]


def takes_accounts(session: Session, row: DisclosureReview) -> bool:
    """Whether more can be written into a review: into one that began with a concern about nobody in particular not, once it is
    known who was harmed. Each of them has a review of their own, which goes with them."""
    harmed = select(_i.victim_id).join(_h, _h.id == _i.victim_id).where(_i.referral_id == row.referral_id)
    known = row.victim_id is None and session.scalar(harmed.where(_h.erased_at.is_(None)).limit(1)) is not None
    return row.decision in ("", "stop") and not known


def raised(w: Work, keys: Keyring, session: Session, row: DisclosureReview) -> tuple[str, ...]:
    """The prompts that the accounts of a review raise."""
    known = [one for one, _at, _by in accounts(keys, session, row) if one]
    return review_rules.prompts(review_rules.facts(known, row.risk, local(w, row)))


def local(w: Work, row: DisclosureReview) -> review_rules.Local:
    """What is settled in the area of a review's case; where that is not known, what may be."""
    agreed, first = encompass_agreements.areas_agreed(w, row.force_id), arrangement(w, row.force_id).mash_first
    everywhere = "" in agreed
    return review_rules.Local(
        encompass=everywhere or (row.area != "" and row.area in agreed),
        check_encompass=bool(agreed) and not row.area and not everywhere,
        mash_first=row.area in first if row.area else bool(first),
    )


def answers_alone(keys: Keyring, session: Session, row: DisclosureReview) -> bool:
    """Whether nothing but recorded answers opened a review, and made what was added to it."""
    return all(one is not None and review_triggers.alone(one.causes) for one, _at, _by in accounts(keys, session, row))


def answered(session: Session, row: DisclosureReview) -> set[str]:
    """The steps that were recorded."""
    return set(session.scalars(select(_s.step).where(_s.review_id == row.id)))


def left(w: Work, keys: Keyring, session: Session, row: DisclosureReview) -> tuple[str, ...]:
    """The prompts that nobody has answered yet, after the decision too."""
    done = answered(session, row)
    return tuple(one for one in raised(w, keys, session, row) if one not in done)


def left_of_case(w: Work, keys: Keyring, case: Referral) -> dict[str, int]:
    """Decided reviews of a case of which something is left to do, for police: reference → how many things."""
    with wall(w, case.force_id) as session:
        decided = session.scalars(select(DisclosureReview).where(_r.referral_id == case.id, _r.decision != ""))
        found = {row.reference: len(left(w, keys, session, row)) for row in decided.all()}
    return {reference: count for reference, count in found.items() if count}


def stands(w: Work, keys: Keyring, session: Session, row: DisclosureReview) -> tuple[str, Standing]:
    """Who stands beside the police in a review, and what is there to decide on; for police, who may read the case."""
    since, asked = last_account(session, row), consultation(session, row)
    views = set(views_that_count(session, row))
    fresh = asked is not None and asked.asked_at > since
    if fresh and asked and asked.answered_at:
        views.add("trust")
    danger = "call_999" in raised(w, keys, session, row) and "call_999" not in answered(session, row)
    alone = answers_alone(keys, session, row)
    return _other_side(w, session, row), Standing(frozenset(views), fresh, danger, alone)


def has_a_say(w: Work, session: Session, row: DisclosureReview) -> bool:
    """Whether there is a provider, and the force's arrangement has it asked; for police, who may read the case."""
    return "view.provider" in review_rules.OTHER_SIDE[_other_side(w, session, row)]


def _other_side(w: Work, session: Session, row: DisclosureReview) -> str:
    provider = session.scalar(select(_f.provider_id).where(_f.id == row.referral_id))
    capacities = set(session.scalars(select(_c.capacity).where(_c.organisation_id == provider))) if provider else set()
    asked = arrangement(w, row.force_id).provider_is_asked
    return review_rules.other_side(asked=asked, delivers="national" in capacities, provider=bool(provider))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a provider learns of a review once police asked it: that one is open, the risk as a word, and the question; and its own
    last view."""

    risk: str
    question: str
    view: str
    """Its own view, where that still counts; empty: it is wanted."""


def asked(w: Work, case: Any) -> Asked | None:
    """What the provider of a case is asked, which it has read; None: nothing, whatever holds the case."""
    with wall(w, case.force_id) as session:
        row = asked_of_case(session, case.id or 0)
        if row is None:
            return None
        own = views_that_count(session, row).get("provider")
        return Asked(row.risk, row.question, own.view if own else "")


def wanted(w: Work) -> list[Any]:
    """The provider's cases in the course of which police asked for its view, and it has given none that counts."""
    numbers: list[int] = []
    for force in w.run(_FORCES).scalars().all():
        if arrangement(w, force).provider_is_asked:
            with wall(w, force) as session:
                asked_about = select(_r.referral_id).where(_r.decision == "", _r.provider_asked_at.is_not(None))
                numbers += session.scalars(asked_about).all()
    rows = w.cases(_RUNNING, numbers=numbers) if numbers else ()
    found = [one for one in rows if one.state in IN_COURSE and (known := asked(w, one)) and not known.view]
    for force in sorted({one.force_id for one in found}):
        shown = [one.id for one in found if one.force_id == force]
        w.record("review.provider_asked", Act.DISCLOSURE, force=force, provider=w.actor.organisation, shown=shown)
    return found


def of_case(w: Work, case: Referral) -> list[tuple[str, str]]:
    """Reference and decision of a case's reviews, for police, the newest first."""
    with wall(w, case.force_id) as session:
        wanted = select(_r.reference, _r.decision).where(_r.referral_id == case.id).order_by(_r.id.desc())
        return [(row.reference, row.decision) for row in session.execute(wanted)]


def consultations(w: Work) -> Sequence[TrustConsultation]:
    """What the Trust is asked, unanswered ones first, those asked first before others; then what was answered last."""
    _answers_for_the_trust(w)
    wanted = select(TrustConsultation)
    found = [*w.session.scalars(wanted.where(_t.answered_at.is_(None)).order_by(_t.id))]
    found += w.session.scalars(wanted.where(_t.answered_at.is_not(None)).order_by(_t.id.desc()).limit(PAGE))
    w.record("consultation.listed", Act.CONSULTATION, shown=[one.id or 0 for one in found])
    return found


def _answers_for_the_trust(w: Work) -> None:
    if not w.actor.may("consultation", "read"):
        raise Forbidden
    tell(w.session, trust="on")


def consultation_by_reference(w: Work, reference: str) -> TrustConsultation:
    """A consultation. Raises `NotFound` if there is none."""
    _answers_for_the_trust(w)
    found = w.session.scalars(select(TrustConsultation).where(_t.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found
