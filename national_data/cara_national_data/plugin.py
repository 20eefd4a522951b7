"""What national data answers to the core. Light to import: pages are loaded when they are asked for."""

from cara.api import hookimpl
from cara.feature import Feature

from cara_national_data.feature import FEATURE


@hookimpl
def feature() -> Feature:
    """Return what national data is made of."""
    return FEATURE
