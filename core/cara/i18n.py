"""Every text a person reads, by way of gettext.

`_("…")` and `ngettext` translate now; `lazy("…")` marks a text at module level and translates when it is shown.
The locale is `CARA_LOCALE` (default `en_GB`, the language of the sources); catalogues stand under
`cara/locale/<locale>/LC_MESSAGES/cara.mo`.
`CARA_LOCALE=pseudo` wraps every message in ⟦…⟧, so that a test sees what was forgotten.

To take the messages out and compile a translation, from `core/`:

    pybabel extract -F babel.cfg -k _ -k lazy -k ngettext:1,2 -o cara/locale/cara.pot cara
    pybabel init -D cara -i cara/locale/cara.pot -d cara/locale -l cy
    pybabel compile -D cara -d cara/locale
"""

import gettext as _gettext
import os
from functools import cache
from pathlib import Path

PSEUDO = "pseudo"
SOURCE = "en_GB"
CATALOGUES = Path(__file__).parent / "locale"


class PseudoTranslations(_gettext.NullTranslations):
    """Wraps each message, whole, in ⟦…⟧."""

    def gettext(self, message: str) -> str:
        """The message, visibly translated."""
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The message in its number, visibly translated."""
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


LOCALE = os.environ.get("CARA_LOCALE", "") or SOURCE
"""The locale of this process, read once: a page asks for it a hundred times."""


def language() -> str:
    """The locale to format dates and numbers for, such as `en_GB`."""
    return SOURCE if LOCALE == PSEUDO else LOCALE


@cache
def _catalogue(locale: str) -> _gettext.NullTranslations:
    if locale == PSEUDO:
        return PseudoTranslations()
    return _gettext.translation("cara", CATALOGUES, [locale], fallback=True)


def gettext(message: str) -> str:
    """The message in the reader's language; itself where there is no translation."""
    return _catalogue(LOCALE).gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """The message for `n` things."""
    return _catalogue(LOCALE).ngettext(one, many, n)


_ = gettext


class lazy(str):  # noqa: N801 it reads as a verb, like `_`
    """A text marked where it stands and translated whenever it is shown. It compares as its source text."""

    __slots__ = ()

    def __str__(self) -> str:
        return gettext(str.__str__(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)
