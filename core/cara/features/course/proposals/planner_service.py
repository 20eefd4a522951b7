"""Give the application its planner, and let that end with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State

from cara.features.course.proposals.worker import Planner


def make_planner(state: State) -> Planner:
    """Return what plans beside the pages."""
    return Planner(state.store, state.forces)


@asynccontextmanager
async def planning(app: Litestar) -> AsyncIterator[None]:
    """Plan as long as the application runs."""
    try:
        yield
    finally:
        app.state.planner.close()
