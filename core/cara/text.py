"""What may be in a text that somebody typed."""

import re
import unicodedata

from cara.i18n import gettext as _

LINE: frozenset[str] = frozenset()
LINES = frozenset("\n\t")

# Embeddings, overrides and isolates make a text read otherwise than it is stored. Marks (U+200E, U+200F) do not.
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
REPLACEMENT = "\ufffd"


class Unreadable(ValueError):
    """The text holds something that no keyboard types; `code` and the message say what."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def clean(raw: str, allowed: frozenset[str] = LINE) -> str:
    """The text in NFC, its ends trimmed, its line ends `\\n`; empty when nothing in it can be seen.

    `allowed` are the control characters that may stay: `LINES` for texts of several lines. Raises `Unreadable`.
    """
    text = unicodedata.normalize("NFC", re.sub(r"\r\n?", "\n", raw)).strip()
    for character in text:
        if character in BIDI:
            raise Unreadable("direction", _("must not include characters that change the direction of text"))
        if _forbidden(character) and character not in allowed:
            raise Unreadable("characters", _("must not include characters that cannot be shown"))
    return text if any(unicodedata.category(character)[0] not in "ZC" for character in text) else ""


def presentable(raw: str) -> str:
    """What was typed, fit to be put back on the page: only what no page can carry is replaced."""
    return "".join(REPLACEMENT if _forbidden(c) and c not in "\r\n\t" else c for c in raw)


def _forbidden(character: str) -> bool:
    category = unicodedata.category(character)
    if character == REPLACEMENT:  # what came was broken on its way: kept, a name would be another for ever
        return True
    return category in {"Cc", "Cs"} or (category == "Cn" and ord(character) & 0xFFFE == 0xFFFE)
