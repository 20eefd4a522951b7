import pytest

from cara.platform.access.actor import Actor
from cara.platform.access.policy import POLICY, reach_of
from cara.web.pages.menu import ENTRIES, FEW, menu_of


@pytest.mark.parametrize(("capacity", "role"), sorted({(row.capacity, row.role) for row in POLICY}))
def test_a_menu_shows_everything_that_somebody_may_list_once_and_little_of_it_at_first(
    capacity: str, role: str
) -> None:
    actor = Actor("person", "1", capacity=capacity, roles=frozenset({role}))
    first, more = menu_of(actor, "/policy")
    shown = [place.href for place in (*first, *(place for group in more for place in group.places))]
    current = [place.href for place in (*first, *(place for group in more for place in group.places)) if place.current]
    allowed = [
        href
        for _heading, entries in ENTRIES
        for _text, href, *does in entries
        if reach_of(capacity, actor.roles, does[0], does[1])
    ]
    assert sorted(shown) == sorted(allowed)
    assert len(shown) == len(set(shown))
    assert current == [href for href in allowed if href == "/policy"]
    assert len(first) <= max(FEW, len(ENTRIES[0][1]))
    assert all(group.title and group.places for group in more)
    assert not more or len(shown) > FEW
