"""Readings of onward referrals and signposts. All of services for people on the course: no other hangs on a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from cara.errors import NotFound
from cara.features.onward_services.models import OnwardOutcome, OnwardReferral, OnwardService, Signpost
from cara.features.onward_services.vocabulary import OFFENDER
from cara.features.referrals.models import Referral
from cara.features.referrals.policing_areas import area_of as area_of
from cara.platform.access.models import Organisation, Person
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

PAGE = 100
_o: Any = OnwardReferral
_s: Any = OnwardService
_g: Any = Signpost
_t: Any = OnwardOutcome
_r: Any = Referral
_n: Any = Person
_b: Any = Organisation
_FRESH = {"populate_existing": True}
_ITS_SERVICE = (_s.id == _o.service_id) & (_s.audience == OFFENDER)
_LISTED = (
    select(
        _o.id, _o.reference, _o.need, _o.area, _o.made_at, _o.link_ends_at, _o.accepted_at, _o.unfunded_at, _o.declined_at,
        _o.withdrawn_at, _o.decline_reason, _o.withdraw_reason, _s.name.label("service"), _r.reference.label("case"),
    )
    .join(_s, _ITS_SERVICE)
    .join(_r, _r.id == _o.referral_id)
)  # fmt: skip
_OF_CASE = _LISTED.where(_o.referral_id == bindparam("number")).order_by(_o.id.desc())
_OVER = (_o.declined_at.is_not(None), _o.withdrawn_at.is_not(None))
_WAITING = (
    _LISTED.where(_o.accepted_at.is_(None), *(~one for one in _OVER)).order_by(_o.link_ends_at, _o.id).limit(PAGE)
)
_UNANSWERED = _WAITING.where(_o.link_ends_at <= bindparam("now"))
_NEWEST = _LISTED.where(or_(_o.accepted_at.is_not(None), *_OVER)).order_by(_o.id.desc()).limit(PAGE)
_DUE = (
    _LISTED.add_columns(_t.months, _t.due_on)
    .join(_t, _t.onward_referral_id == _o.id)
    .where(_t.recorded_at.is_(None), _t.due_on <= bindparam("on_day"), _o.withdrawn_at.is_(None))
    .order_by(_t.due_on, _t.id)
    .limit(PAGE)
)
_ONE = (
    select(OnwardReferral, OnwardService, Referral)
    .join(_s, _ITS_SERVICE)
    .join(_r, _r.id == _o.referral_id)
    .execution_options(**_FRESH)
)
_BY_REFERENCE = _ONE.where(_o.reference == bindparam("reference"))
_BY_LINK = _ONE.where(_o.token_hash == bindparam("hashed"), _o.link_ends_at > bindparam("now"))
_BY_LINK_TO_CHANGE = _BY_LINK.with_for_update(of=OnwardReferral)
_SIGNPOSTS = (
    select(_g.moment, _g.how, _g.noted_at, _s.name)
    .join(_s, (_s.id == _g.service_id) & (_s.audience == OFFENDER))
    .where(_g.referral_id == bindparam("number"))
    .order_by(_g.id)
)
_OUTCOMES = (
    select(OnwardOutcome)
    .where(_t.onward_referral_id == bindparam("number"))
    .order_by(_t.months)
    .execution_options(**_FRESH)
)


_WRITER = (
    select(_n.name, _n.work_address, _n.ended_at, _b.name.label("organisation"))
    .join(_b, _b.id == _n.organisation_id)
    .where(_n.id == bindparam("number"))
)


@dataclass(frozen=True, slots=True)
class Known:
    """An onward referral with its service and its case."""

    onward: OnwardReferral
    service: OnwardService
    case: Referral


def of_case(w: Work, referral: Referral) -> Sequence[Row[Any]]:
    """The onward referrals of a case, newest first. Whoever calls leaves the entry."""
    return w.run(_OF_CASE, number=referral.id).all()


def signposts(w: Work, referral: Referral) -> Sequence[Row[Any]]:
    """Which services were mentioned to somebody, when and how; oldest first. Whoever calls leaves the entry."""
    return w.run(_SIGNPOSTS, number=referral.id).all()


def board(w: Work) -> tuple[Sequence[Row[Any]], ...]:
    """The actor's onward referrals: outcomes that are due, those that wait for a service, and the rest, newest first."""
    return _listed(w, w.run(_DUE, on_day=w.today).all(), w.run(_WAITING).all(), w.run(_NEWEST).all())


def need_somebody(w: Work) -> tuple[Sequence[Row[Any]], ...]:
    """What the actor's side does next: outcomes that are due, and onward referrals whose link ended without an answer."""
    return _listed(w, w.run(_DUE, on_day=w.today).all(), w.run(_UNANSWERED, now=w.now).all())


def _listed(w: Work, *parts: Sequence[Row[Any]]) -> tuple[Sequence[Row[Any]], ...]:
    w.record("onward.listed", Act.CONSULTATION, shown=sorted({row.id for part in parts for row in part}))
    return parts


def one(w: Work, reference: str) -> Known:
    """One onward referral, without leaving an entry. Raises `NotFound`."""
    return _known(w.session.execute(_BY_REFERENCE, {"reference": reference}).one_or_none())


def read(w: Work, reference: str) -> Known:
    """One onward referral, for reading: leaves the entry of the consultation."""
    found = one(w, reference)
    w.record("onward.read", Act.CONSULTATION, subject=("referral", found.case.id or 0), force=found.case.force_id,
             provider=found.case.provider_id, codes={"onward_referral": found.onward.id or 0})  # fmt: skip
    return found


def by_link(w: Work, hashed: str, now: datetime, *, change: bool = False) -> Known:
    """The onward referral that a link opens now; to `change` it, once nobody else is doing so. Raises `NotFound`."""
    statement = _BY_LINK_TO_CHANGE if change else _BY_LINK
    return _known(w.session.execute(statement, {"hashed": hashed, "now": now}).one_or_none())


@dataclass(frozen=True, slots=True)
class Writer:
    """Who sent somebody on, where they work, and their work address; of somebody who has left the organisation alone."""

    name: str
    organisation: str
    address: str


def writer(w: Work, onward: OnwardReferral) -> Writer:
    """Who sent somebody on."""
    row = w.run(_WRITER, number=int(onward.made_by)).one()
    return Writer("", row.organisation, "") if row.ended_at else Writer(row.name, row.organisation, row.work_address)


def _known(row: Any) -> Known:
    if row is None:
        raise NotFound
    return Known(row[0], row[1], row[2])


def outcomes(w: Work, onward: OnwardReferral) -> Sequence[OnwardOutcome]:
    """The outcomes that are asked for, by month."""
    return w.session.scalars(_OUTCOMES, {"number": onward.id}).all()


def due(w: Work, onward: OnwardReferral, today: date) -> OnwardOutcome | None:
    """The first outcome whose day has come and that nobody has recorded."""
    return next((one for one in outcomes(w, onward) if one.recorded_at is None and one.due_on <= today), None)
