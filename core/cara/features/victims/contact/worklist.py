"""Who needs contact, and by when: every record within reach whose course runs, the most urgent first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, exists, literal, null, or_, select
from sqlmodel import col

from cara.api import VictimContact
from cara.clock import london_day
from cara.errors import NotFound
from cara.features.victims.contact.contact_refusals import Refusal, keeping_side, rows_of, side_of, sides_of, standing
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import (
    BrokenGlass,
    ContactAttempt,
    ContactRefusal,
    Conversation,
    CourseNews,
    RiskAssessment,
    ViewsLink,
)
from cara.features.victims.wall.contact_points import Course, Due, course, due, must_reassess, police_risk_due
from cara.features.victims.wall.models import DetailsChange, Hold, Victim, VictimInCase
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.vocabulary import ALERTS, ANSWERED, ENOUGH, OVER, POLICE_INFORMATION, REACHED, SURVEY
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work

LINGERS: Final = timedelta(days=60)
"""How long after a course ended, or no more contact was needed, a record stays on the list."""

_v: Any = Victim
_c: Any = VictimInCase
_n: Any = CourseNews
_a: Any = ContactAttempt
_s: Any = Conversation
_k: Any = RiskAssessment
_h: Any = Hold
_r: Any = DisclosureReview
_d: Any = DetailsChange
_g: Any = BrokenGlass
_y: Any = ViewsLink


# Nobody is left out for being one too many: a list that is cut off would hide whoever is cut off.
_ENDED = exists(select(_n.id).where(_n.referral_id == _c.referral_id, _n.what.in_(OVER), _n.at < bindparam("long_ago")))
_STOPPED = exists(
    select(_a.id).where(
        _a.victim_id == _c.victim_id, _a.referral_id == _c.referral_id, _a.outcome.in_(ENOUGH), _a.recorded_at < bindparam("long_ago")
    )
)  # fmt: skip
_UNSEEN = exists(
    select(_n.id).where(
        _n.referral_id == _c.referral_id, _n.keeper_id.is_not_distinct_from(_c.keeper_id), _n.what.in_(ALERTS), _n.seen_at.is_(None)
    )
)  # fmt: skip
_UNREAD = _y.answered_at.is_not(None) & _y.seen_at.is_(None)
_ANSWERED = exists(select(_y.id).where(_y.victim_id == _c.victim_id, _y.referral_id == _c.referral_id, _UNREAD))
_LISTED = (
    select(Victim, VictimInCase)
    .join(_c, _c.victim_id == _v.id)
    .where(_v.erased_at.is_(None), or_(~_ENDED & ~_STOPPED, _UNSEEN, _ANSWERED))
)


@dataclass(slots=True)
class Facts:
    """What is known of one record, beside its words."""

    news: list[Any] = field(default_factory=list)
    answered: list[Any] = field(default_factory=list)
    """Answers to the survey that nobody has read."""
    attempts: list[Any] = field(default_factory=list)
    spoken: list[Any] = field(default_factory=list)
    assessed: list[date] = field(default_factory=list)
    held: bool = False
    review: str = ""
    """The review that is open of the case, if one is: how it is called."""
    changing: bool = False
    opened: bool = False
    refusals: list[Any] = field(default_factory=list)
    """Every time that the victim refused contact, in whichever case, withdrawn or not; oldest first."""
    from_police: list[Any] = field(default_factory=list)
    """Assessments from police information."""
    side: str = ""
    """The side of whoever looks: `police` or `service`."""
    keeping: str = ""
    """The side that keeps the record: contact stages are theirs."""

    @property
    def unseen(self) -> list[Any]:
        """News for which somebody should look again, and has not yet."""
        return [*self.answered, *(one for one in self.news if one.seen_at is None and one.what in ALERTS)]

    @property
    def course(self) -> Course:
        """The course as it was told."""
        return course((one.what, one.day, london_day(one.at)) for one in self.news)

    @property
    def met(self) -> list[tuple[str, date]]:
        """Each time that somebody spoke with them: point and day. What came by a link is none: nobody heard who wrote it."""
        rang = [(one.point, london_day(one.happened_at)) for one in self.attempts if one.outcome in REACHED]
        return sorted(
            {*rang, *((one.point, one.on) for one in self.spoken if one.point != SURVEY)}, key=lambda one: one[1]
        )

    @property
    def refusal(self) -> Refusal | None:
        """The refusal of contact that is in force."""
        return standing(self.refusals)

    @property
    def closed(self) -> bool:
        """Whether whoever looks must not contact the victim."""
        return self.refusal is not None and self.refusal.covers(self.side)

    @property
    def cancelled(self) -> bool:
        """Whether contact stages are cancelled: for whoever looks, or for the side whose stages they are."""
        return self.closed or (self.refusal is not None and self.refusal.covers(self.keeping))

    def due(self, arranged: VictimContact, added: date) -> Due | None:
        """What is due next under a force's arrangement."""
        if self.cancelled or any(one.outcome in ENOUGH for one in self.attempts):
            return None
        last = self.met[-1][1] if self.met else None
        ended = [one for one in self.refusals if one.withdrawn_on and self.keeping in sides_of(one)]
        again = max((one.withdrawn_on for one in ended), default=None)
        began = max(added, again) if again else added
        return due(arranged.extent, self.course, began, {point for point, _day in self.met}, last, again)

    def reassess(self, arranged: VictimContact) -> date | None:
        """Since when a new assessment of risk is asked for."""
        return None if self.cancelled else must_reassess(arranged.reassess_at, self.met, self.assessed)

    @property
    def police_risk_by(self) -> date | None:
        """The day by which police grade the risk from their own information; None: nothing asks for it, or it is done."""
        refusal, known = self.refusal, self.course
        by = police_risk_due(known, refusal.on) if refusal else None
        if by is None or refusal is None or known.a is None:
            return None
        done = any(one.assessed_on >= known.a and one.recorded_at >= refusal.recorded_at for one in self.from_police)
        return None if done else by


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    reference: str
    victim: int
    force: str
    name: str
    facts: Facts
    due: Due | None
    reassess: date | None

    def waits(self, today: date) -> bool:
        """Whether something is to be done today: a contact, an assessment, a look at what is new or in doubt."""
        facts = self.facts
        return bool(facts.unseen or facts.changing or self.reassess or (self.due and self.due.by <= today))


_REFUSING = (
    select(VictimInCase)
    .join(_v, _v.id == _c.victim_id)
    .where(
        _v.erased_at.is_(None),
        _c.victim_id.in_(select(col(ContactRefusal.victim_id)).where(col(ContactRefusal.withdrawn_at).is_(None))),
    )
)


@dataclass(frozen=True, slots=True)
class AskedOfPolice:
    """That police are to grade the risk to a victim who refuses contact, from their own information, by a day."""

    reference: str
    victim: int
    by: date


def asked_of_police(w: Work) -> list[AskedOfPolice]:
    """Records whose victim refuses contact and of which police have yet to grade the risk, by the day by which they must."""
    with behind(w) as session:
        links = session.scalars(_REFUSING).all()
    known = facts_of(w, links) if links else {}
    asked = [
        AskedOfPolice(link.reference, link.victim_id, by)
        for link in links
        if (by := known[link.victim_id, link.referral_id].police_risk_by)
    ]
    return sorted(asked, key=lambda one: (one.by, one.reference))


def lines(w: Work, keys: Keyring) -> list[Line]:
    """The list: unseen alerts first, then by the day by which somebody is to be contacted."""
    with behind(w) as session:
        people = session.execute(_LISTED, {"long_ago": w.now - LINGERS}).all()
    known = facts_of(w, [link for _victim, link in people])
    arranged = {force: arrangement(w, force) for force in {link.force_id for _victim, link in people}}
    made = []
    for victim, link in people:
        facts = known[victim.id or 0, link.referral_id]
        contact = arranged[link.force_id]
        made.append(
            Line(link.reference, victim.id or 0, link.force_id, _name(keys, victim), facts,
                 facts.due(contact, london_day(link.added_at)), facts.reassess(contact))
        )  # fmt: skip
    return sorted(
        made, key=lambda one: (not one.facts.unseen, one.due.by if one.due else one.reassess or date.max, one.reference)
    )


def _name(keys: Keyring, victim: Victim) -> str:
    """A name for the list; none where the key is not on this machine, which one record must not hide the others for."""
    try:
        return encryption.unlock(keys, victim, "victim.name", victim.name)
    except NotFound:
        return ""


def facts_of(w: Work, links: Sequence[VictimInCase]) -> dict[tuple[int, int], Facts]:
    """(victim, case) → what is known of them, in one question a table."""
    cases = [link.referral_id for link in links]
    people = [link.victim_id for link in links]
    found: dict[tuple[int, int], Facts] = defaultdict(
        Facts, {(one.victim_id, one.referral_id): Facts() for one in links}
    )
    with behind(w) as session:
        news = defaultdict(list)
        for row in session.execute(
            select(_n.id, _n.referral_id, _n.keeper_id, _n.what, _n.day, _n.at, _n.seen_at).where(_n.referral_id.in_(cases)).order_by(_n.id)
        ):  # fmt: skip
            news[row.referral_id, row.keeper_id].append(row)
        held = set(session.scalars(select(_h.referral_id).where(_h.referral_id.in_(cases), _h.released_at.is_(None))))
        open_reviews = select(_r.referral_id, _r.victim_id, _r.reference).where(
            _r.referral_id.in_(cases), _r.decision == ""
        )
        reviews = session.execute(open_reviews.order_by(_r.id)).all()
        changing = set(session.scalars(select(_d.victim_id).where(_d.victim_id.in_(people), _d.decided_at.is_(None))))
        opened = set(session.scalars(select(_g.victim_id).where(_g.victim_id.in_(people), _g.reviewed_at.is_(None))))
        answered = session.execute(
            select(_y.victim_id, _y.referral_id, literal(ANSWERED).label("what"), null().label("day"), _y.answered_at.label("at"))
            .where(_y.victim_id.in_(people), _UNREAD)
        ).all()  # fmt: skip
        attempts = session.execute(
            select(_a.victim_id, _a.referral_id, _a.point, _a.outcome, _a.happened_at).where(_a.victim_id.in_(people))
        ).all()
        spoken = session.execute(
            select(_s.victim_id, _s.referral_id, _s.point, _s.on).where(_s.victim_id.in_(people))
        ).all()
        assessed = session.execute(
            select(_k.victim_id, _k.referral_id, _k.assessed_on, _k.recorded_at, _k.basis).where(
                _k.victim_id.in_(people)
            )
        ).all()
    refusals = defaultdict(list)
    for refusal in rows_of(w, people):
        refusals[refusal.victim_id].append(refusal)
    for row in answered:
        found[row.victim_id, row.referral_id].answered.append(row)
    for row in attempts:
        found[row.victim_id, row.referral_id].attempts.append(row)
    for row in spoken:
        found[row.victim_id, row.referral_id].spoken.append(row)
    for link in links:
        facts = found[link.victim_id, link.referral_id]
        facts.news = news[link.referral_id, link.keeper_id]
        facts.side, facts.keeping = side_of(w.actor.capacity), keeping_side(link.keeper_id)
    for (victim, case), facts in found.items():
        facts.assessed = [one.assessed_on for one in assessed if one.victim_id == victim]
        facts.held, facts.review = case in held, _review(reviews, victim, case)
        facts.changing, facts.opened = victim in changing, victim in opened
        facts.refusals = refusals[victim]
        facts.from_police = [
            one for one in assessed if (one.victim_id, one.referral_id, one.basis) == (victim, case, POLICE_INFORMATION)
        ]
    return found


def _review(rows: Iterable[Any], victim: int, case: int) -> str:
    """The open review of a case: the one about somebody, rather than another."""
    there = [one for one in rows if one.referral_id == case]
    return next((one.reference for one in there if one.victim_id == victim), there[-1].reference if there else "")


def shown(some: Collection[Line]) -> list[int]:
    """The numbers of those whom a list showed, for the ledger."""
    return [one.victim for one in some]
