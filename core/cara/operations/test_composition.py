"""What features say is put together in its order, and nothing is claimed twice."""

from pathlib import Path
from typing import Any

import pytest
from litestar.datastructures import State

from cara.feature import Command, Feature, Placed
from cara.operations import composition
from cara.operations.features import CORE, enabled, installed


class Room(Feature):
    """A feature whose references lead to themselves."""

    def load(self, reference: str) -> Any:
        """Return the reference, with whose it is."""
        return f"{self.name} {reference}"

    @property
    def folder(self) -> Path:
        """Return a folder that need not be there."""
        return Path(self.name)


def test_the_order_is_that_of_the_page_whoever_says_it() -> None:
    first = Room("first", "p", case_panels=(Placed("a", 10), Placed("d", 40)), task_lists=(Placed("x", 20),))
    second = Room("second", "p", case_panels=(Placed("c", 30), Placed("b", 20)), task_lists=(Placed("y", 10),))
    assert composition.case_panels((first, second)) == ("first a", "second b", "second c", "first d")
    assert composition.task_lists((first, second)) == ("second y", "first x")


def test_commands_of_features_and_others_are_one_table() -> None:
    first = Feature("first", "p", commands=(Command("b", "", "b", 20),))
    found = composition.commands((first,), (Command("c", "", "other.c", 30), Command("a", "", "other.a", 10)))
    assert [(one.name, one.module) for one in found] == [("a", "other.a"), ("b", "p.b"), ("c", "other.c")]


def test_nothing_is_claimed_twice() -> None:
    first = Room("first", "p", templates=("inner/templates",), problem_pages={"/a": "a.html"})
    second = Room("second", "p", templates=("inner/templates",), problem_pages={"/a": "b.html"})
    assert composition.problem_pages((first,)) == {"/a": "a.html"}
    with pytest.raises(LookupError, match="two features claim /a"):
        composition.problem_pages((first, second))
    with pytest.raises(LookupError, match="two features claim inner"):
        composition.template_folders((first, second))


def test_a_service_may_look_for_those_before_it() -> None:
    class Made(Feature):
        def load(self, reference: str) -> Any:
            return lambda state: (reference, *state)

    state = State({"store": "store"})
    composition.add_services(
        state, (Made("first", "p", services={"one": "a"}), Made("second", "p", services={"two": "b"}))
    )
    assert state.dict() == {"store": "store", "one": ("a", "store"), "two": ("b", "store", "one")}
    with pytest.raises(LookupError, match="two features claim store"):
        composition.add_services(state, (Made("third", "p", services={"store": "c"}),))


def test_a_feature_that_is_switched_off_keeps_its_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARA_DISABLED_PLUGINS", "licensing")
    assert [one.name for one in installed()[len(CORE) :]] == ["licensing", "national_data"]
    assert [one.name for one in enabled()[len(CORE) :]] == ["national_data"]
