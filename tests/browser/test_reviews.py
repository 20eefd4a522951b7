"""Three arrangements, one journey each: attempts, a disclosure between the workshops, the hold as others see it, views, decision, B."""

from collections.abc import Callable

import pytest

from browser.access import faults, picture
from browser.conftest import Visit
from browser.journey import Visitor
from browser.reviews import ARRANGEMENTS, play

CHANGED = frozenset({"record-new", "coordinator-held", "coordinator-review", "review"})
"""Pages that an arrangement changes, and that are looked at in each; any other one in whichever journey comes first."""
SEEN: set[str] = set()

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("force", ARRANGEMENTS)
def test_from_the_first_attempt_to_workshop_b(visit: Visit, record_count: Callable[..., None], force: str) -> None:
    tried, found = 0, []

    def look(visitor: Visitor, name: str) -> None:
        nonlocal tried
        if name in SEEN - CHANGED:
            return
        SEEN.add(name)
        picture(visitor.page, f"{force}-{tried:02}-{name}")
        tried += 1
        found.extend(faults(visitor.page))

    play(ARRANGEMENTS[force], visit, look)
    record_count("pages of a review for axe and 400 %", tried, found)
