"""What may not be seen from outside: on an envelope, in a subject line, a text message, a calendar. Pure.

A letter on a doormat, or a telephone on a table, is read by others. Words are compared without regard to case or accents, as
beginnings of words, in both languages.
"""

import re
import unicodedata
from typing import Final

FORBIDDEN: Final = (
    "abus", "adjudicat", "arrest", "assault", "batter", "bail", "breach", "cara", "caution", "coerci", "conditional", "constab",
    "convict", "court", "crime", "crimin", "custody", "domestic", "hampton trust", "harass", "marac", "offen", "partner",
    "perpetrat", "police", "probation", "prosecut", "refuge", "relationship", "sentence", "stalk", "victim", "violen",
    # in Welsh
    "cam-dri", "camdri", "collfarn", "domestig", "dioddef", "erlyn", "heddlu", "llys", "perthyn", "rhybudd", "trais", "treisg",
    "trosedd", "ymosod",
)  # fmt: skip
"""Beginnings of words; each would tell a bystander something about the course, the case or the people in it."""

_ANY = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, FORBIDDEN)) + ")")


def told(text: str) -> str:
    """The first word that tells something, or nothing."""
    folded = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    found = _ANY.search(folded)
    return found[0] if found else ""
