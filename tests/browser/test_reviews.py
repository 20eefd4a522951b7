"""Three arrangements, one journey each: a disclosure between the workshops, the hold as others see it, views, decision, B."""

from collections.abc import Callable

import pytest

from browser.access import faults
from browser.conftest import Visit
from browser.journey import Visitor
from browser.reviews import ARRANGEMENTS, play

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("force", ARRANGEMENTS)
def test_a_review_from_disclosure_to_workshop_b(visit: Visit, record_count: Callable[..., None], force: str) -> None:
    tried, found = 0, []

    def look(visitor: Visitor, _name: str) -> None:
        nonlocal tried
        size = visitor.page.viewport_size
        tried += 1
        found.extend(faults(visitor.page))
        if size:
            visitor.page.set_viewport_size(size)

    play(ARRANGEMENTS[force], visit, look)
    record_count("pages of a review for axe and 400 %", tried, found)
