"""What a link asks a victim."""

from cara.features.victims.survey import actions
from cara.features.victims.wall import review_triggers


def test_no_link_asks_for_an_answer_that_holds_a_case() -> None:
    """Nobody reads at once what comes by a link, and it names nobody: it never asks what would have to hold the case."""
    for one in actions.VIEWS:
        for option in one.options or (None,):
            given_answer = {one.name: option.value if option else True}
            assert review_triggers.causes("conversation", given_answer, "standard") == ()
