"""The invented cases about which a plugin's hooks are asked."""

from cara.api import Option, Question
from cara.platform.plugins.self_test import views


def test_every_option_and_every_not_known_is_tried() -> None:
    options = tuple(Option(one, one) for one in ("a", "b", "c", "d"))
    asked = (Question("one", "One", "choice", options=options), Question("two", "Two", "yes_no_unknown"))
    tried = list(views("kent", asked))
    assert {view.answers.get("one") for view in tried} == {None, "a", "b", "c", "d"}
    assert {view.answers.get("two") for view in tried} == {None, True, False}
    assert {view.risk for view in tried} == {None, "standard", "medium", "high"}
    assert {view.force for view in tried} == {"kent"}
