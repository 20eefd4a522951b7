"""Money as it is typed and read, and what a budget's line says."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from cara.errors import BadInput
from cara.features.onward_services.budget_pages import _money, line, pounds
from cara.features.onward_services.models import Funder, FunderBudget
from cara.platform.database.column_types import Money

PENCE = st.integers(0, 999_999_999).map(lambda pence: Decimal(pence) / 100)
DAY = date(2026, 6, 1)


@given(PENCE)
def test_what_is_read_can_be_typed_again(amount: Decimal) -> None:
    assert _money("amount", pounds(amount)) == amount


@pytest.mark.parametrize("typed", ["-1", "1.005", "ten", "NaN", "Infinity", "1e9", "1.2.3", "99999999999"])
def test_what_is_no_money_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        _money("amount", typed)
    assert [fault.field for fault in refused.value.faults] == ["amount"]


def test_nothing_typed_is_nothing() -> None:
    assert _money("amount", " ") is None
    assert _money("amount", "£1,650") == Decimal("1650.00")


@given(PENCE, st.sampled_from([sqlite.dialect(), postgresql.dialect()]))
def test_money_comes_back_as_it_went(amount: Decimal, dialect: Any) -> None:
    column = Money()
    kept = column.process_bind_param(amount, dialect)
    assert isinstance(kept, int if dialect.name == "sqlite" else Decimal)
    assert column.process_result_value(kept, dialect) == amount


@pytest.mark.parametrize("wrong", [1.5, 3, Decimal("0.001"), "1"])
def test_nothing_but_whole_pence_is_money(wrong: Any) -> None:
    with pytest.raises(ValueError, match="money"):
        Money().process_bind_param(wrong, sqlite.dialect())


def budget(**given: Any) -> FunderBudget:
    row = {"reference": "x", "force_id": "kent", "audience": "offender", "funder_id": 1, "area": "north", "starts": DAY, "ends": DAY,
           "entered_by": "", "places_drawn": 0, "amount_drawn": Decimal("0.00"), "price": Decimal("0.00")}  # fmt: skip
    return FunderBudget(**(row | given))


@given(places=st.integers(0, 50), price=st.integers(1, 5000), data=st.data())
def test_a_line_shows_the_fuller_of_places_and_money(places: int, price: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(0, places))
    cost = Decimal(price) / 100
    amount = cost * places + data.draw(st.integers(1, 10_000)) / Decimal(100)
    said = line(
        budget(places=places, amount=amount, price=cost, places_drawn=drawn, amount_drawn=cost * drawn),
        Funder(force_id="kent", audience="offender", name="Synthetic", added_by=""), {"north": "The north"}, DAY,
    )  # fmt: skip
    assert 0 <= said.share <= 100
    assert said.area == "The north"
    assert said.running
    assert f"{drawn} of {places} places" in said.drawn
    assert pounds(amount - cost * drawn) in said.left
    if places and drawn == places:
        assert said.share == 100


def test_a_budget_that_is_over_does_not_run() -> None:
    funder = Funder(force_id="kent", audience="offender", name="Synthetic", added_by="")
    assert not line(budget(places=1), funder, {}, date(2026, 6, 2)).running
