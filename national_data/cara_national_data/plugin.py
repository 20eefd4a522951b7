"""What national data answers to the core. Light to import: pages are loaded when they are asked for."""

from collections.abc import Sequence
from typing import Any

from cara.api import hookimpl


@hookimpl
def national_routes() -> Sequence[Any]:
    """The page of figures."""
    from cara_national_data.pages import ROUTES

    return ROUTES
