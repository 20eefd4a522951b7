"""Budgets are never overdrawn: simultaneous acceptances of the last place, and random histories of accepting and withdrawing."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from cara import clock
from cara.errors import CaraError, NotNow, WallBreached
from cara.features.onward_services import actions, budgets, queries, service_replies
from cara.features.onward_services.models import FunderBudget
from cara.features.onward_services.states import state_of
from cara.features.onward_services.vocabulary import OFFENDER
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from .conftest import FORCE, STATES, Stage

AT_ONCE = 6


@pytest.mark.parametrize(
    "given", [{"places": 1}, {"places": None, "amount": "150.10", "price": "100.05"}], ids=["places", "money"]
)
def test_the_last_place_has_one_winner(stage: Stage, record_count: Any, given: dict[str, Any]) -> None:
    """Links of several people, opened by the service at the same moment."""
    stage.end_budgets()
    stage.budget(**given)
    service = stage.service()
    made = [stage.refer(state, service) for state in STATES[:AT_ONCE]]
    together, answers = threading.Barrier(AT_ONCE), dict[str, Any]()

    def take(reference: str, secret_part: str) -> None:
        together.wait()
        try:
            answers[reference] = service_replies.accept(stage.store, secret_part)
        except Exception as error:
            answers[reference] = error

    with stage.at():
        threads = [threading.Thread(target=take, args=one) for one in made]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    won = [reference for reference, answer in answers.items() if answer is True]
    assert sorted(map(str, answers.values())) == ["False"] * (AT_ONCE - 1) + ["True"], answers
    with stage.doing() as w:
        stands = {reference: state_of(queries.one(w, reference).onward) for reference, _secret in made}
    assert stands == {reference: "accepted" if reference in won else "unfunded" for reference, _secret in made}
    said, sums = stage.drawn()
    record_count("simultaneous acceptances of the last place", AT_ONCE, [one for one in said if said[one] != sums[one]])
    assert sum(places for places, _money in said.values()) == 1 + 1  # the world's own, and this one


def test_the_same_link_opened_several_times_at_once_takes_one_place(stage: Stage) -> None:
    stage.end_budgets()
    stage.budget(places=5)
    _reference, secret_part = stage.refer("accepted", stage.service())
    together, answers = threading.Barrier(AT_ONCE), []

    def take() -> None:
        together.wait()
        try:
            answers.append(service_replies.accept(stage.store, secret_part))
        except CaraError as error:
            answers.append(type(error).__name__)

    with stage.at():
        threads = [threading.Thread(target=take) for _ in range(AT_ONCE)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert answers == [True] * AT_ONCE  # whoever comes second finds it accepted, and takes no other place
    said, sums = stage.drawn()
    assert said == sums
    assert sum(places for places, _money in said.values()) == 1 + 1


def test_no_place_left_is_kept_and_a_new_budget_helps(stage: Stage) -> None:
    stage.end_budgets()
    reference, secret_part = stage.refer("accepted", stage.service())
    with stage.at():
        assert service_replies.accept(stage.store, secret_part) is False
        assert service_replies.look(stage.store, secret_part).name == ""
    with stage.doing() as w:
        assert state_of(queries.one(w, reference).onward) == "unfunded"
        assert queries.outcomes(w, queries.one(w, reference).onward) == []
    stage.budget(places=1)
    with stage.at():
        assert service_replies.accept(stage.store, secret_part) is True
        assert service_replies.look(stage.store, secret_part).name


def test_a_budget_pays_for_its_own_area_and_days_alone(stage: Stage) -> None:
    """The world's budgets are ended; one for elsewhere, one that is over and one that has ended pay for nobody."""
    stage.end_budgets()
    columns = FunderBudget.__table__.c
    for changes in (
        {"area": "elsewhere"}, {"ends": stage.today.replace(year=stage.today.year - 1), "starts": stage.today.replace(year=2000, day=1)},
        {"ended_at": clock.now()}, {"audience": "victim"},
    ):  # fmt: skip
        reference = stage.budget(places=9)
        if "audience" not in changes:  # the database itself keeps a budget with its funder's audience
            with stage.admin.begin() as connection:
                connection.execute(
                    update(FunderBudget.__table__).where(columns.reference == reference).values(**changes)
                )
        else:
            with stage.admin.begin() as connection, pytest.raises(Exception, match=r"(?i)foreign key"):
                connection.execute(
                    update(FunderBudget.__table__).where(columns.reference == reference).values(**changes)
                )
            with stage.admin.begin() as connection:
                connection.execute(
                    update(FunderBudget.__table__).where(columns.reference == reference).values(ended_at=clock.now())
                )
    _made, secret_part = stage.refer("accepted", stage.service())
    with stage.at():
        assert service_replies.accept(stage.store, secret_part) is False


def test_the_right_budget_pays(stage: Stage) -> None:
    """One of the area before one of any, one that ends sooner before one that ends later; the next once one is drawn."""
    stage.end_budgets()
    order = [stage.budget(area=area, days=days) for area, days in (("north", 100), ("north", 200), ("", 50), ("", 90))]
    stage.budget(places=9, area="south", days=10)
    service, paid = stage.service(), []
    for state in STATES[: len(order) + 1]:
        before, _sums = stage.drawn()
        _made, secret_part = stage.refer(state, service, "north")
        with stage.at():
            accepted = service_replies.accept(stage.store, secret_part)
        now, sums = stage.drawn()
        assert now == sums
        changed = [number for number in now if now[number] != before[number]]
        assert bool(changed) is accepted
        paid += changed
    with stage.doing(f"{FORCE}_police.administrator") as w:
        references = {one.id: one.reference for one, _funder in budgets.listed(w, FORCE, OFFENDER)}
    assert [references[number] for number in paid] == order


def test_an_unpaid_service_draws_nothing(stage: Stage) -> None:
    before = stage.drawn()
    _made, secret_part = stage.refer("accepted", stage.service(paid=False))
    with stage.at():
        assert service_replies.accept(stage.store, secret_part) is True
    assert stage.drawn() == before


def machine(stage: Stage, told: dict[str, int]) -> type[RuleBasedStateMachine]:
    """Histories of a few people, services and budgets; each begins with new services and budgets."""

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.services: list[str] = []
            self.made: list[tuple[str, str]] = []

        @initialize(places=st.integers(0, 3), pence=st.integers(0, 40_000), price=st.integers(1, 9_999))
        def begin(self, places: int, pence: int, price: int) -> None:
            with stage.admin.begin() as connection:
                connection.execute(update(FunderBudget.__table__).values(ended_at=clock.now()))
            self.services = [stage.service(), stage.service("Synthetic second centre")]
            stage.budget(places=places)
            stage.budget(places=None, amount=str(Decimal(pence) / 100), price=str(Decimal(price) / 100))
            self.made = [stage.refer(person, self.services[0]) for person in STATES[:4]]

        def do(self, act: Any) -> None:
            told["tried"] += 1
            try:
                act()
            except WallBreached:
                raise
            except CaraError:
                return
            told["done"] += 1

        @rule(person=st.sampled_from(STATES), service=st.integers(0, 1))
        def refer(self, person: str, service: int) -> None:
            self.do(lambda: self.made.append(stage.refer(person, self.services[service])))

        @rule(number=st.integers(0, 20))
        def accept(self, number: int) -> None:
            if self.made:
                secret_part = self.made[number % len(self.made)][1]
                with stage.at():
                    self.do(lambda: service_replies.accept(stage.store, secret_part))

        @rule(number=st.integers(0, 20))
        def decline(self, number: int) -> None:
            if self.made:
                secret_part = self.made[number % len(self.made)][1]
                with stage.at():
                    self.do(lambda: service_replies.decline(stage.store, secret_part, "full", ""))

        @rule(number=st.integers(0, 20), twice=st.booleans())
        def withdraw(self, number: int, twice: bool) -> None:
            def act() -> None:
                with stage.doing() as w:
                    known = queries.one(w, self.made[number % len(self.made)][0])
                    actions.withdraw(w, known, known.onward.version, "consent")

            if self.made:
                for _ in range(1 + twice):
                    self.do(act)

        @invariant()
        def drawn_is_the_sum_of_draws_and_no_more_than_was_given(self) -> None:
            said, sums = stage.drawn()
            assert said == sums
            with stage.admin.connect() as connection:
                for row in connection.execute(select(FunderBudget.__table__)):
                    assert row.places_drawn >= 0
                    assert row.places is None or row.places_drawn <= row.places
                    assert row.amount is None or 0 <= row.amount_drawn <= row.amount

        @invariant()
        def whoever_has_a_place_was_accepted_and_pays_once(self) -> None:
            with stage.doing() as w:
                stands = [state_of(queries.one(w, reference).onward) for reference, _secret in self.made]
            said, _sums = stage.drawn()
            now = sum(places for places, _money in said.values())
            assert now - self.before() == stands.count("accepted")

        def before(self) -> int:
            """Places of earlier histories, which stay drawn."""
            if not hasattr(self, "_before"):
                said, _sums = stage.drawn()
                self._before = sum(places for places, _money in said.values())
            return self._before

    return Histories


def test_whatever_is_accepted_and_withdrawn_the_sums_agree(stage: Stage, record_count: Any, full: bool) -> None:
    told = {"tried": 0, "done": 0}
    run_state_machine_as_test(
        machine(stage, told),
        settings=settings(
            max_examples=60 if full else 12, stateful_step_count=14, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip
    record_count(
        "steps of random histories of budgets",
        told["tried"],
        [] if told["done"] > told["tried"] // 4 else ["few were done"],
    )


def test_withdrawing_gives_the_place_back_once(stage: Stage) -> None:
    stage.end_budgets()
    stage.budget(places=1, amount="100.00", price="100.00")
    first, secret_part = stage.refer("accepted", stage.service())
    with stage.at():
        assert service_replies.accept(stage.store, secret_part)
    with stage.doing() as w:
        known = queries.one(w, first)
        actions.withdraw(w, known, known.onward.version, "elsewhere")
    with stage.doing() as w:
        known = queries.one(w, first)
        with pytest.raises(NotNow):
            actions.withdraw(w, known, known.onward.version, "elsewhere")
    said, sums = stage.drawn()
    assert said == sums
    _again, secret_part = stage.refer("offered", stage.service("Synthetic other centre"))
    with stage.at():
        assert service_replies.accept(stage.store, secret_part)
