"""Headers that every answer carries, as data."""

from collections.abc import Mapping
from typing import Final

CONTENT_SECURITY_POLICY: Final[Mapping[str, str]] = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in CONTENT_SECURITY_POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

PAGE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
"""For pages and API answers, on top of `HEADERS`: nothing of a case stays in a shared PC's cache."""

HTTPS: Final[Mapping[str, str]] = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def headers(*, https: bool, page: bool = True) -> dict[str, str]:
    """The headers of an answer; `https` says whether the site is reached that way, `page` is False for static files."""
    return {**HEADERS, **(PAGE if page else {}), **(HTTPS if https else {})}
