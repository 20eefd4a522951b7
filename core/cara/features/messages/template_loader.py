"""Texts of messages: files by language, `<kind>.<channel>.txt`, the nation's and, over them, each force's own. Pure.

A file begins with its heading (`Subject:` or `Title:`; a text message has none), then, after an empty line, the text with
`{placeholders}` from a closed list. An e-mail without a file of its own says what the letter says.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from cara.errors import Misconfigured
from cara.features.messages import discretion
from cara.features.messages.message_types import CHANNELS, KINDS, LANGUAGES, OURS, PLACEHOLDERS

FOLDER = Path(__file__).parent / "texts"
CALENDARS = frozenset(kind.calendar for kind in KINDS.values() if kind.calendar)
_HEADED = re.compile(r"(?:Subject|Title): (?P<heading>[^\n]+)\n\n(?P<body>.+)", re.DOTALL)
_SENDER = frozenset({"name", "address", "phone"})


@dataclass(frozen=True, slots=True)
class Text:
    """One text: `heading` is an e-mail's subject, a letter's or entry's title."""

    heading: str
    body: str

    def filled(self, words: Mapping[str, str]) -> "Text":
        """This text with its placeholders filled in."""
        return Text(self.heading.format_map(words), self.body.format_map(words))


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a letter says it is from, on the outside too."""

    name: str
    address: tuple[str, ...] = ()
    phone: str = ""


class Texts:
    """All texts, loaded and checked. `folders` are those of the forces, by slug."""

    def __init__(self, folders: Mapping[str, Path] | None = None, base: Path = FOLDER) -> None:
        """Raises `Misconfigured` if one of the nation's own has a fault; a force's faults are in `faults`, and it gets the
        nation's texts."""
        self._texts = {("", *where): text for where, text in _read(base)}
        self._senders = {"": _sender(base)}
        self.faults: dict[str, str] = {}
        for force, folder in (folders or {}).items():
            try:
                own = {(force, *where): text for where, text in _read(folder)}
                sender = _sender(folder) if (folder / "sender.toml").exists() else None
            except Misconfigured as error:
                self.faults[force] = error.message
                continue
            self._texts |= own
            if sender:
                self._senders[force] = sender

    def sender(self, force: str) -> Sender:
        """The sender of the force's letters."""
        return self._senders.get(force, self._senders[""])

    def text(self, force: str, kind: str, channel: str, language: str) -> Text | None:
        """The force's text in this language, else the nation's, else in English; None if there is none at all."""
        name = KINDS[kind].calendar if channel == "calendar" else kind
        for spoken in dict.fromkeys((language, "en")):
            for way in (channel, "letter") if channel == "email" else (channel,):
                for whose in (force, ""):
                    if found := self._texts.get((whose, spoken, name, way)):
                        return found
        return None

    def all(self) -> Iterator[tuple[str, str, str, str, Text]]:
        """Every text with force (empty: the nation's), language, name and channel."""
        for (force, language, name, channel), text in self._texts.items():
            yield force, language, name, channel, text


def _read(folder: Path) -> Iterator[tuple[tuple[str, str, str], Text]]:
    for file in sorted(folder.glob("*/*.txt")):
        language, (name, _dot, channel) = file.parent.name, file.stem.rpartition(".")
        where = f"{language}/{file.name}"
        if language not in LANGUAGES or channel not in CHANNELS or name not in {*KINDS, *CALENDARS}:
            raise Misconfigured(f"{where} is no text of a message: its name must be LANGUAGE/KIND.CHANNEL.txt.")
        text = _parsed(file.read_text("utf-8").strip(), channel, where)
        _check(text, name, channel, where)
        yield (language, name, channel), text


def _parsed(raw: str, channel: str, where: str) -> Text:
    if channel == "sms":
        return Text("", raw)
    found = _HEADED.fullmatch(raw)
    if found is None:
        raise Misconfigured(f"{where} must begin with a line “Title: …” (or “Subject: …”) and an empty line.")
    return Text(found["heading"].strip(), found["body"].strip())


def _check(text: Text, name: str, channel: str, where: str) -> None:
    """Raises `Misconfigured` for an unknown placeholder, one that this kind has no fact for, or a word that tells."""
    try:
        named = {
            field
            for part in (text.heading, text.body)
            for _t, field, _s, _c in Formatter().parse(part)
            if field is not None
        }
    except ValueError:
        raise Misconfigured(f"{where} has a brace that opens or closes nothing. Write {{{{ for a brace.") from None
    kinds = [KINDS[name]] if name in KINDS else [one for one in KINDS.values() if one.calendar == name]
    for field in sorted(named):
        if field not in PLACEHOLDERS:
            raise Misconfigured(
                f"{where} names {{{field}}}, which there is not. There are: {', '.join(sorted(PLACEHOLDERS))}."
            )
        if field not in OURS and not all(field in one.facts for one in kinds):
            raise Misconfigured(f"{where} names {{{field}}}, which messages of this kind do not have.")
    heads = {field for _t, field, _s, _c in Formatter().parse(text.heading)} & {"venue", "venue_address"}
    if heads and channel in ("letter", "email"):  # of the other ways venues are looked at when a message is queued
        raise Misconfigured(f"{where} names a venue in its heading, which anybody sees. Say it in the text.")
    seen = seen_outside(text, channel, kinds[0].audience)
    if word := discretion.told(seen):
        raise Misconfigured(f"{where} would show “{word}” to whoever sees it from outside. Say it without that word.")


def seen_outside(text: Text, channel: str, audience: str) -> str:
    """What of a message others could see: all of a text message, an entry, or a note to an officer or a service, else the heading."""
    everything = channel in ("sms", "calendar") or audience != "offender"
    return f"{text.heading}\n{text.body}" if everything else text.heading


def _sender(folder: Path) -> Sender:
    file = folder / "sender.toml"
    try:
        kept = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Misconfigured("sender.toml is missing or no TOML. It names the sender of letters.") from None
    made = Sender(str(kept.get("name", "")), tuple(map(str, kept.get("address", ()))), str(kept.get("phone", "")))
    if not made.name or set(kept) - _SENDER:
        raise Misconfigured("sender.toml holds a name, and may hold address (a list of lines) and phone.")
    if word := discretion.told(made.name) or discretion.told_by_name("\n".join(made.address)):
        raise Misconfigured(f"sender.toml would show “{word}” on an envelope. Say it without that word.")
    return made
