"""Opening reviews, force by force, by the clock: see `cara.operations.jobs`. It decides nothing, and is safe to run twice."""

from collections.abc import Iterator

from cara.features.retention.review_actions import open_due
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import operator, work_as

WHO = operator("retention")


def open_reviews(store: Store) -> int:
    """Open whatever is due in every force. Returns how many reviews that were."""
    return sum(sum(open_reviews_of(store, force)) for force in FORCES)


def open_reviews_of(store: Store, force: str) -> Iterator[int]:
    """Open whatever is due in one force, and say how many reviews that were."""
    with work_as(store, WHO, "retention_period", "open", Scope(force=force)) as w:
        opened = open_due(w, force)
    yield opened
