"""The one place where a cookie is set or taken away: for this host alone, for all of it, out of the reach of scripts.

Nothing that a request holds gets into a cookie's attributes: the path is always `/`, and name and value are letters, digits,
dots, hyphens and underscores of our own making.
"""

import re
from datetime import timedelta
from typing import Any, Final

from litestar import Response

from cara.settings import Settings

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+")


def set_cookie(
    settings: Settings, response: Response[Any], name: str, value: str, lasts: timedelta | None = None
) -> None:
    """Give the browser a cookie, for as long as it lasts, or until the browser is closed.

    Raises:
        ValueError: name or value could be read as more than a name or a value.
    """
    if not _PLAIN.fullmatch(name) or not _PLAIN.fullmatch(value):
        raise ValueError("a cookie’s name and value are letters, digits, dots, hyphens and underscores")
    _put(settings, response, name, value, None if lasts is None else int(lasts.total_seconds()))


def drop_cookie(settings: Settings, response: Response[Any], name: str) -> None:
    """Take a cookie away from the browser. Said with `Secure`: without it a browser ignores whatever is said of a `__Host-`
    cookie, its deletion too.

    Raises:
        ValueError: the name could be read as more than a name.
    """
    if not _PLAIN.fullmatch(name):
        raise ValueError("a cookie’s name is letters, digits, dots, hyphens and underscores")
    _put(settings, response, name, "", 0)


def _put(settings: Settings, response: Response[Any], name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        settings.cookie(name), value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=settings.https
    )
