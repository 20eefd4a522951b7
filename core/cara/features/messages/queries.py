"""Readings of the outbox, and of whom its messages are for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from cara.errors import NotFound
from cara.features.messages.message_types import LANGUAGES, UNLISTED
from cara.features.messages.models import OutboxMessage
from cara.features.messages.render import Reader
from cara.features.referrals import queries as referrals
from cara.features.referrals.models import Referral
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.access.policy import reach_of
from cara.platform.ledger.writer import Act
from cara.platform.plugins.force_contacts import reached_at
from cara.platform.plugins.force_settings import kept
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work

PAGE = 25
_m: Any = OutboxMessage
_r: Any = Referral
_CASES = select(Referral).where(_r.id.in_(bindparam("ids", expanding=True)))
_LISTED = select(
    _m.id, _m.reference, _m.kind, _m.channel, _m.audience, _m.queued_at, _m.due_at, _m.began_at, _m.sent_at, _m.delivery,
    _m.doubtful_at, _m.failed_at, _m.failure, _m.cancelled_at, _m.kept, _m.referral_id, _m.facts,
).where(_m.audience.not_in(UNLISTED))  # fmt: skip
_OF_CASE = _LISTED.where(_m.referral_id == bindparam("case_id")).order_by(_m.id.desc()).limit(4 * PAGE)
_TO_SERVICES = _LISTED.where(_m.referral_id == bindparam("case_id"), _m.kind == "onward_referral").order_by(
    _m.id.desc()
)
_OPEN = _m.cancelled_at.is_(None)
_WAITS = _OPEN & or_(
    _m.failed_at.is_not(None) & _m.sent_at.is_(None) & (_m.failure != "on_hold"),
    _m.doubtful_at.is_not(None),
    _m.sent_at.is_(None) & _m.due_at.is_(None) & _m.failed_at.is_(None) & (_m.channel == "letter"),
)
_WAITING = _LISTED.where(_WAITS).order_by(_m.id).limit(PAGE)
_NEWEST = _LISTED.where(~_WAITS).order_by(_m.id.desc()).limit(PAGE + 1)
_NEWEST_BEFORE = _NEWEST.where(_m.id < bindparam("before"))
_BY_REFERENCE = select(OutboxMessage).where(_m.reference == bindparam("reference"), _m.audience.not_in(UNLISTED))
_HANDED_OVER = select(_m.facts).where(
    _m.referral_id == bindparam("case_id"), _m.channel == "calendar", _m.sent_at.is_not(None)
)
_p: Any = Person
_b: Any = Membership
_g: Any = Organisation
_h: Any = OrganisationCapacity
_STAFF: Mapping[str, tuple[Callable[[Any, Mapping[str, Any]], str], str, tuple[str, str]]] = {
    "officer": (lambda case, _facts: case.created_by, "force", ("referral", "read")),
    "coordinator": (lambda case, _facts: case.accepted_by, "provider", ("referral", "read")),
    "second": (lambda _case, facts: str(facts.get("watcher", "")), "force", ("victim", "second_emergency")),
    "watcher": (lambda _case, facts: str(facts.get("watcher", "")), "force", ("victim", "read")),
    "supervisor": (lambda _case, facts: str(facts.get("watcher", "")), "force", ("review", "decide")),
}
"""Audience → who that is; in which capacity they are written to; and what they must still be allowed to do there."""
_AT_WORK = (
    select(_p.work_address, _g.id, _g.force_id, _b.role)
    .join(_b, _b.person_id == _p.id)
    .join(_g, _g.id == _p.organisation_id)
    .join(_h, (_h.organisation_id == _g.id) & (_h.capacity == _b.capacity))
    .where(
        _p.id == bindparam("number"), _b.capacity == bindparam("capacity"),
        *(one.ended_at.is_(None) for one in (_p, _b, _g)),
    )
)  # fmt: skip
_WELSH = frozenset({"welsh", "cymraeg"})
_WALES = "wales"


def people(w: Work, ids: Sequence[int]) -> Mapping[int, Row[Any]]:
    """Referral id → what writing to its person and officer takes."""
    return referrals.contacts(w, ids)


def reader(w: Work, case: Any, audience: str, facts: Mapping[str, Any] | None = None) -> Reader:
    """Return whom a message of this case goes to: its person, a member of staff, or an office that the force's arrangement names.

    Raises:
        LookupError: a defect of the caller's: another feature names this audience (`linked_messages`).
    """
    if audience in _STAFF:
        return Reader(email=_at_work(w, case, audience, facts or {}))
    if audience == "data_protection":
        return Reader(email=str(kept(w.session, case.force_id).get("data_protection_officer", "")))
    if audience == "cover":
        return Reader(email=reached_at(w.session, case.force_id, "review_cover", w.today))
    if audience != "offender":
        raise LookupError(f"no case names a {audience}")
    lines = [line.strip() for line in case.address.replace("\r", "").replace("\n", ",").split(",")]
    street = tuple(line for line in lines if line)
    return Reader(
        f"{case.forenames} {case.surname}".strip(), case.phone, case.email, (*street, case.postcode) if street else ()
    )


def _at_work(w: Work, case: Any, audience: str, facts: Mapping[str, Any]) -> str:
    """The address of a member of staff; empty once no role that they still have lets them read what the message is about."""
    who, capacity, does = _STAFF[audience]
    number = who(case, facts)
    rows = w.run(_AT_WORK, number=int(number), capacity=capacity).all() if number.isdecimal() else ()
    for row in rows:
        theirs = row.force_id == case.force_id if capacity == "force" else row.id == case.provider_id
        if theirs and reach_of(capacity, frozenset({row.role}), *does):
            return str(row.work_address)
    return ""


def language(w: Work, force: str, spoken: str) -> str:
    """The language in which to write: Welsh where the person speaks it and the force offers it, else English."""
    offered = {tag.partition("-")[0] for tag in kept(w.session, force).get("languages", ())}
    if force in FORCES and FORCES[force].region == _WALES:
        offered.add("cy")
    wanted = "cy" if spoken.strip().casefold() in _WELSH else "en"
    return wanted if wanted in offered and wanted in LANGUAGES else "en"


def of_case(w: Work, reference: str) -> tuple[Referral, Sequence[Row[Any]]]:
    """A case's messages, newest first."""
    referral, _offender = referrals.case(w, reference)
    rows = w.run(_OF_CASE, case_id=referral.id).all()
    w.record("message.listed", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id, shown=[row.id for row in rows])  # fmt: skip
    return referral, rows


def waiting(w: Work) -> Sequence[Row[Any]]:
    """Messages that wait for a person: letters to post, those in doubt, those that failed; the oldest first."""
    return w.run(_WAITING).all()


def newest(w: Work, before: int | None) -> tuple[Sequence[Row[Any]], int | None]:
    """One page of the other messages, newest first, and the key from which the next goes on."""
    rows = (w.run(_NEWEST_BEFORE, before=before) if before is not None else w.run(_NEWEST)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def message(w: Work, reference: str) -> OutboxMessage:
    """One message, without leaving an entry. Raises `NotFound` for none that the actor may know of."""
    found = w.session.execute(_BY_REFERENCE, {"reference": reference}).scalar_one_or_none()
    if not isinstance(found, OutboxMessage):
        raise NotFound
    return found


def read_message(w: Work, reference: str) -> OutboxMessage:
    """One message, for reading: leaves the entry of the consultation."""
    found = message(w, reference)
    w.record("message.read", Act.CONSULTATION, subject=("referral", found.referral_id), force=found.force_id,
             provider=found.provider_id, codes={"message": found.id or 0})  # fmt: skip
    return found


def to_service(w: Work, case: int, onward: str) -> Sequence[Row[Any]]:
    """The e-mails to the service of an onward referral, newest first. Whoever calls leaves the entry."""
    return [one for one in w.run(_TO_SERVICES, case_id=case) if one.facts.get("onward") == onward]


def entries_held(w: Work, referral: Referral) -> frozenset[str]:
    """What stands in the calendar of a case's person, as far as it was handed over: `place` of each entry's facts."""
    return frozenset(str(row.facts["place"]) for row in w.run(_HANDED_OVER, case_id=referral.id))


def cases(w: Work, ids: Sequence[int]) -> Sequence[Referral]:
    """Read the cases with these numbers."""
    return w.session.scalars(_CASES, {"ids": list(ids)}).all() if ids else ()
