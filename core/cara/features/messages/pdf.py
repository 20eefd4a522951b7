"""Letters, certificates and records as PDF/UA-1: tagged, with title and language. Pure: facts in, bytes out.

What is in a letter reaches typst as data, never as its source: nothing that somebody typed can be an instruction.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from cara import dates
from cara.errors import Conflict
from cara.features.messages.template_loader import Sender
from cara.i18n import gettext as _

_STANDARDS: Mapping[str, Any] = {"pdf": "ua-1", "png": []}
SOURCES = Path(__file__).parent / "typst"
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"reference": "Your reference:"},
    "cy": {"reference": "Eich cyfeirnod:"},
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, or (`certificate`) a sheet to keep. `to`: lines of the address; `body`: paragraphs, `## ` headings, `- ` lists."""

    title: str
    body: str
    language: str
    to: tuple[str, ...]
    sender: Sender
    reference: str
    day: date
    written_day: str
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a record: what happened when, who recorded it and when."""

    on: date
    what: str
    by: str
    recorded: date


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """What an officer can use: facts and dates of what was not done. No opinion, nothing of a victim."""

    reference: str
    crime_reference: str
    name: str
    date_of_birth: date
    force: str
    provider: str
    caution_date: date
    complete_by: date
    chances_allowed: int
    chances_used: int
    """How often the first workshop was missed; missing the second uses none."""
    events: tuple[Happening, ...]
    reasons: tuple[str, ...]
    prepared_by: str
    prepared_on: date


def letter_pdf(letter: Letter) -> bytes:
    """The letter as PDF.

    Raises:
        Conflict: a name is in a script that no font here can show.
    """
    return _made("certificate" if letter.certificate else "letter", _letter(letter), letter.day, "pdf")


def letter_png(letter: Letter) -> bytes:
    """Its first page as a picture, for a preview."""
    return _made("certificate" if letter.certificate else "letter", _letter(letter), letter.day, "png")


def record_pdf(record: FailureRecord) -> bytes:
    """The record as PDF. Raises as `letter_pdf` does."""
    return _made("record", _record(record), record.prepared_on, "pdf")


def record_png(record: FailureRecord) -> bytes:
    """Its first page as a picture."""
    return _made("record", _record(record), record.prepared_on, "png")


def parts(body: str) -> Iterator[Mapping[str, Any]]:
    """The paragraphs, headings and lists of a letter's body."""
    for block in body.split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            yield {"kind": "list", "items": [line.removeprefix("- ") for line in lines]}
        elif lines and lines[0].startswith("## "):
            yield {"kind": "heading", "text": lines[0].removeprefix("## ")}
        elif lines:
            yield {"kind": "paragraph", "text": " ".join(lines)}


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "title": letter.title, "language": letter.language, "to": [line for line in letter.to if line],
        "sender": {"name": letter.sender.name, "address": list(letter.sender.address)}, "reference": letter.reference,
        "date": letter.written_day, "words": _WORDS[letter.language], "parts": list(parts(letter.body)),
    }  # fmt: skip


def _record(record: FailureRecord) -> dict[str, Any]:
    facts: Sequence[tuple[str, str]] = (
        ("Case", record.reference),
        ("Crime reference", record.crime_reference),
        ("Person", record.name),
        ("Date of birth", dates.plain(record.date_of_birth)),
        ("Force", record.force),
        ("Provider", record.provider),
        ("Date of the caution", dates.plain(record.caution_date)),
        ("To be completed by", dates.plain(record.complete_by)),
        ("Chances at the first workshop", f"{record.chances_used} used, {record.chances_allowed} allowed"),
    )
    return {
        "title": "Record of failure to comply", "reference": record.reference, "facts": facts, "reasons": list(record.reasons),
        "about": "This is what was recorded of one case. It states facts and dates; what follows from them is the officer’s decision.",
        "events": [(dates.plain(one.on), one.what, one.by, dates.plain(one.recorded)) for one in record.events],
        "prepared": f"{record.prepared_by}, {dates.plain(record.prepared_on)}",
    }  # fmt: skip


def _made(source: str, content: dict[str, Any], day: date, kind: Literal["pdf", "png"]) -> bytes:
    import typst  # slow to load, and few processes write letters

    given = json.dumps(content | {"day": [day.year, day.month, day.day]})
    stamp = datetime.combine(day, time(12), UTC)
    for bare in (
        True,
        False,
    ):  # the fonts that typst brings; only for a script that they lack, those of the machine too
        try:
            made: Any = typst.compile(
                SOURCES / f"{source}.typ", format=kind, pdf_standards=_STANDARDS[kind], ignore_system_fonts=bare,
                sys_inputs={"letter": given}, timestamp=stamp, ppi=90,
            )  # fmt: skip
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
        else:
            return bytes(made[0] if isinstance(made, list) else made)
    raise Conflict(_("A name or address has letters that cannot be printed here. Write this letter by hand."))
