"""Money and places of funders: entered by the force, drawn when a service accepts, given back when a referral is withdrawn.

What is left is guarded by the statement that draws, with a constraint beneath it: however many accept at once, no budget is
overdrawn. Budgets of the two audiences are never read together.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.features.onward_services.models import BudgetDraw, Funder, FunderBudget, OnwardReferral
from cara.features.onward_services.vocabulary import OFFENDER
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_b: Any = FunderBudget
_d: Any = BudgetDraw
_f: Any = Funder
_OF = (_b.force_id == bindparam("of_force"), _b.audience == bindparam("of_audience"))
_RUNS = (_b.ended_at.is_(None), _b.starts <= bindparam("on_day"), _b.ends >= bindparam("on_day"))
_PAYING = (
    select(_b.id, _b.price)
    .where(*_OF, *_RUNS, _b.area.in_(("", bindparam("of_area"))))
    .order_by(_b.area.desc(), _b.ends, _b.id)
)
_TAKE = (
    update(FunderBudget)
    .where(
        _b.id == bindparam("number"), *_RUNS,
        or_(_b.places.is_(None), _b.places_drawn < _b.places),
        or_(_b.amount.is_(None), _b.amount_drawn + _b.price <= _b.amount),
    )
    .values(places_drawn=_b.places_drawn + 1, amount_drawn=_b.amount_drawn + _b.price)
    .execution_options(synchronize_session=False)
)  # fmt: skip
_GIVE = (
    update(FunderBudget)
    .where(_b.id == bindparam("number"))
    .values(places_drawn=_b.places_drawn - 1, amount_drawn=_b.amount_drawn - bindparam("cost", type_=_b.price.type))
    .execution_options(synchronize_session=False)
)
_TAKEN = select(_d.budget_id, _d.amount).where(_d.onward_referral_id == bindparam("number"), _d.what == "taken")
_RETURNED = select(_d.id).where(_d.onward_referral_id == bindparam("number"), _d.what == "returned")
_LISTED = (
    select(FunderBudget, Funder)
    .join(_f, (_f.id == _b.funder_id) & (_f.audience == _b.audience))
    .where(*_OF)
    .order_by(_b.ended_at.is_not(None), _f.name, _b.starts.desc(), _b.id)
    .execution_options(populate_existing=True)
)
_FUNDERS = (
    select(Funder)
    .where(_f.force_id == bindparam("of_force"), _f.audience == bindparam("of_audience"), _f.ended_at.is_(None))
    .order_by(_f.name, _f.id)
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a funder gives: the answers of whoever enters a budget. Money in pounds."""

    area: str
    starts: date
    ends: date
    places: int | None
    amount: Decimal | None
    price: Decimal


def funders(w: Work, force: str, audience: str) -> Sequence[Funder]:
    """Who pays for this audience's services in a force."""
    return w.session.scalars(_FUNDERS, {"of_force": force, "of_audience": audience}).all()


def listed(w: Work, force: str, audience: str) -> Sequence[tuple[FunderBudget, Funder]]:
    """The budgets for one audience, by funder: those that count first."""
    rows = w.session.execute(_LISTED, {"of_force": force, "of_audience": audience})
    return [(row[0], row[1]) for row in rows]


def add_funder(w: Work, force: str, audience: str, name: str) -> Funder:
    """Add a funder that no plugin ships."""
    row = Funder(force_id=force, audience=audience, name=name, added_at=w.now, added_by=w.actor.id)
    w.session.add(row)
    w.session.flush()
    w.record("funder.added", Act.ACCESS, subject=("funder", row.id or 0), force=force, codes={"audience": audience})
    return row


def enter(w: Work, funder: Funder, given: Given) -> str:
    """Enter what a funder gives for a period; gives the budget's reference.

    Raises:
        BadInput: it gives neither places nor money, money without the price of a place, or ends before it starts.
    """
    if faults := tuple(_faults(given)):
        raise BadInput(faults=faults)
    row = FunderBudget(
        reference=secrets.token_hex(6), force_id=funder.force_id, audience=funder.audience, funder_id=funder.id or 0, area=given.area,
        starts=given.starts, ends=given.ends, places=given.places, amount=given.amount, price=given.price, entered_at=w.now,
        entered_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    _recorded(w, row, "budget.entered")
    return row.reference


def _faults(given: Given) -> Sequence[Fault]:
    found = []
    if given.ends < given.starts:
        found.append(Fault("ends-day", "before_start", _("The last day must not be before the first")))
    if given.places is None and given.amount is None:
        found.append(Fault("places", "missing", _("Enter a number of places, an amount of money, or both")))
    if given.amount is not None and given.price <= 0:
        found.append(
            Fault("price", "missing", _("Enter what one place costs: an amount of money is drawn place by place"))
        )
    return found


def close(w: Work, force: str, audience: str, reference: str) -> None:
    """End a budget: nothing more is drawn from it. What was drawn stays drawn. Raises `NotFound`, and `NotNow` if it is ended."""
    row = w.session.scalars(
        select(FunderBudget).where(_b.reference == reference, _b.force_id == force, _b.audience == audience)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.ended_at is not None:
        raise NotNow(_("This budget has been ended already."))
    row.sqlmodel_update({"ended_at": w.now, "ended_by": w.actor.id})
    w.session.add(row)
    w.session.flush()
    _recorded(w, row, "budget.ended")


def draw(w: Work, onward: OnwardReferral) -> bool:
    """Take one place from a budget that pays for the person's area, in the caller's transaction; False if none has one left.

    A budget of the area comes before one of any area, and one that ends sooner before one that ends later.
    """
    given = {"of_force": onward.force_id, "of_audience": OFFENDER, "of_area": onward.area, "on_day": w.today}
    for budget in w.connection.execute(_PAYING, given).all():
        if w.connection.execute(_TAKE, {"number": budget.id, "on_day": w.today}).rowcount == 1:
            _write(w, onward, budget.id, "taken", 1, budget.price)
            return True
    return False


def give_back(w: Work, onward: OnwardReferral) -> bool:
    """Give back the place that was taken for an onward referral; False if none was, or it was given back already."""
    taken = w.run(_TAKEN, number=onward.id).one_or_none()
    if taken is None or w.run(_RETURNED, number=onward.id).first() is not None:
        return False
    w.connection.execute(_GIVE, {"number": taken.budget_id, "cost": taken.amount})
    _write(w, onward, taken.budget_id, "returned", -1, -taken.amount)
    return True


def _write(w: Work, onward: OnwardReferral, budget: int, what: str, places: int, amount: Decimal) -> None:
    w.run(
        insert(BudgetDraw),
        onward_referral_id=onward.id, force_id=onward.force_id, provider_id=onward.provider_id, budget_id=budget, audience=OFFENDER,
        what=what, places=places, amount=amount, recorded_at=w.now, recorded_by=w.actor.id,
    )  # fmt: skip
    w.record(
        f"budget.{what}", Act.ALTERATION, subject=("funder_budget", budget), force=onward.force_id, provider=onward.provider_id,
        codes={"onward_referral": onward.id or 0},
    )  # fmt: skip


def _recorded(w: Work, row: FunderBudget, verb: str) -> None:
    w.record(
        verb, Act.ACCESS, subject=("funder_budget", row.id or 0), force=row.force_id, codes={"audience": row.audience}
    )
