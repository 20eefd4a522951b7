"""How a review begins: with what a victim disclosed, with a concern from the room, or with what police know. Review and hold come
into being together; on a case that is under review already, what is said now is another account of it and nothing is lost."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from cara.clock import london_day
from cara.errors import Forbidden, NotFound, Stale
from cara.features.referrals.models import Referral
from cara.features.referrals.name_matching import new_reference
from cara.features.referrals.policing_areas import area_of
from cara.features.referrals.states import OVER, state_of
from cara.features.victims.wall import encryption, review_encryption, review_rules
from cara.features.victims.wall.contact_models import CourseNews
from cara.features.victims.wall.contact_points import Course, course
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.record_keeper import keepers
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep
from cara.features.victims.wall.review_rules import Account
from cara.features.victims.wall.row_locks import wait_to_hold
from cara.i18n import gettext
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_r: Any = DisclosureReview
_v: Any = Victim
_c: Any = VictimInCase
_n: Any = CourseNews
_f: Any = Referral
_TOLD = (
    select(_n.referral_id, _n.what, _n.day, _n.at)
    .where(_n.referral_id.in_(bindparam("numbers", expanding=True)))
    .order_by(_n.id)
)
QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Subject:
    """The case that a review is about, as this side of the wall knows it. `key_id` is the victim's, empty where nobody knows
    who was harmed."""

    id: int
    reference: str
    force_id: str
    keeper_id: str | None
    question: str
    victim_id: int | None = None
    key_id: str = ""
    area: str = ""
    over: bool = False
    """Whether the course is over: then there is nothing to hold."""


@contextmanager
def wall(w: Work, force: str = "") -> Iterator[Session]:
    """Behind the wall of the actor's force; of what they keep; or, for a provider, of the force of a case that it has read.

    Raises:
        Forbidden: whoever acts neither acts for a force nor keeps records.
    """
    if not (force or w.actor.force or w.actor.capacity == "victim_service"):
        raise Forbidden(gettext("Only the police and whoever keeps the victim’s record do this."))
    with behind_the_wall(w.session, force or w.actor.force or "") as session:
        yield session


def of_case(w: Work, case: Referral) -> Subject:
    """A case that the actor has read, for police and providers."""
    number, area = case.id or 0, area_of(w, case)
    over = case.completed_at is not None or state_of(case) in OVER
    asked = review_rules.question(a=case.a_on is not None, b=case.b_on is not None)
    with wall(w, case.force_id) as session:
        harmed = session.execute(
            select(_v.id, _v.key_id, _v.keeper_id)
            .join(_c, _c.victim_id == _v.id)
            .where(_c.referral_id == number, _v.erased_at.is_(None))
        ).all()
    if len(harmed) != 1:
        keeps = keepers(w, case.force_id, number, case.provider_id)[0]
        return Subject(number, case.reference, case.force_id, keeps, asked, area=area, over=over)
    one = harmed[0]
    return Subject(number, case.reference, case.force_id, one.keeper_id, asked, one.id, one.key_id, area, over)


def of_victim(w: Work, reference: str) -> Subject:
    """Somebody's part in a case, by how the victims' side calls it.

    Raises:
        NotFound: there is none that the actor may know of, or they were erased.
    """
    with wall(w) as session:
        found = session.execute(
            select(_c.referral_id, _c.case_reference, _c.force_id, _c.keeper_id, _c.area, _v.id, _v.key_id)
            .join(_v, _v.id == _c.victim_id)
            .where(_c.reference == reference, _v.erased_at.is_(None))
        ).one_or_none()
        if found is None:
            raise NotFound
        known = courses(session, [found.referral_id]).get(found.referral_id, Course())
        asked = review_rules.question(a=known.a_done, b=known.b_done)
    return Subject(
        found.referral_id, found.case_reference, found.force_id, found.keeper_id, asked, found.id, found.key_id, found.area,
        known.over is not None,
    )  # fmt: skip


def courses(session: Session, cases: Sequence[int]) -> dict[int, Course]:
    """Case → its course, as this side was told of it; what several keepers were told is read once."""
    told: dict[int, dict[tuple[str, date | None, datetime], None]] = defaultdict(dict)
    for row in session.execute(_TOLD, {"numbers": [*cases]}):
        told[row.referral_id][row.what, row.day, row.at] = None
    return {case: course((what, day, london_day(at)) for what, day, at in news) for case, news in told.items()}


def open_or_add(w: Work, keys: Keyring, of: Subject, account: Account, source: str) -> str:
    """Put a case on hold and under review; or add an account to the review under which it is, or was stopped.

    Returns the review's reference. All of it happens in one transaction: there is no review without its hold, but of a course that
    is over, where there is nothing to hold.

    What one person disclosed goes to a review about them, and a concern about nobody in particular to one about nobody: each
    goes with its own when somebody is erased.
    """
    with wall(w, of.force_id) as session:
        wait_to_hold(session, of.id)
        standing = session.scalars(
            select(DisclosureReview)
            .where(
                _r.referral_id == of.id,
                _r.decision.in_(("", "stop")),
                _r.victim_id.is_not_distinct_from(of.victim_id),
            )
            .order_by(_r.id.desc())
            .limit(1)
            .with_for_update()  # whoever decides on it at this moment comes before, and it is another's, or after, and is told
        ).first()
        if standing is None or not add(w, keys, session, standing, account):
            return _open(w, keys, session, of, account, source)
    return standing.reference


def concern(w: Work, keys: Keyring, case: Referral, account: Account) -> None:
    """A concern about a case that the actor has read. Nothing comes back: whoever raised it sees a case on hold, as ever."""
    source = "police" if w.actor.capacity == "force" else "room"
    open_or_add(w, keys, of_case(w, case), account, source)
    w.record("concern.raised", Act.COLLECTION, subject=("referral", case.id or 0), force=case.force_id)


def _open(w: Work, keys: Keyring, session: Session, of: Subject, account: Account, source: str) -> str:
    reference = new_reference()
    hold = 0 if of.over else _hold(w, keys, session, of, reference)
    row = DisclosureReview(
        force_id=of.force_id, keeper_id=of.keeper_id, referral_id=of.id, case_reference=of.reference, reference=reference,
        victim_id=of.victim_id, hold_id=hold, area=of.area, key_id=of.key_id or keys.new_person(of.force_id), source=source,
        account=b"", risk=account.risk, risk_at=w.now, question=of.question, opened_at=w.now, opened_by=w.actor.id,
    )  # fmt: skip
    row.account = review_encryption.seal(keys, row, "disclosure_review.account", review_encryption.written(account))
    session.add(row)
    session.flush()
    codes: dict[str, str | int] = {"source": source, "risk": account.risk}
    w.record("review.opened", Act.COLLECTION, subject=("review", row.id or 0), force=of.force_id, codes=codes)
    return reference


def _hold(w: Work, keys: Keyring, session: Session, of: Subject, reference: str) -> int:
    row = encryption.hold(keys, of, of.keeper_id, f"disclosure review {reference}", w.now, w.actor.id)
    session.add(row)
    session.flush()
    w.record("hold.placed", Act.ALTERATION, subject=("referral", of.id), force=of.force_id)
    return row.id or 0


def add(w: Work, keys: Keyring, session: Session, row: DisclosureReview, account: Account) -> bool:
    """Another account of a review. False where the key that seals it was destroyed: then there is another review."""
    try:
        words = review_encryption.seal(keys, row, "disclosure_step.words", review_encryption.written(account))
    except NotFound:
        return False
    session.add(
        ReviewStep(
            force_id=row.force_id, keeper_id=row.keeper_id, review_id=row.id or 0, step=review_rules.ANOTHER, outcome="done",
            words=words, happened_at=w.now, recorded_at=w.now, recorded_by=w.actor.id,
        )
    )  # fmt: skip
    graver = review_rules.worst(row.risk, account.risk)
    turn(session, row, **graded(row, graver, w.now))
    w.record("review.account_added", Act.COLLECTION, subject=("review", row.id or 0), force=row.force_id)
    return True


def graded(row: DisclosureReview, risk: str, now: datetime) -> dict[str, Any]:
    """Return the columns of a review that change with its risk. A high one is due sooner, so that it is told to everyone again."""
    if risk == row.risk:
        return {}
    again = {"supervisors_told_at": None, "cover_told_at": None} if risk == "high" else {}
    return {"risk": risk, "risk_at": now, **again}


def turn(session: Session, row: DisclosureReview, **values: Any) -> None:
    """A review has another version: whoever is about to decide on the one before is told so.

    Raises:
        Stale: it was decided since it was read. What comes in now must not lie in a review that holds nothing any more.
    """
    turned: Any = session.execute(
        update(DisclosureReview)
        .where(_r.id == row.id, _r.decision == row.decision)
        .values(version=_r.version + 1, **values)
        .execution_options(**QUIETLY)
    )
    if turned.rowcount != 1:
        raise Stale
