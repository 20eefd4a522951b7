"""Readings of referrals. Lists select columns and page by key; nothing here counts or offsets."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from cara.errors import NotFound
from cara.features.referrals.models import (
    Draft,
    EligibilityDecision,
    InformationRequest,
    LocalAnswer,
    Offender,
    Referral,
)
from cara.features.referrals.name_matching import fold
from cara.features.referrals.states import LABELS, in_state, state_column
from cara.platform.access.models import Organisation
from cara.platform.ledger.models import LedgerEntry
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

PAGE = 25

_r: Any = Referral
_o: Any = Offender
_d: Any = Draft
_l: Any = LedgerEntry

_SERVED = select(_r.force_id).distinct().order_by(_r.force_id)
_LIST = (
    select(
        _r.id,
        _r.force_id,
        _r.reference,
        _r.offence_category,
        _r.format_confirmed,
        _r.accept_by,
        _r.complete_by,
        state_column(),
        _o.surname,
        _o.forenames,
    )
    .join(_o, _o.referral_id == _r.id)
    .order_by(_r.id.desc())
    .limit(PAGE + 1)
)
_BEFORE = _r.id < bindparam("before")
_LISTS = {
    (state, paged): _LIST.where(*([in_state(state)] if state else []), *([_BEFORE] if paged else []))
    for state in ("", *LABELS)
    for paged in (False, True)
}
_URGENT = {
    state: _LIST.where(in_state(state), _r.id.not_in(bindparam("besides", expanding=True)))
    .order_by(None)
    .order_by(func.coalesce(_r.accept_by, _r.complete_by), _r.id)
    for state in LABELS
}
_DRAFTS = (
    select(_d.id, _d.reference, _d.answers, _d.done, _d.source, _d.saved_at, _d.started_by)
    .where(_d.referral_id.is_(None), _d.discarded_at.is_(None))
    .order_by(_d.id.desc())
    .limit(PAGE + 1)
)
_DRAFTS_BEFORE = _DRAFTS.where(_d.id < bindparam("before"))
_SEARCH = _LIST.where(_o.folded.like(bindparam("pattern")))
_CONTACTS = (
    select(
        _r.id, _r.force_id, _r.provider_id, _r.reference, _r.complete_by, _r.created_by, _r.accepted_by, _r.relationship,
        _r.withdrawn_at, _r.returned_at, _r.superseded_at, _r.closed_at, _r.breached_at, _o.surname, _o.forenames, _o.phone,
        _o.email, _o.address, _o.postcode,
    )
    .join(_o, _o.referral_id == _r.id)
    .where(_r.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
_BY_REFERENCE = (
    select(Referral, Offender).join(_o, _o.referral_id == _r.id).where(_r.reference == bindparam("reference"))
)


def served(w: Work) -> list[str]:
    """List the forces whose cases the actor's provider has, or has had."""
    return [row.force_id for row in w.run(_SERVED)]


def page_of_cases(w: Work, state: str, before: int | None) -> tuple[Sequence[Row[Any]], int | None]:
    """One page of the actor's cases, newest first, and the key from which the next page goes on (None at the end)."""
    rows = w.run(_LISTS[state, before is not None], **({"before": before} if before is not None else {})).all()
    shown, more = rows[:PAGE], len(rows) > PAGE
    w.record("referral.listed", Act.CONSULTATION, shown=[row.id for row in shown], codes={"found": len(shown)})
    return shown, shown[-1].id if more else None


def most_urgent(w: Work, state: str, besides: Collection[int] = ()) -> Sequence[Row[Any]]:
    """The actor's cases in a state `besides` some, at most a page of them: those first whose day to answer, or to complete, is
    nearest."""
    shown = w.cases(_URGENT[state], besides=[*besides])[:PAGE]
    w.record("referral.listed", Act.CONSULTATION, shown=[row.id for row in shown], codes={"found": len(shown)})
    return shown


def page_of_drafts(w: Work, before: int | None) -> tuple[Sequence[Row[Any]], int | None]:
    """One page of the force's open drafts, newest first."""
    rows = (w.run(_DRAFTS_BEFORE, before=before) if before is not None else w.run(_DRAFTS)).all()
    shown, more = rows[:PAGE], len(rows) > PAGE
    w.record("draft.listed", Act.CONSULTATION, shown=[row.id for row in shown], codes={"found": len(shown)})
    return shown, shown[-1].id if more else None


def search(w: Work, name: str) -> Sequence[Row[Any]]:
    """Cases of the actor by offender's name, newest first, at most a page. A search that finds nothing is logged too."""
    text = fold(name)  # letters, digits and spaces: nothing that LIKE would read as a wildcard
    rows = w.run(_SEARCH, pattern=f"%{text}%").all()[:PAGE] if text else []
    w.record("referral.searched", Act.CONSULTATION, shown=[row.id for row in rows], codes={"found": len(rows)})
    return rows


def case(w: Work, reference: str) -> tuple[Referral, Offender]:
    """One case, without leaving an entry: whoever calls records what they do with it.

    Raises:
        NotFound: there is none, or none that the actor may know of.
    """
    found = w.session.execute(_BY_REFERENCE, {"reference": reference}).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def find(w: Work, reference: str) -> Referral | None:
    """One case by its reference, if the actor may know of it; leaves no entry."""
    found = w.session.execute(_BY_REFERENCE, {"reference": reference}).one_or_none()
    return found[0] if found else None


def read_case(w: Work, reference: str) -> tuple[Referral, Offender]:
    """One case, for reading: leaves the entry of the consultation."""
    referral, offender = case(w, reference)
    w.record("referral.read", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id)  # fmt: skip
    return referral, offender


def contacts(w: Work, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Referral id → how its person can be reached, who referred them, and whether it was closed. Whoever calls leaves the
    entry of what they do with it."""
    return {row.id: row for row in w.run(_CONTACTS, ids=list(ids))} if ids else {}


def decision(w: Work, referral: Referral) -> EligibilityDecision | None:
    """The eligibility decision behind a referral; None for a provider, who does not see it."""
    columns: Any = EligibilityDecision
    return w.session.scalars(select(EligibilityDecision).where(columns.referral_id == referral.id)).first()


def local_answers(w: Work, referral: Referral) -> Sequence[LocalAnswer]:
    """The answers to the force's own questions."""
    columns: Any = LocalAnswer
    return w.session.scalars(
        select(LocalAnswer).where(columns.referral_id == referral.id).order_by(columns.question)
    ).all()


def requests(w: Work, referral: Referral) -> Sequence[InformationRequest]:
    """What the provider asked, oldest first."""
    columns: Any = InformationRequest
    return w.session.scalars(
        select(InformationRequest).where(columns.referral_id == referral.id).order_by(columns.id)
    ).all()


def events(w: Work, referral: Referral) -> Sequence[Row[Any]]:
    """What was done to a case, oldest first, from the ledger: when, by whom (id, organisation's name), which verb."""
    organisations: Any = Organisation
    return w.session.execute(
        select(_l.at, _l.verb, _l.actor_kind, _l.actor_id, _l.capacity, organisations.name)
        .join(Organisation, organisations.id == _l.organisation_id, isouter=True)
        .where(_l.subject_kind == "referral", _l.subject_id == str(referral.id), _l.act != Act.CONSULTATION.value)
        .order_by(_l.id)
    ).all()
