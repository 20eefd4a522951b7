"""How a person can be reached: the same checks for an officer's page and an imported row. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cara.errors import Fault
from cara.i18n import gettext as _

WAYS = ("phone", "email", "address")
"""Any one of these will do for the provider."""
PHONE = re.compile(r"(?=(?:.*\d){5})[+(]?[0-9][0-9 ()./+-]{3,38}(?: ?(?:x|ext\.?) ?\d{1,6})?", re.ASCII | re.IGNORECASE)
POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?(?: *\d[A-Z]{2})?|GIR *0AA", re.ASCII | re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


def reachable(answers: Mapping[str, Any]) -> bool:
    """Whether the provider has a way to reach the person."""
    return any(answers.get(way) for way in WAYS)


def faults(values: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the contact details that are among `values`; whether any are needed depends on what the page asks."""
    if "phone" in values and not PHONE.fullmatch(values["phone"]):
        yield Fault(
            "phone", "bad_phone", _("Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192")
        )
    if "email" in values and not _EMAIL.fullmatch(values["email"]):
        yield Fault("email", "bad_email", _("Enter an email address in the correct format, like name@example.com"))
    if "postcode" in values and not POSTCODE.fullmatch(values["postcode"]):
        yield Fault("postcode", "bad_postcode", _("Enter a full UK postcode, or its first half"))


def unreachable() -> Fault:
    """The fault of a page that asks for every way to reach the person, and was given none."""
    return Fault(
        "phone", "no_contact",
        _("Enter a telephone number, an email address or an address: the provider must reach them"),
    )  # fmt: skip
