"""What may not be seen from outside: on an envelope, in a subject line, a text message, a calendar. Pure.

A letter on a doormat, or a telephone on a table, is read by others. Words are compared without regard to case or accents, as
beginnings of words, in both languages.
"""

import re
import unicodedata
from typing import Final

FORBIDDEN: Final = (
    "abus", "adjudicat", "arrest", "assault", "batter", "bail", "breach", "caution", "coerci", "conditional", "constab",
    "convict", "court", "crime", "crimin", "custody", "domestic", "hampton trust", "harass", "marac", "offen", "partner",
    "perpetrat", "police", "probation", "prosecut", "refuge", "relationship", "sentence", "stalk", "victim", "violen",
    # in Welsh
    "cam-dri", "camdri", "collfarn", "domestig", "dioddef", "erlyn", "heddlu", "llys", "perthyn", "rhybudd", "trais", "treisg",
    "trosedd", "ymosod",
)  # fmt: skip
"""Beginnings of words in a text of ours; each would tell a bystander something about the course or the people in it."""
IN_A_NAME: Final = (
    "abus", "crimin", "domestic", "hampton trust", "offender", "perpetrat", "police", "probation", "refuge", "victim", "violen",
    "cam-dri", "camdri", "domestig", "dioddef", "heddlu", "trosedd",
)  # fmt: skip
"""Those that tell something in the name of a house or street too. Court Road and Battersea do not."""


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:cara(?!\w)|{'|'.join(map(re.escape, words))})")


_IN_TEXT, _IN_NAME = _any_of(FORBIDDEN), _any_of(IN_A_NAME)


def told(text: str) -> str:
    """The first word of a text that tells something, or nothing."""
    return _found(_IN_TEXT, text)


def told_by_name(name: str) -> str:
    """The first word of a house's or street's name that tells something, or nothing."""
    return _found(_IN_NAME, name)


def told_by_host(host: str) -> str:
    """The first word in a host's name that tells something, or nothing. There words run together, so it may stand anywhere;
    `cara` only as a word or the beginning of one."""
    return next((word for word in IN_A_NAME if word.replace(" ", "") in host.casefold().replace("-", "")), "") or (
        "cara" if re.search(r"(?<![^\W_])cara", host.casefold()) else ""
    )


def _found(words: re.Pattern[str], text: str) -> str:
    folded = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    found = words.search(folded)
    return found[0] if found else ""
